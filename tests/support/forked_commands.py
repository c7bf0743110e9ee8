"""Run commands in forks of a process that has imported voiceguide already, which saves most of the time they take."""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.environment import child_environment
from tests.support.timing import HANG_S

__all__ = ["ForkServer", "borrow_server", "fork_server", "return_server"]

ROOT = Path(__file__).absolute().parents[2]
LIMIT_S = 2 * HANG_S
_idle: list[ForkServer] = []


class ForkServer:
    """A process that runs `tests.support.fork_server`. It carries out one order at a time."""

    def __init__(self) -> None:
        without_python = {name: None for name in os.environ if name.startswith("PYTHON")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.fork_server"],
            cwd=ROOT,
            env=child_environment(without_python),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        # Without a buffer, reading one answer leaves the next one in the pipe, where `has_answered` sees it.
        self._answers = open(self._process.stdout.fileno(), "rb", buffering=0, closefd=False)  # noqa: SIM115

    def run(self, **order: Any) -> dict[str, Any]:
        """Carry out an order, and return the answer."""
        self._send(order)
        if not self.has_answered(LIMIT_S):
            os.killpg(self._process.pid, signal.SIGKILL)
            raise subprocess.TimeoutExpired(str(order["arguments"]), LIMIT_S)
        return self.read_answer()

    def start(self, **order: Any) -> int:
        """Start a command on a terminal or with open files. Return its process ID. The answer follows at its end."""
        self._send(order)
        return int(self.read_answer()["pid"])

    def has_answered(self, limit_s: float | None) -> bool:
        """Wait at most this long for an answer, or for ever. Return whether there is one."""
        return bool(select.select([self._answers], [], [], limit_s)[0])

    def read_answer(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self._answers.readline())
        return answer

    def _send(self, order: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()

    def close(self) -> None:
        """Wait for the process to end."""
        self._process.communicate(timeout=HANG_S)


def borrow_server() -> ForkServer:
    """Take a server that is not in use, or a new one. Threads get different ones."""
    try:
        return _idle.pop()
    except IndexError:
        return ForkServer()


def return_server(server: ForkServer) -> None:
    """Let others use a server again."""
    _idle.append(server)


@contextmanager
def fork_server() -> Iterator[ForkServer]:
    """Lend a server."""
    server = borrow_server()
    try:
        yield server
    except BaseException:
        server.close()
        raise
    return_server(server)


@atexit.register
def _close_idle_servers() -> None:
    for server in _idle:
        server.close()
