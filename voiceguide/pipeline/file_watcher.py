"""Waiting for a script, or a file that it names, to change: by looking now and then, which works on every disk."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from voiceguide.errors import VoiceguideError
from voiceguide.pipeline.asset_check import named_files
from voiceguide.script.loader import load_script

__all__ = ["Contents", "contents", "files_of", "wait_for_change"]

LOOK_EVERY_S = 0.2
SETTLE_S = 0.15
"""How long files must stay as they are before they are believed: an editor may write in pieces."""
GONE_S = 1.0
"""How much longer a file may be away: an editor may move it aside before it writes the new one."""
READ_BYTES = 128 * 1024
"""Files up to this size are read at every look, since a disk may tell times by the second; others are known by time
and size."""

Contents = Mapping[Path, str]
"""What was in each file, as a digest; empty for a file that was not there."""


def files_of(script: Path, also: Iterable[Path] = (), before: Contents | None = None) -> set[Path]:
    """The script, and every file that it names, whether it is there or not; those of `before` while it is broken."""
    try:
        return {script, *also, *named_files(load_script(script))}
    except VoiceguideError:
        return {script, *also, *(before or ())}


def contents(files: Iterable[Path]) -> Contents:
    """What is in these files now."""
    return {file: _digest(file) for file in files}


def wait_for_change(before: Contents) -> list[Path]:
    """Wait until a file holds something else than before, and has come to rest. Those that do, in order."""
    while True:
        now = contents(before)
        while now != before:
            gone = any(before[file] and not now[file] for file in now)
            time.sleep(GONE_S if gone else SETTLE_S)
            settled = contents(before)
            if settled == now:
                return sorted(file for file in now if now[file] != before[file])
            now = settled
        time.sleep(LOOK_EVERY_S)


def _digest(file: Path) -> str:
    try:
        state = file.stat()
        if state.st_size > READ_BYTES:
            return f"{state.st_mtime_ns} {state.st_size} {state.st_ino}"
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return ""
