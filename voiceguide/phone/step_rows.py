"""The steps of a kit, each with its range of lengths, its tables, and the lengths that `--total` gives it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from math import ceil, floor

from voiceguide.builtin_names import NONE
from voiceguide.phone.length_tables import LengthRange, StepKey, Stretch, length_tables, single_stretch
from voiceguide.phone.rescheduling import SAMPLES_PER_MS, Evaluator, StepCues
from voiceguide.phone.skips import Skips
from voiceguide.timeline.arrangement.model import ArrangedStage, ArrangedStep, Arrangement
from voiceguide.timeline.model import ChimeSettings
from voiceguide.timeline.scheduling.scheduler import step_slots
from voiceguide.timeline.scheduling.step_lengths import Slot, length_at_factor
from voiceguide.units import SAMPLE_RATE

__all__ = ["StepRow", "TableSet", "step_rows"]

MIN_LONGEST_MS = 5 * 60_000
MAX_LONGEST_MS = 60 * 60_000
MAX_REPEATED_CUES = 180
"""A step without `max` is not offered at lengths at which a cue with `every` would be heard more often. Each length can
have its own set of cues, so the size of the tables grows with the square of this number."""
LONGEST_FACTOR = 3
"""A step without `max` can be made up to three times as long as written. This maximum is at least MIN_LONGEST_MS and at
most MAX_LONGEST_MS, and also applies to `--total`.

