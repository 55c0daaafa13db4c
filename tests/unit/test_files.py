"""Writing: all or nothing, a failure leaves what was there. The store of finished runs: never stale, never trusted."""

from __future__ import annotations

import errno
import gc
import os
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from euthymia.engine import spread
from euthymia.engine.schedule import Jump, Schedule
from euthymia.engine.simulate import simulate
from euthymia.engine.store import RunStore
from euthymia.engine.work import Work, run
from euthymia.errors import OutputError
from euthymia.files import write_atomically
from euthymia.models.load import load_model

MODEL: Final = load_model("x' = -k*x; x = 1; k = 1")
FULL: Final = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
LEAK: Final = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""numpy.load leaves a damaged archive open when it is given a path."""


def raising(error: OSError, *, after: int = 0) -> Any:
    calls = iter(range(10**6))

    def fail(*arguments: Any, **named: Any) -> None:
        if next(calls) >= after:
            raise error

    return fail


def test_texts_are_written_and_folders_made(tmp_path: Path) -> None:
    targets = {tmp_path / "new" / "a.txt": "甲\n", tmp_path / "b.txt": "b"}
    write_atomically(targets)
    assert {path: path.read_text(encoding="utf-8") for path in targets} == targets
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["a.txt", "b.txt"]


@pytest.mark.parametrize("call", ["fsync", "replace", "fdopen", "mkstemp"])
def test_a_failure_leaves_old_files_and_no_new_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    targets = [tmp_path / "a.txt", tmp_path / "b.txt"]
    for target in targets:
        target.write_text("old")
    owner = {
        "fsync": "os.fsync",
        "replace": "pathlib.Path.replace",
        "fdopen": "os.fdopen",
        "mkstemp": "tempfile.mkstemp",
    }
    monkeypatch.setattr(owner[call], raising(FULL))
    with pytest.raises(OutputError, match="No space left"):
        write_atomically(dict.fromkeys(targets, "new"))
    monkeypatch.undo()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "b.txt"]
    assert [target.read_text() for target in targets] == ["old", "old"]


def test_a_disk_that_fills_up_on_the_second_file_leaves_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    targets = [tmp_path / "a.txt", tmp_path / "b.txt"]
    targets[0].write_text("old")
    monkeypatch.setattr("os.fsync", raising(FULL, after=1))
    with pytest.raises(OutputError) as caught:
        write_atomically(dict.fromkeys(targets, "new"))
    assert "b.txt" in caught.value.text()
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    assert targets[0].read_text() == "old"


def test_a_failed_second_replacement_leaves_both_files(tmp_path: Path) -> None:
    first, second = tmp_path / "a.txt", tmp_path / "b.txt"
    first.write_text("old")
    second.mkdir()
    with pytest.raises(OutputError):
        write_atomically({first: "new", second: "new"})
    assert first.read_text() == "old"


def test_a_folder_that_cannot_be_made_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError):
        write_atomically({tmp_path / "file" / "a.txt": "x"})


def work(**changes: Any) -> Work:
    one = Work(MODEL, "batch", ("k",), np.array([[1.0], [2.0]]), (Schedule(),), (0.0, 1.0), ("x",), 1e-6, 1e-9)
    return replace(one, **changes)


def test_results_are_kept_and_read_back(tmp_path: Path) -> None:
    store, results = RunStore(tmp_path), run(work())
    assert store.get(work()) is None
    store.put(work(), results)
    kept = store.get(work())
    assert kept is not None
    assert all(np.array_equal(one, other) for one, other in zip(kept, results, strict=True))
    assert [path.suffix for path in tmp_path.iterdir()] == [".npz"]


INGREDIENTS: Final[dict[str, dict[str, Any]]] = {
    "model": {"model": load_model("x' = -k*x; x = 1; k = 2")}, "keys": {"keys": ("j",)},
    "engine": {"engine": "reference"}, "sensitivities": {"sensitivities": ("k",)},
    "values": {"values": np.array([[1.0], [2.5]])}, "shape": {"values": np.array([[1.0, 2.0]])},
    "schedule": {"arms": (Schedule.of([Jump(0.5, "x", "add", 1.0)]),)},
    "settings": {"arms": (Schedule.of([], {"k": 1.0}),)}, "number of arms": {"arms": (Schedule(), Schedule())},
    "times": {"times": (0.0, 1.5)}, "outputs": {"outputs": ("k",)},
    "rtol": {"rtol": 1e-7}, "atol": {"atol": 1e-10},
}  # fmt: skip


@pytest.mark.parametrize("name", INGREDIENTS)
def test_each_ingredient_is_in_the_key(tmp_path: Path, name: str) -> None:
    store = RunStore(tmp_path)
    store.put(work(), run(work()))
    assert store.get(work(**INGREDIENTS[name])) is None
    assert store.get(work()) is not None


@LEAK
@pytest.mark.parametrize("damage", ["empty", "cut", "text", "folder"])
def test_a_damaged_file_is_computed_again(tmp_path: Path, damage: str) -> None:
    store = RunStore(tmp_path)
    whole = simulate(MODEL, times=[0, 1], parameters={"k": [1, 2]}, store=store)
    (file,) = tmp_path.iterdir()
    content = file.read_bytes()
    if damage == "folder":
        file.unlink()
        file.mkdir()
    else:
        file.write_bytes({"empty": b"", "cut": content[: len(content) // 2], "text": b"not an archive"}[damage])
    assert simulate(MODEL, times=[0, 1], parameters={"k": [1, 2]}, store=store).identical(whole)
    gc.collect()


@LEAK
def test_no_single_damaged_byte_gives_a_wrong_or_no_result(tmp_path: Path) -> None:
    store, results = RunStore(tmp_path), run(work())
    store.put(work(), results)
    (file,) = tmp_path.iterdir()
    content = file.read_bytes()
    bad: list[str] = []
    for position in range(len(content)):
        file.write_bytes(content[:position] + bytes([content[position] ^ 0xFF]) + content[position + 1 :])
        try:
            kept = store.get(work())
        except Exception as error:
            bad.append(f"byte {position}: {error!r}")
            continue
        if kept is not None and not all(np.array_equal(a, b) for a, b in zip(kept, results, strict=True)):
            bad.append(f"byte {position}: wrong numbers")
    gc.collect()
    assert bad == []


def test_a_store_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    store = RunStore(tmp_path / "file")
    assert simulate(MODEL, times=[0, 1], store=store)["x"].values[0, 0] == 1
    assert store.get(work()) is None


def test_what_is_stored_is_not_computed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = RunStore(tmp_path)
    whole = simulate(MODEL, times=[0, 1], parameters={"k": np.linspace(1, 2, 20)}, store=store)
    monkeypatch.setattr(spread, "run", lambda part, **where: pytest.fail("computed again"))
    assert simulate(MODEL, times=[0, 1], parameters={"k": np.linspace(1, 2, 20)}, store=store).identical(whole)
    with pytest.raises(pytest.fail.Exception):
        simulate(MODEL, times=[0, 1], parameters={"k": np.linspace(1, 3, 20)}, store=store)


def test_the_default_store_is_the_users_choice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EUTHYMIA_CACHE", str(tmp_path))
    assert RunStore.default().folder == tmp_path
    monkeypatch.delenv("EUTHYMIA_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert RunStore.default().folder == tmp_path / "euthymia"
