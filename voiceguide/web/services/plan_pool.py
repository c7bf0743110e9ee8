"""The processes that compute plans. The pool limits how long a plan may take and how many plans run at once."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from concurrent.futures import Future, TimeoutError as FutureTimeoutError
from dataclasses import dataclass, field
from typing import Any

from voiceguide.errors import VoiceguideError
from voiceguide.web.services.kit_queue import BusyError
from voiceguide.web.services.worker_process import OutOfTimeError, WorkerProcess

__all__ = ["PLAN_TIMEOUT_S", "PlanPool", "TooSlowError"]

PLAN_WORKER = "voiceguide.web.services.plan_worker"
MAX_CONCURRENT = 2
PLAN_TIMEOUT_S = 30.0
"""Time limit for computing a plan, including the time spent waiting for a free process."""
ANSWER_GRACE_S = 1.0
"""Extra time to wait for an answer. Without it, work that was stopped because it took too long would be reported as a
busy server."""


class TooSlowError(VoiceguideError):
    """Planning took too long and has been stopped."""


@dataclass(eq=False)
class _Job:
    task: dict[str, Any]
    limit_s: float
    deadline_s: float
    future: Future[Any] = field(default_factory=Future)


class PlanPool:
    """Processes that carry out the tasks of a worker module, by default `plan_worker`. All methods are thread-safe.

    Only one task per script runs at a time, so that a slow script leaves a process free for the others. A process takes
    its next task only after the previous task has ended or has been killed.
    """

    def __init__(
        self,
        max_concurrent: int = MAX_CONCURRENT,
        worker: str = PLAN_WORKER,
        timeout_s: float | None = None,
        too_slow: str = "Planning takes longer than {seconds:g} seconds. Shorten the script.",
    ) -> None:
        """Create a pool. `timeout_s` replaces PLAN_TIMEOUT_S, and `too_slow` is the message of TooSlowError."""
        self._worker = worker
        self._given_timeout_s = timeout_s
        self._too_slow = too_slow
        self._waiting: list[_Job] = []
        self._busy_paths: set[str] = set()
        self._processes: set[WorkerProcess] = set()
        self._closed = False
        self._changed = threading.Condition()
        for _ in range(max_concurrent):
            threading.Thread(target=self._worker_loop, daemon=True).start()

    def run(self, task: dict[str, Any], limit_s: float) -> Any:
        """Carry out a task and return the result. The work may take at most `limit_s`.

        Raises:
            VoiceguideError: The user can fix the problem.
            TooSlowError: The work took too long.
            BusyError: No process was free within the time limit of the pool, or the pool was closed.
            CrashError: The process crashed.
        """
        future = self._submit(task, limit_s)
        try:
            return future.result(self._timeout_s + ANSWER_GRACE_S)
        except FutureTimeoutError as error:
            future.cancel()
            raise BusyError(_BUSY_MESSAGE) from error

    async def run_async(self, task: dict[str, Any]) -> Any:
        """Like `run`, but without blocking a thread. The work may take as long as the pool allows."""
        future = asyncio.wrap_future(self._submit(task, self._timeout_s))
        try:
            return await asyncio.wait_for(future, self._timeout_s + ANSWER_GRACE_S)
        except asyncio.TimeoutError as error:  # not the built-in one in Python 3.10
            raise BusyError(_BUSY_MESSAGE) from error

    def start(self, task: dict[str, Any]) -> None:
        """Carry out a task in the background, ignoring its result and errors. Drop the task if the pool stays busy."""
        with contextlib.suppress(BusyError):
            self._submit(task, self._timeout_s)

    @property
    def _timeout_s(self) -> float:
        return PLAN_TIMEOUT_S if self._given_timeout_s is None else self._given_timeout_s

    def _submit(self, task: dict[str, Any], limit_s: float) -> Future[Any]:
        job = _Job(task, limit_s, time.monotonic() + self._timeout_s)
        with self._changed:
            if self._closed:
                raise BusyError(_CLOSED_MESSAGE)
            self._waiting.append(job)
            self._changed.notify_all()
        return job.future

    def close(self) -> None:
        """Stop all processes immediately and cancel the waiting tasks."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            processes, waiting = list(self._processes), self._waiting
            self._waiting = []
        for job in waiting:
            if job.future.set_running_or_notify_cancel():
                job.future.set_exception(BusyError(_CLOSED_MESSAGE))
        for process in processes:
            process.terminate()

    def _worker_loop(self) -> None:
        """Carry out tasks one at a time, in the same process until it exits. Each thread runs this loop."""
        process: WorkerProcess | None = None
        while job := self._take_job():
            try:
                if process is None or not process.is_running:
                    process = self._replace(process)
                job.future.set_result(self._carry_out(process, job))
            except Exception as error:  # raised by the future
                job.future.set_exception(BusyError(_CLOSED_MESSAGE) if self._closed else error)
            finally:
                with self._changed:
                    self._busy_paths.discard(job.task["path"])
                    self._changed.notify_all()

    def _take_job(self) -> _Job | None:
        """Wait for a job whose script is not in use, and return it. Return None when the pool is closed."""
        with self._changed:
            while not self._closed:
                for job in self._waiting:
                    if job.task["path"] not in self._busy_paths:
                        self._waiting.remove(job)
                        if time.monotonic() >= job.deadline_s or not job.future.set_running_or_notify_cancel():
                            break  # no one is waiting for it anymore
                        self._busy_paths.add(job.task["path"])
                        return job
                else:
                    self._changed.wait()
            return None

    def _carry_out(self, process: WorkerProcess, job: _Job) -> Any:
        try:
            answer = process.ask(job.task, max(0.0, min(job.limit_s, job.deadline_s - time.monotonic())))
        except OutOfTimeError as error:
            raise TooSlowError(self._too_slow.format(seconds=job.limit_s)) from error
        if "failed" in answer:
            raise VoiceguideError(str(answer["failed"]))
        return answer["done"]

    def _replace(self, ended: WorkerProcess | None) -> WorkerProcess:
        with self._changed:
            if self._closed:
                raise BusyError(_CLOSED_MESSAGE)
            if ended is not None:
                ended.close()
                self._processes.discard(ended)
            process = WorkerProcess(self._worker)
            self._processes.add(process)
            return process


_BUSY_MESSAGE = "The server is busy. Try again in a minute."
_CLOSED_MESSAGE = "The server is shutting down."
