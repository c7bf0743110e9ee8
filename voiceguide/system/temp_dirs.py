"""Create and remove temporary folders. Folders that a killed process left behind are removed on the next run."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
import tempfile
from pathlib import Path

from voiceguide.errors import VoiceguideError
from voiceguide.system.file_lock import lock_if_abandoned, lock_temp

__all__ = ["make_temp_dir", "remove_stale_temp_dirs"]

_TEMP_DIR_NAME = re.compile(r"voiceguide-\d+-\w+")


class _LockedTempDir(tempfile.TemporaryDirectory[str]):
    """A temporary folder with a lock that tells other processes that it is in use."""

    _handle = -1

    def lock(self) -> bool:
        """Lock the folder. Return False if another process removed it before it was locked."""
        if os.name != "posix":
            return True
        try:
            self._handle = os.open(self.name, os.O_RDONLY)
        except FileNotFoundError:
            return False
        return lock_temp(self._handle)

    def cleanup(self) -> None:
        """Remove the folder, then release its lock."""
        super().cleanup()
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)


def make_temp_dir() -> tempfile.TemporaryDirectory[str]:
    """Create a temporary folder that stays locked until it is removed. Use it in a `with` statement.

    Raises:
        VoiceguideError: if the folder cannot be created.
    """
    try:
        while True:
            folder = _LockedTempDir(prefix=f"voiceguide-{os.getpid()}-", ignore_cleanup_errors=True)
            if folder.lock():
                return folder
            folder.cleanup()
    except OSError as error:
        raise VoiceguideError(
            f"Could not create a temporary folder: {error.strerror or error}. "
            "Free some space, or set TMPDIR to a writable folder."
        ) from error


def remove_stale_temp_dirs() -> None:
    """Remove this user's temporary folders that no running process has locked."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            if not _TEMP_DIR_NAME.fullmatch(entry.name) or not _is_own_dir(Path(entry.path)):
                continue
            with lock_if_abandoned(entry.path) as abandoned:
                if abandoned:
                    shutil.rmtree(entry.path, ignore_errors=True)


def _is_own_dir(path: Path) -> bool:
    with contextlib.suppress(OSError):
        status = path.lstat()
        return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()
    return False
