"""A content-addressed disk cache for results that are slow to compute: spoken clips, beds and encoded frames.

An entry's key is a digest of everything the entry depends on. Each entry contains a checksum of its key and data.
Entries that are truncated, corrupted, swapped or written by another program are treated as missing. Entries are written
atomically, so any number of processes can share a cache. File times are used only to decide which entries to evict.
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
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from voiceguide.errors import VoiceguideError
from voiceguide.system.file_lock import lock_if_abandoned, lock_temp
from voiceguide.system.shortages import raise_if_shortage
from voiceguide.system.temp_dirs import make_temp_dir

__all__ = ["Cache", "DiskCache", "cache_folder", "digest", "get_or_make", "open_cache"]

MAGIC = b"VGSTORE1"
HEADER_BYTES = len(MAGIC) + 32
DEFAULT_MAX_BYTES = 1 << 30
"""Maximum size of a cache in bytes. Beyond this, the least recently used entries are removed."""
MAX_ENTRY_BYTES = 1 << 29
"""Maximum size of an entry in bytes. Larger files are not cache entries and are never read."""
STALE_S = 3_600
"""Minimum time in seconds between two updates of an entry's access time."""
_is_subfolder_name = re.compile(r"[0-9a-f]{2}").fullmatch
_ENTRY_NAME = re.compile(r"[0-9a-f]{64}")
_TEMP_NAME = re.compile(r"\.part-(?:\d+-)?\w+")
"""Name of a temporary file, with an optional process ID and a random word."""
_FILE_NAME = re.compile(f"{_ENTRY_NAME.pattern}|{_TEMP_NAME.pattern}")


class _CacheFile(NamedTuple):
    """An entry or a temporary file in a cache folder."""

    path: str
    size_bytes: int
    last_used_s: float
    """Time of the last use, in seconds since the epoch."""


def cache_folder() -> Path:
    """Return the cache folder: VOICEGUIDE_CACHE if it is set, otherwise the user's cache folder."""
    import platformdirs

    configured = os.environ.get("VOICEGUIDE_CACHE")
    return Path(configured) if configured else Path(platformdirs.user_cache_dir("voiceguide"))


def digest(*parts: str | bytes | memoryview) -> str:
    """Return the key of an entry: the hexadecimal SHA-256 digest of all parts and their lengths in bytes."""
    result = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        result.update(memoryview(data).nbytes.to_bytes(8, "big"))
        result.update(data)
    return result.hexdigest()


class Cache(Protocol):
    """A cache that persists between builds, such as `DiskCache`."""

    def get(self, key: str) -> bytes | None:
        """Return the data of an entry, or None if it is missing."""

    def has(self, key: str) -> bool:
        """Return whether an entry exists, without reading it."""

    def put(self, key: str, data: bytes) -> None:
        """Store an entry."""


def get_or_make(cache: Cache | None, key: str, make: Callable[[], bytes]) -> bytes:
    """Return the data of an entry. If the entry is missing, call `make` and store the result."""
    data = cache.get(key) if cache else None
    if data is None:
        data = make()
        if cache:
            cache.put(key, data)
    return data


