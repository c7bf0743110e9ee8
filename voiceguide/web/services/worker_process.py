"""A child process that carries out tasks, and the connection that such a process opens to the server."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from typing import Any

from voiceguide.system.memory_limits import limit_malloc_arenas
from voiceguide.system.process_group import kill_process_group
from voiceguide.system.python_child import module_command
from voiceguide.system.time_limit import RunningTimer

__all__ = ["CrashError", "OutOfTimeError", "WorkerProcess", "open_task_channel"]

MAX_LINE_BYTES = 64 << 20
"""Maximum length of an answer. This size is enough for the plan of a session with a hundred thousand lines."""
TERMINATE_TIMEOUT_S = 0.5
"""How long to wait for the process to exit before it is killed."""


def open_task_channel() -> tuple[Callable[[], dict[str, Any]], Callable[[dict[str, Any]], None]]:
    """Connect a worker module to the server. Return a function that waits for a task, and one that sends an answer.

    Anything else that is printed goes to stderr, because engine output must not be mixed with the answers. When the
    server closes stdin, the process exits at once, even if a task is still being carried out.
    """
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    limit_malloc_arenas()
    tasks: queue.Queue[dict[str, Any]] = queue.Queue()

    def read_tasks() -> None:
        for line in sys.stdin.buffer:
            tasks.put(json.loads(line))
        os._exit(1)

    def answer(line: dict[str, Any]) -> None:
        answers.write(json.dumps(line) + "\n")
        answers.flush()

    threading.Thread(target=read_tasks, daemon=True).start()
    return tasks.get, answer


class CrashError(Exception):
    """The process exited without a result because of a bug or an engine crash. The message contains its stderr."""


class OutOfTimeError(Exception):
    """The process took too long and was stopped."""


class WorkerProcess:
    """A child process that runs a worker module. It can be started before the first task and is always cleaned up.

    Tasks and answers are lines of JSON.
    """

    def __init__(self, module: str) -> None:
        self._stderr_file = tempfile.TemporaryFile()  # noqa: SIM115 - open while the process runs; a pipe could fill up
        self._process = subprocess.Popen(
            module_command(module),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr_file,
            start_new_session=True,
        )

    @property
    def is_running(self) -> bool:
        """Whether the process is still running."""
        return self._process.poll() is None

    def ask(
        self, task: dict[str, Any], limit_s: float, progress: Callable[[str, int, int], None] | None = None
    ) -> dict[str, Any]:
        """Send a task and return the answer.

        `progress` is called with each progress message that comes before the answer.

        Raises:
            OutOfTimeError: There was no answer within `limit_s` seconds. The process has ended.
            CrashError: The process exited without an answer.
        """
        out_of_time = threading.Event()

        def give_up() -> None:
            out_of_time.set()
            self.terminate()

        timer = RunningTimer(limit_s, give_up)
        timer.daemon = True
        timer.start()
        try:
            answer = self._read_answer(task, progress)
        finally:
            timer.cancel()
            timer.join()  # if it is stopping the process, the next task must not find it running
        if out_of_time.is_set():
            raise OutOfTimeError
        if answer is None:
            raise CrashError(self._crash_report())
        return answer

    def terminate(self) -> None:
        """Stop the process and all of its children. This method can be called repeatedly and from any thread."""
        if not self.is_running:
            return
        with contextlib.suppress(OSError):
            self._process.terminate()
        try:
            self._process.wait(TERMINATE_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            kill_process_group(self._process)
            self._process.wait()

    def close(self) -> None:
        """Stop the process and close its pipes. This method must not be called while `ask` is running."""
        self.terminate()
        for pipe in (self._process.stdin, self._process.stdout, self._stderr_file):
            if pipe is not None:
                with contextlib.suppress(OSError):  # the task was never read
                    pipe.close()

    def _read_answer(
        self, task: dict[str, Any], progress: Callable[[str, int, int], None] | None
    ) -> dict[str, Any] | None:
        """Return the process's answer, or None if it exited without one."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(OSError, ValueError):  # the process has exited, which the read below detects
            self._process.stdin.write(json.dumps(task).encode() + b"\n")
            self._process.stdin.flush()
        while line := self._process.stdout.readline(MAX_LINE_BYTES):
            try:
                said = json.loads(line)
                if "doing" not in said:
                    return dict(said)
                if progress is not None:
                    progress(str(said["doing"]), int(said["done"]), int(said["of"]))
            except (ValueError, TypeError, KeyError):  # output from an engine that writes to every open file
                continue
        return None

    def _crash_report(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(TERMINATE_TIMEOUT_S)
        code = self._process.poll()
        how = "did not end" if code is None else signal.Signals(-code).name if code < 0 else f"exit code {code}"
        self._stderr_file.seek(0, os.SEEK_END)
        self._stderr_file.seek(max(0, self._stderr_file.tell() - 8000))
        return f"{how}\n{self._stderr_file.read().decode('utf-8', 'replace')}".rstrip()
