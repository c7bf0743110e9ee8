"""Connections that are not waited for for ever: uvicorn's own protocol, with a limit on how long a client may take.

uvicorn bounds only the pause between two requests. A client that sends a request byte by byte could keep a connection
for good, and a few hundred of them the whole server.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["MOST_CONNECTIONS", "REQUEST_S", "PatientProtocol"]

REQUEST_S = 10.0
"""Seconds within which a request must be there, and then as many for its body."""
READING_S = 600.0
"""Seconds that a client may read nothing of an answer. A player that is paused does that; it asks again by itself."""
LOOK_S = 1.0
"""Seconds between two looks at a connection."""
MOST_CONNECTIONS = 240
MOST_OF_ONE_CLIENT = 120
"""Connections at once. A phone opens six."""


class PatientProtocol(H11Protocol):
    """One connection; it is ended when its client owes us something for too long."""

    _owed: tuple[str, Any, int] = ("", None, 0)
    _owed_since_s = 0.0
    _times_read = 0
    _next_look: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, or drop it where there are too many."""
        super().connection_made(transport)
        same = sum(_host(other) == _host(self) for other in self.connections)
        if len(self.connections) > MOST_CONNECTIONS or same > MOST_OF_ONE_CLIENT:
            transport.abort()
        else:
            self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop looking after it."""
        if self._next_look is not None:
            self._next_look.cancel()
        super().connection_lost(exc)

    def resume_writing(self) -> None:
        """The client has read on."""
        self._times_read += 1
        super().resume_writing()

    def _look(self) -> None:
        """End the connection where the client has owed us the same thing for too long; else look again later."""
        owed, now_s = self._what_is_owed(), self.loop.time()
        if owed != self._owed:
            self._owed, self._owed_since_s = owed, now_s
        limit_s = {"request": REQUEST_S, "body": REQUEST_S, "reading": READING_S}.get(owed[0])
        if limit_s is not None and now_s - self._owed_since_s > limit_s:
            self.transport.abort()
        else:
            self._next_look = self.loop.call_later(LOOK_S, self._look)

    def _what_is_owed(self) -> tuple[str, Any, int]:
        """What the client has to do next: send a request, send the rest of one, or read; `us` while it is our turn.
        Unequal for two requests, and for two pieces of an answer."""
        cycle: Any = self.cycle  # None before the first request
        if cycle is None or cycle.response_complete:
            return "request", cycle, 0
        if cycle.more_body:
            return "body", cycle, 0
        return "reading" if self.flow.write_paused else "us", cycle, self._times_read


def _host(connection: object) -> str:
    client = getattr(connection, "client", None)
    return str(client[0]) if client else ""
