"""Start commands as `subprocess` does, but as forks of a process that has imported voiceguide already."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from tests.support.forked_commands import ForkServer, borrow_server, return_server
from tests.support.timing import HANG_S

__all__ = ["can_fork", "run_command", "start_command"]


def start_command(*arguments: str, **options: Any) -> subprocess.Popen[Any]:
    """Start `voiceguide`, with the options of `subprocess.Popen`.

    The command is a fork of a process that has voiceguide loaded, unless the environment changes how Python starts.
    """
    start = _ForkedPopen if can_fork(options.get("env") or os.environ) else subprocess.Popen
    return start([sys.executable, "-m", "voiceguide", *arguments], **options)


def run_command(
    *arguments: str, input: str | bytes | None = None, timeout: float = HANG_S, **options: Any
) -> subprocess.CompletedProcess[Any]:
    """Run `voiceguide` as `subprocess.run` would with `capture_output`. See `start_command`."""
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    if input is not None:
        options["stdin"] = subprocess.PIPE
    with start_command(*arguments, **options) as process:
        try:
            output, errors = process.communicate(input, timeout)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


def can_fork(environment: Mapping[str, str]) -> bool:
    """Return whether a fork of a process with another environment is what Python would be with this one."""
    return sys.platform == "linux" and not any(name.startswith("PYTHON") for name in environment)


class _ForkedPopen(subprocess.Popen[Any]):
    """A child of a fork server, which reports its exit status. It uses the pipes of this process."""

    def _execute_child(self, args: list[str], *values: Any) -> None:
        folder, environment = values[4:6]
        pipes, umask, new_session = values[9:15], *values[19:21]
        read, _, _, write, _, error = pipes
        files = (number if file == -1 else file for number, file in enumerate((read, write, error)))
        self._server: ForkServer = borrow_server()
        try:
            self.pid = self._server.start(
                arguments=args[3:],
                environment=dict(environment or os.environ),
                folder=str(folder or os.getcwd()),
                streams=[f"/proc/{os.getpid()}/fd/{file}" for file in files],
                new_session=new_session,
                umask=umask,
            )
            self._child_created = True
        finally:
            self._close_pipe_fds(*pipes)  # type: ignore[attr-defined]

    def _internal_poll(self, *_: Any, **__: Any) -> int | None:
        if self.returncode is None and self._server.has_answered(0):
            self._take_status()
        return self.returncode

    def _wait(self, timeout: float | None) -> int:
        if self.returncode is None:
            if not self._server.has_answered(timeout):
                assert timeout is not None
                raise subprocess.TimeoutExpired(self.args, timeout)
            self._take_status()
        return self.returncode

    def _take_status(self) -> None:
        self.returncode = self._server.read_answer()["status"]
        return_server(self._server)
