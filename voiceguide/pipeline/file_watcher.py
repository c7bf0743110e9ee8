"""Wait for changes to a script or the files it uses. Files are polled, which works on every file system."""

from __future__ import annotations

import hashlib
import stat
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from voiceguide.errors import VoiceguideError
from voiceguide.export.input_protection import file_identity
from voiceguide.pipeline.asset_check import list_asset_files
from voiceguide.script.loader import load_script

__all__ = ["FileDigests", "digest_files", "list_watched_files", "wait_for_change"]

POLL_INTERVAL_S = 0.2
DEBOUNCE_S = 0.15
"""A change is reported once all files have been unchanged for this long. Editors can write a file in several steps."""
MISSING_FILE_GRACE_S = 1.0
"""A missing file is reported after this long. Editors can move the old file away before they write the new one."""
MAX_HASHED_BYTES = 128 * 1024
"""Files up to this size are hashed on every poll, because some file systems store times in whole seconds. Larger files
are compared by modification time and size."""

FileDigests = Mapping[Path, str]
"""The digest of each file, or an empty string if the file is missing."""


def list_watched_files(
    script: Path, extra_files: Iterable[Path] = (), previous: FileDigests | None = None, outputs: Iterable[Path] = ()
) -> set[Path]:
    """Return the script and all files it uses, including missing ones.

    If the script cannot be loaded, keep the files in `previous`.

    `outputs` are the files of the last build. These files are left out because every build changes them. Otherwise, a
    finished session would be watched if its name matched that of a recording with a placeholder, such as `{side}.wav`.
    """
    try:
        files = {script, *extra_files, *list_asset_files(load_script(script))}
    except VoiceguideError:
        files = {script, *extra_files, *(previous or ())}
    written = {file_identity(file) for file in outputs}
    return {file for file in files if file_identity(file) not in written}


def digest_files(files: Iterable[Path]) -> FileDigests:
    """Return the current digest of each file."""
    return {file: _digest_file(file) for file in files}


def wait_for_change(previous: FileDigests) -> list[Path]:
    """Wait until a file changes and all files are stable again. Return the changed files, sorted by name."""
    while True:
        now = digest_files(previous)
        while now != previous:
            missing = any(previous[file] and not now[file] for file in now)
            time.sleep(MISSING_FILE_GRACE_S if missing else DEBOUNCE_S)
            later = digest_files(previous)
            if later == now:
                return sorted(file for file in now if now[file] != previous[file])
            now = later
        time.sleep(POLL_INTERVAL_S)


def _digest_file(file: Path) -> str:
    """Return the digest of a file without reading from devices and pipes, which may block or never end.

    Files in /proc report a size of zero, so they are treated as empty.
    """
    try:
        state = file.stat()
        if not stat.S_ISREG(state.st_mode):
            return f"not a regular file {state.st_mode} {state.st_ino}"
        if state.st_size == 0:
            return "empty"
        if state.st_size > MAX_HASHED_BYTES:
            return f"{state.st_mtime_ns} {state.st_size} {state.st_ino}"
        with file.open("rb") as content:
            return hashlib.sha256(content.read(MAX_HASHED_BYTES)).hexdigest()
    except (OSError, ValueError):
        return ""
