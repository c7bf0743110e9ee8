"""Locks on temporary files. These locks distinguish files that are in use from files that were left behind.

The operating system releases a lock when the process that holds it ends, even if the process crashes or is killed.
Unlike process IDs, locks also work between containers that share a folder. Windows has no such locks, so files that
were left behind are not removed there.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import time
from collections.abc import Iterator

__all__ = ["lock_if_abandoned", "lock_temp"]

_UNLOCKABLE_AGE_S = 86_400.0
"""On a disk that does not support locks, temporary files that have not changed for a day are considered abandoned."""


def lock_temp(handle: int) -> bool:
    """Lock a new temporary file or folder until `handle` is closed.

    Return False if another process removed it before it was locked. In that case, the caller must create a new one.
    """
    return _try_lock(handle) is not False and os.fstat(handle).st_nlink > 0


@contextlib.contextmanager
def lock_if_abandoned(path: str | os.PathLike[str]) -> Iterator[bool]:
    """Yield True if no running process is using a temporary file or folder.

    The file or folder stays locked during the `with` block.
    """
    handle = _open(path)
    if handle is None:
        yield False
        return
    try:
        locked = _try_lock(handle)
        yield time.time() - os.fstat(handle).st_mtime > _UNLOCKABLE_AGE_S if locked is None else locked
    finally:
        os.close(handle)


def _open(path: str | os.PathLike[str]) -> int | None:
    """Open a regular file or a folder. Network file systems lock only files that are open for writing."""
    if sys.platform == "win32":
        return None
    with contextlib.suppress(OSError):
        mode = os.lstat(path).st_mode
        if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
            access = os.O_RDONLY if stat.S_ISDIR(mode) else os.O_RDWR
            return os.open(path, access | os.O_NOFOLLOW | os.O_NONBLOCK)
    return None


def _try_lock(handle: int) -> bool | None:
    """Return whether the lock was free, or None if this disk or system does not support locks."""
    if sys.platform == "win32":
        return None
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True
