"""The clock: how long each step lasts, from its words and what the script and the overrides ask for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from voiceguide.errors import OverrideError
from voiceguide.timeline.plan import Plan, PlannedStep
from voiceguide.timeline.stretch import Elastic, shortest_and_longest, stretch
from voiceguide.units import MAX_SESSION, SAMPLE_RATE, format_duration

__all__ = ["LEAD_IN", "Slot", "clock"]

LEAD_IN = SAMPLE_RATE
"""Samples that the very first words of a file wait, inside their step."""


@dataclass(frozen=True)
class Slot:
    """The time of one step: `busy` samples of lead-in and words that nothing may shrink, then quiet."""

    step: PlannedStep
    lead: int
    words: int
    """Samples of its own words."""
    busy: int
    """Samples of the longest words among the steps that must last equally long, lead-in included."""
    length: int
    overrun: int = 0
    """Samples by which the words were too long for their `for`."""

    @property
    def quiet(self) -> int:
        return self.length - self.busy


def clock(plan: Plan, words: Sequence[Sequence[tuple[int, int]]], exact: bool) -> list[list[Slot]]:
    """The slot of every step, stage by stage.

    `words` holds for each step the samples of its words as heard and at full detail; the longer of them sets the clock.
    With `exact` false the words are estimates, and a total that looks out of reach is only met as nearly as it can be.

    Raises:
        OverrideError: when a total, of a stage or the session, cannot be met; it names the shortest and longest there is.
    """
    slots = []
    for stage, own in zip(plan.stages, _slots(plan, words), strict=True):
        if stage.target is not None:
            own = _meet(own, stage.target, f'--set "{stage.title}"', plan.gap, exact, gaps_too=True)
            own = [replace(slot, step=replace(slot.step, held=True)) for slot in own]
        slots.append(own)
    if plan.total is None:
        return slots
    everything = [slot for own in slots for slot in own]
    lengths = iter(_meet(everything, plan.total, "--total", plan.gap, exact, gaps_too=False))
    return [[next(lengths) for _ in own] for own in slots]


def _slots(plan: Plan, words: Sequence[Sequence[tuple[int, int]]]) -> list[list[Slot]]:
    """Every slot as the script has it: steps of one key share the longest words among them."""
    longest: dict[object, int] = {}
    heard = []
    lead = LEAD_IN
    for stage, lengths in zip(plan.stages, words, strict=True):
        for step, (own, full) in zip(stage.steps, lengths, strict=True):
            waits = lead if own else 0
            lead -= waits
            heard.append((waits, own))
            longest[step.clock_key] = max(longest.get(step.clock_key, 0), waits + max(own, full))
    known = iter(heard)
    return [[_slot(step, *next(known), longest[step.clock_key], plan.gap) for step in stage.steps] for stage in plan.stages]


def _slot(step: PlannedStep, lead: int, words: int, busy: int, gap: int) -> Slot:
    if step.duration is None:
        rest = step.gap if step.pause is None else step.pause
        return Slot(step, lead, words, busy, busy + rest)
    if busy > step.duration:
        return Slot(step, lead, words, busy, busy + gap, overrun=busy - step.duration)
    return Slot(step, lead, words, busy, step.duration)


def _meet(slots: list[Slot], target: int, label: str, gap: int, exact: bool, gaps_too: bool) -> list[Slot]:
    """The slots with their quiet changed so that they last `target` in all."""
    groups = _groups(slots, gaps_too)
    parts = [_elastic(own[0], gap, len(own)) for own in groups.values()]
    moving = sum(slot.quiet for own in groups.values() for slot in own)
    still = sum(slot.length for slot in slots) - moving
    shortest, longest = (still + bound for bound in shortest_and_longest(parts))
    if not shortest <= target <= longest:
        if exact:
            raise OverrideError(_out_of_reach(label, target, shortest, longest))
        target = min(max(target, shortest), longest)
    quiets = dict(zip(groups, stretch(parts, target - still), strict=True))
    met = [_stretched(slot, quiets.get(_group_key(slot)), gaps_too) for slot in slots]
    return _with_remainder(met, target - sum(slot.length for slot in met), gaps_too)


def _moves(step: PlannedStep, gaps_too: bool) -> bool:
    return not step.fixed and not step.held and (gaps_too or step.has_time)


def _group_key(slot: Slot) -> tuple[object, ...]:
    return (slot.step.clock_key, slot.length)


def _groups(slots: list[Slot], gaps_too: bool) -> dict[tuple[object, ...], list[Slot]]:
    groups: dict[tuple[object, ...], list[Slot]] = {}
    for slot in slots:
        if _moves(slot.step, gaps_too):
            groups.setdefault(_group_key(slot), []).append(slot)
    return groups


def _elastic(slot: Slot, gap: int, copies: int) -> Elastic:
    step, quiet = slot.step, slot.quiet
    low = min(quiet, gap if step.minimum is None else max(step.minimum - slot.busy, 0))
    high = MAX_SESSION if step.maximum is None else max(step.maximum - slot.busy, quiet)
    return Elastic(quiet, low, high if quiet else 0, copies)


def _stretched(slot: Slot, quiet: int | None, gaps_too: bool) -> Slot:
    if quiet is None or not _moves(slot.step, gaps_too):
        return slot
    return replace(slot, length=slot.busy + quiet)


def _with_remainder(slots: list[Slot], rest: int, gaps_too: bool) -> list[Slot]:
    """Give the few samples that copies could not share to a step that stands alone, the last such; sides stay equal."""
    if rest == 0:
        return slots
    count = Counter(slot.step.clock_key for slot in slots)
    alone = [i for i, slot in enumerate(slots) if count[slot.step.clock_key] == 1 and not slot.step.fixed]
    moving = [i for i, slot in enumerate(slots) if _moves(slot.step, gaps_too)]
    index = next((i for i in reversed(moving) if i in set(alone)), (alone or moving)[-1])
    slots[index] = replace(slots[index], length=slots[index].length + rest)
    return slots


def _out_of_reach(label: str, target: int, shortest: int, longest: int) -> str:
    second = SAMPLE_RATE
    least = format_duration(-(-shortest // second) * second)
    most = format_duration(min(longest, MAX_SESSION) // second * second)
    if shortest == longest:
        return f"{label} {format_duration(target)}: no step here may change its time; it lasts {least}."
    return f"{label} {format_duration(target)}: this cannot be met. The shortest possible is {least}, the longest {most}."
