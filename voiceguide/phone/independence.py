"""Check that the tables are correct for any combination of lengths and skipped stages, and find steps that depend on
other steps."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace

from voiceguide.phone.length_tables import StepKey, Stretch
from voiceguide.phone.rescheduling import SAMPLES_PER_MS, Evaluator, StepCues
from voiceguide.phone.skips import Skips
from voiceguide.phone.step_rows import StepRow
from voiceguide.timeline.arrangement.model import Arrangement

__all__ = ["is_independent", "steps_in_long_silences"]

ROUNDS = 24
TOLERANCE_SAMPLES = 2


def is_independent(
    arrangement: Arrangement, evaluator: Evaluator, rows: Mapping[StepKey, StepRow], skips: Skips
) -> bool:
    """Return whether the tables match the scheduler for random combinations of step lengths and skipped stages."""
    draw = random.Random(1)  # noqa: S311 - the same on every run
    for _ in range(ROUNDS):
        skipped = {number for number, offered in enumerate(skips.offered) if offered and draw.random() < 0.2}
        kept = [number for number in range(len(arrangement.stages)) if number not in skipped]
        if len(kept) < 2:
            continue
        lengths = {
            key: draw.randint(-(-row.tables[""].shortest // SAMPLES_PER_MS), row.tables[""].longest // SAMPLES_PER_MS)
            for key, row in rows.items()
            if row.tables[""].shortest < row.tables[""].longest and draw.random() < 0.7
        }
        part = replace(arrangement, stages=tuple(arrangement.stages[number] for number in kept))
        at = {number: position for position, number in enumerate(kept)}
        found = evaluator.steps(part, {(at[stage], step): ms for (stage, step), ms in lengths.items() if stage in at})
        middle = kept[1:-1] if skipped else kept  # after a skip, different tables apply to the ends
        if not all(
            _agrees(rows[number, step].tables[""].table, lengths.get((number, step)), rows[number, step], cues)
            for number in middle
            for step, cues in enumerate(found[at[number]])
        ):
            return False
    return True


def _agrees(table: tuple[Stretch, ...], length_ms: int | None, row: StepRow, found: StepCues) -> bool:
    length = row.tables[""].length if length_ms is None else length_ms * SAMPLES_PER_MS
    stretch = max((each for each in table if each.start <= length), key=lambda each: each.start, default=table[0])
    return tuple(cue.sound for cue in stretch.cues) == found.sounds and all(
        abs(cue.offset + cue.slope * (length - stretch.start) - placed.offset) <= TOLERANCE_SAMPLES
        for cue, placed in zip(stretch.cues, found.cues, strict=True)
    )


def steps_in_long_silences(arrangement: Arrangement) -> set[StepKey]:
    """Return the steps that have no speech of their own.

    The step before each of them is included too, because its silence continues into the next step.
    """
    keys = [(number, step) for number, stage in enumerate(arrangement.stages) for step in range(len(stage.steps))]
    steps = [step for stage in arrangement.stages for step in stage.steps]
    found: set[StepKey] = set()
    for index, step in enumerate(steps):
        if not (step.text or step.audio):
            found |= set(keys[max(index - 1, 0) : index + 1])
    return found
