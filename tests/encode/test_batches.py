"""Batches: complete, in order, large at first and smaller toward the end."""

from __future__ import annotations

from hypothesis import given, strategies as st

from voiceguide.encode.batches import split_into_batches

SIZES = st.lists(st.integers(1, 3000), max_size=60)


@given(SIZES, st.integers(1, 8))
def test_every_item_occurs_once_and_in_order(sizes: list[int], jobs: int) -> None:
    items = list(enumerate(sizes))
    batches = list(split_into_batches(items, lambda item: item[1], jobs, 600, 4000))
    assert [item for batch in batches for item in batch] == items
    assert all(batches)


@given(SIZES, st.integers(1, 8))
def test_no_batch_exceeds_the_maximum_except_for_a_single_large_item(sizes: list[int], jobs: int) -> None:
    for batch in split_into_batches(sizes, int, jobs, 600, 4000):
        assert sum(batch) <= 4000 or len(batch) == 1


def test_batches_become_smaller_so_that_all_jobs_end_at_about_the_same_time() -> None:
    """With batches of 2,500 frames throughout, one core encoded the last batch for half a second on its own."""
    sizes = [sum(batch) for batch in split_into_batches([100] * 200, int, 2, 600, 4000)]
    assert sizes == [4000, 4000, 3000, 2200, 1700, 1200, 900, 700, 600, 600, 600, 500]
