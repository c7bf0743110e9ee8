"""Save and load the position where playback stopped."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from pathlib import Path

from voiceguide.errors import ExportError
from voiceguide.player.playback_source import PlaybackSource
from voiceguide.system.atomic_file import write_atomically
from voiceguide.system.disk_cache import digest
from voiceguide.system.state_folder import state_folder
from voiceguide.timeline.model import Timeline
from voiceguide.units import SAMPLE_RATE

__all__ = ["ResumePoint", "clear_resume_point", "load_resume_point", "save_resume_point"]

MIN_PLAYED_SAMPLES = 5 * SAMPLE_RATE
"""A position this close to the start does not replace a saved one, because the session was probably only previewed."""


@dataclass(frozen=True)
class ResumePoint:
    """A step and an offset within it. Both the step and the offset remain valid when durations change."""

    step_index: int
    """The index of the step in the session, counted from 0."""
    offset_samples: int

    @property
    def is_worth_an_offer(self) -> bool:
        """Whether resuming at this point would skip more than the first few seconds."""
        return self.step_index > 0 or self.offset_samples >= MIN_PLAYED_SAMPLES

    def position_in(self, timeline: Timeline) -> int:
        """Return the position of this point in a timeline, or 0 if the timeline does not contain the step."""
        steps = [step for stage in timeline.stages for step in stage.steps]
        if self.step_index >= len(steps):
            return 0
        return min(steps[self.step_index].start + self.offset_samples, steps[self.step_index].end)


def save_resume_point(session_name: str, options_key: str, source: PlaybackSource, position: int) -> None:
    """Save a resume point atomically. At the end of the session, delete the saved point instead. Ignore write errors.

    A position in the first five seconds never replaces a saved one.
    """
    if position >= source.timeline.total:
        clear_resume_point(session_name, options_key)
        return
    if position < MIN_PLAYED_SAMPLES and load_resume_point(session_name, options_key):
        return
    step_index = source.step_index_at(position)
    text = json.dumps({"step": step_index, "into": position - source.step_starts[step_index]})
    path = _resume_file(session_name, options_key)
    with contextlib.suppress(OSError, ExportError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text.encode())


def clear_resume_point(session_name: str, options_key: str) -> None:
    """Delete a resume point."""
    with contextlib.suppress(OSError):
        _resume_file(session_name, options_key).unlink(missing_ok=True)


def load_resume_point(session_name: str, options_key: str) -> ResumePoint | None:
    """Return the resume point for a session with these options, or None if no valid one is saved."""
    try:
        data = json.loads(_resume_file(session_name, options_key).read_text(encoding="utf-8"))
        step_index, offset = data["step"], data["into"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if not (isinstance(step_index, int) and isinstance(offset, int) and step_index >= 0 and offset >= 0):
        return None
    return ResumePoint(step_index, offset)


def _resume_file(session_name: str, options_key: str) -> Path:
    return state_folder() / "places" / f"{digest('place', session_name, options_key)}.json"
