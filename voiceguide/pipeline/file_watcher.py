"""Waiting for a script, or a file that it names, to change: by looking now and then, which works on every disk."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from voiceguide.errors import VoiceguideError
from voiceguide.pipeline.asset_check import list_asset_files
from voiceguide.script.loader import load_script

__all__ = ["FileDigests", "digest_files", "list_watched_files", "wait_for_change"]

POLL_INTERVAL_S = 0.2
DEBOUNCE_S = 0.15
"""How long files must stay as they are before they are believed: an editor may write in pieces."""
MISSING_FILE_GRACE_S = 1.0
"""How much longer a file may be away: an editor may move it aside before it writes the new one."""
MAX_HASHED_BYTES = 128 * 1024
"""Files up to this size are read at every look, since a disk may tell times by the second; others are known by time
and size."""

FileDigests = Mapping[Path, str]
"""What was in each file, as a digest; empty for a file that was not there."""


def list_watched_files(
    script: Path, extra_files: Iterable[Path] = (), previous: FileDigests | None = None
) -> set[Path]:
    """The script, and every file that it names, whether it is there or not; those of `before` while it is broken."""
    try:
        return {script, *extra_files, *list_asset_files(load_script(script))}
    except VoiceguideError:
        return {script, *extra_files, *(previous or ())}


def digest_files(files: Iterable[Path]) -> FileDigests:
    """What is in these files now."""
    return {file: _digest_file(file) for file in files}


def wait_for_change(previous: FileDigests) -> list[Path]:
    """Wait until a file holds something else than before, and has come to rest. Those that do, in order."""
    while True:
        now = digest_files(previous)
        while now != previous:
            gone = any(previous[file] and not now[file] for file in now)
            time.sleep(MISSING_FILE_GRACE_S if gone else DEBOUNCE_S)
            settled = digest_files(previous)
            if settled == now:
                return sorted(file for file in now if now[file] != previous[file])
            now = settled
        time.sleep(POLL_INTERVAL_S)


def _digest_file(file: Path) -> str:
    try:
        state = file.stat()
        if state.st_size > MAX_HASHED_BYTES:
            return f"{state.st_mtime_ns} {state.st_size} {state.st_ino}"
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return ""
