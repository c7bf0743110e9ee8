"""Small routines, and a voice of known length, for tests of the timeline."""

from __future__ import annotations

from typing import Any

from voiceguide.script.loader import load_script
from voiceguide.script.model.routine import Routine
from voiceguide.speech.phrases import load_phrases
from voiceguide.timeline.arrangement.model import Arrangement
from voiceguide.timeline.arrangement.overrides import Overrides
from voiceguide.timeline.arrangement.unroll import unroll_routine
from voiceguide.timeline.model import Line, MeasureSpeech, Pause, SpeechLength, TimedStage, TimedStep, Timeline
from voiceguide.timeline.scheduling.scheduler import schedule
from voiceguide.units import SAMPLE_RATE

PHRASES = load_phrases("en-US")
A_LETTER = SAMPLE_RATE // 10 + 7
"""Samples for which the test voice speaks each character: an odd number, so that nothing is round by luck."""


def letters(line: Line) -> SpeechLength:
    """Each character takes as long; pauses are exact."""
    lengths = (part.samples if isinstance(part, Pause) else len(part) * A_LETTER for part in line.parts)
    return SpeechLength(sum(lengths), exact=True)


def tenths(line: Line) -> SpeechLength:
    """Each character takes a tenth of a second."""
    lengths = (part.samples if isinstance(part, Pause) else len(part) * SAMPLE_RATE // 10 for part in line.parts)
    return SpeechLength(sum(lengths), exact=True)


def guessed(line: Line) -> SpeechLength:
    """The same as tenths, but not known yet."""
    return SpeechLength(tenths(line).samples, exact=False)


def routine(stages: str, head: str = "") -> Routine:
    """A routine from its stages in YAML, and what more stands above them. Read as a script is."""
    text = f"voiceguide: 1\ntitle: Test\n{head}\nstages:\n{stages}"
    return load_script("test.yaml", text.encode()).routine


def plan_of(made: Routine, overrides: Overrides | None = None, **changes: Any) -> Arrangement:
    return unroll_routine(made, overrides or Overrides(**changes), load_phrases(made.language, made.phrases))


def timeline_of(
    made: Routine, overrides: Overrides | None = None, measure: MeasureSpeech = tenths, **changes: Any
) -> Timeline:
    return schedule(plan_of(made, overrides, **changes), measure, load_phrases(made.language, made.phrases))


def steps_of(timeline: Timeline) -> list[TimedStep]:
    return [step for stage in timeline.stages for step in stage.steps]


def heard(part: Timeline | TimedStage | TimedStep) -> list[tuple[float, str]]:
    """The seconds at which each cue begins, and what it is."""
    if isinstance(part, TimedStep):
        cues = list(part.cues)
    elif isinstance(part, TimedStage):
        cues = [cue for step in part.steps for cue in step.cues]
    else:
        cues = list(part.cues)
    return [(cue.start / SAMPLE_RATE, cue.text) for cue in cues]


def seconds(samples: int) -> float:
    return samples / SAMPLE_RATE
