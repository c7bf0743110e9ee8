"""Atomic writes: after a crash or a power failure, a file has either its old contents or its complete new contents."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import re
import secrets
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from voiceguide.errors import ExportError
from voiceguide.system.file_lock import lock_if_abandoned, lock_temp
from voiceguide.system.shortages import SHORTAGES

__all__ = ["atomic_write", "convert_write_errors", "temp_path_for", "write_atomically"]

_TEMP_NAME = re.compile(r"\..*\.\d+-[0-9a-f]{8}\.part", re.DOTALL)
_UNSUPPORTED_ERRNOS = {
    errno.EPERM,
    errno.EACCES,
    errno.EINVAL,
    errno.ENOSYS,
    errno.ENOTSUP,
    errno.EOPNOTSUPP,
    errno.ENOTTY,
}
"""Errors from file systems that do not support permissions or syncing. A full or broken disk causes other errors."""
_log = logging.getLogger(__name__)
_MAX_NAME_BYTES = 200
"""Number of bytes of the target's name to use in the temporary name. File systems limit names to 255 bytes."""


@contextlib.contextmanager
def atomic_write(target: Path, check: Callable[[], None] | None = None, *, may_replace: bool = True) -> Iterator[Path]:
    """Yield the path of an empty temporary file in the same folder as `target`, and rename it to `target` on success.

    If the block raises an exception, the temporary file is removed and the target is left unchanged. If the target is a
    symbolic link, the file it points to is replaced. A new file gets the default permissions set by the umask. A
    replaced file keeps its permissions. If the disk cannot set permissions or cannot sync, the file is still written
    and a note is logged. Temporary files left behind by killed processes are removed first. `check` is called just
    before the rename. If it raises an exception, the target is left unchanged. If not `may_replace`, a file that exists
    by then is left unchanged too.

    Raises:
        ExportError: if the target cannot be written or the disk is full. Its cause is a FileExistsError if the target
            exists and may not be replaced.
    """
    with convert_write_errors(target):
        resolved = Path(os.path.realpath(target))
        replaced_mode = _replaced_file_mode(resolved, target)
        _remove_stale_temp_files(resolved.parent)
    temp, lock = temp_path_for(resolved), -1
    try:
        with convert_write_errors(target):
            lock, mode = _create_temp_file(temp, replaced_mode)
            yield temp
            _sync(temp, resolved, mode)
            if check is not None:
                check()
            (os.replace if may_replace else _rename_to_unused)(temp, resolved)
            _sync_folder(resolved.parent)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temp.unlink()
        if isinstance(error, ExportError) and str(temp) in str(error):  # users do not know the temporary name
            raise ExportError(str(error).replace(str(temp), str(target))) from error
        raise
    finally:
        _close_lock(lock)


def write_atomically(
    target: Path, data: bytes, check: Callable[[], None] | None = None, *, may_replace: bool = True
) -> None:
    """Write bytes to a file with `atomic_write`."""
    with atomic_write(target, check, may_replace=may_replace) as temp:
        temp.write_bytes(data)


@contextlib.contextmanager
def convert_write_errors(target: Path) -> Iterator[None]:
    """Convert an OSError raised while writing `target` to an ExportError that states the cause and suggests a fix."""
    try:
        yield
    except OSError as error:
        raise ExportError(_describe_write_error(target, error)) from error


def _describe_write_error(target: Path, error: OSError) -> str:
    place = Path(os.path.realpath(target)) if os.path.islink(target) else target
    folder = _name_folder(place.parent)
    short = folder.removeprefix("the folder ")
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return f"{target} could not be written: the disk is full. Free some space and try again."
        case errno.EFBIG:
            return (
                f"{target} could not be written: it is larger than this disk or account allows. Choose another folder."
            )
        case errno.ENOENT | errno.ENOTDIR:
            return f"{target} could not be written: {folder} does not exist. Create it or choose another."
        case errno.EROFS | errno.EACCES | errno.EPERM:
            return f"{target} could not be written: {short} is not writable. Choose another folder."
        case errno.ENAMETOOLONG:
            return f"{target} could not be written: its name is too long. Choose a shorter one."
        case number if number in SHORTAGES:
            return f"{target} could not be written. {SHORTAGES[number]}"
        case _:
            return f"{target} could not be written: {error.strerror or error}. Choose another folder, or try again."