class DiskCache:
    """A cache in one folder, safe to use from several threads and processes. Use `digest` to create keys.

    Reading never fails: an unreadable entry is treated as missing. If writing fails, for example because the disk is
    full or the folder is read-only, entries are written to a temporary folder until the cache is closed. `write_error`
    then contains the reason as a sentence. Otherwise it is empty.
    """

    def __init__(self, folder: Path, max_bytes: int = DEFAULT_MAX_BYTES) -> None:
        self.folder = folder
        self.max_bytes = max_bytes
        self.write_error = ""
        self._fallback_dir: tempfile.TemporaryDirectory[str] | None = None
        self._closed = False
        self._lock = threading.Lock()

    def get(self, key: str) -> bytes | None:
        """Return the data of an entry, or None if it is missing or its checksum is wrong."""
        for path in self._candidate_paths(key):
            raw = _read_entry(path)
            if raw is None or raw[: len(MAGIC)] != MAGIC:
                continue
            if raw[len(MAGIC) : HEADER_BYTES] == _checksum(key, memoryview(raw)[HEADER_BYTES:]):
                return raw[HEADER_BYTES:]
        return None

    def has(self, key: str) -> bool:
        """Return whether an entry exists, without verifying its checksum."""
        return any(path.exists() for path in self._candidate_paths(key))

    def put(self, key: str, data: bytes) -> None:
        """Store an entry.

        Raises:
            VoiceguideError: if the temporary folder cannot be written either, or the cache is closed.
            MemoryError, OSError: if the operating system refuses memory or another open file, which a temporary folder
                would not change.
        """
        raw = MAGIC + _checksum(key, data) + data
        try:
            _write_entry(self.folder / key[:2] / key, raw)
        except OSError as error:
            raise_if_shortage(error)
            self.write_error = (
                self.write_error or f"Could not write to the cache {self.folder} ({error.strerror or error})."
            )
            self._put_in_fallback(key, raw)

    def usage(self) -> tuple[int, int]:
        """Return the number of entries and their total size in bytes."""
        entries = self._find_files(_ENTRY_NAME.fullmatch)
        return len(entries), sum(entry.size_bytes for entry in entries)

    def describe_usage(self) -> str:
        """Return the number of entries and their total size as text, such as `12 entries, 3.4 MB`."""
        entries, size_bytes = self.usage()
        return f"{entries} {'entry' if entries == 1 else 'entries'}, {size_bytes / 1e6:.1f} MB"

    def clear(self) -> int:
        """Remove all entries and return their number. Other files in the folder are not touched."""
        self._remove_abandoned(self._find_files(_TEMP_NAME.fullmatch))
        return sum(_try_remove(entry.path) for entry in self._find_files(_ENTRY_NAME.fullmatch))

    def trim(self) -> None:
        """Remove abandoned temporary files, and the least recently used entries until the cache is within its limit."""
        entries: list[_CacheFile] = []
        temps: list[_CacheFile] = []
        for file in self._find_files(_FILE_NAME.fullmatch):
            (temps if os.path.basename(file.path).startswith(".") else entries).append(file)
        self._remove_abandoned(temps)
        excess_bytes = sum(entry.size_bytes for entry in entries) - self.max_bytes
        if excess_bytes <= 0:
            return
        for entry in sorted(entries, key=lambda entry: (entry.last_used_s, entry.path)):
            if excess_bytes <= 0:
                return
            if _try_remove(entry.path):
                excess_bytes -= entry.size_bytes

    def close(self) -> None:
        """Remove the temporary folder, if any, and prevent other threads from creating a new one."""
        with self._lock:
            self._closed = True
            if self._fallback_dir is not None:
                self._fallback_dir.cleanup()
                self._fallback_dir = None

    def _candidate_paths(self, key: str) -> list[Path]:
        path = self.folder / key[:2] / key
        return [path, Path(self._fallback_dir.name) / key] if self._fallback_dir else [path]

    def _put_in_fallback(self, key: str, raw: bytes) -> None:
        try:
            with self._lock:
                if self._closed:
                    raise VoiceguideError("The cache is closed.")
                if self._fallback_dir is None:
                    self._fallback_dir = make_temp_dir()
                folder = Path(self._fallback_dir.name)
            _write_entry(folder / key, raw)
        except VoiceguideError as error:
            raise VoiceguideError(f"{self.write_error} {error}") from error
        except OSError as error:
            raise VoiceguideError(
                f"{self.write_error} Could not write to the temporary folder {tempfile.gettempdir()} either "
                f"({error.strerror or error}). Free some space, or set VOICEGUIDE_CACHE to a writable folder."
            ) from error

    def _remove_abandoned(self, temps: list[_CacheFile]) -> None:
        """Remove temporary files, but not those that another process is still writing."""
        for temp in temps:
            with lock_if_abandoned(Path(temp.path)) as abandoned:
                if abandoned:
                    _try_remove(temp.path)

    def _find_files(self, matches: Callable[[str], object]) -> list[_CacheFile]:
        """Return the regular files with matching names in the subfolders of the cache."""
        files = []
        for subfolder in _list_matching(self.folder, _is_subfolder_name):
            for item in _list_matching(subfolder, matches):
                with contextlib.suppress(OSError):
                    status = item.stat(follow_symlinks=False)
                    if stat.S_ISREG(status.st_mode):
                        files.append(_CacheFile(item.path, status.st_size, max(status.st_mtime, status.st_atime)))
        return files


@contextlib.contextmanager
def open_cache(folder: Path | None = None) -> Iterator[DiskCache]:
    """Open the cache in `folder`, by default `cache_folder()`, and close it at the end of the `with` block."""
    cache = DiskCache(folder or cache_folder())
    try:
        yield cache
    finally:
        cache.close()


def _list_matching(folder: str | os.PathLike[str], matches: Callable[[str], object]) -> list[os.DirEntry[str]]:
    """Return what a folder contains whose names match. If another process has removed the folder, the list is empty."""
    with contextlib.suppress(OSError), os.scandir(folder) as items:
        return [item for item in items if matches(item.name)]
    return []


def _try_remove(path: str) -> bool:
    with contextlib.suppress(OSError):
        os.unlink(path)
        return True
    return False


def _checksum(key: str, data: bytes | memoryview) -> bytes:
    result = hashlib.sha256(key.encode("utf-8"))
    result.update(data)
    return result.digest()


def _read_entry(path: Path) -> bytes | None:
    """Return the contents of a regular file, or None for anything else. O_NONBLOCK prevents blocking on a FIFO."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_ENTRY_BYTES:
                return None
            data = file.read()
    except OSError:
        return None
    if time.time() - max(status.st_mtime, status.st_atime) > STALE_S:
        with contextlib.suppress(OSError):  # many file systems are mounted with noatime
            os.utime(path)
    return data


def _write_entry(path: Path, data: bytes) -> None:
    """Write a temporary file and rename it, so that readers see either the old or the complete new entry."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    handle, name = tempfile.mkstemp(prefix=f".part-{os.getpid()}-", dir=path.parent)
    while not lock_temp(handle):
        os.close(handle)
        handle, name = tempfile.mkstemp(prefix=f".part-{os.getpid()}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            if os.name == "posix":  # Windows cannot rename an open file, and has no locks
                out.flush()
                os.replace(name, path)
        if os.name != "posix":
            os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
