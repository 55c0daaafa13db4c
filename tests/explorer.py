"""The live explorer for tests: a tiny site, jobs that end at once without computing, results in memory."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from fastapi import FastAPI
from starlette.types import ASGIApp, Message

from euthymia.asking.plan import plan
from euthymia.asking.reading import read_question
from euthymia.serving.app import create_app
from euthymia.serving.jobs import BusyError, Job, Jobs, Load
from euthymia.serving.limits import Limits
from euthymia.serving.pages import Pages
from euthymia.serving.results import Results
from euthymia.serving.tasks import Result, Task
from euthymia.serving.told import Told
from euthymia.words import msg

R = TypeVar("R")
LIMITS: Final = Limits(workers=1, queue=2)
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self'; base-uri 'none'"
HEAD: Final = f'<head><meta http-equiv="Content-Security-Policy" content="{POLICY}"><title>t</title></head>'
INDEX: Final = f'<!DOCTYPE html><html lang="en">{HEAD}<body><p data-live hidden>live</p>{"x" * 2000}</body></html>'
ASK: Final = f'<!DOCTYPE html><html lang="en" data-api="">{HEAD}<body></body></html>'
BODY: Final[dict[str, Any]] = {
    "format": 1,
    "title": "Does it help?",
    "studies": ["S02"],
    "animals": 4,
    "arms": [
        {"id": "none"},
        {"id": "ketamine", "protocol": [{"drug": "ketamine", "dose": "5 mg/kg", "route": "ip", "at": "0 d"}]},
    ],
    "sampling": [{"assay": "forced_swim", "times": ["1 d"]}],
}


class FakeResults:
    """Results in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, Result] = {}

    def get(self, key: str) -> Result | None:
        return self.kept.get(key)


class FakeJobs:
    """Jobs that wait until they are looked at, and are then done; `full` makes every further one wait elsewhere."""

    def __init__(self, results: FakeResults) -> None:
        self.results = results
        self.jobs: dict[str, Job] = {}
        self.full = False

    def submit(self, task: Task) -> Job:
        if self.full:
            raise BusyError(msg("The file is empty."), 7)
        if task.kind in ("question", "explanation"):
            plan(read_question(task.payload["question"]))
        key = task.key
        known = key in self.results.kept
        files = {"answer.json": "{}\n", "study.html": "<script>alert(1)</script>", 'od"d\n.svg': "<svg/>"}
        self.results.kept[key] = Result(task.kind, {"kind": task.kind}, "<p>done</p>", files)
        job = Job(secrets.token_hex(16), task.kind, "done" if known else "waiting", 0, 0, None if known else 0, 0.0,
                  key if known else None, ())  # fmt: skip
        self.jobs[job.id] = job
        return job

    def get(self, name: str) -> Job | None:
        return self.jobs.get(name)

    def cancel(self, name: str) -> Job | None:
        job = self.jobs.get(name)
        if job is not None and not job.ended:
            problem = Told.of(msg("The file is empty."))
            job = Job(job.id, job.kind, "cancelled", 0, 0, None, 1.0, None, (problem,))
            self.jobs[name] = job
        return job

    @property
    def load(self) -> Load:
        return Load(1, 0, 0)


def tiny_site(folder: Path) -> Path:
    """A site of two pages and a picture."""
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(INDEX)
    (folder / "ask.html").write_text(ASK)
    (folder / "picture.svg").write_text("<svg/>")
    (folder / "assets" / "map.js").write_text("1;\n" * 300)
    return folder


def fake_app(folder: Path, limits: Limits = LIMITS, **changes: Any) -> tuple[FastAPI, FakeJobs]:
    """The application over a tiny site, and its jobs."""
    results = FakeResults()
    jobs = FakeJobs(results)
    app = create_app(Pages.read(tiny_site(folder)), cast(Jobs, jobs), cast(Results, results), limits,
                     **{"atlas": {"studies": []}, "hosts": ("testserver",), **changes})  # fmt: skip
    return app, jobs


@dataclass(frozen=True)
class Answer:
    """What an application sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def problem(self) -> dict[str, Any]:
        """The only problem."""
        (one,) = self.json["problems"]
        assert one["en"] != one["zh"]
        return cast(dict[str, Any], one)


def finish(work: Callable[[], Coroutine[Any, Any, R]]) -> R:
    """What a coroutine returns; run in a thread of its own, as a test with a browser has a loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(work())).result()


def call(
    app: ASGIApp,
    path: str,
    *,
    method: str = "GET",
    body: bytes | Sequence[bytes | float] = b"",
    headers: Mapping[str, str] | None = None,
    query: str = "",
) -> Answer:
    """One request. A body in pieces is sent piece by piece; a number is a pause in seconds."""
    given = {"host": "localhost:8000", **(headers or {})}
    pieces = [body] if isinstance(body, bytes) else list(body)
    sent: list[Message] = []

    async def receive() -> Message:
        while pieces:
            piece = pieces.pop(0)
            if isinstance(piece, bytes):
                return {"type": "http.request", "body": piece, "more_body": bool(pieces)}
            await asyncio.sleep(piece)
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "", "state": {},
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in given.items() if value],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8000),
    }  # fmt: skip
    finish(lambda: app(scope, receive, send))  # type: ignore[arg-type, return-value]
    if not sent:
        return Answer(0, {}, b"")
    found = {name.decode(): value.decode("latin-1") for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], found, b"".join(message.get("body", b"") for message in sent[1:]))


def post(app: ASGIApp, path: str, body: Any, **headers: str) -> Answer:
    """JSON sent."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return call(app, path, method="POST", body=raw, headers={"content-type": "application/json", **headers})
