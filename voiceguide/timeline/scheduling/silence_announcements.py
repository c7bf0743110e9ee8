"""Announce long silences, because after a minute without speech, listeners may think playback has stopped."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace

from voiceguide.builtin_names import BREATH_SOUNDS
from voiceguide.errors import Problem, timeline_warning
from voiceguide.timeline.arrangement.model import ArrangedStep, Arrangement
from voiceguide.timeline.model import Cue, TimedStage, TimedStep
from voiceguide.timeline.scheduling.cue_placement import MIN_CUE_SPACING_SAMPLES
from voiceguide.units import SAMPLE_RATE, format_clock, format_duration

__all__ = ["MIN_LONG_SILENCE_SAMPLES", "announce_silences"]

MIN_LONG_SILENCE_SAMPLES = 60 * SAMPLE_RATE
MIN_REMAINING_SILENCE_SAMPLES = 45 * SAMPLE_RATE
"""Minimum remaining silence to announce, in samples. This value is the shortest duration that is rounded up to a
minute."""
ANNOUNCEMENT_MARGIN_SAMPLES = SAMPLE_RATE
"""Minimum silence between an announcement and the speech before and after it, in samples."""

BuildAnnouncement = Callable[[ArrangedStep, int], Cue]
"""Builds the announcement of a silence in a step, given the length of the silence in samples."""


def announce_silences(
    arrangement: Arrangement, stages: list[TimedStage], build_announcement: BuildAnnouncement
) -> tuple[list[TimedStage], list[Problem]]:
    """Return the stages with an announcement in each long silence, and warnings.

    A silence causes a warning instead if announcements are off for the whole routine, or if no step during the silence
    has room for an announcement. If announcements are off for only a single step, there is no warning, because the
    script is expected to announce that silence itself. At the `chime` level of detail, silence is intended.
    """
    if arrangement.detail == "chime":
        return stages, []
    timed_steps = [step for stage in stages for step in stage.steps]
    arranged_steps = [step for stage in arrangement.stages for step in stage.steps]
    starts = [step.start for step in timed_steps]
    added: dict[int, list[Cue]] = {}
    warnings = []
    for start, end in _find_long_silences(timed_steps):
        index = max(bisect_right(starts, start) - 1, 0)
        while (
            index + 1 < len(timed_steps)
            and timed_steps[index + 1].start < end
            and (
                arranged_steps[index].breathes
                or _available_samples(timed_steps[index], start, end) < ANNOUNCEMENT_MARGIN_SAMPLES
            )
        ):
            index += 1
        if arranged_steps[index].announce_quiet:
            found = _place_in_first_fitting_step(timed_steps, arranged_steps, index, start, end, build_announcement)
            if found is None:
                warnings.append(_unannounced_warning(timed_steps[index], start, end, "Add a cue."))
            else:
                added.setdefault(found[0], []).append(found[1])
        elif not arrangement.announce_quiet:
            what_to_do = "Add a cue, or turn announce_quiet on."
            warnings.append(_unannounced_warning(timed_steps[index], start, end, what_to_do))
    return _insert_cues(stages, added), warnings


def _find_long_silences(steps: list[TimedStep]) -> list[tuple[int, int]]:
    """Return the start and end of each silence of at least MIN_LONG_SILENCE_SAMPLES.

    The tones and sounds of a breath count as speech, because they show that playback goes on.
    """
    spoken = sorted(
        (cue.start, cue.end)
        for step in steps
        for cue in step.cues
        if cue.chime is None or cue.chime.sound in BREATH_SOUNDS
    )
    starts = [0, *(end for _, end in spoken)]
    ends = [*(start for start, _ in spoken), steps[-1].end]
    return [(start, end) for start, end in zip(starts, ends, strict=True) if end - start >= MIN_LONG_SILENCE_SAMPLES]


def _available_samples(step: TimedStep, start: int, end: int) -> int:
    """Return how many samples of a step are available to announce the silence from `start` to `end`."""
    return min(step.end, end) - max(step.start, start + ANNOUNCEMENT_MARGIN_SAMPLES) - ANNOUNCEMENT_MARGIN_SAMPLES


def _place_in_first_fitting_step(
    timed_steps: list[TimedStep],
    arranged_steps: list[ArrangedStep],
    index: int,
    start: int,
    end: int,
    build_announcement: BuildAnnouncement,
) -> tuple[int, Cue] | None:
    """Return the announcement, and the index of the first step at or after `index` that has room for it."""
    while (
        index < len(timed_steps)
        and end - timed_steps[index].start >= MIN_REMAINING_SILENCE_SAMPLES
        and arranged_steps[index].announce_quiet
    ):
        cue = _place_in_step(timed_steps[index], arranged_steps[index], start, end, build_announcement)
        if (
            cue.length <= _available_samples(timed_steps[index], cue.start - ANNOUNCEMENT_MARGIN_SAMPLES, end)
            and end - cue.start >= MIN_REMAINING_SILENCE_SAMPLES
        ):
            return index, cue
        index += 1
    return None


def _place_in_step(
    step: TimedStep, arranged: ArrangedStep, start: int, end: int, build_announcement: BuildAnnouncement
) -> Cue:
    """Return the announcement at the earliest possible position in a step, after any chimes that it would overlap."""
    cue_start = max(start + ANNOUNCEMENT_MARGIN_SAMPLES, step.start)
    for chime in (cue for cue in step.cues if cue.chime):
        if (
            chime.end + MIN_CUE_SPACING_SAMPLES > cue_start
            and chime.start < cue_start + build_announcement(arranged, end - cue_start).length + MIN_CUE_SPACING_SAMPLES
        ):
            cue_start = chime.end + MIN_CUE_SPACING_SAMPLES
    return replace(build_announcement(arranged, end - cue_start), start=cue_start)


def _insert_cues(stages: list[TimedStage], cues_by_step: dict[int, list[Cue]]) -> list[TimedStage]:
    """Return the stages with the cues added. The keys of `cues_by_step` are step indexes, counted across all stages."""
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
        f'{length} of silence starting at {format_clock(start)} in "{step.name}" is not announced. '
        f"Listeners may think playback has stopped. {what_to_do}",
    )
