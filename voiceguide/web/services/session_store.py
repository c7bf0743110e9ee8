"""The finished sessions kept for phones: each an MP3 and beside it its plan, in one folder, the oldest going first."""

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
"""What may be kept: some fifty sessions of twenty minutes."""
MAX_PLAN_BYTES = 64 << 20
_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


def sessions_folder() -> Path:
    """Where `serve` keeps its sessions, inside the cache."""
    return cache_folder() / "sessions"


@dataclass(frozen=True)
class StoredSession:
    """A session that is whole."""

    audio: Path
    plan: dict[str, Any]
    """The object that `build --json` prints."""


class SessionStore:
    """Sessions by their name, in a folder that may be shared by several programs.

    A session is there when its note is, which is written last and holds the checksum of the sound: a file that was
    cut or changed since is not handed out. What cannot be kept there is kept in a temporary folder, until `close`.
    """

    def __init__(self, folder: Path, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._temp_folder: tempfile.TemporaryDirectory[str] | None = None
        self._verified: dict[str, tuple[int, int, StoredSession]] = {}
        self._lock = threading.Lock()
        self.folder = folder if _is_writable(folder) else self._make_temp_folder()

    def close(self) -> None:
        """Remove the temporary folder, where there is one."""
        if self._temp_folder is not None:
            self._temp_folder.cleanup()

    def audio_file(self, name: str) -> Path:
        """Where the sound of a session of that name belongs."""
        return self.folder / f"{name}.mp3"

    def get(self, name: str) -> StoredSession | None:
        """A session, checked once for as long as its file looks the same; None where it is not there or not whole."""
        if not _ID.fullmatch(name):
            return None
        audio = self.audio_file(name)
        try:
            state = audio.stat()
        except OSError:
            return None
        with self._lock:
            changed_ns, size_bytes, kept = self._verified.get(name, (0, 0, None))
        if kept is None or (changed_ns, size_bytes) != (state.st_mtime_ns, state.st_size):
            kept = self._verify(audio)
        if kept is not None:
            with self._lock:
                self._verified[name] = (state.st_mtime_ns, state.st_size, kept)
        return kept

    def mark_complete(self, name: str, plan: dict[str, Any]) -> None:
        """Say that the sound of a session is whole now.

        Raises:
            EncodeError: where its note cannot be written.
        """
        audio = self.audio_file(name)
        try:
            checksum = _sha256(audio)
        except OSError as error:
            raise ExportError(f"The session was lost as soon as it was made: {error.strerror}. Ask again.") from error
        write_atomically(_metadata_file(audio), json.dumps({"sha256": checksum, "plan": plan}).encode())

    def trim(self, newest: str) -> None:
        """Let the oldest go until the rest is within the limit; the one of that name stays whatever its size."""
        files = []
        for audio in self.folder.glob("*.mp3"):
            with contextlib.suppress(OSError):
                state = audio.stat()
                files.append((max(state.st_atime, state.st_mtime), state.st_size, audio))
        over = sum(size_bytes for _, size_bytes, _ in files) - self._limit_bytes
        for _, size_bytes, audio in sorted(files):
            if over <= 0:
                return
            if audio.stem != newest and _ID.fullmatch(audio.stem):
                over -= size_bytes
                for path in (_metadata_file(audio), audio):
                    with contextlib.suppress(OSError):  # on Windows, one that is being heard
                        path.unlink()

    def usage(self) -> tuple[int, int]:
        """How many sessions there are, and their bytes."""
        sizes = []
        for audio in self._sessions():
            with contextlib.suppress(OSError):
                sizes.append(audio.stat().st_size)
        return len(sizes), sum(sizes)

    def clear(self) -> int:
        """Let every session go; how many went."""
        gone = 0
        for audio in self._sessions():
            with contextlib.suppress(OSError):  # on Windows, one that is being heard
                _metadata_file(audio).unlink(missing_ok=True)
                audio.unlink()
                gone += 1
        return gone

    def _sessions(self) -> list[Path]:
        return [audio for audio in self.folder.glob("*.mp3") if _ID.fullmatch(audio.stem)]

    def _make_temp_folder(self) -> Path:
        try:
            self._temp_folder = tempfile.TemporaryDirectory(prefix="voiceguide-")
        except OSError as error:
            raise VoiceguideError(
                f"Neither the cache nor the temporary folder can be written ({error.strerror}). "
                "Free some space, or set VOICEGUIDE_CACHE to a folder that can be written."
            ) from error
        return Path(self._temp_folder.name)

    def _verify(self, audio: Path) -> StoredSession | None:
        try:
            if _metadata_file(audio).stat().st_size > MAX_PLAN_BYTES:
                return None
            note = json.loads(_metadata_file(audio).read_bytes())
            whole = note["sha256"] == _sha256(audio)
            return StoredSession(audio, dict(note["plan"])) if whole else None
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
