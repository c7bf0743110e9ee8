"""What a player plays from: a timeline, its sound on demand, and how far both can be relied on yet."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt

from voiceguide.timeline.model import Cue, TimedStage, TimedStep, Timeline

__all__ = ["PlaybackSource", "RandomAccessAudio", "map_position"]

Samples = npt.NDArray[np.float32]


class RandomAccessAudio(Protocol):
    """Any stretch of a session's sound."""

    def render(self, start: int, stop: int) -> Samples:
        """The samples from start to stop, shape (stop - start, channels or 1)."""


@dataclass(frozen=True)
class PlaybackSource:
    """A timeline and its sound. Positions are samples from the start of the session."""

    timeline: Timeline
    audio: RandomAccessAudio
    buffered_until: int
    """Up to here it can be played; what comes later is still being made."""

    @cached_property
    def indexed_steps(self) -> list[tuple[int, TimedStep]]:
        """Every step with the number of its stage."""
        return [(number, step) for number, stage in enumerate(self.timeline.stages) for step in stage.steps]

    @cached_property
    def step_starts(self) -> list[int]:
        """The sample at which each step starts."""
        return [step.start for _, step in self.indexed_steps]

    def step_index_at(self, position: int) -> int:
        """The number of the step that a position is in."""
        return max(bisect_right(self.step_starts, position) - 1, 0)

    def step_at(self, position: int) -> TimedStep:
        """The step that a position is in."""
        return self.indexed_steps[self.step_index_at(position)][1]

    def stage_index_at(self, position: int) -> int:
        """The number of the stage that a position is in."""
        return self.indexed_steps[self.step_index_at(position)][0]

    def stage_at(self, position: int) -> TimedStage:
        """The stage that a position is in."""
        return self.timeline.stages[self.stage_index_at(position)]

    def speech_cue_at(self, position: int) -> Cue | None:
        """The words that are being spoken there."""
        return next(
            (cue for cue in self.timeline.cues if cue.is_speech and cue.start <= position < cue.end),
            None,
        )

    def caption_at(self, position: int) -> str:
        """The words last begun in the step, or the step's name before it has any."""
        step = self.step_at(position)
        begun = [cue.text for cue in step.cues if cue.is_speech and cue.start <= position]
        coming = [cue.text for cue in step.cues if cue.opens_step and cue.is_speech]
        return (begun[-1:] or coming[:1] or [step.name])[0]


def map_position(position: int, old: PlaybackSource, new: PlaybackSource) -> int:
    """A position of one score in another of the same steps: as far into the same step, but not beyond its end."""
    number = old.step_index_at(position)
    if number >= len(new.indexed_steps):
        return new.timeline.total
    step = new.indexed_steps[number][1]
    return min(step.start + position - old.step_starts[number], step.end)
