"""The interface under ``/api``: what it offers and where; all computing is done by `Jobs`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import PurePosixPath
from typing import Any, Final, TypeVar

import anyio
from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from euthymia.records.question import Question
from euthymia.serving import schemas
from euthymia.serving.archive import uploaded_study
from euthymia.serving.cost import cost_of, refuse_costly
from euthymia.serving.jobs import Job, Jobs
from euthymia.serving.limits import Limits
from euthymia.serving.pages import ALONE, OTHER, TYPES
from euthymia.serving.requests import posted_question, posted_task
from euthymia.serving.results import Results
from euthymia.serving.tasks import Result, Task
from euthymia.serving.uploads import uploaded_model, uploaded_question

T = TypeVar("T")

CHECKS: Final = 2
"""Bodies that are read and judged at one time; more would only slow the pages down."""
SAFE: Final = re.compile(r"[^A-Za-z0-9._-]")
JSON: Final = ("application/json",)
YAML: Final = ("application/yaml", "text/plain")
MODEL: Final = ("application/sbml+xml", "application/xml", "text/plain")
ZIP: Final = ("application/zip",)
ALONE_HEADERS: Final = {"content-security-policy": ALONE}
TELLS: Final[Mapping[int, str]] = {
    400: "What was sent cannot be read, or the request is malformed.",
    403: "A page of another site asks.",
    404: "There is no such thing here.",
    408: "What was sent did not arrive in time.",
    413: "What was sent is too large.",
    415: "What was sent is of a type that is not taken here.",
    421: "The server is not known by the host name of the request.",
    422: "What was sent can be read but not used.",
    429: "The server has enough to do; the header Retry-After tells when to try again.",
    500: "The server failed.",
}
"""Why requests are refused, for the description of the interface."""
READS: Final = (400, 421)
WRITES: Final = (*READS, 403, 408, 413, 429)
SENDS: Final = (*WRITES, 415, 422)


@dataclass(frozen=True)
class Explorer:
    """What the interface stands on."""

    jobs: Jobs
    results: Results
    limits: Limits
    atlas: Mapping[str, Any]
    checks: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(CHECKS))

    async def judged(self, work: Callable[[], T]) -> T:
        """What `work` gives, done in a thread."""
        return await anyio.to_thread.run_sync(work, limiter=self.checks)


def router(explorer: Explorer) -> APIRouter:
    """All routes."""
    made = APIRouter(prefix="/api")
    _atlas_routes(made, explorer)
    _job_routes(made, explorer)
    _result_routes(made, explorer)
    _upload_routes(made, explorer)
    return made


def _atlas_routes(api: APIRouter, explorer: Explorer) -> None:
    atlas = JSONResponse(explorer.atlas).body

    @api.get("/health", response_model=schemas.Health, responses=refusals(*READS))
    async def health() -> Response:
        """Whether the server runs, and how much it has to do."""
        return JSONResponse({"status": "ok", "version": version("euthymia"), **explorer.jobs.load.to_dict()})

    @api.get("/atlas", response_model=dict[str, Any], responses=refusals(*READS))
    async def atlas_data() -> Response:
        """What a question can be put together from, and the limits of this server."""
        return Response(bytes(atlas), media_type="application/json")

    @api.post(
        "/questions/check",
        response_model=schemas.Checked,
        responses=refusals(*SENDS),
        openapi_extra=_body(JSON, schemas.reference("Question")),
    )
    async def check(request: Request) -> Response:
        """Read a question, and tell how large it is; nothing is computed."""
        body = await _taken(request, JSON)

        def work() -> dict[str, Any]:
            question = posted_question(body)
            cost = cost_of(question)
            refuse_costly(cost, explorer.limits)
            return {"question": canonical(question), "cost": cost.to_dict()}

        return JSONResponse(await explorer.judged(work))


def _job_routes(api: APIRouter, explorer: Explorer) -> None:
    both = {"oneOf": [schemas.reference("AskedQuestion"), schemas.reference("AskedExplanation")]}

    @api.post(
        "/jobs",
        status_code=202,
        response_model=schemas.JobShown,
        responses={**refusals(*SENDS), **_at_once()},
        openapi_extra=_body(JSON, both),
    )
    async def ask(request: Request) -> Response:
        """Have a question answered, or a difference between two arms explained."""
        body = await _taken(request, JSON)
        return _accepted(await explorer.judged(lambda: explorer.jobs.submit(posted_task(body))))

    @api.get("/jobs/{job}", response_model=schemas.JobShown, responses=refusals(*READS, 404))
    def look(job: str) -> Response:
        """How far a job has come."""
        return JSONResponse(_known(explorer.jobs.get(job)).to_dict())

    @api.delete("/jobs/{job}", response_model=schemas.JobShown, responses=refusals(*WRITES, 404))
    def cancel(job: str) -> Response:
        """Cancel a job, unless it has ended."""
        return JSONResponse(_known(explorer.jobs.cancel(job)).to_dict())


def _result_routes(api: APIRouter, explorer: Explorer) -> None:
    def result(key: str) -> Result:
        return _known(explorer.results.get(key))

    @api.get("/results/{key}", response_model=dict[str, Any], responses=refusals(*READS, 404))
    def data(key: str) -> Response:
        """A result as data."""
        return JSONResponse(result(key).data)

    fragment = _content("text/html", "An HTML fragment in both languages.", {"type": "string"})

    @api.get("/results/{key}/page", response_class=Response, responses={**refusals(*READS, 404), **fragment})
    def page(key: str) -> Response:
        """A result as a part of a page, in English and Chinese."""
        return Response(result(key).page, headers=ALONE_HEADERS, media_type="text/html")

    @api.get("/results/{key}/files", response_model=list[schemas.FileShown], responses=refusals(*READS, 404))
    def files(key: str) -> Response:
        """The files of a result."""
        return JSONResponse([
            {"name": name, "bytes": len(text.encode()), "type": _type(name)}
            for name, text in result(key).files.items()
        ])  # fmt: skip

    saved = _content("*/*", "The file, to be saved.", {})

    @api.get("/results/{key}/files/{name}", response_class=Response, responses={**refusals(*READS, 404), **saved})
    def file(key: str, name: str) -> Response:
        """One file of a result."""
        text = _known(result(key).files.get(name))
        saved = f'attachment; filename="{SAFE.sub("_", name)}"'
        return Response(
            text.encode(), headers={**ALONE_HEADERS, "content-disposition": saved, "content-type": _type(name)}
        )


def _upload_routes(api: APIRouter, explorer: Explorer) -> None:
    limits, text = explorer.limits, {"type": "string"}
    job = {**refusals(*SENDS), **_at_once()}

    @api.post("/uploads/protocol", response_model=schemas.Understood, responses=refusals(*SENDS),
              openapi_extra=_body(YAML, text))  # fmt: skip
    async def protocol(request: Request) -> Response:
        """Read the YAML file of a question; nothing is computed."""
        body = await _taken(request, YAML)
        return JSONResponse({"question": canonical(await explorer.judged(lambda: uploaded_question(body)))})

    @api.post("/uploads/model", status_code=202, response_model=schemas.JobShown, responses=job,
              openapi_extra=_body(MODEL, text))  # fmt: skip
    async def model(
        request: Request,
        hours: float = Query(100.0, gt=0, le=limits.hours, description="length of the run in the model's unit of time"),
        points: int = Query(201, ge=2, le=limits.points, description="number of output times"),
    ) -> Response:
        """Simulate an SBML or Antimony model."""
        body = await _taken(request, MODEL)
        return _accepted(await explorer.judged(
            lambda: explorer.jobs.submit(Task.model(uploaded_model(body), hours=hours, points=points))
        ))  # fmt: skip

    @api.post("/uploads/study", status_code=202, response_model=schemas.JobShown, responses=job,
              openapi_extra=_body(ZIP, {"type": "string", "format": "binary"}))  # fmt: skip
    async def study(
        request: Request,
        animals: int = Query(limits.study_animals, ge=1, le=limits.study_animals, description="animals of a cohort"),
        seed: int = Query(1, ge=0, le=2**31 - 1, description="seed of all draws"),
    ) -> Response:
        """Check a study's folder and reproduce its findings."""
        body = await _taken(request, ZIP)
        return _accepted(await explorer.judged(
            lambda: explorer.jobs.submit(Task.study(uploaded_study(body, limits), animals=animals, seed=seed))
        ))  # fmt: skip


