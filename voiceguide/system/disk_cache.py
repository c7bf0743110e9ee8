"""A content-addressed store on disk for what is dear to make: spoken clips, encoded frames.

An entry is named by a digest of all it depends on, and carries a checksum over that name and its data, so that an entry
that was cut, flipped, swapped or written by something else is never believed: it counts as missing. Entries are written
beside and renamed, so that any number of processes may share a store. Times of files are used for nothing but eviction.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import stat
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from voiceguide.errors import VoiceguideError
from voiceguide.system.temp_dirs import alive, scratch_folder

__all__ = ["Cache", "Store", "cache_folder", "digest", "remembered"]

MAGIC = b"VGSTORE1"
HEADER = len(MAGIC) + 32
DEFAULT_LIMIT = 1 << 30
"""Bytes that a store may hold before its oldest entries go."""
LARGEST_ENTRY = 1 << 29
"""Bytes; a file larger than this is not one of ours and is never read."""
STALE_S = 3_600
"""An unfinished write older than this was interrupted; an entry's time of use is refreshed no more often."""
_SHELF = re.compile(r"[0-9a-f]{2}").fullmatch
_ENTRY = re.compile(r"[0-9a-f]{64}")
_UNFINISHED = re.compile(r"\.part-(?:(\d+)-)?\w+")
"""Whose it is, where that is known, and a word of chance."""


@dataclass(frozen=True)
class _Found:
    """A file of ours on the disk."""

    path: Path
    size_bytes: int
    used_s: float
    """When it was last used, in seconds since the epoch."""


def cache_folder() -> Path:
    """Where clips and frames are kept: VOICEGUIDE_CACHE, or the user's own cache folder."""
    import platformdirs

    named = os.environ.get("VOICEGUIDE_CACHE")
    return Path(named) if named else Path(platformdirs.user_cache_dir("voiceguide"))


def digest(*parts: str | bytes | memoryview) -> str:
    """A name for an entry: SHA-256 over all parts with their lengths in bytes, in hexadecimal."""
    total = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        total.update(memoryview(data).nbytes.to_bytes(8, "big"))
        total.update(data)
    return total.hexdigest()


class Cache(Protocol):
    """Where what was made once is kept between builds; `Store` is one."""

    def get(self, key: str) -> bytes | None:
        """What is kept under a digest, or None."""

    def has(self, key: str) -> bool:
        """Whether something is kept there, without looking at it."""

    def put(self, key: str, data: bytes) -> None:
        """Keep something."""


def remembered(cache: Cache | None, key: str, make: Callable[[], bytes]) -> bytes:
    """What the cache has under a digest; else what is made now, and kept there."""
    data = cache.get(key) if cache else None
    if data is None:
        data = make()
        if cache:
            cache.put(key, data)
    return data


