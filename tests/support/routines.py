"""Small routines, and voices of known speed, for timeline tests."""

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
"""Samples that the test voice takes for each character. The number is odd so that no result is round by chance."""


def letters(line: Line) -> SpeechLength:
    """Measure speech at A_LETTER samples per character. Pauses are exact."""
    lengths = (part.samples if isinstance(part, Pause) else len(part) * A_LETTER for part in line.parts)
    return SpeechLength(sum(lengths) + line.tail_samples, exact=True)


def tenths(line: Line) -> SpeechLength:
    """Measure speech at a tenth of a second per character."""
    lengths = (part.samples if isinstance(part, Pause) else len(part) * SAMPLE_RATE // 10 for part in line.parts)
    return SpeechLength(sum(lengths) + line.tail_samples, exact=True)


def guessed(line: Line) -> SpeechLength:
    """Measure speech as `tenths` does, but mark the length as an estimate."""
    return SpeechLength(tenths(line).samples, exact=False)


def routine(stages: str, head: str = "") -> Routine:
    """Load a routine from its stages in YAML and optional lines above them, as a script is loaded."""
    text = f"voiceguide: 1\ntitle: Test\n{head}\nstages:\n{stages}"
    return load_script("test.yaml", text.encode()).routine


def plan_of(source: Routine, overrides: Overrides | None = None, **changes: Any) -> Arrangement:
    return unroll_routine(source, overrides or Overrides(**changes), load_phrases(source.language, source.phrases))


def timeline_of(
    source: Routine, overrides: Overrides | None = None, measure: MeasureSpeech = tenths, **changes: Any
) -> Timeline:
    return schedule(plan_of(source, overrides, **changes), measure, load_phrases(source.language, source.phrases))


def steps_of(timeline: Timeline) -> list[TimedStep]:
    return [step for stage in timeline.stages for step in stage.steps]


def heard(part: Timeline | TimedStage | TimedStep) -> list[tuple[float, str]]:
    """Return the start of each cue in seconds, and its text."""
    if isinstance(part, TimedStep):
        cues = list(part.cues)
    elif isinstance(part, TimedStage):
        cues = [cue for step in part.steps for cue in step.cues]
    else:
        cues = list(part.cues)
    return [(cue.start / SAMPLE_RATE, cue.text) for cue in cues]


def seconds(samples: int) -> float:
    return samples / SAMPLE_RATE
