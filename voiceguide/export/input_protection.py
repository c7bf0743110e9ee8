"""Keep a command from overwriting the files it reads."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from voiceguide.errors import ExportError

__all__ = ["check_not_inputs", "file_identity"]


def check_not_inputs(outputs: Iterable[Path], inputs: Iterable[Path]) -> None:
    """Check that no output file is also an input file, and that no two output files are the same file.

    Files are compared by identity, so links and different spellings of a path make no difference.

    Raises:
        ExportError: An output is an input, or two outputs are the same file.
    """
    read = {file_identity(file): file for file in inputs}
    written: dict[object, Path] = {}
    for output in outputs:
        identity = file_identity(output)
        if identity in read:
            same = read[identity]
            shown = "" if str(same) == str(output) else f" (the same file as {same})"
            raise ExportError(
                f"{output} was not written: it is an input of this command{shown}. Choose another output file."
            )
        if identity in written:
            raise ExportError(
                f"{output} was not written: two output files would have this name. Choose another output file."
            )
        written[identity] = output


def file_identity(file: Path) -> object:
    """Return a value that is equal for two paths to the same file: the inode, or the full path of a missing file.

    Paths are resolved as in `atomic_write`. The operating system resolves them differently if they lead into a missing
    folder and back out of it.
    """
    try:
        real = os.path.realpath(file)
    except (OSError, ValueError):  # the current folder was removed, or the path contains a null character
        return str(file)
    try:
        status = os.stat(real)
    except (OSError, ValueError):
        return os.path.normcase(real)
    # on Windows, some network drives have no inode numbers
    return (status.st_dev, status.st_ino) if status.st_ino else os.path.normcase(real)
