"""Stretching time: one factor, bounds kept, the total met to the sample."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceguide.timeline.scheduling.proportional_fit import FlexibleSilence, fit_proportionally, total_length_range

DAY = 24 * 3600 * 48_000


@pytest.mark.parametrize(
    ("parts", "target", "lengths"),
    [
        ([FlexibleSilence(100, 0, 1000), FlexibleSilence(300, 0, 1000)], 800, [200, 600]),
        ([FlexibleSilence(100, 0, 1000), FlexibleSilence(300, 0, 1000)], 40, [10, 30]),
        ([FlexibleSilence(100, 0, 150), FlexibleSilence(300, 0, 1000)], 800, [150, 650]),
        ([FlexibleSilence(100, 90, 1000), FlexibleSilence(300, 0, 1000)], 120, [90, 30]),
        ([FlexibleSilence(100, 0, 1000, copies=2), FlexibleSilence(200, 0, 1000)], 800, [200, 400]),
        ([FlexibleSilence(0, 0, 0), FlexibleSilence(200, 0, 1000)], 800, [0, 800]),
        (
            [FlexibleSilence(100, 0, 1000), FlexibleSilence(100, 0, 1000), FlexibleSilence(100, 0, 1000)],
            301,
            [101, 100, 100],
        ),
        ([FlexibleSilence(100, 0, 1000, copies=2), FlexibleSilence(100, 0, 1000)], 301, [100, 101]),
        ([FlexibleSilence(100, 50, 150), FlexibleSilence(200, 100, 300)], 450, [150, 300]),
        ([FlexibleSilence(100, 50, 150), FlexibleSilence(200, 100, 300)], 150, [50, 100]),
        ([FlexibleSilence(100, 100, 100)], 100, [100]),
        ([], 0, []),
    ],
    ids=[
        "twice as long",
        "a tenth",
        "one at its longest",
        "one at its shortest",
        "copies count twice",
        "no quiet stays none",
        "the odd sample",
        "the odd sample never to a copy",
        "the longest possible",
        "the shortest possible",
        "nothing moves",
        "nothing at all",
    ],
)
def test_quiet_is_stretched_in_proportion(parts: list[FlexibleSilence], target: int, lengths: list[int]) -> None:
    assert fit_proportionally(parts, target) == lengths


def test_where_those_alone_are_at_their_most_one_gives_back_a_sample_so_that_copies_stay_equal() -> None:
    assert fit_proportionally([FlexibleSilence(10, 0, 10), FlexibleSilence(10, 0, 100, copies=2)], 31) == [9, 11]


@st.composite
def parts_and_target(draw: st.DrawFn) -> tuple[list[FlexibleSilence], int]:
    parts = []
    for _ in range(draw(st.integers(1, 6))):
        quiet = draw(st.integers(0, 1000))
        low = draw(st.integers(0, quiet))
        high = draw(st.integers(quiet, 3000)) if quiet else 0
        parts.append(FlexibleSilence(quiet, low, high, draw(st.sampled_from([1, 1, 2, 3, 5]))))
    shortest, longest = total_length_range(parts)
    return parts, draw(st.integers(shortest, longest))


@given(parts_and_target())
def test_the_target_is_met_within_every_bound(case: tuple[list[FlexibleSilence], int]) -> None:
    parts, target = case
    lengths = fit_proportionally(parts, target)
    assert all(part.min_length <= length <= part.max_length for part, length in zip(parts, lengths, strict=True))
    missing = target - sum(length * part.copies for length, part in zip(lengths, parts, strict=True))
    most_copies = max(part.copies for part in parts)
    assert 0 <= missing < most_copies
    if any(part.copies == 1 and part.max_length - part.min_length >= 2 * most_copies for part in parts):
        assert missing == 0


@given(parts_and_target())
def test_the_same_factor_holds_wherever_no_bound_does(case: tuple[list[FlexibleSilence], int]) -> None:
    parts, target = case
    inside = [
        (length, part)
        for length, part in zip(fit_proportionally(parts, target), parts, strict=True)
        if part.min_length + 8 < length < part.max_length - 8
    ]
    for length, part in inside:
        for other_length, other in inside:
            assert abs(length * other.length - other_length * part.length) <= 8 * (part.length + other.length)


def test_a_thousand_different_parts_take_no_time() -> None:
    parts = [FlexibleSilence(48_000 + number, 24_000, DAY) for number in range(1000)]
    began = time.process_time()
    assert sum(fit_proportionally(parts, 100_000_003)) == 100_000_003
    assert time.process_time() - began < 2