Each length can need its own text, for example to announce how many minutes of silence follow. Lengths of up to an hour
need 120 such texts.
"""


InVariants = Mapping[str, Collection[float]]
"""The lengths in milliseconds that variants give a step, by STAGE/STEP."""


@dataclass(frozen=True)
class TableSet:
    """The lengths of a step in one context, in samples."""

    length: int
    """The length in the script."""
    shortest: int
    longest: int
    """The range of lengths that the page offers. The table can start below this range, because `--total` can shorten a
    step further, and variants can exceed it in both directions."""
    limits: tuple[str, str]
    """The reason why the step cannot be shorter, and the reason why it cannot be longer."""
    table: tuple[Stretch, ...]
    points: tuple[tuple[float, int], ...]
    """The length that `--total` gives the step, as points (factor, samples)."""


@dataclass(frozen=True)
class StepRow:
    """A step, with its tables for all contexts."""

    speaks: bool
    """Whether the step contains speech. Only the first step that contains speech can have the lead-in of the
    session."""
    tables: Mapping[str, TableSet]
    """The tables by context. The name of the context is empty for the step as written, `first` if the step becomes the
    first one with speech, `last` if its stage becomes the last one, and `only` if both are true."""


def step_rows(
    arrangement: Arrangement,
    evaluator: Evaluator,
    skips: Skips,
    fixed: Set[StepKey] = frozenset(),
    in_variants: InVariants | None = None,
) -> dict[StepKey, StepRow]:
    """Return the row of every step. Steps in `fixed` keep their length.

    `in_variants` contains the lengths that variants give the steps. The tables include these lengths.
    """
    others = in_variants or {}
    found = {key: {"": tables} for key, tables in _tables(arrangement, evaluator, fixed, others).items()}
    for number in range(len(arrangement.stages)):
        for name, first, last in _contexts(skips.offered, number):
            part, position = _excerpt(arrangement, number, first, last)
            steps = _steps_at_the_ends(arrangement.stages[number], first, last)
            still = {(position, step) for step in steps if (number, step) in fixed}
            for (_, step), tables in _tables(
                part, evaluator, still, others, {(position, step) for step in steps}
            ).items():
                found[number, step][name] = tables
    stages = arrangement.stages
    return {
        key: StepRow(_speaks(stages, key), {name: each for name, each in by_name.items() if _differs(by_name, name)})
        for key, by_name in found.items()
    }


def _contexts(offered: Sequence[bool], number: int) -> Iterator[tuple[str, bool, bool]]:
    """Yield the contexts in which skips can put a stage, as (name, whether it is first, whether it is last)."""
    is_first, is_last = number == 0, number == len(offered) - 1
    can_be_first = is_first or all(offered[:number])
    can_be_last = is_last or all(offered[number + 1 :])
    if can_be_first and not is_first:
        yield "first", True, is_last
    if can_be_last and not is_last:
        yield "last", is_first, True
    if can_be_first and can_be_last and not (is_first or is_last):
        yield "only", True, True


def _steps_at_the_ends(stage: ArrangedStage, first: bool, last: bool) -> set[int]:
    """Return the steps that the lead-in or the ending bell can change.

    These are the steps up to the first one with speech, or those from the last one with speech onward.
    """
    speaking = [number for number, step in enumerate(stage.steps) if step.text or step.audio or step.has_spoken_cues]
    every = range(len(stage.steps))
    changed: set[int] = set()
    if first:
        changed |= {number for number in every if not speaking or number <= speaking[0]}
    if last:
        changed |= {number for number in every if not speaking or number >= speaking[-1]}
    return changed


def _differs(tables: Mapping[str, TableSet], name: str) -> bool:
    return name in ("", "only") or tables[name] != tables[""]


def _speaks(stages: Sequence[ArrangedStage], key: StepKey) -> bool:
    step = stages[key[0]].steps[key[1]]
    return bool(step.text or step.audio or step.has_spoken_cues)


def _excerpt(arrangement: Arrangement, number: int, first: bool, last: bool) -> tuple[Arrangement, int]:
    """Return a session with a given stage as the first or last one, and the number of the stage in that session.

    A stage with one short line stands in for all earlier stages, and another one for all later stages.
    """
    stage = arrangement.stages[number]
    spoken = next((step for each in arrangement.stages for step in each.steps if step.text or step.audio), None)
    if spoken is None:
        spoken = stage.steps[0]
    neighbor = replace(stage, title="", steps=(replace(spoken, cues=(), duration=None),), chime=ChimeSettings(NONE))
    stages = [*([] if first else [neighbor]), stage, *([] if last else [neighbor])]
    return replace(arrangement, stages=tuple(stages), target_length=None), 0 if first else 1


def _tables(
    arrangement: Arrangement,
    evaluator: Evaluator,
    fixed: Set[StepKey],
    in_variants: InVariants,
    wanted: Collection[StepKey] | None = None,
) -> dict[StepKey, TableSet]:
    slots = step_slots(arrangement, evaluator.measure, evaluator.phrases)
    keyed = {
        (stage, step): slot
        for stage, row in enumerate(slots)
        for step, slot in enumerate(row)
        if wanted is None or (stage, step) in wanted
    }
    targets = {key: f"{arrangement.stages[key[0]].title}/{slot.step.name}" for key, slot in keyed.items()}
    ranges = {
        key: None if key in fixed else _offered_range(slot, arrangement.gap, in_variants.get(targets[key], ()))
        for key, slot in keyed.items()
    }
    to_find = {
        key: LengthRange(each.table_ms, each.table_end_ms, bool(keyed[key].step.cues))
        for key, each in ranges.items()
        if each is not None
    }

    needed = _steps_that_others_need(arrangement)

    def evaluate(lengths_ms: Mapping[StepKey, int]) -> dict[StepKey, StepCues]:
        part, kept = _only_steps(arrangement, needed | lengths_ms.keys())
        found = evaluator.steps(part, {kept[key]: length for key, length in lengths_ms.items()})
        return {key: found[stage][step] for key in lengths_ms for stage, step in [kept[key]]}

    tables = length_tables(to_find, evaluate)
    as_written = evaluator.steps(arrangement, {})
    return {
        key: _table_set(slot, ranges[key], tables.get(key), as_written[key[0]][key[1]], arrangement.gap)
        for key, slot in keyed.items()
    }


def _steps_that_others_need(arrangement: Arrangement) -> set[StepKey]:
    """Return the steps that cannot be left out while others are evaluated.

    The steps to keep are the first step, which has the lead-in; the last step of each stage, which has its chime; and
    the steps next to silences that can continue into the next step. Evaluating a few steps is faster than evaluating
    all of them.
    """
    keys = [(number, step) for number, stage in enumerate(arrangement.stages) for step in range(len(stage.steps))]
    steps = [step for stage in arrangement.stages for step in stage.steps]
    needed = {keys[0]}
    for key, step, following in zip(keys, steps, [*steps[1:], None], strict=True):
        ends_in_words = following is not None and (following.text or following.audio)
        is_last = key[1] == len(arrangement.stages[key[0]].steps) - 1
        if is_last or not ends_in_words or not (step.text or step.audio):
            needed.add(key)
    return needed


def _only_steps(arrangement: Arrangement, keys: Set[StepKey]) -> tuple[Arrangement, dict[StepKey, StepKey]]:
    """Return the arrangement with only the steps in `keys`, and the new key of each of these steps."""
    stages: list[ArrangedStage] = []
    kept: dict[StepKey, StepKey] = {}
    for number, stage in enumerate(arrangement.stages):
        steps = [step for step in range(len(stage.steps)) if (number, step) in keys]
        if not steps:
            continue
        kept |= {(number, step): (len(stages), position) for position, step in enumerate(steps)}
        stages.append(replace(stage, steps=tuple(stage.steps[step] for step in steps)))
    return replace(arrangement, stages=tuple(stages)), kept


@dataclass(frozen=True)
class _Range:
    """The range of step lengths in milliseconds."""

    table_ms: int
    """The shortest length in the table."""
    table_end_ms: int
    """The longest length in the table."""
    shortest_ms: int
    longest_ms: int
    limits: tuple[str, str]


def _offered_range(slot: Slot, gap: int, in_variants: Collection[float]) -> _Range | None:
    """Return the lengths a step can have, or None if it cannot change.

    A step with breaths cannot change, because each length would need a table of every breath.
    """
    step, length_ms = slot.step, slot.length // SAMPLES_PER_MS
    if step.always_spoken or step.breathes or length_ms > MAX_LONGEST_MS or slot.length == 0:
        return None
    words_ms = max(-(-slot.speech_end // SAMPLE_RATE), 1) * 1000
    written_min_ms = (step.min_length or 0) // SAMPLES_PER_MS
    shortest_ms = min(max(words_ms, written_min_ms), length_ms)
    longest_ms = max(_longest_ms(step, length_ms), length_ms + 1)
    limits = ("script-min" if written_min_ms > words_ms else "words", "script-max" if step.max_length else "longest")
    points = length_at_factor(slot, gap)
    possible = [ms for ms in in_variants if ms <= _most_ms(step)]
    table_ms = min([shortest_ms, *(length // SAMPLES_PER_MS for _, length in points), *map(floor, possible)])
    table_end_ms = max([longest_ms, *map(ceil, possible)])
    return _Range(table_ms, table_end_ms, shortest_ms, longest_ms, limits)


def _longest_ms(step: ArrangedStep, length_ms: int) -> int:
    """Return the `max` of a step or, if it has none, the limit described at the constants above."""
    if step.max_length:
        return step.max_length // SAMPLES_PER_MS
    return min(max(MIN_LONGEST_MS, LONGEST_FACTOR * length_ms), _most_ms(step))


def _most_ms(step: ArrangedStep) -> int:
    """Return the longest length for which a table is not too large."""
    limits_ms = [MAX_REPEATED_CUES * cue.spec.every // SAMPLES_PER_MS for cue in step.cues if cue.spec.every]
    return min([MAX_LONGEST_MS, *limits_ms])


def _table_set(
    slot: Slot, offered: _Range | None, table: list[Stretch] | None, as_written: StepCues, gap: int
) -> TableSet:
    if offered is None or table is None:
        fixed = single_stretch(slot.length, as_written)
        reason = "breaths" if slot.step.breathes else "fixed"
        return TableSet(slot.length, slot.length, slot.length, (reason, reason), (fixed,), ())
    limits = offered.shortest_ms * SAMPLES_PER_MS, offered.longest_ms * SAMPLES_PER_MS
    return TableSet(slot.length, *limits, offered.limits, tuple(table), tuple(length_at_factor(slot, gap)))
