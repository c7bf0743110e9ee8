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

__all__ = ["alive", "scratch_folder", "sweep_scratch"]

_OURS = re.compile(r"voiceguide-(\d+)-\w+")


def scratch_folder() -> tempfile.TemporaryDirectory[str]:
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


def sweep_scratch() -> None:
    """Remove the temporary folders of this user whose process was killed."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            match = _OURS.fullmatch(entry.name)
            if match and not alive(match[1]) and _own_folder(Path(entry.path)):
                shutil.rmtree(entry.path, ignore_errors=True)


def alive(pid: str) -> bool:
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


def _own_folder(path: Path) -> bool:
    with contextlib.suppress(OSError):
        state = path.lstat()
        return stat.S_ISDIR(state.st_mode) and state.st_uid == os.getuid()
    return False
