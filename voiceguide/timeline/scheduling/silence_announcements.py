"""The announcement of long silences: a listener who hears nothing for a minute thinks that the sound has died."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace

from voiceguide.timeline.arrangement.model import Plan, PlannedStep
from voiceguide.timeline.model import Advice, Cue, TimedStage, TimedStep
from voiceguide.timeline.scheduling.cue_placement import BREATH
from voiceguide.units import SAMPLE_RATE, format_clock, format_duration

__all__ = ["LONG_QUIET", "announce_quiet"]

LONG_QUIET = 60 * SAMPLE_RATE
WORTH_SAYING = 45 * SAMPLE_RATE
"""Samples that must be left of a silence for it to be announced: what is spoken of as a minute."""
AFTER_WORDS = SAMPLE_RATE
"""Samples between an announcement and the words before and after it."""

Speak = Callable[[PlannedStep, int], Cue]
"""Makes the announcement of so many samples of silence in a step."""


def announce_quiet(plan: Plan, stages: list[TimedStage], speak: Speak) -> tuple[list[TimedStage], list[Advice]]:
    """The stages with "keep going, two quiet minutes" where nothing is said for a minute or more.

    Where the routine has switched it off, or where no step of the silence has room for it, there is advice instead;
    where only a step has switched it off, its author announces it himself. With `--detail chime` silence is meant.
    """
    if plan.detail == "chime":
        return stages, []
    timed = [step for stage in stages for step in stage.steps]
    planned = [step for stage in plan.stages for step in stage.steps]
    starts = [step.start for step in timed]
    added: dict[int, list[Cue]] = {}
    advice = []
    for start, end in _silences(timed):
        index = max(bisect_right(starts, start) - 1, 0)
        while _room(timed[index], start, end) < AFTER_WORDS and index + 1 < len(timed):
            index += 1
        if planned[index].announce_quiet:
            found = _first_place(timed, planned, index, start, end, speak)
            if found is None:
                advice.append(_advice(timed[index], start, end, "Add a cue."))
            else:
                added.setdefault(found[0], []).append(found[1])
        elif not plan.announce_quiet:
            advice.append(_advice(timed[index], start, end, "Add a cue, or leave announce_quiet on."))
    return _with_cues(stages, added), advice


def _silences(steps: list[TimedStep]) -> list[tuple[int, int]]:
    """Every stretch of LONG_QUIET or more in which nothing is spoken."""
    spoken = sorted((cue.at, cue.end) for step in steps for cue in step.cues if cue.kind == "say")
    ends = [0, *(end for _, end in spoken)]
    starts = [*(at for at, _ in spoken), steps[-1].end]
    return [(end, start) for end, start in zip(ends, starts, strict=True) if start - end >= LONG_QUIET]


def _room(step: TimedStep, start: int, end: int) -> int:
    """Samples of a step for an announcement of the silence from `start` to `end`."""
    return min(step.end, end) - max(step.start, start + AFTER_WORDS) - AFTER_WORDS


def _first_place(
    timed: list[TimedStep], planned: list[PlannedStep], index: int, start: int, end: int, speak: Speak
) -> tuple[int, Cue] | None:
    """The announcement in the first step from `index` on that has room for it; it never leaves its step."""
    while index < len(timed) and end - timed[index].start >= WORTH_SAYING and planned[index].announce_quiet:
        cue = _announcement(timed[index], planned[index], start, end, speak)
        if cue.length <= _room(timed[index], cue.at - AFTER_WORDS, end) and end - cue.at >= WORTH_SAYING:
            return index, cue
        index += 1
    return None


def _announcement(step: TimedStep, planned: PlannedStep, start: int, end: int, speak: Speak) -> Cue:
    """The announcement as early as can be in a step, after the chimes that are in its way."""
    at = max(start + AFTER_WORDS, step.start)
    for chime in (cue for cue in step.cues if cue.kind == "chime"):
        if chime.end + BREATH > at and chime.at < at + speak(planned, end - at).length + BREATH:
            at = chime.end + BREATH
    return replace(speak(planned, end - at), at=at)


def _with_cues(stages: list[TimedStage], added: dict[int, list[Cue]]) -> list[TimedStage]:
    """The stages with more cues in some of their steps, which are counted through all stages."""
    result, index = [], 0
    for stage in stages:
        steps = list(stage.steps)
        for number, step in enumerate(steps):
            if index in added:
                cues = sorted([*step.cues, *added[index]], key=lambda cue: cue.at)
                steps[number] = replace(step, cues=tuple(cues))
            index += 1
        result.append(replace(stage, steps=tuple(steps)))
    return result


def _advice(step: TimedStep, start: int, end: int, what_to_do: str) -> Advice:
    length = format_duration((end - start) // SAMPLE_RATE * SAMPLE_RATE)
    return Advice(
        step.path,
        f'{length} of silence from {format_clock(start)} on, in "{step.name}", is not announced: '
        f"listeners think that the sound has died. {what_to_do}",
    )
