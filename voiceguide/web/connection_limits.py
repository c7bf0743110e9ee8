"""Timeouts and connection limits that protect uvicorn against slow clients.

uvicorn itself limits only the time between two requests. A client that sends a request byte by byte could hold a
connection forever, and a few hundred such connections would block the server. A new connection is therefore always
accepted. If there are too many connections, the oldest one that has not sent the token is dropped.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from voiceguide.web.access_control import AUTHORIZED

__all__ = ["MAX_CONNECTIONS", "MAX_STRANGERS", "REQUEST_TIMEOUT_S", "LimitedProtocol"]

REQUEST_TIMEOUT_S = 10.0
"""Time limit for receiving the head of a request, and each PROGRESS_BYTES of its body."""
PROGRESS_BYTES = 1 << 13
"""A recording takes minutes on a slow network. A client that has sent less by the deadline is cut off."""
READ_STALL_TIMEOUT_S = 600.0
"""Time limit for a client that stops reading. A paused player exceeds this limit and reconnects automatically."""
CHECK_INTERVAL_S = 1.0
"""Interval between checks of a connection."""
MAX_CONNECTIONS = 240
"""Maximum total number of connections. A phone opens six."""
MAX_STRANGERS = 100
"""Maximum number of connections that have not sent the token."""
_serial_numbers = itertools.count()


class LimitedProtocol(H11Protocol):
    """A connection that is closed if its client takes too long."""

    _last_pending: tuple[str, Any, int] = ("", None, 0)
    _pending_since_s = 0.0
    _resume_count = 0
    _check_timer: asyncio.TimerHandle | None = None
    _serial_number = 0
    _received_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accept a connection. If there are too many connections, drop another one or this one."""
        super().connection_made(transport)
        self._serial_number = next(_serial_numbers)
        self._check_timeout()
        current = [other for other in self.connections if not other.transport.is_closing()]
        strangers = [other for other in current if isinstance(other, LimitedProtocol) and not other._is_authorized]
        if len(strangers) > MAX_STRANGERS or len(current) > MAX_CONNECTIONS:
            _most_dispensable(strangers).transport.abort()

    @property
    def _is_authorized(self) -> bool:
        """Whether the last request on this connection had the token."""
        return self.cycle is not None and bool(self.cycle.scope.get(AUTHORIZED))

    def data_received(self, data: bytes) -> None:
        """Count the bytes that the client sends."""
        self._received_bytes += len(data)
        super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop checking the connection."""
        if self._check_timer is not None:
            self._check_timer.cancel()
        super().connection_lost(exc)

    def resume_writing(self) -> None:
        """Record that the client is reading again."""
        self._resume_count += 1
        super().resume_writing()

    def _check_timeout(self) -> None:
        """Close the connection if the client's next action is overdue. Otherwise, check again later."""
        pending, now_s = self._pending_client_action(), self._now_s()
        if pending != self._last_pending:
            self._last_pending, self._pending_since_s = pending, now_s
        limit_s = {"request": REQUEST_TIMEOUT_S, "body": REQUEST_TIMEOUT_S, "reading": READ_STALL_TIMEOUT_S}.get(
            pending[0]
        )
        if limit_s is not None and now_s - self._pending_since_s > limit_s:
            self.transport.abort()
        else:
            self._check_timer = self.loop.call_later(CHECK_INTERVAL_S, self._check_timeout)

    def _now_s(self) -> float:
        return self.loop.time()

    def _pending_client_action(self) -> tuple[str, Any, int]:
        """Return the client's next action: `request`, `body` or `reading`, or `us` if the server has to act next.

        The value differs for each request, for each part of its body and for each part of a response.
        """
        cycle: Any = self.cycle  # None before the first request
        if cycle is None:
            return "request", cycle, 0
        if cycle.response_complete:  # it was written, but a large one waits here until the client reads
            return "reading" if self.flow.write_paused else "request", cycle, self._resume_count
        if cycle.more_body:
            return "us" if self.flow.read_paused else "body", cycle, self._received_bytes // PROGRESS_BYTES
        return "reading" if self.flow.write_paused else "us", cycle, self._resume_count


def _most_dispensable(strangers: list[LimitedProtocol]) -> LimitedProtocol:
    """Return the oldest connection of the client that has the most connections."""
    counts = Counter(_client_host(stranger) for stranger in strangers)
    return min(strangers, key=lambda stranger: (-counts[_client_host(stranger)], stranger._serial_number))


def _client_host(connection: object) -> str:
    client = getattr(connection, "client", None)
    return str(client[0]) if client else ""
