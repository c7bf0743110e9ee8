"""What a disk can hold after a power failure, worked out from the system calls of a command.

A disk writes in its own order: data and names that were not synced yet may be there or not, each by itself. Only fsync
on a file keeps its data, and only fsync on a folder keeps the names in it. This is stricter than common file systems,
which write names in order.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path

__all__ = ["CALLS", "Content", "Disk", "disks_after_power_failure"]

CALLS = (
    "?open,openat,?creat,write,pwrite64,writev,pwritev,?sendfile,?copy_file_range,ftruncate,?fallocate,fsync,fdatasync,"
    "?rename,?renameat,renameat2,?link,linkat,?unlink,unlinkat,?symlink,symlinkat"
)
_CALL = re.compile(r"\d+ +(\w+)\((.*)\) += (\d+)(?:<(.*)>)?$")
_HANDLE = re.compile(r"^\d+<(.*?)>(?:\(deleted\))?(?:, |$)")
_PATH = re.compile(r'(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"')
_MAX_ALL_SUBSETS = 9
"""With more names than this that were not synced, only some of the possible combinations are tried."""


@dataclass(frozen=True)
class Content:
    """The contents of one file: how many of its writes are on the disk, and how many there were in the end."""

    file: int
    """Number of the file, in order of creation. Files that existed before the command have negative numbers."""
    written: int
    final: int

    @property
    def complete(self) -> bool:
        return self.written == self.final

    @property
    def is_old(self) -> bool:
        """Whether the file existed before the command and was not written to."""
        return self.file < 0 and self.final == 0


Disk = dict[str, Content]
"""The files that are there after the power failure, by path."""


@dataclass(frozen=True)
class _NameChange:
    """Names that appear or disappear together, in one call."""

    call: int
    folder: str
    sets: tuple[tuple[str, int], ...] = ()
    removes: tuple[str, ...] = ()


@dataclass
class _Recording:
    names: dict[str, int]
    """The file behind each path, as the running command sees it."""
    changes: list[_NameChange] = field(default_factory=list)
    writes: dict[int, list[int]] = field(default_factory=dict)
    """For each file, the call of each write."""
    file_syncs: list[tuple[int, int]] = field(default_factory=list)
    folder_syncs: list[tuple[int, str]] = field(default_factory=list)
    calls: int = 0


def disks_after_power_failure(calls: str, folder: Path, before: set[str]) -> Iterator[tuple[int, Disk]]:
    """Yield every disk that a power failure can leave, with the number of calls that were made before it.

    `calls` come from `tests.support.strace.trace`, `folder` is where the command ran, and `before` are the paths of the
    files that were there before the command. The last disks yielded are those after the end of the command.
    """
    recording = _record(calls, folder, before)
    interesting = sorted(
        {
            0,
            recording.calls,
            *(change.call for change in recording.changes),
            *(call for call, _ in recording.file_syncs + recording.folder_syncs),
        }
    )
    for call in interesting:
        for disk in _disks_at(recording, call, before):
            yield call, disk


def _record(calls: str, folder: Path, before: set[str]) -> _Recording:
    initial = {path: -1 - number for number, path in enumerate(sorted(before))}
    recording = _Recording(dict(initial))
    for line in calls.splitlines():
        if match := _CALL.match(line):
            recording.calls += 1
            _apply(recording, match[1], match[2], match[4] or "", str(folder))
    return recording


def _apply(recording: _Recording, name: str, arguments: str, result: str, folder: str) -> None:
    call, names = recording.calls, recording.names
    paths = [os.path.normpath(os.path.join(start or folder, path)) for start, path in _PATH.findall(arguments)]
    handle = match[1] if (match := _HANDLE.match(arguments)) else ""
    if name in ("open", "openat", "creat"):
        if result.startswith(folder) and "O_CREAT" in arguments + name.upper() and result not in names:
            file = 1 + sum(len(change.sets) for change in recording.changes)
            names[result] = file
            recording.changes.append(_NameChange(call, os.path.dirname(result), sets=((result, file),)))
        if result in names and "O_TRUNC" in arguments and recording.writes.get(names[result]):
            recording.writes[names[result]].append(call)
    elif name in ("fsync", "fdatasync"):
        if handle in names:
            recording.file_syncs.append((call, names[handle]))
        elif handle.startswith(folder):
            recording.folder_syncs.append((call, handle))
    elif name.startswith(("rename", "link")) and len(paths) == 2 and paths[1].startswith(folder):
        source, target = paths
        file = names[source]
        removes = (source,) if name.startswith("rename") else ()
        for path in removes:
            del names[path]
        names[target] = file
        recording.changes.append(_NameChange(call, os.path.dirname(target), ((target, file),), removes))
    elif name.startswith("unlink") and paths[0] in names:
        del names[paths[0]]
        recording.changes.append(_NameChange(call, os.path.dirname(paths[0]), removes=(paths[0],)))
    elif handle in names:  # a write of any kind
        recording.writes.setdefault(names[handle], []).append(call)


def _disks_at(recording: _Recording, call: int, before: set[str]) -> Iterator[Disk]:
    """Yield the disks that a power failure directly after a call can leave."""
    done = [change for change in recording.changes if change.call <= call]
    certain = [change for change in done if _is_synced(change, recording, call)]
    pending = [change for change in done if change not in certain]
    initial = {path: -1 - number for number, path in enumerate(sorted(before))}
    for chosen in _subsets(pending):
        names = dict(initial)
        for change in sorted([*certain, *chosen], key=lambda change: change.call):
            for path in change.removes:
                names.pop(path, None)
            names.update(change.sets)
        for share in (0.0, 0.5, 1.0):  # how much of the data that was not synced is on the disk
            yield {path: _content(file, recording, call, share) for path, file in names.items()}


def _is_synced(change: _NameChange, recording: _Recording, call: int) -> bool:
    return any(change.call < sync <= call and folder == change.folder for sync, folder in recording.folder_syncs)


def _subsets(changes: list[_NameChange]) -> Iterator[tuple[_NameChange, ...]]:
    if len(changes) <= _MAX_ALL_SUBSETS:
        for size in range(len(changes) + 1):
            yield from combinations(changes, size)
        return
    for number, change in enumerate(changes):
        yield (change,)
        yield tuple(changes[:number])
        yield tuple(each for each in changes if each is not change)
    yield tuple(changes)


def _content(file: int, recording: _Recording, call: int, share: float) -> Content:
    writes = recording.writes.get(file, [])
    made = sum(write <= call for write in writes)
    last_sync = max((sync for sync, synced in recording.file_syncs if synced == file and sync <= call), default=0)
    synced = sum(write < last_sync for write in writes)
    return replace(Content(file, 0, len(writes)), written=synced + int((made - synced) * share))
