"""The steps of a kit: the range of lengths of each, its tables, and what `--total` gives it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from voiceguide.phone.evaluation import SAMPLES_PER_MS, Evaluator, StepCues
from voiceguide.phone.length_tables import StepKey, Stretch, length_tables, single_stretch
from voiceguide.phone.skips import Skips
from voiceguide.timeline.arrangement.model import ArrangedStage, Arrangement
from voiceguide.timeline.scheduling.scheduler import step_slots
from voiceguide.timeline.scheduling.step_lengths import Slot, length_at_factor
from voiceguide.units import SAMPLE_RATE

__all__ = ["StepRow", "TableSet", "step_rows"]

MIN_LONGEST_MS = 15 * 60_000
MAX_LONGEST_MS = 60 * 60_000
"""A step without `max` can be made twice as long as written, but at least to the first and at most to the second.

Each length can need words of its own, such as the minutes of silence that follow. An hour of lengths needs 120 of them.
"""


@dataclass(frozen=True)
class TableSet:
    """The lengths of a step in one context, in samples."""

    length: int
    """The length as written."""
    shortest: int
    longest: int
    """The range that is offered. The table can start below it: `--total` can shorten a step to less."""
    limits: tuple[str, str]
    """Why the step cannot be shorter, and why not longer."""
    table: tuple[Stretch, ...]
    points: tuple[tuple[float, int], ...]
    """What `--total` makes of the length, as points (factor, samples)."""


@dataclass(frozen=True)
class StepRow:
    """A step in all contexts."""

    speaks: bool
    """Whether words are spoken in it. The lead-in ends in the first step that speaks."""
    tables: Mapping[str, TableSet]
    """By context: an empty name for the step as written; `first` if it becomes the first with words; `last` if its
    stage becomes the last; `only` if both."""


def step_rows(arrangement: Arrangement, evaluator: Evaluator, skips: Skips) -> dict[StepKey, StepRow]:
    """Return the row of every step."""
    found = {key: {"": tables} for key, tables in _tables(arrangement, evaluator).items()}
    for number in range(len(arrangement.stages)):
        can_be_first = number > 0 and all(skips.offered[:number])
        can_be_last = number < len(skips.offered) - 1 and all(skips.offered[number + 1 :])
        for name, first, last in (("first", True, False), ("last", False, True), ("only", True, True)):
            if (not first or can_be_first or (name == "only" and number == 0)) and (
                not last or can_be_last or (name == "only" and number == len(skips.offered) - 1)
            ):
                if name == "only" and not (can_be_first or can_be_last):
                    continue
                part, position = _excerpt(arrangement, number, first, last)
                for (stage, step), tables in _tables(part, evaluator, only_stage=position).items():
                    found[number, step][name] = tables
    stages = arrangement.stages
    return {
        key: StepRow(_speaks(stages, key), {name: each for name, each in by_name.items() if _differs(by_name, name)})
        for key, by_name in found.items()
    }


def _differs(tables: Mapping[str, TableSet], name: str) -> bool:
    return name == "" or tables[name] != tables[""]


def _speaks(stages: Sequence[ArrangedStage], key: StepKey) -> bool:
    step = stages[key[0]].steps[key[1]]
    return bool(step.text or step.audio or step.has_spoken_cues)


def _excerpt(arrangement: Arrangement, number: int, first: bool, last: bool) -> tuple[Arrangement, int]:
    """Return a session in which a stage is the first or last one, and the number of the stage in it.

    A stage of one short line stands for all stages before it, and for all after it.
    """
    stage = arrangement.stages[number]
    spoken = next((step for each in arrangement.stages for step in each.steps if step.text or step.audio), None)
    if spoken is None:
        spoken = stage.steps[0]
    neighbor = replace(stage, title="", steps=(replace(spoken, cues=(), duration=None),), chime="none")
    stages = [*([] if first else [neighbor]), stage, *([] if last else [neighbor])]
    return replace(arrangement, stages=tuple(stages), target_length=None), 0 if first else 1


def _tables(
    arrangement: Arrangement, evaluator: Evaluator, only_stage: int | None = None
) -> dict[StepKey, TableSet]:
    slots = step_slots(arrangement, evaluator.measure, evaluator.phrases)
    keyed = {
        (stage, step): slot
        for stage, row in enumerate(slots)
        for step, slot in enumerate(row)
        if only_stage is None or stage == only_stage
    }
    ranges = {key: _offered_range(slot, arrangement.gap) for key, slot in keyed.items()}
    to_find = {key: (each.table_ms, each.longest_ms) for key, each in ranges.items() if each is not None}

    def evaluate(lengths_ms: Mapping[StepKey, int]) -> dict[StepKey, StepCues]:
        stages = evaluator.steps(arrangement, lengths_ms)
        return {key: stages[key[0]][key[1]] for key in lengths_ms}

    tables = length_tables(to_find, evaluate)
    as_written = evaluator.steps(arrangement, {})
    return {
        key: _table_set(slot, ranges[key], tables.get(key), as_written[key[0]][key[1]], arrangement.gap)
        for key, slot in keyed.items()
    }


@dataclass(frozen=True)
class _Range:
    """The range of lengths of a step in milliseconds."""

    table_ms: int
    """The shortest length in the table."""
    shortest_ms: int
    longest_ms: int
    limits: tuple[str, str]


def _offered_range(slot: Slot, gap: int) -> _Range | None:
    """Return the lengths a step can have, or None if it cannot change."""
    step, length_ms = slot.step, slot.length // SAMPLES_PER_MS
    if step.always_spoken or length_ms > MAX_LONGEST_MS or slot.length == 0:
        return None
    words_ms = max(-(-slot.speech_end // SAMPLE_RATE), 1) * 1000
    written_min_ms = (step.min_length or 0) // SAMPLES_PER_MS
    shortest_ms = min(max(words_ms, written_min_ms), length_ms)
    longest_ms = (step.max_length or 0) // SAMPLES_PER_MS or min(max(MIN_LONGEST_MS, 2 * length_ms), MAX_LONGEST_MS)
    longest_ms = max(longest_ms, length_ms + 1)
    limits = ("script-min" if written_min_ms > words_ms else "words", "script-max" if step.max_length else "longest")
    points = length_at_factor(slot, gap)
    table_ms = min(shortest_ms, *(length // SAMPLES_PER_MS for _, length in points)) if points else shortest_ms
    return _Range(table_ms, shortest_ms, longest_ms, limits)


def _table_set(
    slot: Slot, offered: _Range | None, table: list[Stretch] | None, as_written: StepCues, gap: int
) -> TableSet:
    if offered is None or table is None:
        fixed = single_stretch(slot.length, as_written)
        return TableSet(slot.length, slot.length, slot.length, ("fixed", "fixed"), (fixed,), ())
    limits = offered.shortest_ms * SAMPLES_PER_MS, offered.longest_ms * SAMPLES_PER_MS
    return TableSet(slot.length, *limits, offered.limits, tuple(table), tuple(length_at_factor(slot, gap)))
