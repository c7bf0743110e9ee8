"""Say for which server the command is waiting. A request is repeated for a minute before it fails."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

__all__ = ["waiting_for", "waits_reported"]

PATIENCE_S = 3.0
_reporter: Callable[[str], None] | None = None


@contextlib.contextmanager
def waits_reported(report: Callable[[str], None]) -> Iterator[None]:
    """Call `report` in another thread with the address of a server that does not answer soon, once for each."""
    global _reporter
    reported: set[str] = set()

    def report_once(address: str) -> None:
        if address not in reported:
            reported.add(address)
            report(address)

    _reporter = report_once
    try:
        yield
    finally:
        _reporter = None


@contextlib.contextmanager
def waiting_for(address: str) -> Iterator[None]:
    """Report the address if what follows takes longer than PATIENCE_S. Workers report nothing."""
    if _reporter is None:
        yield
        return
    timer = threading.Timer(PATIENCE_S, _reporter, [address])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
