"""Temporary folders that do not outlive a killed process for long: the next run sweeps what has no owner any more."""

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
    """A temporary folder for a `with`, named after this process.

    Raises:
        VoiceguideError: where there is no room for one.
    """
    try:
        return tempfile.TemporaryDirectory(prefix=f"voiceguide-{os.getpid()}-", ignore_cleanup_errors=True)
    except OSError as error:
        raise VoiceguideError(
            f"No temporary folder can be made: {error.strerror or error}. "
            "Free some space, or set TMPDIR to a folder that can be written."
        ) from error


def remove_stale_temp_dirs() -> None:
    """Remove the temporary folders of this user whose process was killed."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            match = _TEMP_DIR_NAME.fullmatch(entry.name)
            if match and not is_process_alive(match[1]) and _is_own_dir(Path(entry.path)):
                shutil.rmtree(entry.path, ignore_errors=True)


def is_process_alive(pid: str) -> bool:
    """Whether a process of that number runs; true where there is no telling."""
    if os.name != "posix":  # there, signal 0 is Ctrl-C
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
        state = path.lstat()
        return stat.S_ISDIR(state.st_mode) and state.st_uid == os.getuid()
    return False
