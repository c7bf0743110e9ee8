"""Files that are either the old one or the whole new one, never a part."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path

from voiceguide.errors import ExportError
from voiceguide.system.temp_dirs import is_process_alive

__all__ = ["atomic_write", "convert_write_errors"]

_TEMP_NAME = re.compile(r"\..*\.(\d+)-[0-9a-f]{8}\.part", re.DOTALL)
_MAX_NAME_BYTES = 200
"""Bytes kept of the target's name in that of its part; file systems allow 255 in all."""


@contextlib.contextmanager
def atomic_write(target: Path) -> Iterator[Path]:
    """The path of an empty file beside `target`, to be written inside the `with`; at the end it takes that name.

    Leaving by an exception removes it and leaves the target as it was. Parts whose owner was killed are swept first.
    A link keeps pointing where it does: what it points to is replaced.

    Raises:
        EncodeError: the target cannot be written, or the disk is full.
    """
    with convert_write_errors(target):
        final = Path(os.path.realpath(target))
        mode = _choose_file_mode(final, target)
        _remove_stale_temp_files(final.parent)
        part = _create_temp_file(final, mode)
    try:
        with convert_write_errors(target):
            yield part
            _commit(part, final, mode)
    except BaseException as error:
        with contextlib.suppress(OSError):
            part.unlink()
        if isinstance(error, ExportError) and str(part) in str(error):  # a name that nobody has heard of
            raise ExportError(str(error).replace(str(part), str(target))) from error
        raise


@contextlib.contextmanager
def convert_write_errors(target: Path) -> Iterator[None]:
    """Turns what the system says about writing `target` into one sentence."""
    try:
        yield
    except OSError as error:
        raise ExportError(_describe_write_error(target, error)) from error


def _describe_write_error(target: Path, error: OSError) -> str:
    folder = target.parent
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return f"{target} could not be written: the disk is full. Free some space and try again."
        case errno.EFBIG:
            return (
                f"{target} could not be written: it is larger than this disk or account allows. Choose another folder."
            )
        case errno.ENOENT | errno.ENOTDIR:
            return f"{target} could not be written: there is no folder {folder}. Make it, or choose another."
        case errno.EROFS | errno.EACCES | errno.EPERM:
            return f"{target} could not be written: {folder} does not allow it. Choose another folder."
        case errno.ENAMETOOLONG:
            return f"{target} could not be written: its name is too long. Choose a shorter one."
        case _:
            return f"{target} could not be written: {error.strerror or error}. Choose another folder, or try again."


def _choose_file_mode(final: Path, target: Path) -> int:
    """The mode the new file gets: that of the file it replaces, else what the umask leaves."""
    try:
        status = final.stat()
    except FileNotFoundError:
        return 0o666 & ~_current_umask()
    if stat.S_ISDIR(status.st_mode):
        raise ExportError(f"{target} could not be written: it is a folder. Name a file inside it.")
    if not stat.S_ISREG(status.st_mode):
        raise ExportError(f"{target} could not be written: it is not a plain file. Choose another name.")
    if not status.st_mode & 0o222:
        raise ExportError(
            f"{target} could not be written: it is write-protected. Choose another name, or allow writing."
        )
    return stat.S_IMODE(status.st_mode)


def _current_umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _create_temp_file(final: Path, mode: int) -> Path:
    name = os.fsdecode(os.fsencode(final.name)[:_MAX_NAME_BYTES])
    part = final.with_name(f".{name}.{os.getpid()}-{secrets.token_hex(4)}.part")
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode | stat.S_IWUSR | stat.S_IRUSR))
    return part


def _commit(part: Path, final: Path, mode: int) -> None:
    """Bytes to the disk first, then the name, then the folder that holds it: a power cut finds one or the other."""
    handle = os.open(part, os.O_RDWR)
    try:
        if hasattr(os, "fchmod"):
            os.fchmod(handle, mode)
        os.fsync(handle)
    finally:
        os.close(handle)
    os.replace(part, final)
    if os.name == "posix":
        with contextlib.suppress(OSError):  # the file is whole and has its name; not every disk can do more
            folder = os.open(final.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


def _remove_stale_temp_files(folder: Path) -> None:
    """Remove the parts that a killed process of ours left behind in a folder."""
    with os.scandir(folder) as entries:
        stale = [
            entry.path
            for entry in entries
            if (match := _TEMP_NAME.fullmatch(entry.name)) and not is_process_alive(match[1])
        ]
    for path in stale:
        with contextlib.suppress(OSError):
            os.unlink(path)
