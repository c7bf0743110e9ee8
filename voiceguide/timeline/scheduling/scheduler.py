"""From a plan and the lengths of its words to the timeline: every cue at its exact sample. Nothing is spoken here.

It is called twice: with estimates, to know what there is to say, and with the true lengths, to know when. Only times
of steps depend on the lengths of words, and only a few words depend on times (`{remaining}`, `{total}`), so that the
second call nearly always asks for the very same lines; where it does not, the caller speaks the new ones and settles
again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from voiceguide.errors import OverrideError
from voiceguide.script.rules.duration_limits import MAX_CUES
from voiceguide.timeline.arrangement.model import Plan
from voiceguide.timeline.model import Advice, Cue, Measure, Phrasebook, TimedStage, TimedStep, Timeline
from voiceguide.timeline.scheduling.chime_placement import ring
from voiceguide.timeline.scheduling.cue_builder import Voicing, names_times
from voiceguide.timeline.scheduling.cue_placement import Row, count_cues, place_cues
from voiceguide.timeline.scheduling.silence_announcements import announce_quiet
from voiceguide.timeline.scheduling.step_lengths import LEAD_IN, Slot, clock
from voiceguide.units import SAMPLE_RATE, format_duration

__all__ = ["settle"]

ROUNDS = 4
"""How often words that name times are worked out anew. They settle in two, since spoken times are rounded; where they
never do, they keep the times of the last round but one, a rounding step beside the true ones."""

Words = list[list[tuple[Cue | None, Cue | None]]]
"""For each step, stage by stage, its own words at the detail asked for and at full detail, each at sample 0."""


def settle(plan: Plan, measure: Measure, phrases: Phrasebook) -> Timeline:
    """The timeline of a plan.

    Raises:
        OverrideError: when the words leave no room for the total asked for, and beyond the limits of a session.
    """
    voicing = Voicing(plan, measure, phrases)
    slots, words = _slots_and_words(voicing)
    total = sum(slot.length for row in slots for slot in row)
    _check_count(slots)
    stages: list[TimedStage] = []
    advice = [*_overruns(plan, slots), *_unmet(plan, slots)]
    for number, planned in enumerate(plan.stages):
        start = stages[-1].end if stages else 0
        steps, said = _steps(slots[number], words[number], start, total, voicing)
        stages.append(TimedStage(planned.title, start, steps[-1].end, steps, planned.bed))
        advice += said
    stages, said = announce_quiet(plan, stages, voicing.announcement)
    advice += said
    stages, said = ring(plan, stages)
    measured = [cue for row in words for pair in row for cue in pair if cue]
    measured += [cue for stage in stages for step in stage.steps for cue in step.cues]
    return Timeline(
        title=plan.title,
        language=plan.language,
        stages=tuple(stages),
        total=total,
        estimated=any(cue.estimated for cue in measured),
        warnings=tuple(dict.fromkeys([*advice, *said])),
        author=plan.author,
        description=plan.description,
    )


@dataclass(frozen=True)
class _Lengths:
    """What words that name times name, in samples: how long their step lasts, and the session."""

    steps: list[list[int]]

    @property
    def total(self) -> int:
        return sum(length for row in self.steps for length in row)


def _slots_and_words(voicing: Voicing) -> tuple[list[list[Slot]], Words]:
    """Every step's slot and the words it was made for; worked out anew until the times that they name are true."""
    plan = voicing.plan
    timed = any(names_times(step) for stage in plan.stages for step in stage.steps)
    lengths = _Lengths([[step.duration or step.pause or step.gap for step in stage.steps] for stage in plan.stages])
    slots: list[list[Slot]] = []
    words: Words = []
    for number in range(ROUNDS if timed else 1):
        words = _words(voicing, lengths, plan.total or lengths.total)
        spans = [[(own.length if own else 0, full.length if full else 0) for own, full in row] for row in words]
        known = not any(cue and cue.estimated for row in words for pair in row for cue in pair)
        slots = clock(plan, spans, exact=known and (number > 0 or not timed))
        settled = _Lengths([[slot.length for slot in row] for row in slots])
        if settled == lengths:
            break
        lengths = settled
    return slots, words