class Store:
    """Entries of bytes below one folder, named by `digest`. Reading never fails: what cannot be read is missing.

    Writing may fail (a full disk, a read-only folder); then the store goes on in a temporary folder of its own, and
    `trouble` says why, once, for whoever wants to tell the user. Safe to use from several threads and processes.
    """

    def __init__(self, folder: Path, limit: int = DEFAULT_LIMIT) -> None:
        self.folder = folder
        self.limit = limit
        self.trouble = ""
        self._spare: tempfile.TemporaryDirectory[str] | None = None
        self._closed = False
        self._lock = threading.Lock()

    def get(self, key: str) -> bytes | None:
        """The data of an entry, checked, or None."""
        for path in self._places(key):
            raw = _read(path)
            if raw is None or raw[: len(MAGIC)] != MAGIC:
                continue
            if raw[len(MAGIC) : HEADER] == _checksum(key, memoryview(raw)[HEADER:]):
                return raw[HEADER:]
        return None

    def has(self, key: str) -> bool:
        """Whether there is an entry, without a look at whether it is whole."""
        return any(path.exists() for path in self._places(key))

    def put(self, key: str, data: bytes) -> None:
        """Keep an entry.

        Raises:
            VoiceguideError: where not even the temporary folder can be written.
        """
        whole = MAGIC + _checksum(key, data) + data
        try:
            _write(self.folder / key[:2] / key, whole)
        except OSError as error:
            self.trouble = self.trouble or f"The cache {self.folder} cannot be written ({error.strerror or error})."
            self._put_spare(key, whole)

    def usage(self) -> tuple[int, int]:
        """How many entries there are, and their bytes."""
        entries = self._files(_ENTRY.fullmatch)
        return len(entries), sum(entry.size_bytes for entry in entries)

    def clear(self) -> int:
        """Forget everything; how many entries went. What is in the folder and is not ours stays."""
        self._sweep()
        return sum(_remove(entry.path) for entry in self._files(_ENTRY.fullmatch))

    def trim(self) -> None:
        """Let the entries longest unused go until the store is within its limit, and what was left half written."""
        self._sweep()
        entries = sorted(self._files(_ENTRY.fullmatch), key=lambda entry: (entry.used_s, entry.path))
        over = sum(entry.size_bytes for entry in entries) - self.limit
        for entry in entries:
            if over <= 0:
                return
            if _remove(entry.path):
                over -= entry.size_bytes

    def close(self) -> None:
        """Remove the temporary folder, where there is one; a thread that comes late makes no other."""
        with self._lock:
            self._closed = True
            if self._spare is not None:
                self._spare.cleanup()
                self._spare = None

    def _places(self, key: str) -> list[Path]:
        own = self.folder / key[:2] / key
        return [own, Path(self._spare.name) / key] if self._spare else [own]

    def _put_spare(self, key: str, whole: bytes) -> None:
        try:
            with self._lock:
                if self._closed:
                    raise VoiceguideError("The store is closed.")
                if self._spare is None:
                    self._spare = scratch_folder()
                folder = Path(self._spare.name)
            _write(folder / key, whole)
        except VoiceguideError as error:
            raise VoiceguideError(f"{self.trouble} {error}") from error
        except OSError as error:
            raise VoiceguideError(
                f"{self.trouble} Nor can the temporary folder {tempfile.gettempdir()} ({error.strerror or error}). "
                "Free some space, or set VOICEGUIDE_CACHE to a folder that can be written."
            ) from error

    def _sweep(self) -> None:
        """Remove what was left half written; what another process is writing this moment is younger."""
        for unfinished in self._files(_UNFINISHED.fullmatch):
            if _abandoned(unfinished):
                _remove(unfinished.path)

    def _files(self, wanted: Callable[[str], object]) -> list[_Found]:
        """The files of ours whose name is wanted."""
        found = []
        for path in _within(self.folder, _SHELF):
            for entry in _within(path, wanted):
                with contextlib.suppress(OSError):
                    state = entry.lstat()
                    if stat.S_ISREG(state.st_mode):
                        found.append(_Found(entry, state.st_size, max(state.st_mtime, state.st_atime)))
        return found


def _within(folder: Path, wanted: Callable[[str], object]) -> list[Path]:
    """What there is in a folder under names that are wanted; nothing where somebody has just removed it."""
    with contextlib.suppress(OSError):
        return [folder / name for name in os.listdir(folder) if wanted(name)]
    return []


def _abandoned(found: _Found) -> bool:
    """Whether nobody will finish what was begun: its process is gone, or it has stood there for long."""
    match = _UNFINISHED.fullmatch(found.path.name)
    gone = match is not None and match[1] is not None and not alive(match[1])
    return gone or time.time() - found.used_s > STALE_S


def _remove(path: Path) -> bool:
    with contextlib.suppress(OSError):
        path.unlink()
        return True
    return False


def _checksum(key: str, data: bytes | memoryview) -> bytes:
    total = hashlib.sha256(key.encode("utf-8"))
    total.update(data)
    return total.digest()


def _read(path: Path) -> bytes | None:
    """A plain file's bytes; None for anything else. Opened without waiting, since a FIFO would wait for ever."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(handle, "rb") as file:
            state = os.fstat(handle)
            if not stat.S_ISREG(state.st_mode) or state.st_size > LARGEST_ENTRY:
                return None
            data = file.read()
    except OSError:
        return None
    if time.time() - max(state.st_mtime, state.st_atime) > STALE_S:
        with contextlib.suppress(OSError):  # many disks no longer note when a file was read
            os.utime(path)
    return data


def _write(path: Path, data: bytes) -> None:
    """Write beside and rename: readers see the old entry or the whole new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    handle, name = tempfile.mkstemp(prefix=f".part-{os.getpid()}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
