"""Determine the length of every step from its speech, the script and the overrides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from voiceguide.errors import OverrideError, Problem, timeline_warning
from voiceguide.script.rules.duration_limits import too_long_message
from voiceguide.timeline.arrangement.model import ArrangedStage, ArrangedStep, Arrangement
from voiceguide.timeline.scheduling.proportional_fit import FlexibleSilence, fit_proportionally, total_length_range
from voiceguide.units import MAX_SESSION_SAMPLES, SAMPLE_RATE, format_duration, format_length

__all__ = ["LEAD_IN_SAMPLES", "Slot", "fit_step_lengths", "length_at_factor", "unmet_length_warnings"]

LEAD_IN_SAMPLES = SAMPLE_RATE
"""Silence before the first speech of a session, in samples. This silence is part of the first step with speech."""


@dataclass(frozen=True)
class Slot:
    """A step and its length: the lead-in and the speech, which cannot be shortened, followed by silence."""

    step: ArrangedStep
    lead_in: int
    speech_end: int
    """Length of the lead-in and speech, in samples. All steps that must be the same length use the longest of these
    lengths."""
    length: int
    overrun: int = 0
    """The number of samples by which the speech exceeds the duration in the script."""
    length_locked: bool = False
    """Whether the length is final."""

    @property
    def silence(self) -> int:
        return self.length - self.speech_end


@dataclass(frozen=True)
class _LengthTarget:
    """A total length requested by an override, in samples."""

    length: int
    option: str
    """The name of the override, used in messages."""
    value: str
    """The value of the override, used in messages."""
    include_gaps: bool
    """Whether to also change steps that have neither a duration nor a pause."""

    def can_change(self, slot: Slot) -> bool:
        return not slot.length_locked and (self.include_gaps or slot.step.has_own_duration)


def fit_step_lengths(
    arrangement: Arrangement, speech_lengths: Sequence[Sequence[tuple[int, int]]], margins: Sequence[int] | None
) -> list[list[Slot]]:
    """Return a slot for every step, grouped by stage.

    `speech_lengths` holds two lengths in samples for each step: its speech at the selected level of detail and at full
    detail. The longer one determines the length of the step. `margins` holds, for each stage, the largest possible
    error of its speech length in samples, or 0 if the length is exact. A target that is out of reach by no more than
    this error is matched as closely as possible. If `margins` is None, every target is matched as closely as possible.

    Raises:
        OverrideError: A stage or the session cannot have the requested length, or the session would be empty or longer
            than a day.
    """
    rows = _initial_slots(arrangement, speech_lengths)
    stage_margins = [None] * len(rows) if margins is None else margins
    rows = [
        _fit_stage(stage, row, arrangement.gap, margin)
        for stage, row, margin in zip(arrangement.stages, rows, stage_margins, strict=True)
    ]
    target = _session_target(arrangement)
    if target is not None:
        margin = None if margins is None else sum(margins)
        fitted = iter(_fit_to_target([slot for row in rows for slot in row], target, arrangement.gap, margin))
        rows = [[next(fitted) for _ in row] for row in rows]
    _check_session_length(sum(slot.length for row in rows for slot in row))
    return rows


def length_at_factor(slot: Slot, gap: int) -> list[tuple[float, int]]:
    """Return the length of a step at each factor by which `--total` scales its silence, as `(factor, samples)` points.

    The length is constant before the first point and after the last, and linear in between. The list is empty if
    `--total` does not change the step.
    """
    if slot.length_locked or not slot.step.has_own_duration or not slot.silence:
        return []
    silence = _flexible_silence(slot, gap, 1)
    bounds = (silence.min_length, silence.max_length)
    return [(bound / silence.length, slot.speech_end + bound) for bound in bounds]


def unmet_length_warnings(arrangement: Arrangement, rows: Sequence[Sequence[Slot]]) -> list[Problem]:
    """Return a warning for each length target that is not met. A target can be missed only if speech is estimated."""
    targets = [(_session_target(arrangement), [slot for row in rows for slot in row], "")]
    targets += [
        (_stage_target(stage), _without_stage_switches(row), stage.yaml_path)
        for stage, row in zip(arrangement.stages, rows, strict=True)
    ]
    warnings = []
    for target, slots, path in targets:
        closest = sum(slot.length for slot in slots)
        if target is not None and closest != target.length:
            message = (
                f"{target.option} {target.value}: this length does not seem possible. The closest, based on estimates, "
                f"is {format_length(closest)}. Synthesize the speech to know for certain."
            )
            warnings.append(timeline_warning(path, message))
    return warnings


def _check_session_length(total: int) -> None:
    if total > MAX_SESSION_SAMPLES:
        raise OverrideError("", "", f"{too_long_message(total)} Shorten a step or skip a stage.")
    if total == 0:
        raise OverrideError("", "", "The session would be empty. Give a step some text or a duration.")


def _initial_slots(arrangement: Arrangement, speech_lengths: Sequence[Sequence[tuple[int, int]]]) -> list[list[Slot]]:
    """Return the slots before any length target is applied."""
    longest: dict[object, int] = {}
    lead_ins: list[int] = []
    lead_in = LEAD_IN_SAMPLES
    for stage, lengths in zip(arrangement.stages, speech_lengths, strict=True):
        for step, (own, full) in zip(stage.steps, lengths, strict=True):
            lead_ins.append(lead_in if own else 0)
            key = step.equal_length_key
            longest[key] = max(longest.get(key, 0), lead_ins[-1] + max(own, full))
            if own or step.has_spoken_cues or step.breathes:
                lead_in = 0
    next_lead_in = iter(lead_ins)
    return [
        [
            _initial_slot(step, next(next_lead_in), longest[step.equal_length_key], arrangement.gap)
            for step in stage.steps
        ]
        for stage in arrangement.stages
    ]


def _initial_slot(step: ArrangedStep, lead_in: int, speech_end: int, gap: int) -> Slot:
    if step.duration is None:
        length = speech_end + (step.gap if step.pause is None else step.pause)
        return Slot(step, lead_in, speech_end, length, length_locked=step.length_locked)
    overrun = max(speech_end - step.duration, 0)
    length = speech_end + gap if overrun else step.duration
    return Slot(step, lead_in, speech_end, length, overrun, step.length_locked)


def _session_target(arrangement: Arrangement) -> _LengthTarget | None:
    if arrangement.target_length is None:
        return None
    value = format_duration(arrangement.target_length)
    return _LengthTarget(arrangement.target_length, "total", value, include_gaps=False)


def _stage_target(stage: ArrangedStage) -> _LengthTarget | None:
    if stage.target_length is None:
        return None
    value = f'"{stage.title}={format_duration(stage.target_length)}"'
    return _LengthTarget(stage.target_length, "set", value, include_gaps=True)


def _without_stage_switches(slots: Sequence[Slot]) -> list[Slot]:
    """Return all slots except those of switches to the next repetition.

    All repetitions must be the same length, but the last one has no switch.
    """
    return [slot for slot in slots if not slot.step.is_stage_switch]


def _fit_stage(stage: ArrangedStage, slots: list[Slot], gap: int, margin: int | None) -> list[Slot]:
    """Return the slots of a stage, adjusted to the length set by an override, if any."""
    target = _stage_target(stage)
    if target is None:
        return slots
    fitted = _fit_to_target(_without_stage_switches(slots), target, gap, margin)
    switches = (slot for slot in slots if slot.step.is_stage_switch)
    return [*(replace(slot, length_locked=True) for slot in fitted), *switches]


def _fit_to_target(slots: list[Slot], target: _LengthTarget, gap: int, margin: int | None) -> list[Slot]:
    """Return the slots with their silences adjusted to match the target length."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for index, slot in enumerate(slots):
        if target.can_change(slot):
            groups.setdefault((slot.step.equal_length_key, slot.length), []).append(index)
    silences = [_flexible_silence(slots[indices[0]], gap, len(indices)) for indices in groups.values()]
    constant = sum(slot.length for slot in slots) - sum(silence.length * silence.copies for silence in silences)
    shortest, longest = (constant + bound for bound in total_length_range(silences))
    if margin is not None and not shortest - margin <= target.length <= longest + margin:
        message = _unreachable_message(shortest, min(longest, MAX_SESSION_SAMPLES), "about " if margin else "")
        raise OverrideError(target.option, target.value, message)
    total = min(max(target.length, shortest), longest)
    fitted = list(slots)
    for indices, silence in zip(groups.values(), fit_proportionally(silences, total - constant), strict=True):
        for index in indices:
            fitted[index] = replace(slots[index], length=slots[index].speech_end + silence)
    return _distribute_remainder(fitted, total - sum(slot.length for slot in fitted), target)