def _name_folder(folder: Path) -> str:
    """Return the name of a folder for a message. The current folder is described in words, not as a dot."""
    if folder != Path():
        return f"the folder {folder}"
    try:
        return f"the current folder ({Path.cwd()})"
    except OSError:  # it has been removed
        return "the current folder"


def _replaced_file_mode(resolved: Path, target: Path) -> int | None:
    """Return the permissions of the file to be replaced, or None if the target is a new file."""
    try:
        status = resolved.stat()
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(status.st_mode):
        raise ExportError(f"{target} could not be written: it is a folder. Choose a file name inside it.")
    if not stat.S_ISREG(status.st_mode):
        raise ExportError(f"{target} could not be written: it is not a regular file. Choose another name.")
    if not status.st_mode & 0o222:
        raise ExportError(
            f"{target} could not be written: it is write-protected. Choose another name, or make it writable."
        )
    return stat.S_IMODE(status.st_mode)


def _create_temp_file(temp: Path, replaced_mode: int | None) -> tuple[int, int]:
    """Create the temporary file. Return a handle that locks it, and the permissions for the finished file.

    For a new file, the permissions are read from the temporary file. Calling `os.umask` would briefly change the umask
    of the whole process, and other threads would create files with the wrong permissions.
    """
    create_mode = 0o666 if replaced_mode is None else replaced_mode | stat.S_IWUSR | stat.S_IRUSR
    handle = os.open(temp, os.O_CREAT | os.O_EXCL | os.O_WRONLY, create_mode)
    try:
        created_mode = stat.S_IMODE(os.fstat(handle).st_mode)
        locked = lock_temp(handle)
    except BaseException:
        os.close(handle)
        raise
    if sys.platform == "win32":  # Windows cannot rename an open file
        os.close(handle)
        handle = -1
    elif not locked:
        os.close(handle)
        return _create_temp_file(temp, replaced_mode)
    return handle, created_mode if replaced_mode is None else replaced_mode


def temp_path_for(target: Path) -> Path:
    """Return an unused path in the folder of `target`. Files with such names are removed unless they are locked."""
    name = os.fsdecode(os.fsencode(target.name)[:_MAX_NAME_BYTES])
    return target.with_name(f".{name}.{os.getpid()}-{secrets.token_hex(4)}.part")


def _close_lock(handle: int) -> None:
    if handle >= 0:
        with contextlib.suppress(OSError):  # the file is complete, or its error is being reported
            os.close(handle)


def _sync(temp: Path, resolved: Path, mode: int) -> None:
    """Set the permissions and sync the data, so that after a power failure either the old or the new file is there."""
    handle = os.open(temp, os.O_RDWR)
    try:
        if hasattr(os, "fchmod") and stat.S_IMODE(os.fstat(handle).st_mode) != mode:
            with _note_if_unsupported(resolved, "its permissions could not be set"):
                os.fchmod(handle, mode)
        with _note_if_unsupported(resolved, "a power failure in the next minute could damage it"):
            os.fsync(handle)
    finally:
        os.close(handle)


def _sync_folder(path: Path) -> None:
    if os.name == "posix":
        with contextlib.suppress(OSError):  # the file is in place, and some file systems cannot sync folders
            folder = os.open(path, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


def _rename_to_unused(temp: Path, target: Path) -> None:
    """Rename a file to a name that no file has. A disk without hard links cannot do this in one step, so there the name
    is reserved with an empty file first."""
    try:
        os.link(temp, target)
    except FileExistsError:
        raise
    except (OSError, AttributeError):  # not every system has os.link
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        os.replace(temp, target)
    else:
        with contextlib.suppress(OSError):  # the next write to this folder removes a temporary name that is left
            temp.unlink()


@contextlib.contextmanager
def _note_if_unsupported(resolved: Path, consequence: str) -> Iterator[None]:
    """Log a note if the file system does not support the operation, as on some network shares and FUSE file systems."""
    try:
        yield
    except OSError as error:
        if error.errno not in _UNSUPPORTED_ERRNOS:
            raise
        folder = resolved.parent
        message = "A file was written to %s, but this disk does not support every operation: %s."
        _log.warning(message, folder, consequence)


def _remove_stale_temp_files(folder: Path) -> None:
    """Remove the temporary files that no running process has locked."""
    with os.scandir(folder) as entries:
        temp_files = [entry.path for entry in entries if _TEMP_NAME.fullmatch(entry.name)]
    for path in temp_files:
        with contextlib.suppress(OSError), lock_if_abandoned(path) as abandoned:
            if abandoned:
                os.unlink(path)
