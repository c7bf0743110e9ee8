"""The queue of kits to make. The queue makes each kit only once, and limits how many are waiting or being made."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from voiceguide.errors import VoiceguideError
from voiceguide.web.services.kit_store import KitStore, frame_ids
from voiceguide.web.services.worker_process import CrashError, OutOfTimeError, WorkerProcess

__all__ = ["BusyError", "KitQueue", "KitStatus"]

KIT_WORKER = "voiceguide.web.services.kit_worker"
MAX_CONCURRENT = 2
MAX_WAITING = 8
"""Maximum number of waiting kits. Further requests are refused with a message."""
KIT_TIMEOUT_S = 900.0
"""Time limit for each part of the work on a kit. Synthesizing ten thousand lines takes less time than this."""
MAX_REMEMBERED_FAILURES = 100
"""Number of failures to keep for later status requests."""
_log = logging.getLogger("voiceguide.serve")


class BusyError(VoiceguideError):
    """Too many kits are being made."""


@dataclass(frozen=True)
class KitStatus:
    """The progress of a kit or, if `error` is set, the reason it failed."""

    doing: str = "Waiting"
    done: int = 0
    of: int = 1
    error: str = ""
    kit: dict[str, Any] | None = None
    """The kit, or None if it is not known yet. Its frames are still being encoded, in the order in which they are
    needed."""


class KitQueue:
    """A queue that makes kits in child processes. All methods are thread-safe."""

    def __init__(
        self,
        store: KitStore,
        max_concurrent: int = MAX_CONCURRENT,
        max_waiting: int = MAX_WAITING,
        timeout_s: float = KIT_TIMEOUT_S,
    ) -> None:
        self._store = store
        self._timeout_s = timeout_s
        self._statuses: dict[str, KitStatus] = {}
        self._openings: dict[str, dict[str, Any] | None] = {}
        """The openings that are being made in advance, or None if the kit is not known yet."""
        self._tasks: queue.Queue[dict[str, Any]] = queue.Queue(max_waiting)
        self._lock = threading.Lock()
        self._opening_ended = threading.Condition(self._lock)
        self._running: set[WorkerProcess] = set()
        self._idle_process: WorkerProcess | None = None
        self._closed = False
        self._threads = [threading.Thread(target=self._worker_loop, daemon=True) for _ in range(max_concurrent)]
        for thread in self._threads:
            thread.start()

    def submit(self, task: dict[str, Any]) -> None:
        """Queue a task unless its kit is already made or queued.

        The `id` of the task is the name of the kit.

        Raises:
            BusyError: Too many kits are waiting.
        """
        name = task["id"]
        if self._store.kit(name) is not None:
            return
        opening = self._store.opening(name)
        with self._lock:
            opening = opening or self._openings.get(name)
            known = self._statuses.get(name)
            if known is not None and not known.error:
                return
            try:
                self._tasks.put_nowait(task)
            except queue.Full as error:
                raise BusyError("Too many sessions are being prepared right now. Try again in a minute.") from error
            self._statuses[name] = KitStatus(kit=opening)

    @property
    def is_busy(self) -> bool:
        """Whether any kit is waiting or being made."""
        with self._lock:
            return any(not status.error for status in self._statuses.values())

    def status(self, name: str) -> KitStatus | None:
        """Return the status of a kit that is waiting, is being made or has failed, or None."""
        with self._lock:
            return self._statuses.get(name)

    def is_expected(self, frame_id: str) -> bool:
        """Return whether the frames with this ID are about to be encoded."""
        with self._lock:
            kits = [status.kit for status in self._statuses.values() if status.kit is not None and not status.error]
        return any(frame_id in frame_ids(kit) for kit in kits)

    @contextmanager
    def opening_in_progress(self, name: str) -> Iterator[Callable[[dict[str, Any]], None]]:
        """Let a request for a kit use its opening, which is being made in advance until the context exits.

        Yield a function to call with the opening as soon as it is known. Its frames are still being encoded.
        """

        def announce(opening: dict[str, Any]) -> None:
            with self._lock:
                self._openings[name] = opening
                status = self._statuses.get(name)
                if status is not None and not status.error and status.kit is None:
                    self._statuses[name] = replace(status, kit=opening)

        with self._lock:
            self._openings[name] = None
        try:
            yield announce
        finally:
            with self._lock:
                del self._openings[name]
                self._opening_ended.notify_all()

    def prestart_process(self) -> None:
        """Start a process in advance, so that its imports are finished when the next task arrives."""
        with self._lock:
            if self._closed or (self._idle_process is not None and self._idle_process.is_running):
                return
            self._idle_process = WorkerProcess(KIT_WORKER)
            self._running.add(self._idle_process)

    def close(self) -> None:
        """Stop all work immediately."""
        with self._lock:
            self._closed = True
            running, self._running = list(self._running), set()
        enders = [threading.Thread(target=process.terminate) for process in running]
        for ender in enders:
            ender.start()
        for ender in enders:
            ender.join()

    def _worker_loop(self) -> None:
        """Process tasks one at a time. Each worker thread runs this loop."""
        while not self._closed:
            task = self._tasks.get()
            try:
                self._make(task)
                outcome = None
            except VoiceguideError as error:
                outcome = KitStatus(error=str(error))
            except (CrashError, OSError) as error:
                if not self._closed:  # closing the queue stops running processes
                    _log.error("A session could not be prepared: %s", error)
                outcome = KitStatus(error=_CRASH_MESSAGE)
            self._record_outcome(task["id"], outcome)
            self.prestart_process()

    def _make(self, task: dict[str, Any]) -> None:
        name = task["id"]

        def progress(doing: str, done: int, of: int) -> None:
            with self._lock:
                known = self._statuses.get(name)
                self._statuses[name] = KitStatus(doing, done, of, kit=known.kit if known else None)

        progress("Preparing", 0, 1)
        with self._lock:
            self._opening_ended.wait_for(lambda: name not in self._openings)
        process = self._take_process()
        try:
            is_draft = True
            while is_draft:
                answer = process.ask(task, self._timeout_s, progress)
                if "failed" in answer:
                    raise VoiceguideError(str(answer["failed"]))
                with self._lock:
                    self._statuses[name] = KitStatus("Encoding", kit=answer["kit"])
                process.ask({"do": "encode"}, self._timeout_s)
                is_draft = answer["kit"]["draft"]
                task = {"do": "go on"}
        except OutOfTimeError as error:
            limit = f"{self._timeout_s:g} seconds"
            raise VoiceguideError(f"This session was not ready within {limit}. Choose a shorter one.") from error
        finally:
            process.close()
            with self._lock:
                self._running.discard(process)

    def _take_process(self) -> WorkerProcess:
        """Return the process started in advance if it is still running, or a new one."""
        with self._lock:
            if self._closed:
                raise VoiceguideError("The server is shutting down.")
            process, self._idle_process = self._idle_process, None
            if process is None or not process.is_running:
                process = WorkerProcess(KIT_WORKER)
                self._running.add(process)
            return process

    def _record_outcome(self, name: str, outcome: KitStatus | None) -> None:
        """Record a failure. Finished kits are kept in the store instead."""
        with self._lock:
            self._statuses.pop(name, None)
            if outcome is not None:
                self._statuses[name] = outcome
            failed = [known for known, status in self._statuses.items() if status.error]
            for expired in failed[:-MAX_REMEMBERED_FAILURES]:
                del self._statuses[expired]


_CRASH_MESSAGE = "Preparing this session failed unexpectedly. Details are shown on the computer that serves this page."
