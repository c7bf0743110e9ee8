"""The playback source: a timeline, audio rendered on demand, and the position up to which the session can be played."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt

from voiceguide.export.single_step import step_timeline
from voiceguide.timeline.model import Cue, TimedStage, TimedStep, Timeline

__all__ = ["PlaybackSource", "RandomAccessAudio", "excerpt_source", "map_position"]

Samples = npt.NDArray[np.float32]


class RandomAccessAudio(Protocol):
    """Session audio that can be rendered from any position."""

    def render(self, start: int, stop: int) -> Samples:
        """Return the samples from `start` to `stop`, shape (stop - start, channels or 1)."""


@dataclass(frozen=True)
class PlaybackSource:
    """A timeline and its audio. Positions are in samples from the start of the session."""

    timeline: Timeline
    audio: RandomAccessAudio
    buffered_until: int
    """The position up to which the session can be played. Later speech has not been synthesized yet."""

    @cached_property
    def indexed_steps(self) -> list[tuple[int, TimedStep]]:
        """All steps, each with the index of its stage."""
        return [(index, step) for index, stage in enumerate(self.timeline.stages) for step in stage.steps]

    @cached_property
    def step_starts(self) -> list[int]:
        """The start position of each step."""
        return [step.start for _, step in self.indexed_steps]

    def step_index_at(self, position: int) -> int:
        """Return the index of the step at a position."""
        return max(bisect_right(self.step_starts, position) - 1, 0)

    def step_at(self, position: int) -> TimedStep:
        """Return the step at a position."""
        return self.indexed_steps[self.step_index_at(position)][1]

    def stage_index_at(self, position: int) -> int:
        """Return the index of the stage at a position."""
        return self.indexed_steps[self.step_index_at(position)][0]

    def stage_at(self, position: int) -> TimedStage:
        """Return the stage at a position."""
        return self.timeline.stages[self.stage_index_at(position)]

    def speech_cue_at(self, position: int) -> Cue | None:
        """Return the speech cue playing at a position, or None."""
        return next((cue for cue in self.timeline.cues if cue.is_speech and cue.start <= position < cue.end), None)

    def caption_at(self, position: int) -> str:
        """Return the text to display: the last text spoken in the step, or else its instruction or name."""
        step = self.step_at(position)
        spoken = [cue.text for cue in step.cues if cue.is_speech and cue.start <= position]
        upcoming = [cue.text for cue in step.cues if cue.opens_step and cue.is_speech]
        return (spoken[-1:] or upcoming[:1] or [step.name])[0]


@dataclass(frozen=True)
class _ShiftedAudio:
    """The audio of a session from a given position onward."""

    audio: RandomAccessAudio
    start: int

    def render(self, start: int, stop: int) -> Samples:
        return self.audio.render(self.start + start, self.start + stop)


def excerpt_source(source: PlaybackSource, step: TimedStep) -> PlaybackSource:
    """Return one step of a source as a session that starts at zero."""
    alone = step_timeline(source.timeline, step)
    return PlaybackSource(alone, _ShiftedAudio(source.audio, step.start), alone.total)


def map_position(position: int, old: PlaybackSource, new: PlaybackSource) -> int:
    """Return the position with the same offset in the same step of another source, limited to the end of that step."""
    index = old.step_index_at(position)
    if index >= len(new.indexed_steps):
        return new.timeline.total
    step = new.indexed_steps[index][1]
    return min(step.start + position - old.step_starts[index], step.end)
