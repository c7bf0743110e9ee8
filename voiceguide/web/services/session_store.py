"""A store for the finished sessions of the phone page: one folder of MP3 files and plans, limited in size."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voiceguide.errors import ExportError, VoiceguideError
from voiceguide.system.atomic_file import write_atomically
from voiceguide.system.disk_cache import cache_folder

__all__ = ["LIMIT_BYTES", "SessionStore", "StoredSession", "sessions_folder"]

LIMIT_BYTES = 1 << 30
"""Enough for about fifty 20-minute sessions."""
KEPT_SESSIONS = 4
"""Number of sessions that are kept whatever their size: as many as two servers build at the same time."""
MAX_PLAN_BYTES = 64 << 20
_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


def sessions_folder() -> Path:
    """Return the folder for sessions, which is inside the cache folder."""
    return cache_folder() / "sessions"


@dataclass(frozen=True)
class StoredSession:
    """A finished session."""

    audio: Path
    plan: dict[str, Any]
    """The object printed by `plan --json`."""


class SessionStore:
    """Sessions by name, in a folder that can be shared by several programs.

    A session is complete when its metadata file exists. This file is written last and contains the checksum of the
    audio, so that truncated or modified audio is not served. If the folder is not writable, the store uses a temporary
    folder, which `close` removes.
    """

    def __init__(self, folder: Path, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._temp_folder: tempfile.TemporaryDirectory[str] | None = None
        self._verified: dict[str, tuple[int, int, StoredSession]] = {}
        self._lock = threading.Lock()
        self.folder = folder if _is_writable(folder) else self._make_temp_folder()

    def close(self) -> None:
        """Remove the temporary folder, if one was used."""
        if self._temp_folder is not None:
            self._temp_folder.cleanup()

    def audio_file(self, name: str) -> Path:
        """Return the path of a session's audio file."""
        return self.folder / f"{name}.mp3"

    def get(self, name: str) -> StoredSession | None:
        """Return a session, or None if it is missing or damaged. Verify it again only if its audio file has changed."""
        if not _ID.fullmatch(name):
            return None
        audio = self.audio_file(name)
        try:
            state = audio.stat()
        except OSError:
            return None
        with self._lock:
            changed_ns, size_bytes, stored = self._verified.get(name, (0, 0, None))
        if stored is None or (changed_ns, size_bytes) != (state.st_mtime_ns, state.st_size):
            stored = self._verify(audio)
        if stored is not None:
            with self._lock:
                self._verified[name] = (state.st_mtime_ns, state.st_size, stored)
        return stored

    def mark_complete(self, name: str, plan: dict[str, Any]) -> None:
        """Mark a session as complete by writing its metadata file.

        Raises:
            ExportError: The audio cannot be read, or the metadata file cannot be written.
        """
        audio = self.audio_file(name)
        try:
            checksum = _sha256(audio)
        except OSError as error:
            raise ExportError(
                f"The session was removed right after it was built: {error.strerror}. Please try again."
            ) from error
        write_atomically(_metadata_file(audio), json.dumps({"sha256": checksum, "plan": plan}).encode())

    def trim(self, newest: str) -> None:
        """Remove the least recently used sessions until the size limit is met.

        Always keep `newest` and the KEPT_SESSIONS most recently used ones: builds that run at the same time, in this
        program or another one, must not delete each other's results, even if one session exceeds the limit.
        """
        files = []
        for audio in self._sessions():
            with contextlib.suppress(OSError):
                state = audio.stat()
                files.append((max(state.st_atime, state.st_mtime), state.st_size, audio))
        over = sum(size_bytes for _, size_bytes, _ in files) - self._limit_bytes
        for _, size_bytes, audio in sorted(files)[:-KEPT_SESSIONS]:
            if over <= 0:
                return
            if audio.stem != newest:
                over -= size_bytes
                for path in (_metadata_file(audio), audio):
                    with contextlib.suppress(OSError):  # on Windows, the file may be in use
                        path.unlink()

    def usage(self) -> tuple[int, int]:
        """Return the number of sessions and their total size in bytes."""
        sizes = []
        for audio in self._sessions():
            with contextlib.suppress(OSError):
                sizes.append(audio.stat().st_size)
        return len(sizes), sum(sizes)

    def clear(self) -> int:
        """Remove all sessions. Return the number removed."""
        removed = 0
        for audio in self._sessions():
            with contextlib.suppress(OSError):  # on Windows, the file may be in use
                _metadata_file(audio).unlink(missing_ok=True)
                audio.unlink()
                removed += 1
        return removed

    def _sessions(self) -> list[Path]:
        return [audio for audio in self.folder.glob("*.mp3") if _ID.fullmatch(audio.stem)]

    def _make_temp_folder(self) -> Path:
        try:
            self._temp_folder = tempfile.TemporaryDirectory(prefix="voiceguide-")
        except OSError as error:
            raise VoiceguideError(
                f"Neither the cache nor the temporary folder is writable ({error.strerror}). "
                "Free some space, or set VOICEGUIDE_CACHE to a writable folder."
            ) from error
        return Path(self._temp_folder.name)

    def _verify(self, audio: Path) -> StoredSession | None:
        try:
            if _metadata_file(audio).stat().st_size > MAX_PLAN_BYTES:
                return None
            metadata = json.loads(_metadata_file(audio).read_bytes())
            intact = metadata["sha256"] == _sha256(audio)
            return StoredSession(audio, dict(metadata["plan"])) if intact else None
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None


def _metadata_file(audio: Path) -> Path:
    return audio.with_suffix(".json")


def _sha256(path: Path) -> str:
    total = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            total.update(block)
    return total.hexdigest()


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
