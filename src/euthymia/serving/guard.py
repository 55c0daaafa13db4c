"""What every request passes first: host names, other sites, large and slow bodies; and the headers of all answers."""

from __future__ import annotations

import asyncio
import ipaddress
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Final

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from euthymia.serving.told import Told
from euthymia.words import Message as Sentence
from euthymia.words import msg

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
HEADERS: Final[tuple[tuple[bytes, bytes], ...]] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    (b"cache-control", b"no-store"),
)
"""Of each answer that does not set them otherwise."""
READING: Final = ("GET", "HEAD", "OPTIONS", "TRACE")
DRAINED: Final = 16 * 1024 * 1024
"""Bytes of a refused body that are passed over before the refusal is sent."""
_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::\d{1,5})?")
_OWN: Final = ("same-origin", "none")
_CLOSE: Final = {"connection": "close"}


@dataclass(frozen=True)
class Rules:
    """What is let through.

    Attributes
    ----------
    hosts
        Names by which this server is addressed, in lower case. Addresses made of numbers are always taken: a foreign
        page can give its own name another address, but cannot take an address for its name.
    bytes_of
        Most bytes of a body, by path.
    body_bytes
        Most bytes of a body elsewhere.
    body_seconds
        Within how long a body has to arrive.
    held_bytes
        Bytes of all bodies at one time.
    """

    hosts: frozenset[str]
    bytes_of: Mapping[str, int]
    body_bytes: int = 256 * 1024
    body_seconds: float = 20.0
    held_bytes: int = 64 * 1024 * 1024


class Guard:
    """ASGI middleware; bodies are complete before the application is called."""

    def __init__(self, app: ASGIApp, *, rules: Rules) -> None:
        self.app = app
        self.rules = rules
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sends = _with_headers(send)
        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, sends)
        elif scope["method"] in READING:
            await self.app(scope, receive, sends)
        else:
            await self._with_body(scope, receive, sends)

    def _refusal(self, scope: Scope) -> Response | None:
        found: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            if name == b"host" and name in found:
                return refused(400, msg("A request has one Host header."))
            found[name] = value
        host = found.get(b"host", b"").decode("latin-1")
        if not self._known(host):
            unknown = msg(
                "This server is not addressed as “{host}”; whoever runs it can allow the name with --allow-host.",
                host=host[:80],
            )
            return refused(421, unknown)
        if scope["method"] in READING:
            sends = found.get(b"content-length", b"0").strip(b"0") or b"transfer-encoding" in found
            return refused(400, msg("A request that only reads sends nothing along."), _CLOSE) if sends else None
        if _foreign(found, host):
            return refused(403, msg("A page of another site may not ask this server to do anything."))
        return None

    def _known(self, host: str) -> bool:
        match = _HOST.fullmatch(host)
        if match is None:
            return False
        name = match[1].strip("[]").rstrip(".").lower()
        return name in self.rules.hosts or _is_address(name)

    async def _with_body(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = bytearray()
        try:
            refusal = await self._collected(body, scope, receive)
            if refusal is None:
                await self.app(scope, _replayed(bytes(body), receive), send)
            else:
                await refusal(scope, receive, send)
        except _GoneError:
            return
        finally:
            self._held -= len(body)

    async def _collected(self, body: bytearray, scope: Scope, receive: Receive) -> Response | None:
        """A refusal, if the body is too large, too slow, or there is no room for it; else `body` is complete."""
        most = self.rules.bytes_of.get(scope["path"], self.rules.body_bytes)
        length = dict(scope["headers"]).get(b"content-length", b"0")[:20]
        try:
            async with asyncio.timeout(self.rules.body_seconds):
                fits = length.isdigit() and int(length) <= most
                chunks = _chunks(receive)
                refusal = await self._collect(body, chunks, most) if fits else _too_large(most)
                if refusal is not None and length.isdigit() and int(length) <= DRAINED:
                    await _drain(chunks)
        except TimeoutError:
            slow = msg("What was sent did not arrive within {limit} seconds.", limit=f"{self.rules.body_seconds:g}")
            return refused(408, slow, _CLOSE)
        return refusal

    async def _collect(self, body: bytearray, chunks: AsyncIterator[bytes], most: int) -> Response | None:
        async for chunk in chunks:
            self._held += len(chunk)
            body += chunk
            if len(body) > most:
                return _too_large(most)
            if self._held > self.rules.held_bytes:
                return refused(429, msg("Too much is being sent at the same time; try again in a moment."),
                               {**_CLOSE, "retry-after": "5"})  # fmt: skip
        return None


class _GoneError(Exception):
    """The client has left."""


async def _chunks(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise _GoneError
        yield message.get("body", b"")
        more = message.get("more_body", False)


async def _drain(chunks: AsyncIterator[bytes]) -> None:
    """Pass over the rest of a body, so that a client that sends before it reads gets to see the refusal."""
    left = DRAINED
    async for chunk in chunks:
        left -= len(chunk)
        if left < 0:
            return


def _too_large(most: int) -> Response:
    return refused(413, msg("What was sent is larger than {limit} bytes.", limit=most), _CLOSE)


def refused(status: int, message: Sentence, headers: Mapping[str, str] | None = None) -> Response:
    """A refusal with one problem."""
    return JSONResponse({"problems": [Told.of(message).to_dict()]}, status, dict(headers or {}))


def _foreign(headers: Mapping[bytes, bytes], host: str) -> bool:
    """Whether a browser says that the request comes from another site. What is not a browser says nothing."""
    site = headers.get(b"sec-fetch-site")
    origin = headers.get(b"origin")
    if site is not None and site.decode("latin-1") not in _OWN:
        return True
    return origin is not None and origin.decode("latin-1").partition("://")[2].lower() != host.lower()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _with_headers(send: Send) -> Send:
    async def sends(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = list(message.get("headers", ()))
            names = {name.lower() for name, _ in given}
            message = {**message, "headers": [*given, *(pair for pair in HEADERS if pair[0] not in names)]}
        await send(message)

    return sends


def _replayed(body: bytes, receive: Receive) -> Receive:
    """`receive` once more from the beginning: the body in one piece, then what comes after it."""
    waiting = [body]

    async def again() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return again
