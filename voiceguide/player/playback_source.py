"""What a player plays from: a timeline, its sound on demand, and how far both can be relied on yet."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt

from voiceguide.timeline.model import Cue, TimedStage, TimedStep, Timeline

__all__ = ["Score", "Sound", "moved"]

Samples = npt.NDArray[np.float32]


class Sound(Protocol):
    """Any stretch of a session's sound."""

    def render(self, start: int, stop: int) -> Samples:
        """The samples from start to stop, shape (stop - start, channels or 1)."""


@dataclass(frozen=True)
class Score:
    """A timeline and its sound. Positions are samples from the start of the session."""

    timeline: Timeline
    sound: Sound
    horizon: int
    """Up to here it can be played; what comes later is still being made."""

    @cached_property
    def steps(self) -> list[tuple[int, TimedStep]]:
        """Every step with the number of its stage."""
        return [(number, step) for number, stage in enumerate(self.timeline.stages) for step in stage.steps]

    @cached_property
    def starts(self) -> list[int]:
        """The sample at which each step starts."""
        return [step.start for _, step in self.steps]

    def index(self, position: int) -> int:
        """The number of the step that a position is in."""
        return max(bisect_right(self.starts, position) - 1, 0)

    def step(self, position: int) -> TimedStep:
        """The step that a position is in."""
        return self.steps[self.index(position)][1]

    def stage_index(self, position: int) -> int:
        """The number of the stage that a position is in."""
        return self.steps[self.index(position)][0]

    def stage(self, position: int) -> TimedStage:
        """The stage that a position is in."""
        return self.timeline.stages[self.stage_index(position)]

    def spoken_at(self, position: int) -> Cue | None:
        """The words that are being spoken there."""
        return next(
            (cue for cue in self.timeline.cues if cue.kind == "say" and cue.at <= position < cue.end),
            None,
        )

    def words(self, position: int) -> str:
        """The words last begun in the step, or the step's name before it has any."""
        step = self.step(position)
        begun = [cue.text for cue in step.cues if cue.kind == "say" and cue.at <= position]
        coming = [cue.text for cue in step.cues if cue.main and cue.kind == "say"]
        return (begun[-1:] or coming[:1] or [step.name])[0]


def moved(position: int, old: Score, new: Score) -> int:
    """A position of one score in another of the same steps: as far into the same step, but not beyond its end."""
    number = old.index(position)
    if number >= len(new.steps):
        return new.timeline.total
    step = new.steps[number][1]
    return min(step.start + position - old.starts[number], step.end)
