"""The search for the lengths at which the cues of a step change."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from voiceguide.phone.length_tables import LengthRange, StepKey, length_tables
from voiceguide.phone.rescheduling import PlacedCue, StepCues
from voiceguide.timeline.model import ChimeSettings

KEY = (0, 0)


@pytest.mark.parametrize(("every_ms", "most"), [(15_000, 6), (5_000, 6), (4_321, 28)])
def test_changes_at_round_lengths_are_found_with_few_evaluations(every_ms: int, most: int) -> None:
    """A cue that names a time changes at round lengths. Halving each gap would take 14 evaluations for each change."""
    count = 0

    def evaluate(lengths_ms: Mapping[StepKey, int]) -> Mapping[StepKey, StepCues]:
        nonlocal count
        count += 1
        cues = StepCues((PlacedCue(0, 48, None, ChimeSettings(str(lengths_ms[KEY] // every_ms))),), 48)
        return {KEY: cues}

    table = length_tables({KEY: LengthRange(2_000, 600_000, False)}, evaluate)[KEY]
    starts = [stretch.start // 48 for stretch in table]
    assert starts == [2_000, *range(-(-2_001 // every_ms) * every_ms, 600_001, every_ms)]
    assert count < most * len(starts)


@pytest.mark.parametrize("bend_ms", [8_200, 8_237, 14_000, 26_001])
def test_a_bend_is_found_although_its_line_seems_straight_nearby(bend_ms: int) -> None:
    """A chime waits for the speech, and from some length on for the end. Two lengths a millisecond apart hid this."""

    def evaluate(lengths_ms: Mapping[StepKey, int]) -> Mapping[StepKey, StepCues]:
        offset = 48 * max(lengths_ms[KEY], bend_ms)
        return {KEY: StepCues((PlacedCue(offset, 48, None, ChimeSettings("bell")),), 48)}

    table = length_tables({KEY: LengthRange(8_170, 300_000, False)}, evaluate)[KEY]
    assert [(stretch.start // 48, stretch.cues[0].slope) for stretch in table] in (
        [(8_170, 0), (bend_ms + 1, 1)],
        [(8_170, 0), (bend_ms, 1)],
    )
