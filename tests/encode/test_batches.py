"""Lots: nothing lost, in order, large at first and small towards the end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voiceguide.encode.batches import split_into_batches

SIZES = st.lists(st.integers(1, 3000), max_size=60)


@given(SIZES, st.integers(1, 8))
def test_every_thing_comes_once_and_in_order(sizes: list[int], jobs: int) -> None:
    things = list(enumerate(sizes))
    lots = list(split_into_batches(things, lambda thing: thing[1], jobs, 600, 4000))
    assert [thing for lot in lots for thing in lot] == things
    assert all(lots)


@given(SIZES, st.integers(1, 8))
def test_no_lot_is_larger_than_the_most_but_for_one_large_thing(sizes: list[int], jobs: int) -> None:
    for lot in split_into_batches(sizes, int, jobs, 600, 4000):
        assert sum(lot) <= 4000 or len(lot) == 1


def test_lots_become_smaller_so_that_all_jobs_end_at_about_the_same_time() -> None:
    """With lots of 2,500 frames throughout, one core encoded the last of them for half a second alone."""
    lots = [sum(lot) for lot in split_into_batches([100] * 200, int, 2, 600, 4000)]
    assert lots == [4000, 4000, 3000, 2200, 1700, 1200, 900, 700, 600, 600, 600, 500]
