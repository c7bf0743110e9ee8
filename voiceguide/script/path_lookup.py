"""Look up what is at a path that the user gave."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Literal

from voiceguide.errors import VoiceguideError

__all__ = ["PathKind", "kind_at"]

PathKind = Literal["file", "folder", "other"]
_NOTHING_THERE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.EINVAL)
"""The errors for a path that does not lead anywhere. Windows reports EINVAL for characters that no name can contain."""


def kind_at(path: str | Path) -> PathKind | None:
    """Return what is at a path, or None if there is nothing, for example because no file can have such a long name.

    `Path.exists` and similar methods raise an OSError for such a name, and for a folder that the user may not enter.
    Only Python 3.14 returns False, which for such a folder is not true either.

    Raises:
        VoiceguideError: The user may not look at the path, or the disk does not respond.
    """
    try:
        mode = os.stat(path).st_mode
    except ValueError:  # a null character
        return None
    except OSError as error:
        if error.errno in _NOTHING_THERE:
            return None
        raise VoiceguideError(f"{path} cannot be read: {error.strerror}. Check its name and permissions.") from error
    return "folder" if stat.S_ISDIR(mode) else "file" if stat.S_ISREG(mode) else "other"
