"""A content-addressed store on disk for what is dear to make: spoken clips, encoded frames.

An entry is named by a digest of all it depends on, and carries a checksum over that name and its data, so that an entry
that was cut, flipped, swapped or written by something else is never believed: it counts as missing. Entries are written
beside and renamed, so that any number of processes may share a store. Times of files are used for nothing but eviction.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

__all__ = ["Store", "digest"]

MAGIC = b"VGSTORE1"
HEADER = len(MAGIC) + 32
DEFAULT_LIMIT = 1 << 30
"""Bytes that a store may hold before its oldest entries go."""


def digest(*parts: str | bytes) -> str:
    """A name for an entry: SHA-256 over all parts with their lengths, in hexadecimal."""
    total = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        total.update(len(data).to_bytes(8, "big"))
        total.update(data)
    return total.hexdigest()


class Store:
    """Entries of bytes below one folder. Reading never fails: what cannot be read is missing.

    Writing may fail (a full disk, a read-only folder); then the store goes on in a temporary folder of its own, and
    `trouble` says why, once, for whoever wants to tell the user.
    """

    def __init__(self, folder: Path, limit: int = DEFAULT_LIMIT) -> None:
        self.folder = folder
        self.limit = limit
        self.trouble = ""
        self._spare: tempfile.TemporaryDirectory[str] | None = None

    def get(self, key: str) -> bytes | None:
        """The data of an entry, checked, or None."""
        for path in self._places(key):
            try:
                raw = path.read_bytes()
            except OSError:
                continue
            if raw[: len(MAGIC)] == MAGIC and raw[len(MAGIC) : HEADER] == _checksum(key, raw[HEADER:]):
                return raw[HEADER:]
        return None

    def size(self, key: str) -> int | None:
        """Bytes of an entry's data, from its file's length alone, unchecked; or None. For estimates."""
        for path in self._places(key):
            try:
                found = path.stat()
            except OSError:
                continue
            if found.st_size > HEADER:
                return found.st_size - HEADER
        return None

    def put(self, key: str, data: bytes) -> None:
        """Keep an entry."""
        whole = MAGIC + _checksum(key, data) + data
        try:
            _write(self.folder / key[:2] / key, whole)
        except OSError as error:
            self.trouble = self.trouble or f"{self.folder}: {error.strerror or error}"
            _write(self._spare_folder() / key, whole)

    def usage(self) -> tuple[int, int]:
        """How many entries there are, and their bytes."""
        sizes = [size for _, size, _ in self._entries()]
        return len(sizes), sum(sizes)

    def clear(self) -> int:
        """Forget everything; how many entries went."""
        entries = self._entries()
        for path, _, _ in entries:
            with contextlib.suppress(OSError):
                path.unlink()
        return len(entries)

    def trim(self) -> None:
        """Let the entries longest unused go until the store is within its limit."""
        entries = sorted(self._entries(), key=lambda entry: entry[2])
        over = sum(size for _, size, _ in entries) - self.limit
        for path, size, _ in entries:
            if over <= 0:
                return
            with contextlib.suppress(OSError):
                path.unlink()
                over -= size

    def close(self) -> None:
        """Remove the temporary folder, where there is one."""
        if self._spare is not None:
            self._spare.cleanup()
            self._spare = None

    def _places(self, key: str) -> list[Path]:
        own = self.folder / key[:2] / key
        return [own, Path(self._spare.name) / key] if self._spare else [own]

    def _spare_folder(self) -> Path:
        if self._spare is None:
            self._spare = tempfile.TemporaryDirectory(prefix="voiceguide-")
        return Path(self._spare.name)

    def _entries(self) -> list[tuple[Path, int, float]]:
        """Path, bytes and time of last use of every entry, and of what an interrupted write left behind."""
        found = []
        for path in self.folder.glob("??/*"):
            with contextlib.suppress(OSError):
                state = path.stat()
                if path.is_file():
                    found.append((path, state.st_size, max(state.st_mtime, state.st_atime)))
        return found


def _checksum(key: str, data: bytes) -> bytes:
    total = hashlib.sha256(key.encode("ascii"))
    total.update(data)
    return total.digest()


def _write(path: Path, data: bytes) -> None:
    """Write beside and rename: readers see the old entry or the whole new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        shutil.rmtree(path)
    handle, name = tempfile.mkstemp(prefix=".part-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