def canonical(question: Question) -> dict[str, Any]:
    """A question as data, with its defaults; what is not given is left out."""
    found: dict[str, Any] = question.model_dump(mode="json", by_alias=True, exclude_none=True)
    return found


def body_limits(limits: Limits) -> dict[str, int]:
    """Most bytes of a body, by path."""
    return {
        "/api/questions/check": limits.protocol_bytes,
        "/api/jobs": limits.protocol_bytes,
        "/api/uploads/protocol": limits.protocol_bytes,
        "/api/uploads/model": limits.model_bytes,
        "/api/uploads/study": limits.archive_bytes,
    }


def refusals(*codes: int) -> dict[int | str, dict[str, Any]]:
    """Refusals of a route, for its description; a server may always fail."""
    return {code: {"model": schemas.Problems, "description": TELLS[code]} for code in (*codes, 500)}


async def _taken(request: Request, types: Sequence[str]) -> bytes:
    """The body, if it is of a type that is taken.

    Raises
    ------
    HTTPException
        415 if not.
    """
    kind, _, rest = request.headers.get("content-type", "").partition(";")
    charset = rest.strip().lower().partition("charset=")[2].strip('"')
    if kind.strip().lower() not in types or charset not in ("", "utf-8"):
        raise HTTPException(415, ", ".join(types))
    return await request.body()


def _accepted(job: Job) -> Response:
    return JSONResponse(job.to_dict(), 200 if job.state == "done" else 202, {"location": f"/api/jobs/{job.id}"})


def _known(found: T | None) -> T:
    if found is None:
        raise HTTPException(404)
    return found


def _type(name: str) -> str:
    return TYPES.get(PurePosixPath(name).suffix.lower(), OTHER)


def _body(types: Sequence[str], schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {name: {"schema": dict(schema)} for name in types}}}


def _at_once() -> dict[int | str, dict[str, Any]]:
    return {200: {"model": schemas.JobShown, "description": "The result is there already."}}


def _content(kind: str, description: str, schema: Mapping[str, Any]) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {kind: {"schema": dict(schema)}}, "description": description}}
