"""Kill a child process and all processes it has started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys

__all__ = ["kill_process_group"]


def kill_process_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and every other process in its group, without waiting for them to exit.

    The process must have been started with `start_new_session=True`. If possible, call this before waiting for the
    process, because its ID may be reused afterwards. On Windows, which has no process groups, only the process itself
    is killed.
    """
    if sys.platform == "win32":
        process.kill()
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS reports EPERM for a dead group
        os.killpg(process.pid, signal.SIGKILL)
