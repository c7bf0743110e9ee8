"""Temporary folders. Those left behind by a killed process are removed on the next run."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
import tempfile
from pathlib import Path

from voiceguide.errors import VoiceguideError

__all__ = ["is_process_alive", "make_temp_dir", "remove_stale_temp_dirs"]

_TEMP_DIR_NAME = re.compile(r"voiceguide-(\d+)-\w+")


def make_temp_dir() -> tempfile.TemporaryDirectory[str]:
    """Create a temporary folder whose name contains the ID of this process. Use it in a `with` statement.

    Raises:
        VoiceguideError: if the folder cannot be created.
    """
    try:
        return tempfile.TemporaryDirectory(prefix=f"voiceguide-{os.getpid()}-", ignore_cleanup_errors=True)
    except OSError as error:
        raise VoiceguideError(
            f"Could not create a temporary folder: {error.strerror or error}. "
            "Free some space, or set TMPDIR to a writable folder."
        ) from error


def remove_stale_temp_dirs() -> None:
    """Remove this user's temporary folders whose processes are no longer running."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            match = _TEMP_DIR_NAME.fullmatch(entry.name)
            if match and not is_process_alive(match[1]) and _is_own_dir(Path(entry.path)):
                shutil.rmtree(entry.path, ignore_errors=True)


def is_process_alive(pid: str) -> bool:
    """Return whether a process with this ID is running, or True if that cannot be determined."""
    if os.name != "posix":  # on Windows, signal 0 is CTRL_C_EVENT and would interrupt the process
        return True
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _is_own_dir(path: Path) -> bool:
    with contextlib.suppress(OSError):
        status = path.lstat()
        return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()
    return False
