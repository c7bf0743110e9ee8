"""The announcement of long silences: a listener who hears nothing for a minute thinks that the sound has died."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace

from voiceguide.errors import Problem, timeline_warning
from voiceguide.timeline.arrangement.model import ArrangedStep, Arrangement
from voiceguide.timeline.model import Cue, TimedStage, TimedStep
from voiceguide.timeline.scheduling.cue_placement import MIN_CUE_SPACING_SAMPLES
from voiceguide.units import SAMPLE_RATE, format_clock, format_duration

__all__ = ["MIN_LONG_SILENCE_SAMPLES", "announce_silences"]

MIN_LONG_SILENCE_SAMPLES = 60 * SAMPLE_RATE
MIN_REMAINING_SILENCE_SAMPLES = 45 * SAMPLE_RATE
"""Samples that must be left of a silence for it to be announced: what is spoken of as a minute."""
ANNOUNCEMENT_MARGIN_SAMPLES = SAMPLE_RATE
"""Samples between an announcement and the words before and after it."""

BuildAnnouncement = Callable[[ArrangedStep, int], Cue]
"""Makes the announcement of so many samples of silence in a step."""


def announce_silences(
    arrangement: Arrangement, stages: list[TimedStage], build_announcement: BuildAnnouncement
) -> tuple[list[TimedStage], list[Problem]]:
    """The stages with "keep going, two quiet minutes" where nothing is said for a minute or more.

    Where the routine has switched it off, or where no step of the silence has room for it, there is advice instead;
    where only a step has switched it off, its author announces it himself. With `--detail chime` silence is meant.
    """
    if arrangement.detail == "chime":
        return stages, []
    timed = [step for stage in stages for step in stage.steps]
    planned = [step for stage in arrangement.stages for step in stage.steps]
    starts = [step.start for step in timed]
    added: dict[int, list[Cue]] = {}
    advice = []
    for start, end in _find_long_silences(timed):
        index = max(bisect_right(starts, start) - 1, 0)
        while _available_samples(timed[index], start, end) < ANNOUNCEMENT_MARGIN_SAMPLES and index + 1 < len(timed):
            index += 1
        if planned[index].announce_quiet:
            found = _place_in_first_fitting_step(timed, planned, index, start, end, build_announcement)
            if found is None:
                advice.append(_unannounced_warning(timed[index], start, end, "Add a cue."))
            else:
                added.setdefault(found[0], []).append(found[1])
        elif not arrangement.announce_quiet:
            advice.append(_unannounced_warning(timed[index], start, end, "Add a cue, or leave announce_quiet on."))
    return _insert_cues(stages, added), advice


def _find_long_silences(steps: list[TimedStep]) -> list[tuple[int, int]]:
    """Every stretch of LONG_QUIET or more in which nothing is spoken."""
    spoken = sorted((cue.start, cue.end) for step in steps for cue in step.cues if cue.is_speech)
    ends = [0, *(end for _, end in spoken)]
    starts = [*(at for at, _ in spoken), steps[-1].end]
    return [(end, start) for end, start in zip(ends, starts, strict=True) if start - end >= MIN_LONG_SILENCE_SAMPLES]


def _available_samples(step: TimedStep, start: int, end: int) -> int:
    """Samples of a step for an announcement of the silence from `start` to `end`."""
    return min(step.end, end) - max(step.start, start + ANNOUNCEMENT_MARGIN_SAMPLES) - ANNOUNCEMENT_MARGIN_SAMPLES


def _place_in_first_fitting_step(
    timed: list[TimedStep],
    arranged: list[ArrangedStep],
    index: int,
    start: int,
    end: int,
    build_announcement: BuildAnnouncement,
) -> tuple[int, Cue] | None:
    """The announcement in the first step from `index` on that has room for it; it never leaves its step."""
    while (
        index < len(timed)
        and end - timed[index].start >= MIN_REMAINING_SILENCE_SAMPLES
        and arranged[index].announce_quiet
    ):
        cue = _place_in_step(timed[index], arranged[index], start, end, build_announcement)
        if (
            cue.length <= _available_samples(timed[index], cue.start - ANNOUNCEMENT_MARGIN_SAMPLES, end)
            and end - cue.start >= MIN_REMAINING_SILENCE_SAMPLES
        ):
            return index, cue
        index += 1
    return None


def _place_in_step(
    step: TimedStep, arranged: ArrangedStep, start: int, end: int, build_announcement: BuildAnnouncement
) -> Cue:
    """The announcement as early as can be in a step, after the chimes that are in its way."""
    at = max(start + ANNOUNCEMENT_MARGIN_SAMPLES, step.start)
    for chime in (cue for cue in step.cues if cue.chime):
        if (
            chime.end + MIN_CUE_SPACING_SAMPLES > at
            and chime.start < at + build_announcement(arranged, end - at).length + MIN_CUE_SPACING_SAMPLES
        ):
            at = chime.end + MIN_CUE_SPACING_SAMPLES
    return replace(build_announcement(arranged, end - at), start=at)


def _insert_cues(stages: list[TimedStage], cues_by_step: dict[int, list[Cue]]) -> list[TimedStage]:
    """The stages with more cues in some of their steps, which are counted through all stages."""
    result, index = [], 0
    for stage in stages:
        steps = list(stage.steps)
        for number, step in enumerate(steps):
            if index in cues_by_step:
                cues = sorted([*step.cues, *cues_by_step[index]], key=lambda cue: cue.start)
                steps[number] = replace(step, cues=tuple(cues))
            index += 1
        result.append(replace(stage, steps=tuple(steps)))
    return result


def _unannounced_warning(step: TimedStep, start: int, end: int, what_to_do: str) -> Problem:
    length = format_duration((end - start) // SAMPLE_RATE * SAMPLE_RATE)
    return timeline_warning(
        step.yaml_path,
        f'{length} of silence from {format_clock(start)} on, in "{step.name}", is not announced: '
        f"listeners think that the sound has died. {what_to_do}",
    )