def _words(voicing: Voicing, lengths: _Lengths, total: int) -> Words:
    result: Words = []
    for stage, row in zip(voicing.plan.stages, lengths.steps, strict=True):
        heard = []
        for step, length in zip(stage.steps, row, strict=True):
            full = voicing.words(step, step.full_text, length, total)
            own = full if step.text == step.full_text else voicing.words(step, step.text, length, total)
            heard.append((own, full))
        result.append(heard)
    return result


def _check_count(slots: list[list[Slot]]) -> None:
    """An override may have made a step so long that what comes `every` so often comes too often."""
    count = sum(1 + count_cues(slot.step.cues, slot.length) for row in slots for slot in row)
    if count > MAX_CUES:
        raise OverrideError(
            f"The session would have {count:,} steps and cues, and {MAX_CUES:,} is the most. Ask for shorter times."
        )


def _steps(
    slots: list[Slot], words: Sequence[tuple[Cue | None, Cue | None]], start: int, total: int, voicing: Voicing
) -> tuple[tuple[TimedStep, ...], list[Advice]]:
    """The steps of a stage at their places, with every cue, and advice about these."""
    steps: list[TimedStep] = []
    advice: list[Advice] = []
    for slot, (own, _) in zip(slots, words, strict=True):
        at = steps[-1].end if steps else start
        cues, said = _step_cues(slot, own, at, total, voicing)
        speech = sum(cue.length for cue in cues if cue.main and cue.kind == "say")
        moved = tuple(replace(cue, at=cue.at + at) for cue in cues)
        steps.append(TimedStep(slot.step.name, at, at + slot.length, speech, moved, slot.step.path))
        advice += said
    return tuple(steps), advice


def _step_cues(slot: Slot, own: Cue | None, start: int, total: int, voicing: Voicing) -> tuple[list[Cue], list[Advice]]:
    """A step's cues, counted from its start: its words first."""
    step = slot.step
    heard = voicing.as_heard(own, step, slot.length - slot.lead)
    main = [] if heard is None else [replace(heard, at=slot.lead, main=True)]
    row = Row(step.name, slot.length, tuple(main), earliest=0 if start else LEAD_IN)
    cues, advice = place_cues(step.cues, row, lambda cue, at: voicing.cue(cue, step, at, slot.length, total))
    return sorted([*main, *cues], key=lambda cue: cue.at), advice


def _overruns(plan: Plan, slots: list[list[Slot]]) -> list[Advice]:
    """Advice for every step that its words outran."""
    advice = []
    for slot in (slot for row in slots for slot in row if slot.overrun):
        enough = -(-(slot.busy + plan.gap) // SAMPLE_RATE) * SAMPLE_RATE
        advice.append(
            Advice(
                f"{slot.step.path}.for",
                f'The words of "{slot.step.name}" take {format_duration(slot.busy)}, {format_duration(slot.overrun)} '
                f"longer than its for: {format_duration(slot.busy - slot.overrun)}. The step grows to hold them. "
                f"Write for: {format_duration(enough)} or fewer words.",
            )
        )
    return advice


def _unmet(plan: Plan, slots: list[list[Slot]]) -> list[Advice]:
    """Advice for lengths that the estimated words leave no room for; with their true lengths that is an error."""
    asked = [(plan.total, "--total {}", [slot for row in slots for slot in row], "")]
    for stage, row in zip(plan.stages, slots, strict=True):
        own = [slot for slot in row if not slot.step.ends_turn]
        asked.append((stage.target, f'--set "{stage.title}={{}}"', own, stage.path))
    advice = []
    for target, label, row, path in asked:
        nearest = sum(slot.length for slot in row)
        if target is not None and nearest != target:
            shown = label.replace("{}", format_duration(target))
            advice.append(
                Advice(
                    path,
                    f"{shown}: by the estimated lengths of the words this cannot be met; the nearest is "
                    f"{format_duration(nearest)}. --exact speaks the words first.",
                )
            )
    return advice
