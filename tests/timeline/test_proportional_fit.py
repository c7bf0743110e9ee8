"""Fitting silences to a total: one factor, within bounds, to the exact sample."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from tests.support.timing import assert_linear
from voiceguide.timeline.scheduling.proportional_fit import FlexibleSilence, fit_proportionally, total_length_range

DAY = 24 * 3600 * 48_000


@pytest.mark.parametrize(
    ("silences", "target", "expected"),
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
        "one at its maximum",
        "one at its minimum",
        "two copies",
        "an empty silence stays empty",
        "an odd sample",
        "an odd sample does not go to a copy",
        "the longest total",
        "the shortest total",
        "no change possible",
        "no silences",
    ],
)
def test_silences_are_scaled_proportionally(silences: list[FlexibleSilence], target: int, expected: list[int]) -> None:
    assert fit_proportionally(silences, target) == expected


def test_a_silence_at_its_maximum_gives_back_a_sample_so_that_copies_stay_equal() -> None:
    assert fit_proportionally([FlexibleSilence(10, 0, 10), FlexibleSilence(10, 0, 100, copies=2)], 31) == [9, 11]


@st.composite
def silences_and_target(draw: st.DrawFn) -> tuple[list[FlexibleSilence], int]:
    silences = []
    for _ in range(draw(st.integers(1, 6))):
        length = draw(st.integers(0, 1000))
        shortest = draw(st.integers(0, length))
        longest = draw(st.integers(length, 3000)) if length else 0
        silences.append(FlexibleSilence(length, shortest, longest, draw(st.sampled_from([1, 1, 2, 3, 5]))))
    return silences, draw(st.integers(*total_length_range(silences)))


@given(silences_and_target())
def test_the_target_is_met_within_every_bound(case: tuple[list[FlexibleSilence], int]) -> None:
    silences, target = case
    lengths = fit_proportionally(silences, target)
    pairs = list(zip(lengths, silences, strict=True))
    assert all(silence.min_length <= length <= silence.max_length for length, silence in pairs)
    missing = target - sum(length * silence.copies for length, silence in pairs)
    most_copies = max(silence.copies for silence in silences)
    assert 0 <= missing < most_copies
    if any(one.copies == 1 and one.max_length - one.min_length >= 2 * most_copies for one in silences):
        assert missing == 0


@given(silences_and_target())
def test_silences_within_their_bounds_are_scaled_by_the_same_factor(case: tuple[list[FlexibleSilence], int]) -> None:
    silences, target = case
    inside = [
        (length, silence)
        for length, silence in zip(fit_proportionally(silences, target), silences, strict=True)
        if silence.min_length + 8 < length < silence.max_length - 8
    ]
    for length, silence in inside:
        for other_length, other in inside:
            assert abs(length * other.length - other_length * silence.length) <= 8 * (silence.length + other.length)


def test_the_cost_of_a_fit_grows_with_the_number_of_different_silences() -> None:
    def fit(count: int) -> None:
        silences = [FlexibleSilence(48_000 + number, 24_000, DAY) for number in range(count)]
        target = 100_003 * count
        assert sum(fit_proportionally(silences, target)) == target

    assert_linear(fit, 250)
