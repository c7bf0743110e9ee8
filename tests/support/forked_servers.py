"""Start `voiceguide serve`, `voiceguide edit` and their worker processes as forks of a process that has them loaded.

They are the real ones, with their real signals, pipes, folders and sessions. A fork only saves the half second that
each of them takes to import its modules. `tests.support.server_forks` is the other side.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

from tests.support.environment import child_environment
from tests.support.timing import HANG_S

__all__ = ["MAX_ORDER_BYTES", "ForkedProcess", "can_fork", "forking_subprocess", "take_orders_at"]

ROOT = Path(__file__).absolute().parents[2]
MAX_ORDER_BYTES = 1 << 17
_lock = threading.Lock()
_address: list[str] = []


def can_fork(environment: Mapping[str, str]) -> bool:
    """Return whether a fork would be the same as a new process with this environment."""
    return sys.platform == "linux" and not any(name.startswith("PYTHON") for name in environment)


class ForkedProcess:
    """A process that is a fork, with those parts of `subprocess.Popen` that the tests and WorkerProcess use."""

    def __init__(self, order: Mapping[str, Any], stderr: IO[bytes] | None = None) -> None:
        """Start a `command` with these arguments, or a worker `module`. The order also has `environment` and `folder`.

        A worker has a stdin and bytes in its pipes. A command has text. Messages go to `stderr`, or into a pipe.
        """
        is_worker = "module" in order
        stdin, own_stdin = os.pipe() if is_worker else (os.open(os.devnull, os.O_RDONLY), None)
        own_stdout, stdout = os.pipe()
        own_stderr, messages = os.pipe() if stderr is None else (None, os.dup(stderr.fileno()))
        theirs = [stdin, stdout, messages]
        self.returncode: int | None = None
        self._waiting = threading.Lock()
        self._status = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._status.connect(_loaded_process())
        socket.send_fds(self._status, [json.dumps(order).encode()], theirs)
        self.pid = int(self._status.recv(100))
        for number in theirs:
            os.close(number)
        self.stdin: IO[Any] | None = None if own_stdin is None else _open(own_stdin, "wb")
        kind = "rb" if is_worker else "r"
        self.stdout, self.stderr = (None if end is None else _open(end, kind) for end in (own_stdout, own_stderr))

    def poll(self) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        with self._waiting:
            if self.returncode is None:
                if not select.select([self._status], [], [], timeout)[0]:
                    raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
                self.returncode = int(self._status.recv(100))
                self._status.close()  # from now on, another process can get the number of this one
            return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def communicate(self) -> tuple[Any, Any]:
        assert self.stdout is not None
        assert self.stderr is not None
        return self.stdout.read(), self.stderr.read()


def _open(number: int, mode: str) -> IO[Any]:
    return open(number, mode, encoding=None if "b" in mode else "utf-8")


def forking_subprocess() -> Any:
    """Return what `worker_process` can use in place of the module `subprocess`, so that workers are forks."""
    names = ("PIPE", "TimeoutExpired")
    return SimpleNamespace(Popen=_start_worker, **{name: getattr(subprocess, name) for name in names})


def _start_worker(command: list[str], **options: Any) -> Any:
    if not can_fork(os.environ):
        return subprocess.Popen(command, **options)
    order = {"module": command[-1], "environment": dict(os.environ), "folder": os.getcwd()}
    return ForkedProcess(order, options["stderr"])


def take_orders_at(address: str) -> None:
    """Send orders to the process that listens at this address. Forks do, instead of starting another one."""
    _address[:] = [address]


def _loaded_process() -> str:
    """Return the address of the loaded process, and start it the first time."""
    with _lock:
        if not _address:
            folder = tempfile.TemporaryDirectory(prefix="voiceguide-forks-")
            path = str(Path(folder.name) / "orders")
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.server_forks", path],
                cwd=ROOT,
                env=child_environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,
            )
            assert process.stdout is not None
            assert process.stdout.readline(), "the process has not loaded"
            atexit.register(_end, process, folder)
            take_orders_at(path)
        return _address[0]


def _end(process: subprocess.Popen[bytes], folder: tempfile.TemporaryDirectory[str]) -> None:
    process.communicate(timeout=HANG_S)
    folder.cleanup()
