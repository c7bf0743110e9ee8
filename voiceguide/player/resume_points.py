"""Where somebody left a session, so that it can go on there."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from voiceguide.errors import ExportError
from voiceguide.player.playback_source import PlaybackSource
from voiceguide.system.atomic_file import write_atomically
from voiceguide.system.disk_cache import digest
from voiceguide.timeline.model import Timeline
from voiceguide.units import SAMPLE_RATE

__all__ = ["ResumePoint", "clear_resume_point", "load_resume_point", "save_resume_point", "state_folder"]

MIN_EDGE_DISTANCE_SAMPLES = 5 * SAMPLE_RATE
"""Samples from either end within which there is nothing to go on with."""


@dataclass(frozen=True)
class ResumePoint:
    """A place in a session that stays the same when times change: so far into that step."""

    step_index: int
    """Counted from 0 through the whole session."""
    offset_samples: int
    """Samples."""

    def position_in(self, timeline: Timeline) -> int:
        """Where that is in a timeline; the start where it has no such step."""
        steps = [step for stage in timeline.stages for step in stage.steps]
        if self.step_index >= len(steps):
            return 0
        return min(steps[self.step_index].start + self.offset_samples, steps[self.step_index].end)


def state_folder() -> Path:
    """Where places are kept: VOICEGUIDE_STATE, or the user's own folder for such things."""
    import platformdirs

    named = os.environ.get("VOICEGUIDE_STATE")
    return Path(named) if named else Path(platformdirs.user_state_dir("voiceguide"))


def save_resume_point(session_name: str, options_key: str, source: PlaybackSource, position: int) -> None:
    """Keep a place, whole or not at all; forget it where the session is hardly begun, or over. Failing is no matter."""
    if not MIN_EDGE_DISTANCE_SAMPLES <= position <= source.timeline.total - MIN_EDGE_DISTANCE_SAMPLES:
        clear_resume_point(session_name, options_key)
        return
    number = source.step_index_at(position)
    text = json.dumps({"step": number, "into": position - source.step_starts[number]})
    path = _resume_file(session_name, options_key)
    with contextlib.suppress(OSError, ExportError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text.encode())


def clear_resume_point(session_name: str, options_key: str) -> None:
    """Forget a place."""
    with contextlib.suppress(OSError):
        _resume_file(session_name, options_key).unlink(missing_ok=True)


def load_resume_point(session_name: str, options_key: str) -> ResumePoint | None:
    """The place where a session, with what was asked for it, was left."""
    try:
        data = json.loads(_resume_file(session_name, options_key).read_text(encoding="utf-8"))
        step, into = data["step"], data["into"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if not (isinstance(step, int) and isinstance(into, int) and step >= 0 and into >= 0):
        return None
    return ResumePoint(step, into)


def _resume_file(session_name: str, options_key: str) -> Path:
    return state_folder() / "places" / f"{digest('place', session_name, options_key)}.json"
