"""The clock: how long each step lasts, from its words and what the script and the overrides ask for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from voiceguide.errors import OverrideError
from voiceguide.timeline.arrangement.model import ArrangedStage, ArrangedStep, Arrangement
from voiceguide.timeline.scheduling.proportional_fit import FlexibleSilence, fit_proportionally, total_length_range
from voiceguide.units import MAX_SESSION_SAMPLES, SAMPLE_RATE, format_duration

__all__ = ["LEAD_IN_SAMPLES", "Slot", "fit_step_lengths"]

LEAD_IN_SAMPLES = SAMPLE_RATE
"""Samples that the very first words of a file wait, inside their step."""


@dataclass(frozen=True)
class Slot:
    """The time of one step: `busy` samples of lead-in and words that nothing may shrink, then quiet."""

    step: ArrangedStep
    lead_in: int
    speech_end: int
    """Samples of the longest words among the steps that must last equally long, lead-in included."""
    length: int
    overrun: int = 0
    """Samples by which the words were too long for their `for`."""
    length_locked: bool = False
    """True where nothing may change its length any more."""

    @property
    def silence(self) -> int:
        return self.length - self.speech_end


@dataclass(frozen=True)
class _LengthTarget:
    """A length asked for, and what may change to meet it."""

    length: int
    option: str
    """The override that asks for it, for the message, and its value."""
    value: str
    include_gaps: bool
    """Whether steps without a time of their own may change."""

    def can_change(self, slot: Slot) -> bool:
        return not slot.length_locked and (self.include_gaps or slot.step.has_own_duration)


def fit_step_lengths(
    arrangement: Arrangement, speech_lengths: Sequence[Sequence[tuple[int, int]]], exact: bool
) -> list[list[Slot]]:
    """The slot of every step, stage by stage.

    `words` holds for each step the samples of its words as heard and at full detail; the longer of them sets the clock.
    With `exact` false the words are estimates, and a total that looks out of reach is only met as nearly as it can be.

    Raises:
        OverrideError: when a total, of a stage or the session, cannot be met (it names the shortest and longest there
            is), and when the session is longer than a day or lasts no time at all.
    """
    rows = _initial_slots(arrangement, speech_lengths)
    rows = [_fit_stage(stage, row, arrangement.gap, exact) for stage, row in zip(arrangement.stages, rows, strict=True)]
    if arrangement.target_length is not None:
        wish = _LengthTarget(
            arrangement.target_length, "total", format_duration(arrangement.target_length), include_gaps=False
        )
        met = iter(_fit_to_target([slot for row in rows for slot in row], wish, arrangement.gap, exact))
        rows = [[next(met) for _ in row] for row in rows]
    _check_session_length(sum(slot.length for row in rows for slot in row))
    return rows


def _check_session_length(total: int) -> None:
    if total > MAX_SESSION_SAMPLES:
        lasts = format_duration(-(-total // SAMPLE_RATE) * SAMPLE_RATE)
        raise OverrideError(
            "", "", f"The session would last {lasts}. The limit is 24h. Shorten a step or skip a stage."
        )
    if total == 0:
        raise OverrideError("", "", "The session has no length. Give a step text or a duration.")


def _initial_slots(arrangement: Arrangement, speech_lengths: Sequence[Sequence[tuple[int, int]]]) -> list[list[Slot]]:
    """Every slot as the script has it: steps of one key share the longest words among them."""
    longest: dict[object, int] = {}
    leads: list[int] = []
    lead = LEAD_IN_SAMPLES
    for stage, lengths in zip(arrangement.stages, speech_lengths, strict=True):
        for step, (heard, full) in zip(stage.steps, lengths, strict=True):
            leads.append(lead if heard else 0)
            longest[step.equal_length_key] = max(longest.get(step.equal_length_key, 0), leads[-1] + max(heard, full))
            if heard or step.has_spoken_cues:
                lead = 0
    each = iter(leads)
    return [
        [_initial_slot(step, next(each), longest[step.equal_length_key], arrangement.gap) for step in stage.steps]
        for stage in arrangement.stages
    ]


def _initial_slot(step: ArrangedStep, lead_in: int, speech_end: int, gap: int) -> Slot:
    held = step.fixed or step.length_locked
    if step.duration is None:
        rest = step.gap if step.pause is None else step.pause
        return Slot(step, lead_in, speech_end, speech_end + rest, length_locked=held)
    if speech_end > step.duration:
        return Slot(step, lead_in, speech_end, speech_end + gap, overrun=speech_end - step.duration, length_locked=held)
    return Slot(step, lead_in, speech_end, step.duration, length_locked=held)


def _fit_stage(stage: ArrangedStage, slots: list[Slot], gap: int, exact: bool) -> list[Slot]:
    """A stage's own steps at the length that --set gave it; a switch to the next turn comes on top, so that all turns
    get the same time."""
    if stage.target_length is None:
        return slots
    wish = _LengthTarget(
        stage.target_length, "set", f'"{stage.title}={format_duration(stage.target_length)}"', include_gaps=True
    )
    own = [slot for slot in slots if not slot.step.is_stage_switch]
    met = [replace(slot, length_locked=True) for slot in _fit_to_target(own, wish, gap, exact)]
    return [*met, *(slot for slot in slots if slot.step.is_stage_switch)]


def _fit_to_target(slots: list[Slot], goal: _LengthTarget, gap: int, exact: bool) -> list[Slot]:
    """The slots with their quiet changed so that they last as long as is wished in all."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for index, slot in enumerate(slots):
        if goal.can_change(slot):
            groups.setdefault((slot.step.equal_length_key, slot.length), []).append(index)
    parts = [_flexible_silence(slots[own[0]], gap, len(own)) for own in groups.values()]
    still = sum(slot.length for slot in slots) - sum(part.length * part.copies for part in parts)
    shortest, longest = (still + bound for bound in total_length_range(parts))
    if exact and not shortest <= goal.length <= longest:
        message = _unreachable_message(shortest, min(longest, MAX_SESSION_SAMPLES))
        raise OverrideError(goal.option, goal.value, message)
    target = min(max(goal.length, shortest), longest)
    met = list(slots)
    for own, quiet in zip(groups.values(), fit_proportionally(parts, target - still), strict=True):
        for index in own:
            met[index] = replace(slots[index], length=slots[index].speech_end + quiet)
    return _distribute_remainder(met, target - sum(slot.length for slot in met), goal)


