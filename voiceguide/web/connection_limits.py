"""Connections that are not waited for for ever: uvicorn's own protocol, with a limit on how long a client may take.

uvicorn bounds only the pause between two requests. A client that sends a request byte by byte could keep a connection
for good, and a few hundred of them the whole server.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["MAX_CONNECTIONS", "REQUEST_TIMEOUT_S", "LimitedProtocol"]

REQUEST_TIMEOUT_S = 10.0
"""Seconds within which a request must be there, and then as many for its body."""
READ_STALL_TIMEOUT_S = 600.0
"""Seconds that a client may read nothing of an answer. A player that is paused does that; it asks again by itself."""
CHECK_INTERVAL_S = 1.0
"""Seconds between two looks at a connection."""
MAX_CONNECTIONS = 240
MAX_CONNECTIONS_PER_CLIENT = 120
"""Connections at once. A phone opens six."""


class LimitedProtocol(H11Protocol):
    """One connection; it is ended when its client owes us something for too long."""

    _last_pending: tuple[str, Any, int] = ("", None, 0)
    _pending_since_s = 0.0
    _resume_count = 0
    _check_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, or drop it where there are too many."""
        super().connection_made(transport)
        same = sum(_client_host(other) == _client_host(self) for other in self.connections)
        if len(self.connections) > MAX_CONNECTIONS or same > MAX_CONNECTIONS_PER_CLIENT:
            transport.abort()
        else:
            self._check_timeout()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop looking after it."""
        if self._check_timer is not None:
            self._check_timer.cancel()
        super().connection_lost(exc)

    def resume_writing(self) -> None:
        """The client has read on."""
        self._resume_count += 1
        super().resume_writing()

    def _check_timeout(self) -> None:
        """End the connection where the client has owed us the same thing for too long; else look again later."""
        owed, now_s = self._pending_client_action(), self.loop.time()
        if owed != self._last_pending:
            self._last_pending, self._pending_since_s = owed, now_s
        limit_s = {"request": REQUEST_TIMEOUT_S, "body": REQUEST_TIMEOUT_S, "reading": READ_STALL_TIMEOUT_S}.get(
            owed[0]
        )
        if limit_s is not None and now_s - self._pending_since_s > limit_s:
            self.transport.abort()
        else:
            self._check_timer = self.loop.call_later(CHECK_INTERVAL_S, self._check_timeout)

    def _pending_client_action(self) -> tuple[str, Any, int]:
        """What the client has to do next: send a request, send the rest of one, or read; `us` while it is our turn.
        Unequal for two requests, and for two pieces of an answer."""
        cycle: Any = self.cycle  # None before the first request
        if cycle is None or cycle.response_complete:
            return "request", cycle, 0
        if cycle.more_body:
            return "body", cycle, 0
        return "reading" if self.flow.write_paused else "us", cycle, self._resume_count


def _client_host(connection: object) -> str:
    client = getattr(connection, "client", None)
    return str(client[0]) if client else ""
