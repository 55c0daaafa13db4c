"""The site in memory: a path is a key and nothing else, so none leads out of the folder."""

from __future__ import annotations

import gzip
import hashlib
import html
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from euthymia.errors import Place, Problem, RequestError
from euthymia.serving.guard import refused
from euthymia.site.frame import JOINED
from euthymia.site.missing import missing_page
from euthymia.words import msg

API: Final = "/api"
INDEX: Final = "index.html"
ASK: Final = "ask.html"
MOST_BYTES: Final = 256 * 1024 * 1024
TYPES: Final[Mapping[str, str]] = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".csv": "text/csv; charset=utf-8",
    ".tsv": "text/tab-separated-values; charset=utf-8",
    ".yaml": "application/yaml",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
    ".xml": "application/xml",
    ".ant": "text/plain; charset=utf-8",
    ".bib": "text/plain; charset=utf-8",
    ".png": "image/png",
    ".pdf": "application/pdf",
    ".zip": "application/zip",
}
OTHER: Final = "application/octet-stream"
PACKED_ALREADY: Final = ("image/png", "application/pdf", "application/zip", OTHER)
ALONE: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'none'"
"""Policy of what is no page of the site: pictures, data, and results that somebody brought along."""
PRINTED: Final = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'none'"
"""Policy of documents for printing, which browsers do not show in a sandbox."""
_POLICY: Final = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)"')
_ADDED: Final = {"connect-src": "'self'", "form-action": "'none'", "frame-ancestors": "'none'"}
_UNLIVE: Final = (
    (' data-api=""', ' data-api="api/"'), (" data-live hidden", " data-live"), (' data-live-link="', ' href="'),
)  # fmt: skip
"""What a page says where no server is, and with one: where the interface is, and what is shown and linked only then."""

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True)
class Form:
    """One form of a file: as it is or packed, with the headers it goes out with."""

    body: bytes
    etag: bytes
    headers: Headers


@dataclass(frozen=True)
class Held:
    """A file: plain, and packed where that is shorter."""

    plain: Form
    packed: Form | None

    @classmethod
    def of(cls, name: str, body: bytes) -> Held:
        """A file by its name and content; pages are made live."""
        kind = TYPES.get(Path(name).suffix.lower(), OTHER)
        policy = ALONE
        if kind.startswith("text/html"):
            text = _live(body.decode("utf-8", "surrogateescape"))
            body, policy = text.encode("utf-8", "surrogateescape"), page_policy(text)
        elif kind == TYPES[".pdf"]:
            policy = PRINTED
        digest = hashlib.sha256(body).hexdigest()[:32]
        shared = [("content-type", kind), ("content-security-policy", policy), ("cache-control", "no-cache"),
                  ("vary", "accept-encoding")]  # fmt: skip
        plain = _form(body, f'"{digest}"', shared)
        if kind in PACKED_ALREADY:
            return cls(plain, None)
        packed = gzip.compress(body, 6, mtime=0)
        more = [*shared, ("content-encoding", "gzip")]
        return cls(plain, _form(packed, f'"{digest}-gzip"', more) if len(packed) < len(body) else None)


@dataclass(frozen=True)
class Pages:
    """All files of a site, by path, and the page that stands in for those that are not there."""

    files: Mapping[str, Held]
    missing: Held

    @classmethod
    def read(cls, folder: Path) -> Pages:
        """The site of a folder. Hidden files and links that lead out of it are passed over.

        Raises
        ------
        RequestError
            If it is no folder with a first page, or is too large to be held.
        """
        files: dict[str, Held] = {}
        size = 0
        for name, path in _files(folder):
            body = path.read_bytes()
            size += len(body)
            if size > MOST_BYTES:
                raise RequestError(
                    Problem(msg("The site is larger than {limit} bytes.", limit=MOST_BYTES), Place(folder))
                )
            files[name] = Held.of(name, body)
        if INDEX not in files:
            raise RequestError(
                Problem(msg("There is no site here; “euthymia site build --out FOLDER” makes one."), Place(folder))
            )
        return cls(files, Held.of("missing.html", _rooted(missing_page(joined=JOINED in files)).encode()))

    def find(self, path: str) -> Held | None:
        """The file of a path as it stands in an address, or None."""
        name = path.removeprefix("/")
        return self.files.get(name + INDEX if name.endswith("/") or not name else name)


class Site:
    """ASGI middleware that answers whatever is not the interface."""

    def __init__(self, app: ASGIApp, *, pages: Pages) -> None:
        self.app = app
        self.pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on."""
        if scope["type"] != "http" or scope["path"] == API or scope["path"].startswith(API + "/"):
            await self.app(scope, receive, send)
        elif scope["method"] not in ("GET", "HEAD"):
            sentence = msg("Pages are only read.")
            await refused(405, sentence, {"allow": "GET, HEAD"})(scope, receive, send)
        else:
            found = self.pages.find(scope["path"])
            await _send(scope, send, found or self.pages.missing, 200 if found else 404)


async def _send(scope: Scope, send: Send, held: Held, status: int) -> None:
    asked = dict(scope["headers"])
    form = held.packed if held.packed is not None and _takes_gzip(asked.get(b"accept-encoding", b"")) else held.plain
    known = asked.get(b"if-none-match")
    if status == 200 and known is not None and _matches(known, form.etag):
        headers = [pair for pair in form.headers if pair[0] not in (b"content-length", b"content-type")]
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.start", "status": status, "headers": form.headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else form.body})


def page_policy(page: str) -> str:
    """The content security policy of a page of the site: its own, and what only a header can say.

    A page without one may show itself, and run nothing.
    """
    found = _POLICY.search(page)
    own = html.unescape(found[1]) if found else "default-src 'none'; style-src 'unsafe-inline'; img-src data: 'self'"
    parts = dict.fromkeys(part.strip() for part in own.split(";") if part.strip())
    named = {part.split()[0] for part in parts}
    return "; ".join([*parts, *(f"{name} {value}" for name, value in _ADDED.items() if name not in named)])


def _form(body: bytes, etag: str, headers: list[tuple[str, str]]) -> Form:
    every = [*headers, ("etag", etag), ("content-length", str(len(body)))]
    return Form(body, etag.encode(), tuple((name.encode(), value.encode()) for name, value in every))


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    root = folder.resolve()
    for above, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(above, name)
            if not name.startswith(".") and path.is_file() and path.resolve().is_relative_to(root):
                yield path.relative_to(root).as_posix(), path


def _live(page: str) -> str:
    for without, live in _UNLIVE:
        page = page.replace(without, live)
    return page


def _rooted(page: str) -> str:
    """A page whose links hold wherever it is shown."""
    return re.sub(r'(\s(?:href|src|data-page)=")(?![/#]|[a-z]+:)', r"\1/", page)


def _takes_gzip(accepted: bytes) -> bool:
    """Whether a client takes gzip, by its Accept-Encoding."""
    for offer in accepted.lower().split(b","):
        name, _, weight = offer.partition(b";")
        if name.strip() in (b"gzip", b"x-gzip", b"*"):
            return weight.replace(b" ", b"") not in (b"q=0", b"q=0.0", b"q=0.00", b"q=0.000")
    return False


def _matches(known: bytes, etag: bytes) -> bool:
    tags = [tag.strip().removeprefix(b"W/") for tag in known.split(b",")]
    return etag in tags or b"*" in tags