def _flexible_silence(slot: Slot, gap: int, copies: int) -> FlexibleSilence:
    step, quiet = slot.step, slot.silence
    low = min(quiet, gap if step.min_length is None else max(step.min_length - slot.speech_end, 0))
    high = MAX_SESSION_SAMPLES if step.max_length is None else max(step.max_length - slot.speech_end, quiet)
    return FlexibleSilence(quiet, low, high if quiet else 0, copies)


def _distribute_remainder(slots: list[Slot], remainder: int, goal: _LengthTarget) -> list[Slot]:
    """The few samples that copies could not share go to a step without a time of its own that stands alone, the last
    such; where there is none, one sample each to some of the last copies: a total is met in any case."""
    if remainder == 0:
        return slots
    count = Counter(slot.step.equal_length_key for slot in slots)
    alone = [
        i
        for i, slot in enumerate(slots)
        if count[slot.step.equal_length_key] == 1 and not slot.length_locked and not goal.can_change(slot)
    ]
    growing = [i for i, slot in enumerate(slots) if goal.can_change(slot) and slot.silence and _below_maximum(slot)]
    for index in [alone[-1]] * remainder if alone else growing[-remainder:]:
        slots[index] = replace(slots[index], length=slots[index].length + 1)
    return slots


def _below_maximum(slot: Slot) -> bool:
    return slot.step.max_length is None or slot.length < slot.step.max_length


def _unreachable_message(shortest: int, longest: int) -> str:
    """The message with bounds that can be met: in whole seconds, or in milliseconds where they are that close."""
    for unit in (SAMPLE_RATE, SAMPLE_RATE // 1000):
        least, most = -(-shortest // unit) * unit, longest // unit * unit
        if least < most:
            return (
                "this length is not possible. "
                f"The shortest possible is {format_duration(least)}, the longest {format_duration(most)}."
            )
    return f"every step has a fixed length, {format_duration(shortest)} in total. Let a step change, or leave this out."
