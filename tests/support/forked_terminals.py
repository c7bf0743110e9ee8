"""Run commands on a terminal, in forks of a process that has imported voiceguide already."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import sys
import termios
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pexpect
from ptyprocess import PtyProcess

from tests.support.forked_commands import ForkServer, borrow_server, return_server
from tests.support.timing import HANG_S

__all__ = ["spawn_command"]


def spawn_command(
    *arguments: str, folder: Path, environment: dict[str, str], dimensions: tuple[int, int] = (24, 80)
) -> pexpect.spawn:
    """Run `voiceguide` on a terminal of its own.

    The command is a fork of a process that has voiceguide loaded, unless the environment changes how Python starts.
    """
    options: dict[str, Any] = {"cwd": folder, "env": environment, "dimensions": dimensions}
    options |= {"encoding": "utf-8", "timeout": HANG_S}
    if sys.platform == "linux" and not any(name.startswith("PYTHON") for name in environment):
        return _ForkedSpawn(arguments, **options)
    return pexpect.spawn(sys.executable, ["-m", "voiceguide", *arguments], **options)


class _ForkedSpawn(pexpect.spawn):  # type: ignore[misc]
    """A child that is started by a fork server instead of by this process."""

    def __init__(self, arguments: Sequence[str], **options: Any) -> None:
        self._arguments = arguments
        # Without arguments, pexpect would split the path of Python at its spaces.
        super().__init__(sys.executable, ["-m", "voiceguide", *arguments], **options)

    def _spawnpty(self, args: list[str], **options: Any) -> _ForkedPty:
        server = borrow_server()
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *options["dimensions"], 0, 0))
        order = {"arguments": self._arguments, "environment": options["env"], "folder": str(options["cwd"])}
        try:
            pid = server.start(**order, terminal=os.ttyname(slave))
        finally:
            os.close(slave)
        return _ForkedPty(pid, master, server)


class _ForkedPty(PtyProcess):  # type: ignore[misc]
    """A terminal whose process is a child of a fork server, which reports its exit status."""

    def __init__(self, pid: int, fd: int, server: ForkServer) -> None:
        super().__init__(pid, fd)
        self._server = server

    def isalive(self) -> bool:
        if not self.terminated and self._server.has_answered(0):
            self._take_status()
        return not self.terminated

    def wait(self) -> int | None:
        if not self.terminated:
            assert self._server.has_answered(HANG_S), "the command does not end"
            self._take_status()
        status: int | None = self.exitstatus
        return status

    def _take_status(self) -> None:
        status = self._server.read_answer()["status"]
        return_server(self._server)
        self.status, self.terminated = status, True
        if status < 0:
            self.signalstatus = -status
        else:
            self.exitstatus = status
