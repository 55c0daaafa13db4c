"""The command `serve` as a process of its own: pages, questions, cancelling, a restart, its end."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final

import pytest
from sample import entry

import euthymia.cli.serving as serving
from euthymia.errors import OutputError, RequestError
from euthymia.records.question import Question
from euthymia.site import build_site
from explorer import BODY

PATIENCE: Final = 120
"""Seconds; the machine may be busy. The tests end as soon as there is something to see."""
START: Final = "from euthymia.cli import main; main()"
KETAMINE: Final = {"drug": "ketamine", "dose": "5 mg/kg", "route": "ip", "at": "0 d"}


@dataclass(frozen=True)
class Server:
    """A running server and how to ask it."""

    process: subprocess.Popen[str]
    port: int
    said: str

    def ask(
        self, path: str, method: str = "GET", body: Any = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        raw = json.dumps(body).encode() if body is not None else None
        given = {"content-type": "application/json"} if raw else {}
        connection.request(
            method, path, raw, {**given, **{name.replace("_", "-"): text for name, text in headers.items()}}
        )
        answer = connection.getresponse()
        found = answer.status, {name.lower(): text for name, text in answer.getheaders()}, answer.read()
        connection.close()
        return found

    def json(self, path: str, method: str = "GET", body: Any = None) -> Any:
        return json.loads(self.ask(path, method, body)[2])

    def until(self, job: str, ended: Callable[[Any], bool]) -> Any:
        """The job, once it is as wanted."""
        latest = time.monotonic() + PATIENCE
        while not ended(found := self.json(f"/api/jobs/{job}")):
            assert time.monotonic() < latest, found
            time.sleep(0.05)
        return found


@contextmanager
def served(site: Path, cache: Path, *options: str) -> Iterator[Server]:
    command = [sys.executable, "-c", START, "serve", "--site", str(site), "--port", "0", "--workers", "1", *options]
    environment = {**os.environ, "EUTHYMIA_CACHE": str(cache)}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment)
    try:
        said = ""
        while not (port := re.search(r"http://[^/]*:(\d+)/", said)):
            assert process.stderr is not None
            ready, _, _ = select.select([process.stderr], [], [], PATIENCE)
            line = process.stderr.readline() if ready else ""
            assert line, said
            said += line
        yield Server(process, int(port[1]), said + str(process.stderr and process.stderr.readline()))
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(PATIENCE)
        finally:
            process.kill()
            process.communicate()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served")
    build_site([entry()], folder, command="euthymia site build S90 --out site")
    return folder


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("explorer-cache")


@pytest.fixture(scope="module")
def server(site: Path, cache: Path) -> Iterator[Server]:
    with served(site, cache) as running:
        yield running


def asked(**changes: Any) -> dict[str, Any]:
    return {"kind": "question", "question": {**BODY, **changes}}


def long_question() -> dict[str, Any]:
    """More than a worker does in a moment."""
    arms = [{"id": f"a{i}", "protocol": [{**KETAMINE, "dose": f"{i + 1} mg/kg"}]} for i in range(30)]
    return asked(animals=200, arms=arms, sampling=[{"assay": "forced_swim", "times": [f"{i} d" for i in range(1, 60)]}])


def test_it_says_where_it_is_and_that_it_gives_no_advice(server: Server) -> None:
    assert f"http://127.0.0.1:{server.port}/" in server.said
    assert "no medical advice" in server.said
    assert "Warning" not in server.said
    assert server.json("/api/health")["status"] == "ok"


def test_pages_are_served_and_live(server: Server, site: Path) -> None:
    status, headers, body = server.ask("/")
    assert (status, body) == (200, (site / "index.html").read_bytes())
    assert server.ask("/", if_none_match=headers["etag"])[0] == 304
    status, headers, body = server.ask("/ask.html")
    assert b'data-api="api/"' in body
    assert "connect-src 'self'" in headers["content-security-policy"]
    assert b"<p data-live>" in (data := server.ask("/data.html")[2])
    assert b' href="api/openapi.json"' in data
    assert {one["id"] for one in server.json("/api/atlas")["studies"]} >= {"S01", "S13"}


def test_a_question_is_answered_and_kept(server: Server) -> None:
    job = server.json("/api/jobs", "POST", asked())
    assert job["state"] in ("waiting", "running")
    done = server.until(job["id"], lambda one: one["state"] not in ("waiting", "running"))
    assert (done["state"], done["problems"]) == ("done", [])
    key = done["result"]
    assert "S02" in json.dumps(server.json(f"/api/results/{key}"))
    page = server.ask(f"/api/results/{key}/page")[2].decode()
    assert 'lang="zh"' in page
    assert "<script" not in page
    names = {one["name"]: one["bytes"] for one in server.json(f"/api/results/{key}/files")}
    assert {"question.yaml", "answer.json", "index.html"} <= set(names)
    status, headers, body = server.ask(f"/api/results/{key}/files/question.yaml")
    assert (status, len(body)) == (200, names["question.yaml"])
    assert headers["content-disposition"] == 'attachment; filename="question.yaml"'
    status, _, again = server.ask("/api/jobs", "POST", asked())
    assert (status, json.loads(again)["result"]) == (200, key)


def test_a_job_is_cancelled_and_the_next_one_is_done(server: Server) -> None:
    job = server.json("/api/jobs", "POST", long_question())
    server.until(job["id"], lambda one: one["state"] == "running" or one["ahead"] == 0)
    assert server.json(f"/api/jobs/{job['id']}", "DELETE")["state"] == "cancelled"
    following = server.json("/api/jobs", "POST", asked(seed=2))
    assert server.until(following["id"], lambda one: one["state"] not in ("waiting", "running"))["state"] == "done"


def test_other_hosts_and_other_sites_are_refused(server: Server) -> None:
    assert server.ask("/", host="evil.example")[0] == 421
    assert server.ask("/api/health", host="evil.example:80")[0] == 421
    assert server.ask("/api/jobs", "POST", asked(), origin="http://evil.example")[0] == 403
    assert server.ask("/api/jobs", "POST", asked(), sec_fetch_site="cross-site")[0] == 403
    assert server.ask("/api/jobs", "POST", asked(), origin=f"http://127.0.0.1:{server.port}")[0] in (200, 202)


@pytest.mark.parametrize(
    "path",
    ["/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/%252e%252e/etc/passwd", "/..%2f..%2fetc%2fpasswd",
     "//etc/passwd", "/assets/../../etc/passwd", "/%c0%ae%c0%ae/etc/passwd", "/ask.html%00", "/..\\..\\etc\\passwd"],
)  # fmt: skip
def test_no_path_leads_out_of_the_site(server: Server, path: str) -> None:
    status, headers, body = server.ask(path)
    assert (status, headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert b"root:" not in body


def raw(server: Server, sent: bytes) -> bytes:
    """What comes back for bytes that no client would send."""
    found = b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        try:
            connection.sendall(sent)
            while piece := connection.recv(65536):
                found += piece
        except OSError:  # closed while something was still being sent
            pass
    return found


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00",
        b"GET /\xff HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 500_000,
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: a\r\n" * 50_000,
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ids=["no HTTP", "a byte", "a long header", "many headers", "two lengths"],
)
def test_what_is_no_request_is_closed(server: Server, sent: bytes) -> None:
    found = raw(server, sent)
    assert found == b"" or found.startswith(b"HTTP/1.1 400 ")
    assert server.json("/api/health")["status"] == "ok"


def test_a_body_that_is_said_to_be_huge_is_refused_before_it_comes(server: Server) -> None:
    head = b"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    assert raw(server, head + b"Content-Length: 9999999999\r\n\r\n{").startswith(b"HTTP/1.1 413 ")


def workers_of(process: int) -> list[int]:
    return [
        int(child) for file in Path(f"/proc/{process}/task").glob("*/children") for child in file.read_text().split()
    ]


def test_results_outlive_a_restart_and_no_process_outlives_the_server(site: Path, cache: Path, server: Server) -> None:
    key = server.until(server.json("/api/jobs", "POST", asked())["id"], lambda one: one["state"] == "done")["result"]
    with served(site, cache, "--lang", "zh") as other:
        assert "不提供医疗建议" in other.said
        status, _, body = other.ask("/api/jobs", "POST", asked())
        assert (status, json.loads(body)["result"]) == (200, key)
        assert other.ask(f"/api/results/{key}/page")[2] == server.ask(f"/api/results/{key}/page")[2]
        children = workers_of(other.process.pid)
        assert children
        other.process.send_signal(signal.SIGTERM)
        assert other.process.wait(PATIENCE) == 0
        latest = time.monotonic() + PATIENCE
        while any(_alive(child) for child in children):
            assert time.monotonic() < latest
            time.sleep(0.05)


def _alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_a_port_that_is_taken_is_a_sentence(site: Path, server: Server, command: Any) -> None:
    code, _, said = command("serve", "--site", site, "--port", server.port)
    assert code == 1
    assert f"port {server.port}, cannot be listened at" in said
    code, _, said = command("serve", "--site", site, "--host", "no.such.host.invalid")
    assert (code, "cannot be listened at" in said) == (1, True)


def test_a_folder_without_a_site_is_a_sentence(tmp_path: Path, command: Any) -> None:
    code, _, said = command("serve", "--site", tmp_path, "--port", 0)
    assert (code, "no site here" in said) == (1, True)


def test_missing_libraries_are_named_with_the_extra(site: Path, command: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "find_spec", lambda name: None if name == "fastapi" else object())
    code, _, said = command("serve", "--site", site, "--port", 0)
    assert code == 1
    assert "euthymia[web]" in said
    assert "fastapi" in said


def test_the_default_site_is_built_once_and_others_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    built: list[Path] = []

    def build(folder: Path, **_: Any) -> None:
        folder.mkdir()
        (folder / "index.html").write_text("x")
        built.append(folder)

    monkeypatch.setenv("EUTHYMIA_CACHE", str(tmp_path))
    monkeypatch.setattr(serving, "atlas_site", build)
    for name in ("explorer-0123456789abcdef", "explorer-mine", "explorer.broken"):
        (tmp_path / name).mkdir()
    os.utime(tmp_path / "explorer.broken", (0, 0))
    folder = serving.default_site("en")
    assert folder == serving.default_site("en")
    assert len(built) == 1
    assert {one.name for one in tmp_path.iterdir()} == {folder.name, "explorer-mine"}

    def fail(folder: Path, **_: Any) -> None:
        folder.mkdir()
        raise RequestError(serving.ADVICE)

    monkeypatch.setattr(serving, "atlas_site", fail)
    monkeypatch.setattr(serving, "version_stamp", lambda: "f" * 64)
    with pytest.raises(RequestError):
        serving.default_site("en")
    assert {one.name for one in tmp_path.iterdir()} == {folder.name, "explorer-mine"}


def test_a_cache_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("EUTHYMIA_CACHE", str(tmp_path / "file"))
    with pytest.raises(OutputError, match="cannot be written"):
        serving.default_site("en")


def test_a_warning_is_given_where_others_can_come(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("0.0.0.0", 0)) as listener:
        serving._announce(listener, "en")
    assert "everyone who can reach this machine" in capsys.readouterr().err.replace("\n", " ")


def test_the_example_is_a_question() -> None:
    assert Question.model_validate_json(json.dumps(BODY)).animals == 4
