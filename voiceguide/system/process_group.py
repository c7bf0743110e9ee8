"""Killing a child process together with everything it has started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys

__all__ = ["kill_process_group"]


def kill_process_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and every other process in its group. Does not wait for them to end.

    The process must have been started with `start_new_session=True`. Call this before waiting for it if you can:
    afterwards its ID may be reused. Windows has no process groups, so only the process itself is killed there.
    """
    if sys.platform == "win32":
        process.kill()
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS reports EPERM if the whole group is dead
        os.killpg(process.pid, signal.SIGKILL)
