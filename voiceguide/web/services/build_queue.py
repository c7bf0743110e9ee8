"""Sessions in the making: a few at once, a few waiting, each once however often it is asked for."""

from __future__ import annotations

import logging
import queue
import threading
from dataclasses import dataclass
from typing import Any

from voiceguide.errors import VoiceguideError
from voiceguide.web.services.build_process import BuildProcess, CrashError
from voiceguide.web.services.session_store import SessionStore

__all__ = ["BuildQueue", "BuildStatus", "BusyError"]

MAX_CONCURRENT = 2
MAX_WAITING = 8
"""Sessions that may wait for their turn; who asks for one more is told to come back."""
BUILD_TIMEOUT_S = 900.0
"""Seconds that a session may take to be made. A day of sound with ten thousand lines takes a third of it."""
MAX_REMEMBERED_FAILURES = 100
"""Failures that are remembered, for whoever asks about them later."""
_log = logging.getLogger("voiceguide.serve")


class BusyError(VoiceguideError):
    """Too much is being made already."""


@dataclass(frozen=True)
class BuildStatus:
    """How far a session is; or, with an `error`, that it will not be."""

    doing: str = "Waiting"
    done: int = 0
    of: int = 1
    error: str = ""


class BuildQueue:
    """Makes sessions in processes of their own. Safe to use from several threads."""

    def __init__(
        self,
        session_store: SessionStore,
        max_concurrent: int = MAX_CONCURRENT,
        max_waiting: int = MAX_WAITING,
        timeout_s: float = BUILD_TIMEOUT_S,
    ) -> None:
        self._session_store = session_store
        self._timeout_s = timeout_s
        self._statuses: dict[str, BuildStatus] = {}
        self._orders: queue.Queue[dict[str, Any]] = queue.Queue(max_waiting)
        self._lock = threading.Lock()
        self._running: set[BuildProcess] = set()
        self._idle_process: BuildProcess | None = None
        self._closed = False
        self._threads = [threading.Thread(target=self._worker_loop, daemon=True) for _ in range(max_concurrent)]
        for thread in self._threads:
            thread.start()

    def submit(self, order: dict[str, Any]) -> None:
        """See to it that the session of an order is made, unless it is there or in the making. `id` is its name.

        Raises:
            BusyError: when too many are waiting already.
        """
        name = order["id"]
        if self._session_store.get(name) is not None:
            return
        with self._lock:
            known = self._statuses.get(name)
            if known is not None and not known.error:
                return
            try:
                self._orders.put_nowait(order)
            except queue.Full as error:
                raise BusyError("Too many sessions are being made at the moment. Try again in a minute.") from error
            self._statuses[name] = BuildStatus()

    def status(self, name: str) -> BuildStatus | None:
        """How far a session is that is being made or could not be; None where nobody asked for it, or it is ready."""
        with self._lock:
            return self._statuses.get(name)

    def prestart_process(self) -> None:
        """Start a process ahead of the next order, so that its imports are done by then."""
        with self._lock:
            if self._closed or (self._idle_process is not None and self._idle_process.is_running):
                return
            self._idle_process = BuildProcess()
            self._running.add(self._idle_process)

    def close(self) -> None:
        """End everything that runs, at once."""
        with self._lock:
            self._closed = True
            running, self._running = list(self._running), set()
        enders = [threading.Thread(target=process.terminate) for process in running]
        for ender in enders:
            ender.start()
        for ender in enders:
            ender.join()

    def _worker_loop(self) -> None:
        """What each of the threads does, one order after the other."""
        while not self._closed:
            order = self._orders.get()
            try:
                self._build(order)
                outcome = None
            except VoiceguideError as error:
                outcome = BuildStatus(error=str(error))
            except (CrashError, OSError) as error:
                if not self._closed:  # else it was ended by us
                    _log.error("A session could not be made: %s", error)
                outcome = BuildStatus(error=_CRASH_MESSAGE)
            self._record_outcome(order["id"], outcome)
            self.prestart_process()

    def _build(self, order: dict[str, Any]) -> None:
        name = order["id"]

        def progress(doing: str, done: int, of: int) -> None:
            with self._lock:
                self._statuses[name] = BuildStatus(doing, done, of)

        progress("Preparing", 0, 1)
        process = self._take_process()
        try:
            process.build(order, progress, self._timeout_s)
        finally:
            process.close()
            with self._lock:
                self._running.discard(process)
        self._session_store.trim(name)
        if self._session_store.get(name) is None:
            raise VoiceguideError("The session was lost as soon as it was made. Ask for it again.")

    def _take_process(self) -> BuildProcess:
        """The one that waits, where it still lives, else a new one."""
        with self._lock:
            if self._closed:
                raise VoiceguideError("voiceguide serve is ending.")
            process, self._idle_process = self._idle_process, None
            if process is None or not process.is_running:
                process = BuildProcess()
                self._running.add(process)
            return process

    def _record_outcome(self, name: str, outcome: BuildStatus | None) -> None:
        """Remember how it ended; a session that is ready is found on the shelf."""
        with self._lock:
            self._statuses.pop(name, None)
            if outcome is not None:
                self._statuses[name] = outcome
            failed = [known for known, making in self._statuses.items() if making.error]
            for forgotten in failed[:-MAX_REMEMBERED_FAILURES]:
                del self._statuses[forgotten]


_CRASH_MESSAGE = (
    "Something went wrong while this session was being made. More about it stands where voiceguide serve was started."
)
