"""Sessions in the making: a few at once, a few waiting, each once however often it is asked for."""

from __future__ import annotations

import logging
import queue
import threading
from dataclasses import dataclass
from typing import Any

from voiceguide.errors import VoiceguideError
from voiceguide.web.services.build_process import BuildProcess, CrashError
from voiceguide.web.services.session_store import Shelf

__all__ = ["Builds", "BusyError", "Making"]

AT_ONCE = 2
WAITING = 8
"""Sessions that may wait for their turn; who asks for one more is told to come back."""
LIMIT_S = 900.0
"""Seconds that a session may take to be made. A day of sound with ten thousand lines takes a third of it."""
MOST_FAILED = 100
"""Failures that are remembered, for whoever asks about them later."""
_log = logging.getLogger("voiceguide.serve")


class BusyError(VoiceguideError):
    """Too much is being made already."""


@dataclass(frozen=True)
class Making:
    """How far a session is; or, with an `error`, that it will not be."""

    doing: str = "Waiting"
    done: int = 0
    of: int = 1
    error: str = ""


class Builds:
    """Makes sessions in processes of their own. Safe to use from several threads."""

    def __init__(self, shelf: Shelf, at_once: int = AT_ONCE, waiting: int = WAITING, limit_s: float = LIMIT_S) -> None:
        self._shelf = shelf
        self._limit_s = limit_s
        self._making: dict[str, Making] = {}
        self._orders: queue.Queue[dict[str, Any]] = queue.Queue(waiting)
        self._lock = threading.Lock()
        self._running: set[BuildProcess] = set()
        self._spare: BuildProcess | None = None
        self._closed = False
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(at_once)]
        for thread in self._threads:
            thread.start()

    def ask(self, order: dict[str, Any]) -> None:
        """See to it that the session of an order is made, unless it is there or in the making. `id` is its name.

        Raises:
            BusyError: when too many are waiting already.
        """
        name = order["id"]
        if self._shelf.get(name) is not None:
            return
        with self._lock:
            known = self._making.get(name)
            if known is not None and not known.error:
                return
            try:
                self._orders.put_nowait(order)
            except queue.Full as error:
                raise BusyError("Too many sessions are being made at the moment. Try again in a minute.") from error
            self._making[name] = Making()

    def state(self, name: str) -> Making | None:
        """How far a session is that is being made or could not be; None where nobody asked for it, or it is ready."""
        with self._lock:
            return self._making.get(name)

    def get_ready(self) -> None:
        """Start a process ahead of the next order, so that its imports are done by then."""
        with self._lock:
            if self._closed or (self._spare is not None and self._spare.lives):
                return
            self._spare = BuildProcess()
            self._running.add(self._spare)

    def close(self) -> None:
        """End everything that runs, at once."""
        with self._lock:
            self._closed = True
            running, self._running = list(self._running), set()
        enders = [threading.Thread(target=process.end) for process in running]
        for ender in enders:
            ender.start()
        for ender in enders:
            ender.join()

    def _work(self) -> None:
        """What each of the threads does, one order after the other."""
        while not self._closed:
            order = self._orders.get()
            try:
                self._make(order)
                outcome = None
            except VoiceguideError as error:
                outcome = Making(error=str(error))
            except (CrashError, OSError) as error:
                if not self._closed:  # else it was ended by us
                    _log.error("A session could not be made: %s", error)
                outcome = Making(error=_CRASHED)
            self._settle(order["id"], outcome)
            self.get_ready()

    def _make(self, order: dict[str, Any]) -> None:
        name = order["id"]

        def progress(doing: str, done: int, of: int) -> None:
            with self._lock:
                self._making[name] = Making(doing, done, of)

        progress("Preparing", 0, 1)
        process = self._process()
        try:
            process.make(order, progress, self._limit_s)
        finally:
            process.close()
            with self._lock:
                self._running.discard(process)
        self._shelf.trim(name)
        if self._shelf.get(name) is None:
            raise VoiceguideError("The session was lost as soon as it was made. Ask for it again.")

    def _process(self) -> BuildProcess:
        """The one that waits, where it still lives, else a new one."""
        with self._lock:
            if self._closed:
                raise VoiceguideError("voiceguide serve is ending.")
            process, self._spare = self._spare, None
            if process is None or not process.lives:
                process = BuildProcess()
                self._running.add(process)
            return process

    def _settle(self, name: str, outcome: Making | None) -> None:
        """Remember how it ended; a session that is ready is found on the shelf."""
        with self._lock:
            self._making.pop(name, None)
            if outcome is not None:
                self._making[name] = outcome
            failed = [known for known, making in self._making.items() if making.error]
            for forgotten in failed[:-MOST_FAILED]:
                del self._making[forgotten]


_CRASHED = (
    "Something went wrong while this session was being made. More about it stands where voiceguide serve was started."
)
