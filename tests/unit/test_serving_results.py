"""Results that are kept: found again, bounded, and never wrong, whatever happens to the file or the server."""

from __future__ import annotations

import logging
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from euthymia.errors import OutputError
from euthymia.serving.limits import MIB, Limits
from euthymia.serving.results import FILE, Results
from euthymia.serving.tasks import Result
from support import REPOSITORY

KEY: Final = "a" * 64
OTHER: Final = "b" * 64
ROOMY: Final = 8 * MIB


def result(size: int = 10, words: str = "relief") -> Result:
    return Result("question", {"values": list(range(size)), "none": None}, f"<p>{words} 缓解</p>", {"a.csv": "x\n1\n"})


def noise(size: int) -> Result:
    """A result that does not get smaller when packed."""
    return Result("question", os.urandom(size // 2).hex(), "", {})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "folder" / FILE


@pytest.fixture
def results(file: Path) -> Iterator[Results]:
    with Results(file, most=ROOMY) as opened:
        yield opened


def keys(file: Path) -> set[str]:
    rows = sqlite3.connect(file)
    found = {key for (key,) in rows.execute("SELECT key FROM results")}
    rows.close()
    return found


def set_aside(file: Path) -> list[Path]:
    return sorted(one for one in file.parent.glob("*.damaged-*") if not one.name.endswith(("-wal", "-shm")))


def test_what_is_put_is_found_again(results: Results) -> None:
    assert results.get(KEY) is None
    results.put(KEY, result())
    assert results.get(KEY) == result()
    assert results.get(OTHER) is None


def test_a_result_put_again_takes_the_place_of_the_old_one(results: Results) -> None:
    results.put(KEY, result(words="first"))
    results.put(KEY, result(words="second"))
    assert results.get(KEY) == result(words="second")


def test_results_outlive_the_server(file: Path) -> None:
    with Results(file, most=ROOMY) as first:
        first.put(KEY, result())
    with Results(file, most=ROOMY) as second:
        assert second.get(KEY) == result()


def test_two_servers_share_one_file(file: Path) -> None:
    with Results(file, most=ROOMY) as first, Results(file, most=ROOMY) as second:
        first.put(KEY, result())
        assert second.get(KEY) == result()


def test_closed_results_say_so(results: Results) -> None:
    results.close()
    with pytest.raises(OutputError, match="are closed"):
        results.get(KEY)


def test_the_least_recently_used_goes_first(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("euthymia.serving.results.time.time", lambda: now[0])
    with Results(file, most=3 * 24_000) as kept:
        for name in ("1", "2", "3"):
            kept.put(name, noise(40_000))
            now[0] += 100.0
        assert kept.get("1") is not None
        now[0] += 100.0
        kept.put("4", noise(40_000))
        assert [name for name in ("1", "2", "3", "4") if kept.get(name)] == ["1", "3", "4"]


def test_the_file_gets_smaller_again(file: Path) -> None:
    with Results(file, most=MIB) as kept:
        for number in range(12):
            kept.put(str(number), noise(400_000))
    assert file.stat().st_size < 2 * MIB


def test_one_result_above_all_bounds_is_refused(file: Path) -> None:
    with Results(file, most=10_000) as kept:
        kept.put(KEY, result())
        with pytest.raises(OutputError, match=r"no more than 0\.0 MiB are kept"):
            kept.put(OTHER, noise(200_000))
        assert kept.get(KEY) == result()


def test_a_damaged_row_is_dropped_and_never_returned(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    with Results(file, most=ROOMY) as kept:
        kept.put(KEY, result())
        kept.put(OTHER, result())
    rows = sqlite3.connect(file)
    (blob,) = rows.execute("SELECT blob FROM results WHERE key = ?", (KEY,)).fetchone()
    rows.execute("UPDATE results SET blob = ? WHERE key = ?", (blob[:20] + bytes([blob[20] ^ 1]) + blob[21:], KEY))
    rows.commit()
    rows.close()
    with Results(file, most=ROOMY) as kept, caplog.at_level(logging.WARNING):
        assert kept.get(KEY) is None
        assert kept.get(OTHER) == result()
    assert "is damaged; it is dropped" in caplog.text
    assert keys(file) == {OTHER}


def test_a_result_under_a_wrong_key_is_not_returned(file: Path) -> None:
    with Results(file, most=ROOMY) as kept:
        kept.put(KEY, result())
    rows = sqlite3.connect(file)
    rows.execute("UPDATE results SET key = ?", (OTHER,))
    rows.commit()
    rows.close()
    with Results(file, most=ROOMY) as kept:
        assert kept.get(OTHER) is None


@pytest.mark.parametrize("damage", ["all", "head", "middle"])
def test_a_damaged_file_is_set_aside_and_a_new_one_begun(
    file: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    with Results(file, most=ROOMY) as kept:
        for number in range(20):
            kept.put(str(number), noise(20_000))
    whole = bytearray(file.read_bytes())
    spoilt = {"all": slice(0, len(whole)), "head": slice(0, 100), "middle": slice(4096, 3 * 4096)}[damage]
    whole[spoilt] = os.urandom(len(whole[spoilt]))
    file.write_bytes(whole)
    with caplog.at_level(logging.WARNING), Results(file, most=ROOMY) as kept:
        kept.put(KEY, result())
        assert kept.get(KEY) == result()
    assert [one.read_bytes() for one in set_aside(file)] == [bytes(whole)]
    assert "set aside" in caplog.text


def test_a_file_that_is_damaged_while_open_is_set_aside(file: Path) -> None:
    with Results(file, most=ROOMY) as kept:
        for number in range(20):
            kept.put(str(number), noise(20_000))
        rows = sqlite3.connect(file)
        rows.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        rows.close()
        with file.open("r+b") as stream:
            stream.seek(4096)
            stream.write(os.urandom(file.stat().st_size - 4096))
        kept.put(KEY, result())
        assert kept.get(KEY) == result()
    assert len(set_aside(file)) == 1


def test_a_file_of_another_format_is_set_aside(file: Path) -> None:
    file.parent.mkdir()
    rows = sqlite3.connect(file)
    rows.execute("PRAGMA user_version=99")
    rows.close()
    with Results(file, most=ROOMY) as kept:
        assert kept.get(KEY) is None
    assert len(set_aside(file)) == 1


def test_a_file_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(OutputError, match="cannot be read or written"):
        Results(tmp_path / "file" / FILE, most=ROOMY)


def test_several_threads_put_and_get(results: Results) -> None:
    wrong: list[str] = []

    def use(name: str) -> None:
        for number in range(20):
            results.put(f"{name}{number}", result(words=name))
            found = results.get(f"{name}{number}")
            if found != result(words=name):
                wrong.append(name)

    threads = [threading.Thread(target=use, args=(name,)) for name in "abcd"]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert wrong == []


PUTS: Final = """
import os, sys
from pathlib import Path
from euthymia.serving.results import Results
from euthymia.serving.tasks import Result

kept = Results(Path(sys.argv[1]), most=64 * 1024**2)
for number in range(100_000):
    text = os.urandom(30_000).hex()
    kept.put(str(number), Result("question", [number, text[:20]], text, {}))
    print(number, text[:20], flush=True)
"""


def test_a_killed_server_loses_nothing_that_it_said_was_kept(file: Path) -> None:
    command = [sys.executable, "-c", PUTS, str(file)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(REPOSITORY / "src")}
    ) as server:
        assert server.stdout is not None
        said = [server.stdout.readline().split() for _ in range(40)]
        os.kill(server.pid, signal.SIGKILL)
        said += [line.split() for line in server.stdout.read().splitlines() if line.count(" ") == 1]
    rows = sqlite3.connect(file)
    assert rows.execute("PRAGMA quick_check").fetchall() == [("ok",)]
    rows.close()
    with Results(file, most=64 * MIB) as kept:
        for number, start in said:
            found = kept.get(number)
            assert found is not None, number
            assert found.data == [int(number), start]
            assert found.page.startswith(start)
    assert set_aside(file) == []


def test_the_default_store_is_in_the_cache_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EUTHYMIA_CACHE", str(tmp_path))
    with Results.default(Limits(store_bytes=ROOMY)) as kept:
        assert (kept.file, kept.most) == (tmp_path / FILE, ROOMY)
        assert (kept.file.stat().st_mode & 0o777) == 0o600
