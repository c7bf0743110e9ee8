"""Write several files so that either all or none of them are replaced."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from voiceguide.system.atomic_file import atomic_write, convert_write_errors, temp_path_for
from voiceguide.system.file_lock import lock_if_abandoned

__all__ = ["AtomicGroup", "atomic_group"]


class AtomicGroup:
    """Files that are being written. All of these files are renamed together when the group is complete."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self._stack = stack
        self._targets: list[Path] = []

    @contextlib.contextmanager
    def write(self, target: Path) -> Iterator[Path]:
        """Yield the path of an empty temporary file, as `atomic_write` does.

        The file is renamed together with the rest of the group.
        """
        temp = self._stack.enter_context(atomic_write(target))
        self._targets.append(target)
        yield temp

    def write_bytes(self, target: Path, data: bytes) -> None:
        """Write bytes to a file in the group."""
        with self.write(target) as temp:
            temp.write_bytes(data)

    def commit(self) -> None:
        """Rename all files. If one cannot be renamed, restore the old files and remove the new ones."""
        with contextlib.ExitStack() as backups:
            olds: dict[Path, Path | None] = {}
            for target in self._targets:
                with convert_write_errors(target):
                    real = Path(os.path.realpath(target))
                    olds[real] = _back_up(real, backups)
            try:
                self._stack.close()
            except BaseException:
                for real, old in olds.items():
                    _restore(real, old)
                raise


@contextlib.contextmanager
def atomic_group() -> Iterator[AtomicGroup]:
    """Yield a group. All files in the group are written when the block ends, or none if the block raises an exception.

    A mix of old and new files remains only if the process is killed while it renames the finished files.

    Raises:
        ExportError: A file cannot be written.
    """
    with contextlib.ExitStack() as stack:
        group = AtomicGroup(stack)
        yield group
        group.commit()


def _back_up(file: Path, backups: contextlib.ExitStack) -> Path | None:
    """Back up a file as a hard link, or as a copy if the disk does not support hard links.

    Return the path of the backup, or None if there is no such file. The backup is removed when `backups` is closed. The
    backup is named like a temporary file, so that `atomic_write` removes it later if this process is killed. Until
    then, a lock keeps other builds from removing the backup.
    """
    if not file.exists():
        return None
    backup = temp_path_for(file)
    backups.callback(_remove, backup)
    _link_or_copy(file, backup)
    backups.enter_context(lock_if_abandoned(backup))
    return backup if backup.exists() else _back_up(file, backups)  # it was removed before it was locked


def _restore(file: Path, old: Path | None) -> None:
    """Restore the old contents of a file. If the disk refuses to rename files, a link or a copy may still work."""
    with contextlib.suppress(OSError):
        if old is None:
            _remove(file)
        elif not os.path.samefile(file, old):
            try:
                os.replace(old, file)
            except OSError:
                _link_or_copy(old, file)


def _link_or_copy(source: Path, target: Path) -> None:
    """Make a hard link to a file, or copy it if the disk does not support hard links."""
    try:
        target.unlink(missing_ok=True)
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _remove(file: Path) -> None:
    with contextlib.suppress(OSError):
        file.unlink()
