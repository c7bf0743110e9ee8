"""The queue of sessions to build. It limits concurrent and waiting builds, and builds each session only once."""

from __future__ import annotations

import logging
import queue
import threading
from dataclasses import dataclass
from typing import Any

from voiceguide.errors import VoiceguideError
from voiceguide.web.services.session_store import SessionStore
from voiceguide.web.services.worker_process import CrashError, OutOfTimeError, WorkerProcess

__all__ = ["BuildQueue", "BuildStatus", "BusyError"]

BUILD_WORKER = "voiceguide.web.services.build_worker"
MAX_CONCURRENT = 2
MAX_WAITING = 8
"""Maximum number of waiting sessions. Further requests are refused with a message."""
BUILD_TIMEOUT_S = 900.0
"""Time limit for building a session. Building 24 hours of audio with ten thousand lines takes a third of this time."""
MAX_REMEMBERED_FAILURES = 100
"""Number of failures to keep for later status requests."""
_log = logging.getLogger("voiceguide.serve")


class BusyError(VoiceguideError):
    """Too many sessions are being built."""


@dataclass(frozen=True)
class BuildStatus:
    """The progress of a build or, if `error` is set, the reason it failed."""

    doing: str = "Waiting"
    done: int = 0
    of: int = 1
    error: str = ""


class BuildQueue:
    """A queue that builds sessions in child processes. All methods are thread-safe."""

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
        self._running: set[WorkerProcess] = set()
        self._idle_process: WorkerProcess | None = None
        self._closed = False
        self._threads = [threading.Thread(target=self._worker_loop, daemon=True) for _ in range(max_concurrent)]
        for thread in self._threads:
            thread.start()

    def submit(self, order: dict[str, Any]) -> None:
        """Queue a build order unless its session is already finished or queued.

        The `id` of the order is the session name.

        Raises:
            BusyError: Too many sessions are waiting.
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
                raise BusyError("Too many sessions are being built right now. Try again in a minute.") from error
            self._statuses[name] = BuildStatus()

    def status(self, name: str) -> BuildStatus | None:
        """Return the status of a queued, running or failed build, or None."""
        with self._lock:
            return self._statuses.get(name)

    def prestart_process(self) -> None:
        """Start a process in advance, so that its imports are finished when the next build order arrives."""
        with self._lock:
            if self._closed or (self._idle_process is not None and self._idle_process.is_running):
                return
            self._idle_process = WorkerProcess(BUILD_WORKER)
            self._running.add(self._idle_process)

    def close(self) -> None:
        """Stop all builds immediately."""
        with self._lock:
            self._closed = True
            running, self._running = list(self._running), set()
        enders = [threading.Thread(target=process.terminate) for process in running]
        for ender in enders:
            ender.start()
        for ender in enders:
            ender.join()

    def _worker_loop(self) -> None:
        """Process build orders one at a time. Each worker thread runs this loop."""
        while not self._closed:
            order = self._orders.get()
            try:
                self._build(order)
                outcome = None
            except VoiceguideError as error:
                outcome = BuildStatus(error=str(error))
            except (CrashError, OSError) as error:
                if not self._closed:  # closing the queue stops running processes
                    _log.error("A session could not be built: %s", error)
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
            answer = process.ask(order, self._timeout_s, progress)
        except OutOfTimeError as error:
            limit = f"{self._timeout_s:g} seconds"
            raise VoiceguideError(f"This session was not ready within {limit}. Choose a shorter one.") from error
        finally:
            process.close()
            with self._lock:
                self._running.discard(process)
        if "failed" in answer:
            raise VoiceguideError(str(answer["failed"]))
        self._session_store.trim(name)
        if self._session_store.get(name) is None:
            raise VoiceguideError("The session was removed right after it was built. Please try again.")

    def _take_process(self) -> WorkerProcess:
        """Return the process started in advance if it is still running, or a new one."""
        with self._lock:
            if self._closed:
                raise VoiceguideError("The server is shutting down.")
            process, self._idle_process = self._idle_process, None
            if process is None or not process.is_running:
                process = WorkerProcess(BUILD_WORKER)
                self._running.add(process)
            return process

    def _record_outcome(self, name: str, outcome: BuildStatus | None) -> None:
        """Record a failure. Finished sessions are recorded in the session store instead."""
        with self._lock:
            self._statuses.pop(name, None)
            if outcome is not None:
                self._statuses[name] = outcome
            failed = [known for known, status in self._statuses.items() if status.error]
            for expired in failed[:-MAX_REMEMBERED_FAILURES]:
                del self._statuses[expired]


_CRASH_MESSAGE = "Building this session failed unexpectedly. Details are shown on the computer that serves this page."
