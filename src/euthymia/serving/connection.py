"""Connections that do not wait for ever: bounds on heads, and on clients that do not read."""

from __future__ import annotations

import asyncio
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES: Final = 64 * 1024
"""Request line and headers of one request."""
HEAD_SECONDS: Final = 10.0
"""Within how long they have to arrive."""
STALLED_SECONDS: Final = 30.0
"""How long a client may leave an answer unread."""


class Connection(HttpToolsProtocol):
    """A connection of the server, closed when its client takes too long or sends too much before a body."""

    _head_open = True
    _head_bytes = 0
    _head_timer: asyncio.TimerHandle | None = None
    _stall_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has come."""
        super().connection_made(transport)
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        """Bytes have come; those of a head are counted."""
        super().data_received(data)
        if self._head_open and not self.transport.is_closing():
            self._expect_head()
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self.send_400_response("Request head is too large.")

    def on_headers_complete(self) -> None:
        """A head is complete."""
        self._head_open = False
        self._head_bytes = 0
        self._head_timer = _without(self._head_timer)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """A request is complete; what follows is the next head."""
        super().on_message_complete()
        self._head_open = True

    def pause_writing(self) -> None:
        """The client does not read."""
        super().pause_writing()
        if self._stall_timer is None:
            self._stall_timer = self.loop.call_later(STALLED_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """The client reads again."""
        self._stall_timer = _without(self._stall_timer)
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        self._head_timer = _without(self._head_timer)
        self._stall_timer = _without(self._stall_timer)
        super().connection_lost(exc)

    def _expect_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self.transport.abort)


def _without(timer: asyncio.TimerHandle | None) -> asyncio.TimerHandle | None:
    """No timer in the place of one that runs."""
    if timer is not None:
        timer.cancel()
    return None
