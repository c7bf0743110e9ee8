"""The clock: how long each step lasts, from its words and what the script and the overrides ask for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from voiceguide.errors import OverrideError
from voiceguide.timeline.arrangement.model import Plan, PlannedStage, PlannedStep
from voiceguide.timeline.scheduling.proportional_fit import Elastic, shortest_and_longest, stretch
from voiceguide.units import MAX_SESSION_SAMPLES, SAMPLE_RATE, format_duration

__all__ = ["LEAD_IN", "Slot", "clock"]

LEAD_IN = SAMPLE_RATE
"""Samples that the very first words of a file wait, inside their step."""


@dataclass(frozen=True)
class Slot:
    """The time of one step: `busy` samples of lead-in and words that nothing may shrink, then quiet."""

    step: PlannedStep
    lead: int
    busy: int
    """Samples of the longest words among the steps that must last equally long, lead-in included."""
    length: int
    overrun: int = 0
    """Samples by which the words were too long for their `for`."""
    held: bool = False
    """True where nothing may change its length any more."""

    @property
    def quiet(self) -> int:
        return self.length - self.busy


@dataclass(frozen=True)
class _Wish:
    """A length asked for, and what may change to meet it."""

    target: int
    label: str
    """How the message names it: `--total 20m`."""
    gaps_too: bool
    """Whether steps without a time of their own may change."""

    def moves(self, slot: Slot) -> bool:
        return not slot.held and (self.gaps_too or slot.step.has_time)


def clock(plan: Plan, words: Sequence[Sequence[tuple[int, int]]], exact: bool) -> list[list[Slot]]:
    """The slot of every step, stage by stage.

    `words` holds for each step the samples of its words as heard and at full detail; the longer of them sets the clock.
    With `exact` false the words are estimates, and a total that looks out of reach is only met as nearly as it can be.

    Raises:
        OverrideError: when a total, of a stage or the session, cannot be met (it names the shortest and longest there
            is), and when the session is longer than a day or lasts no time at all.
    """
    rows = _slots(plan, words)
    rows = [_stage_met(stage, row, plan.gap, exact) for stage, row in zip(plan.stages, rows, strict=True)]
    if plan.total is not None:
        wish = _Wish(plan.total, f"--total {format_duration(plan.total)}", gaps_too=False)
        met = iter(_meet([slot for row in rows for slot in row], wish, plan.gap, exact))
        rows = [[next(met) for _ in row] for row in rows]
    _check(sum(slot.length for row in rows for slot in row))
    return rows


def _check(total: int) -> None:
    if total > MAX_SESSION_SAMPLES:
        lasts = format_duration(-(-total // SAMPLE_RATE) * SAMPLE_RATE)
        raise OverrideError(f"The session would last {lasts}, and 24h is the most. Shorten a step, or skip a stage.")
    if total == 0:
        raise OverrideError("The session would last no time at all. Give a step words or time.")


def _slots(plan: Plan, words: Sequence[Sequence[tuple[int, int]]]) -> list[list[Slot]]:
    """Every slot as the script has it: steps of one key share the longest words among them."""
    longest: dict[object, int] = {}
    leads: list[int] = []
    lead = LEAD_IN
    for stage, lengths in zip(plan.stages, words, strict=True):
        for step, (heard, full) in zip(stage.steps, lengths, strict=True):
            leads.append(lead if heard else 0)
            longest[step.clock_key] = max(longest.get(step.clock_key, 0), leads[-1] + max(heard, full))
            if heard or step.speaks_later:
                lead = 0
    each = iter(leads)
    return [
        [_slot(step, next(each), longest[step.clock_key], plan.gap) for step in stage.steps] for stage in plan.stages
    ]


def _slot(step: PlannedStep, lead: int, busy: int, gap: int) -> Slot:
    held = step.fixed or step.held
    if step.duration is None:
        rest = step.gap if step.pause is None else step.pause
        return Slot(step, lead, busy, busy + rest, held=held)
    if busy > step.duration:
        return Slot(step, lead, busy, busy + gap, overrun=busy - step.duration, held=held)
    return Slot(step, lead, busy, step.duration, held=held)


def _stage_met(stage: PlannedStage, slots: list[Slot], gap: int, exact: bool) -> list[Slot]:
    """A stage's own steps at the length that --set gave it; a switch to the next turn comes on top, so that all turns
    get the same time."""
    if stage.target is None:
        return slots
    wish = _Wish(stage.target, f'--set "{stage.title}={format_duration(stage.target)}"', gaps_too=True)
    own = [slot for slot in slots if not slot.step.ends_turn]
    met = [replace(slot, held=True) for slot in _meet(own, wish, gap, exact)]
    return [*met, *(slot for slot in slots if slot.step.ends_turn)]


def _meet(slots: list[Slot], wish: _Wish, gap: int, exact: bool) -> list[Slot]:
    """The slots with their quiet changed so that they last as long as is wished in all."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for index, slot in enumerate(slots):
        if wish.moves(slot):
            groups.setdefault((slot.step.clock_key, slot.length), []).append(index)
    parts = [_elastic(slots[own[0]], gap, len(own)) for own in groups.values()]
    still = sum(slot.length for slot in slots) - sum(part.quiet * part.copies for part in parts)
    shortest, longest = (still + bound for bound in shortest_and_longest(parts))
    if exact and not shortest <= wish.target <= longest:
        raise OverrideError(_out_of_reach(wish.label, shortest, min(longest, MAX_SESSION_SAMPLES)))
    target = min(max(wish.target, shortest), longest)
    met = list(slots)
    for own, quiet in zip(groups.values(), stretch(parts, target - still), strict=True):
        for index in own:
            met[index] = replace(slots[index], length=slots[index].busy + quiet)
    return _with_rest(met, target - sum(slot.length for slot in met), wish)


