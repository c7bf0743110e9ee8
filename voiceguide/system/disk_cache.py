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
from voiceguide.system.temp_dirs import is_process_alive, make_temp_dir

__all__ = ["Cache", "DiskCache", "cache_folder", "digest", "get_or_make"]

MAGIC = b"VGSTORE1"
HEADER_BYTES = len(MAGIC) + 32
DEFAULT_MAX_BYTES = 1 << 30
"""Bytes that a store may hold before its oldest entries go."""
MAX_ENTRY_BYTES = 1 << 29
"""Bytes; a file larger than this is not one of ours and is never read."""
STALE_S = 3_600
"""An unfinished write older than this was interrupted; an entry's time of use is refreshed no more often."""
_is_subfolder_name = re.compile(r"[0-9a-f]{2}").fullmatch
_ENTRY_NAME = re.compile(r"[0-9a-f]{64}")
_TEMP_NAME = re.compile(r"\.part-(?:(\d+)-)?\w+")
"""Whose it is, where that is known, and a word of chance."""


@dataclass(frozen=True)
class _CacheFile:
    """A file of ours on the disk."""

    path: Path
    size_bytes: int
    last_used_s: float
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


def get_or_make(cache: Cache | None, key: str, make: Callable[[], bytes]) -> bytes:
    """What the cache has under a digest; else what is made now, and kept there."""
    data = cache.get(key) if cache else None
    if data is None:
        data = make()
        if cache:
            cache.put(key, data)
    return data


class DiskCache:
    """Entries of bytes below one folder, named by `digest`. Reading never fails: what cannot be read is missing.

    Writing may fail (a full disk, a read-only folder); then the store goes on in a temporary folder of its own, and
    `trouble` says why, once, for whoever wants to tell the user. Safe to use from several threads and processes.
    """

    def __init__(self, folder: Path, max_bytes: int = DEFAULT_MAX_BYTES) -> None:
        self.folder = folder
        self.max_bytes = max_bytes
        self.write_error = ""
        self._fallback_dir: tempfile.TemporaryDirectory[str] | None = None
        self._closed = False
        self._lock = threading.Lock()

    def get(self, key: str) -> bytes | None:
        """The data of an entry, checked, or None."""
        for path in self._candidate_paths(key):
            raw = _read_entry(path)
            if raw is None or raw[: len(MAGIC)] != MAGIC:
                continue
            if raw[len(MAGIC) : HEADER_BYTES] == _checksum(key, memoryview(raw)[HEADER_BYTES:]):
                return raw[HEADER_BYTES:]
        return None

    def has(self, key: str) -> bool:
        """Whether there is an entry, without a look at whether it is whole."""
        return any(path.exists() for path in self._candidate_paths(key))

    def put(self, key: str, data: bytes) -> None:
        """Keep an entry.

        Raises:
            VoiceguideError: where not even the temporary folder can be written.
        """
        whole = MAGIC + _checksum(key, data) + data
        try:
            _write_entry(self.folder / key[:2] / key, whole)
        except OSError as error:
            self.write_error = (
                self.write_error or f"The cache {self.folder} cannot be written ({error.strerror or error})."
            )
            self._put_in_fallback(key, whole)

    def usage(self) -> tuple[int, int]:
        """How many entries there are, and their bytes."""
        entries = self._find_files(_ENTRY_NAME.fullmatch)
        return len(entries), sum(entry.size_bytes for entry in entries)

    def clear(self) -> int:
        """Forget everything; how many entries went. What is in the folder and is not ours stays."""
        self._remove_stale_temp_files()
        return sum(_try_remove(entry.path) for entry in self._find_files(_ENTRY_NAME.fullmatch))

    def trim(self) -> None:
        """Let the entries longest unused go until the store is within its limit, and what was left half written."""
        self._remove_stale_temp_files()
        entries = sorted(self._find_files(_ENTRY_NAME.fullmatch), key=lambda entry: (entry.last_used_s, entry.path))
        over = sum(entry.size_bytes for entry in entries) - self.max_bytes
        for entry in entries:
            if over <= 0:
                return
            if _try_remove(entry.path):
                over -= entry.size_bytes

    def close(self) -> None:
        """Remove the temporary folder, where there is one; a thread that comes late makes no other."""
        with self._lock:
            self._closed = True
            if self._fallback_dir is not None:
                self._fallback_dir.cleanup()
                self._fallback_dir = None

    def _candidate_paths(self, key: str) -> list[Path]:
        own = self.folder / key[:2] / key
        return [own, Path(self._fallback_dir.name) / key] if self._fallback_dir else [own]

    def _put_in_fallback(self, key: str, whole: bytes) -> None:
        try:
            with self._lock:
                if self._closed:
                    raise VoiceguideError("The store is closed.")
                if self._fallback_dir is None:
                    self._fallback_dir = make_temp_dir()
                folder = Path(self._fallback_dir.name)
            _write_entry(folder / key, whole)
        except VoiceguideError as error:
            raise VoiceguideError(f"{self.write_error} {error}") from error
        except OSError as error:
            raise VoiceguideError(
                f"{self.write_error} Nor can the temporary folder {tempfile.gettempdir()} ({error.strerror or error}). "
                "Free some space, or set VOICEGUIDE_CACHE to a folder that can be written."
            ) from error

    def _remove_stale_temp_files(self) -> None:
        """Remove what was left half written; what another process is writing this moment is younger."""
        for unfinished in self._find_files(_TEMP_NAME.fullmatch):
            if _is_abandoned(unfinished):
                _try_remove(unfinished.path)

    def _find_files(self, wanted: Callable[[str], object]) -> list[_CacheFile]:
        """The files of ours whose name is wanted."""
        found = []
        for path in _list_matching(self.folder, _is_subfolder_name):
            for entry in _list_matching(path, wanted):
                with contextlib.suppress(OSError):
                    state = entry.lstat()
                    if stat.S_ISREG(state.st_mode):
                        found.append(_CacheFile(entry, state.st_size, max(state.st_mtime, state.st_atime)))
        return found


def _list_matching(folder: Path, matches: Callable[[str], object]) -> list[Path]:
    """What there is in a folder under names that are wanted; nothing where somebody has just removed it."""
    with contextlib.suppress(OSError):
        return [folder / name for name in os.listdir(folder) if matches(name)]
    return []


def _is_abandoned(found: _CacheFile) -> bool:
    """Whether nobody will finish what was begun: its process is gone, or it has stood there for long."""
    match = _TEMP_NAME.fullmatch(found.path.name)
    gone = match is not None and match[1] is not None and not is_process_alive(match[1])
    return gone or time.time() - found.last_used_s > STALE_S


def _try_remove(path: Path) -> bool:
    with contextlib.suppress(OSError):
        path.unlink()
        return True
    return False


def _checksum(key: str, data: bytes | memoryview) -> bytes:
    total = hashlib.sha256(key.encode("utf-8"))
    total.update(data)
    return total.digest()


def _read_entry(path: Path) -> bytes | None:
    """A plain file's bytes; None for anything else. Opened without waiting, since a FIFO would wait for ever."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(handle, "rb") as file:
            state = os.fstat(handle)
            if not stat.S_ISREG(state.st_mode) or state.st_size > MAX_ENTRY_BYTES:
                return None
            data = file.read()
    except OSError:
        return None
    if time.time() - max(state.st_mtime, state.st_atime) > STALE_S:
        with contextlib.suppress(OSError):  # many disks no longer note when a file was read
            os.utime(path)
    return data


def _write_entry(path: Path, data: bytes) -> None:
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
