"""The announcement of long silences: a listener who hears nothing for a minute thinks that the sound has died."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace

from voiceguide.script.texts import parse_parts
from voiceguide.timeline.model import Advice, Cue, Line, Measure, Phrasebook, TimedStage, TimedStep
from voiceguide.timeline.plan import Plan, PlannedStep
from voiceguide.units import SAMPLE_RATE, format_clock, format_duration

__all__ = ["LONG_QUIET", "announce_quiet"]

LONG_QUIET = 60 * SAMPLE_RATE
AFTER_WORDS = SAMPLE_RATE
"""Samples between the words before a silence and its announcement."""


def announce_quiet(
    plan: Plan, stages: list[TimedStage], measure: Measure, phrases: Phrasebook
) -> tuple[list[TimedStage], list[Advice]]:
    """The stages with "keep going, two quiet minutes" where nothing is said for a minute or more.

    Where the routine has switched it off there is advice instead; where only a step has, its author announces it himself.
    """
    timed = [step for stage in stages for step in stage.steps]
    planned = [step for stage in plan.stages for step in stage.steps]
    starts = [step.start for step in timed]
    added: dict[int, list[Cue]] = {}
    advice = []
    for start, end in _silences(timed):
        index = max(bisect_right(starts, start) - 1, 0)
        if timed[index].end - start < 2 * AFTER_WORDS and index + 1 < len(timed):
            index += 1
        at = max(start + AFTER_WORDS, timed[index].start)
        if not plan.announce_quiet and not planned[index].announce_quiet:
            advice.append(Advice(timed[index].path, _unannounced(timed[index], start, end)))
        elif planned[index].announce_quiet:
            cue = _announcement(plan, planned[index], at, end, measure, phrases)
            if cue.end + AFTER_WORDS <= min(end, timed[index].end):
                added.setdefault(index, []).append(cue)
    return _with_cues(stages, added), advice


def _silences(steps: list[TimedStep]) -> list[tuple[int, int]]:
    """Every stretch of LONG_QUIET or more in which nothing is spoken."""
    spoken = sorted((cue.at, cue.end) for step in steps for cue in step.cues if cue.kind == "say")
    ends = [0, *(end for _, end in spoken)]
    starts = [*(at for at, _ in spoken), steps[-1].end]
    return [(end, start) for end, start in zip(ends, starts, strict=True) if start - end >= LONG_QUIET]


def _announcement(
    plan: Plan, step: PlannedStep, at: int, end: int, measure: Measure, phrases: Phrasebook
) -> Cue:
    text = phrases.quiet((end - at) / SAMPLE_RATE)
    line = Line(parse_parts(text), step.voice, step.pace, plan.language)
    measured = measure(line)
    return Cue(at, "say", measured.samples, line=line, estimated=not measured.exact, path=step.path)


def _with_cues(stages: list[TimedStage], added: dict[int, list[Cue]]) -> list[TimedStage]:
    result, index = [], 0
    for stage in stages:
        steps = []
        for step in stage.steps:
            cues = sorted([*step.cues, *added.get(index, [])], key=lambda cue: cue.at)
            steps.append(replace(step, cues=tuple(cues)) if index in added else step)
            index += 1
        result.append(replace(stage, steps=tuple(steps)))
    return result


def _unannounced(step: TimedStep, start: int, end: int) -> str:
    return (
        f'{format_duration((end - start) // SAMPLE_RATE * SAMPLE_RATE)} of silence from {format_clock(start)} on, in "{step.name}", '
        "is not announced: listeners think that the sound has died. Add a cue, or leave announce_quiet on."
    )
