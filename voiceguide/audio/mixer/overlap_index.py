"""Find the clips or tracks that overlap a range, without checking all clips or tracks."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Generic, Protocol, TypeVar

__all__ = ["OverlapIndex"]


class _Range(Protocol):
    """Anything with a start and a stop, in samples."""

    @property
    def start(self) -> int: ...

    @property
    def stop(self) -> int: ...


T = TypeVar("T", bound=_Range)


class OverlapIndex(Generic[T]):
    """Items sorted by start. They may overlap one another."""

    def __init__(self, items: Iterable[T]) -> None:
        self._items = sorted(items, key=lambda item: item.start)
        self._starts = [item.start for item in self._items]
        self._latest_stops = list(accumulate((item.stop for item in self._items), max))
        """For each item, the latest stop among that item and all earlier ones. Unlike the stops themselves, these
        values are sorted."""

    def overlapping(self, start: int, stop: int) -> Iterator[T]:
        """Yield the items that share at least one sample with a range, sorted by start."""
        first, last = bisect_right(self._latest_stops, start), bisect_left(self._starts, stop)
        for item in self._items[first:last]:
            if max(start, item.start) < min(stop, item.stop):
                yield item