def _flexible_silence(slot: Slot, gap: int, copies: int) -> FlexibleSilence:
    """Return the silence of a slot and its limits.

    The silence can shrink to the gap or, if the step has a minimum length, until the step reaches that length. A
    silence of length zero cannot grow.
    """
    step, silence = slot.step, slot.silence
    shortest = min(silence, gap if step.min_length is None else max(step.min_length - slot.speech_end, 0))
    longest = MAX_SESSION_SAMPLES if step.max_length is None else max(step.max_length - slot.speech_end, silence)
    return FlexibleSilence(silence, shortest, longest if silence else 0, copies)


def _distribute_remainder(slots: list[Slot], remainder: int, target: _LengthTarget) -> list[Slot]:
    """Add the samples that could not be divided equally, so that the total matches the target.

    The samples go to the last step that has no copies, has no locked length and cannot be changed by the target. If
    there is no such step, each of the last steps that the target can change gets one sample.
    """
    if remainder == 0:
        return slots
    copies = Counter(slot.step.equal_length_key for slot in slots)
    single = [
        index
        for index, slot in enumerate(slots)
        if copies[slot.step.equal_length_key] == 1 and not slot.length_locked and not target.can_change(slot)
    ]
    growing = [
        index
        for index, slot in enumerate(slots)
        if target.can_change(slot) and slot.silence and _is_below_maximum(slot)
    ]
    for index in [single[-1]] * remainder if single else growing[-remainder:]:
        slots[index] = replace(slots[index], length=slots[index].length + 1)
    return slots


def _is_below_maximum(slot: Slot) -> bool:
    return slot.step.max_length is None or slot.length < slot.step.max_length


def _unreachable_message(shortest: int, longest: int, about: str) -> str:
    """Return a message with the possible range, in whole seconds or, if the limits are too close, in milliseconds."""
    for unit in (SAMPLE_RATE, SAMPLE_RATE // 1000):
        lower, upper = -(-shortest // unit) * unit, longest // unit * unit
        if lower < upper:
            return (
                "this length is not possible. "
                f"The shortest possible is {about}{format_duration(lower)}, "
                f"and the longest is {format_duration(upper)}."
            )
    return (
        f"the steps have fixed lengths, {about}{format_length(shortest)} in total. "
        "Allow a step to change its length, or remove this override."
    )
