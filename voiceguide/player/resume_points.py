"""Where somebody left a session, so that it can go on there."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from voiceguide.player.playback_source import Score
from voiceguide.system.disk_cache import digest
from voiceguide.timeline.model import Timeline
from voiceguide.units import SAMPLE_RATE

__all__ = ["Left", "forget", "keep", "left", "state_folder"]

LEAST = 5 * SAMPLE_RATE
"""Samples from either end within which there is nothing to go on with."""


@dataclass(frozen=True)
class Left:
    """A place in a session that stays the same when times change: so far into that step."""

    step: int
    """Counted from 0 through the whole session."""
    into: int
    """Samples."""

    def position(self, timeline: Timeline) -> int:
        """Where that is in a timeline; the start where it has no such step."""
        steps = [step for stage in timeline.stages for step in stage.steps]
        if self.step >= len(steps):
            return 0
        return min(steps[self.step].start + self.into, steps[self.step].end)


def state_folder() -> Path:
    """Where places are kept: VOICEGUIDE_STATE, or the user's own folder for such things."""
    import platformdirs

    named = os.environ.get("VOICEGUIDE_STATE")
    return Path(named) if named else Path(platformdirs.user_state_dir("voiceguide"))


def keep(name: str, asked: str, score: Score, position: int) -> None:
    """Keep a place, whole or not at all; forget it where the session is hardly begun, or over. Failing is no matter."""
    if not LEAST <= position <= score.timeline.total - LEAST:
        forget(name, asked)
        return
    number = score.index(position)
    text = json.dumps({"step": number, "into": position - score.starts[number]})
    path = _path(name, asked)
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(beside, path)
        except OSError:
            os.unlink(beside)
            raise


def forget(name: str, asked: str) -> None:
    """Forget a place."""
    with contextlib.suppress(OSError):
        _path(name, asked).unlink(missing_ok=True)


def left(name: str, asked: str) -> Left | None:
    """The place where a session, with what was asked for it, was left."""
    try:
        data = json.loads(_path(name, asked).read_text(encoding="utf-8"))
        step, into = data["step"], data["into"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if not (isinstance(step, int) and isinstance(into, int) and step >= 0 and into >= 0):
        return None
    return Left(step, into)


def _path(name: str, asked: str) -> Path:
    return state_folder() / "places" / f"{digest('place', name, asked)}.json"
