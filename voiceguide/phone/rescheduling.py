"""Run the scheduler with new lengths for many steps at once. Only the scheduler decides where to place a cue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from voiceguide.timeline.arrangement.model import ArrangedStep, Arrangement
from voiceguide.timeline.model import ChimeSettings, Line, MeasureSpeech, Phrasebook, SpeechLength, TimedStep
from voiceguide.timeline.scheduling.scheduler import schedule
from voiceguide.units import SAMPLE_RATE

__all__ = ["SAMPLES_PER_MS", "Evaluator", "PlacedCue", "StepCues", "with_lengths"]

SAMPLES_PER_MS = SAMPLE_RATE // 1000


@dataclass(frozen=True)
class PlacedCue:
    """A cue of a step. Its offset is in samples from the start of the step."""

    offset: int
    length: int
    line: Line | None
    chime: ChimeSettings | None

    @cached_property
    def sound(self) -> Line | ChimeSettings | None:
        """The sound of the cue: a line or a chime."""
        return self.line or self.chime


@dataclass(frozen=True)
class StepCues:
    """The cues of a step at one particular length of the step."""

    cues: tuple[PlacedCue, ...]
    speech: int
    """Length of the step's own speech in samples."""

    @cached_property
    def sounds(self) -> tuple[Line | ChimeSettings | None, ...]:
        """The sounds of the cues, in order."""
        return tuple(cue.sound for cue in self.cues)


def step_cues(step: TimedStep) -> StepCues:
    """Return the cues of a timed step, relative to its start."""
    cues = (PlacedCue(cue.start - step.start, cue.length, cue.line, cue.chime) for cue in step.cues)
    return StepCues(tuple(cues), step.speech_length)


def with_lengths(arrangement: Arrangement, lengths_ms: Mapping[tuple[int, int], int]) -> Arrangement:
    """Return the arrangement with the lengths of some steps changed, as `--set` does.

    `lengths_ms` maps (stage number, step number within the stage) to a length in milliseconds.
    """
    stages = []
    for number, stage in enumerate(arrangement.stages):
        steps = tuple(
            _with_length(step, lengths_ms.get((number, position))) for position, step in enumerate(stage.steps)
        )
        stages.append(replace(stage, steps=steps))
    return replace(arrangement, stages=tuple(stages))


def _with_length(step: ArrangedStep, length_ms: int | None) -> ArrangedStep:
    if length_ms is None:
        return step
    return replace(step, duration=length_ms * SAMPLES_PER_MS, pause=None, length_locked=True)


class Evaluator:
    """Schedules an arrangement with given step lengths. It remembers the lines whose length is still an estimate."""

    def __init__(self, measure: MeasureSpeech, phrases: Phrasebook) -> None:
        self.missing: dict[Line, None] = {}
        self._measured: dict[Line, SpeechLength] = {}
        self._measure_line = measure
        self.phrases = phrases

    def measure(self, line: Line) -> SpeechLength:
        """Return the length of a line, and remember the line if its length is an estimate."""
        found = self._measured.get(line)
        if found is None:
            found = self._measured[line] = self._measure_line(line)
            if not found.exact:
                self.missing[line] = None
        return found

    def steps(self, arrangement: Arrangement, lengths_ms: Mapping[tuple[int, int], int]) -> list[list[StepCues]]:
        """Return the cues of every step at these lengths, grouped by stage."""
        timeline = schedule(with_lengths(arrangement, lengths_ms), self.measure, self.phrases)
        return [[step_cues(step) for step in stage.steps] for stage in timeline.stages]