def _elastic(slot: Slot, gap: int, copies: int) -> Elastic:
    step, quiet = slot.step, slot.quiet
    low = min(quiet, gap if step.minimum is None else max(step.minimum - slot.busy, 0))
    high = MAX_SESSION_SAMPLES if step.maximum is None else max(step.maximum - slot.busy, quiet)
    return Elastic(quiet, low, high if quiet else 0, copies)


def _with_rest(slots: list[Slot], rest: int, wish: _Wish) -> list[Slot]:
    """The few samples that copies could not share go to a step without a time of its own that stands alone, the last
    such; where there is none, one sample each to some of the last copies: a total is met in any case."""
    if rest == 0:
        return slots
    count = Counter(slot.step.clock_key for slot in slots)
    alone = [
        i for i, slot in enumerate(slots) if count[slot.step.clock_key] == 1 and not slot.held and not wish.moves(slot)
    ]
    growing = [i for i, slot in enumerate(slots) if wish.moves(slot) and slot.quiet and _below_maximum(slot)]
    for index in [alone[-1]] * rest if alone else growing[-rest:]:
        slots[index] = replace(slots[index], length=slots[index].length + 1)
    return slots


def _below_maximum(slot: Slot) -> bool:
    return slot.step.maximum is None or slot.length < slot.step.maximum


def _out_of_reach(label: str, shortest: int, longest: int) -> str:
    """The message with bounds that can be met: in whole seconds, or in milliseconds where they are that close."""
    for unit in (SAMPLE_RATE, SAMPLE_RATE // 1000):
        least, most = -(-shortest // unit) * unit, longest // unit * unit
        if least < most:
            between = f"The shortest possible is {format_duration(least)}, the longest {format_duration(most)}."
            return f"{label}: this cannot be met. {between}"
    lasts = format_duration(shortest)
    return f"{label}: no step here may change its time, so it lasts {lasts}. Leave this out, or let a step change."
