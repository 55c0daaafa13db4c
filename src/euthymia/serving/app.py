"""The web application: the pages of the site, and the interface under ``/api``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from euthymia.errors import EuthymiaError, OutputError
from euthymia.serving import schemas
from euthymia.serving.api import Explorer, body_limits, router
from euthymia.serving.bodies import UnreadableError
from euthymia.serving.guard import HEADERS, LOOPBACK, Guard, Rules, refused
from euthymia.serving.jobs import BusyError, Jobs
from euthymia.serving.limits import Limits
from euthymia.serving.pages import Pages, Site
from euthymia.serving.results import Results
from euthymia.serving.told import Told, told
from euthymia.words import Message, msg

OPENAPI: Final = "/api/openapi.json"
TITLE: Final = "euthymia"
DESCRIPTION: Final = (
    "Ask the executable atlas of antidepressant mechanisms: what-if questions, explanations of differences, models and "
    "studies brought along. Problems are told in English and Chinese. A research instrument; no medical advice."
)
_UNUSED: Final = ("HTTPValidationError", "ValidationError")
"""Problems as FastAPI describes them, which are told otherwise here."""
SAID: Final[Mapping[int, Message]] = {
    400: msg("The request is malformed."),
    404: msg("There is no such thing here; jobs and results are kept for a time only."),
    405: msg("This address does not take requests of this method."),
    500: msg("The server failed; nothing was changed. Its log tells why."),
}


def create_app(
    pages: Pages,
    jobs: Jobs,
    results: Results,
    limits: Limits,
    *,
    hosts: Iterable[str] = (),
    atlas: Mapping[str, Any] | None = None,
) -> FastAPI:
    """The application.

    Parameters
    ----------
    pages
        The site.
    jobs, results
        What computes and what keeps; both are closed by whoever made them.
    limits
        What is taken, told to pages by the interface.
    hosts
        Names by which browsers may address the server, besides those of this machine itself.
    atlas
        What a question can be put together from; that of the atlas if left out.
    """
    app = FastAPI(
        title=TITLE, version=version("euthymia"), description=DESCRIPTION, openapi_url=None, docs_url=None,
        redoc_url=None, redirect_slashes=False,
    )  # fmt: skip
    known = _atlas(limits) if atlas is None else atlas
    app.include_router(router(Explorer(jobs, results, limits, known)))
    _describe(app)
    app.add_exception_handler(EuthymiaError, _refused)
    app.add_exception_handler(RequestValidationError, _wrong_parameters)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _failed)
    app.add_middleware(Site, pages=pages)
    names = LOOPBACK | {name.lower().strip("[]") for name in hosts}
    app.add_middleware(Guard, rules=Rules(frozenset(names), body_limits(limits), limits.protocol_bytes))
    return app


def _atlas(limits: Limits) -> Mapping[str, Any]:
    from euthymia.site.atlasdata import atlas_data

    return atlas_data(limits.to_dict())


def _describe(app: FastAPI) -> None:
    """Put the description of the interface at its address: routes, and the records that bodies hold."""
    whole = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    parts = whole["components"]["schemas"]
    for name, schema in schemas.record_schemas().items():
        parts.setdefault(name, schema)
    for unused in _UNUSED:
        parts.pop(unused, None)
    for route in (one for methods in whole["paths"].values() for one in methods.values()):
        if _UNUSED[0] in str(route["responses"].get("422")):
            del route["responses"]["422"]  # no parameter of this route can be wrong
    app.openapi_schema = whole

    @app.get(OPENAPI, include_in_schema=False)
    async def description() -> Response:
        return JSONResponse(whole)


def _problems(status: int, problems: Iterable[Told], headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"problems": [one.to_dict() for one in problems]}, status, dict(headers or {}))


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, EuthymiaError)
    if isinstance(error, BusyError):
        return _problems(429, told(error), {"retry-after": str(max(1, error.seconds))})
    status = 400 if isinstance(error, UnreadableError) else 500 if isinstance(error, OutputError) else 422
    return _problems(status, told(error))


async def _wrong_parameters(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return _problems(422, [_parameter(detail) for detail in error.errors()])


def _parameter(detail: Mapping[str, Any]) -> Told:
    name, found = str(detail["loc"][-1]), str(detail.get("input"))[:80]
    bounds = {bound: f"{limit:g}" for bound, limit in detail.get("ctx", {}).items() if bound in ("ge", "gt", "le")}
    if "le" in bounds:
        message = msg("“{name}” is at most {limit}; found {found}.", name=name, limit=bounds["le"], found=found)
    elif "ge" in bounds:
        message = msg("“{name}” is at least {limit}; found {found}.", name=name, limit=bounds["ge"], found=found)
    elif "gt" in bounds:
        message = msg("“{name}” is more than {limit}; found {found}.", name=name, limit=bounds["gt"], found=found)
    else:
        message = msg("“{name}” is a number; found “{found}”.", name=name, found=found)
    return Told(message.text("en"), message.text("zh"), name)


async def _http_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 415:
        sentence = msg("What is sent here has one of the types {types}, in UTF-8 where it is text.", types=error.detail)
    else:
        sentence = SAID.get(error.status_code, SAID[400])
    return refused(error.status_code, sentence, error.headers)


async def _failed(_request: Request, _error: Exception) -> Response:
    """The answer of a server that failed; it goes out past the guard, so its headers are put here."""
    return refused(500, SAID[500], {name.decode(): value.decode() for name, value in HEADERS})
