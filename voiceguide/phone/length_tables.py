"""Tables of cue positions at every length of a step.

As the length of a step grows, the position of each cue changes linearly until the cues of the step change: a cue is
added, removed, or moved to avoid an overlap. A table has one entry for each range of lengths between two such changes.
All steps are evaluated at the same time, because the cues of a step do not depend on the lengths of the other steps.
`independence.py` checks this.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from voiceguide.phone.rescheduling import SAMPLES_PER_MS, PlacedCue, StepCues

__all__ = ["CueLine", "LengthRange", "StepKey", "Stretch", "length_tables", "single_stretch"]

StepKey = tuple[int, int]
"""The number of a stage, and the number of a step within it."""
Evaluate = Callable[[Mapping[StepKey, int]], Mapping[StepKey, StepCues]]
"""Returns the cues of steps at the given lengths in milliseconds. All others have the length set in the script."""

FINE_GRID_MS = 2_000
FINE_GRID_END_MS = 300_000
"""Below this length, a step is evaluated every FINE_GRID_MS, because its cues are close together and often move."""
COARSE_GRID_MS = 15_000
ROUND_MS = (60_000, 30_000, 15_000, 5_000, 2_500, 1_000, 500)
"""Lengths where cues usually change: scripts and spoken times use round numbers. These lengths are tried first."""
TOLERANCE_SAMPLES = 1.5
"""Positions are rounded to whole samples, so a point can be this many samples away from its straight line."""


@dataclass(frozen=True)
class CueLine:
    """A cue over a range of step lengths. The slopes are changes in offset and cue length per sample of step length."""

    sound: object
    offset: int
    """Samples from the start of the step, at the shortest length of the range."""
    slope: float
    length: int
    length_slope: float


@dataclass(frozen=True)
class Stretch:
    """An inclusive range of lengths, in samples, over which a step has the same cues."""

    start: int
    stop: int
    speech: int
    """Length of the step's own speech in samples."""
    cues: tuple[CueLine, ...]


def length_tables(ranges: Mapping[StepKey, LengthRange], evaluate: Evaluate) -> dict[StepKey, list[Stretch]]:
    """Return the table of each step."""
    searches = {key: _Search(each) for key, each in ranges.items()}
    while any(search.waiting for search in searches.values()):
        lengths = {key: search.waiting.pop() for key, search in searches.items() if search.waiting}
        found = evaluate(lengths)
        for key, length_ms in lengths.items():
            searches[key].add(length_ms, found[key])
    return {key: list(_stretches(search.known)) for key, search in searches.items()}


@dataclass(frozen=True)
class LengthRange:
    """An inclusive range of step lengths in milliseconds."""

    low: int
    high: int
    has_cues: bool
    """Whether the step has cues besides its own speech. Such cues can collide and move."""

    def grid(self) -> Iterator[int]:
        """Yield the lengths to evaluate first."""
        at = self.low
        while at < self.high:
            yield at
            fine = self.has_cues and at < FINE_GRID_END_MS
            at += FINE_GRID_MS if fine else COARSE_GRID_MS
        yield self.high


class _Search:
    """The search for the lengths at which the cues of one step change."""

    def __init__(self, lengths: LengthRange) -> None:
        self.waiting = list(lengths.grid())
        self.known: dict[int, StepCues] = {}
        self._searched: set[tuple[int, tuple[int, int, int]]] = set()

    def add(self, length_ms: int, cues: StepCues) -> None:
        """Add the result for one length. When no lengths are waiting, find the next ones to evaluate."""
        self.known[length_ms] = cues
        if not self.waiting:
            self.waiting = list(self._middles())

    def _middles(self) -> Iterator[int]:
        """Yield lengths within each gap in which the cues change, unless the gap is only a millisecond wide."""
        order = sorted(self.known)
        gaps = [(low, high) for low, high in pairwise(order) if self.known[low].sounds != self.known[high].sounds]
        for index, (low, high) in enumerate(pairwise(order)):
            if high - low == 1:
                continue
            for points in _neighbors(order, index):
                if (low, points) not in self._searched:
                    self._searched.add((low, points))
                    if self._bends(*points):
                        gaps.append((low, high))
        for low, high in dict.fromkeys(gaps):
            yield from _lengths_between(low, high)

    def _bends(self, low: int, middle: int, high: int) -> bool:
        known = self.known
        same = known[low].sounds == known[middle].sounds == known[high].sounds
        return same and not _on_a_line(known, low, middle, high)


def _neighbors(order: list[int], index: int) -> Iterator[tuple[int, int, int]]:
    """Yield three lengths that show whether the line bends between `order[index]` and the next length: these two, and
    one before or after them. It is not too close to them, because a bend would then be less than the rounding.
    """
    low, high = order[index : index + 2]
    apart = (high - low) / 4
    before, after = bisect_right(order, low - apart) - 1, bisect_left(order, high + apart)
    if before >= 0:
        yield order[before], low, high
    if after < len(order):
        yield low, high, order[after]


def _lengths_between(low: int, high: int) -> Iterator[int]:
    """Between two lengths, yield a round length and the length before it, or the middle if no length is round."""
    for step in ROUND_MS:
        at = -(-(low + 1) // step) * step
        if at <= high:
            yield from (length for length in (at - 1, at) if low < length < high)
            if at - 1 > low or at < high:
                return
    if high - low > 1:
        yield (low + high) // 2


def _on_a_line(known: Mapping[int, StepCues], low: int, middle: int, high: int) -> bool:
    share = (middle - low) / (high - low)
    return all(
        abs(a + (b - a) * share - c) <= TOLERANCE_SAMPLES
        for first, last, between in zip(known[low].cues, known[high].cues, known[middle].cues, strict=True)
        for a, b, c in (
            (first.offset, last.offset, between.offset),
            (first.length, last.length, between.length),
        )
    )


def _stretches(known: Mapping[int, StepCues]) -> Iterator[Stretch]:
    """Yield the longest ranges over which the evaluated points lie on straight lines."""
    order = sorted(known)
    first = 0
    while first < len(order):
        last = first
        while last + 1 < len(order) and _continues(known, order[first], order[last], order[last + 1]):
            last += 1
        yield _stretch(known, order[first], order[last])
        first = last + 1


def _continues(known: Mapping[int, StepCues], first: int, last: int, following: int) -> bool:
    if known[last].sounds != known[following].sounds or known[last].speech != known[following].speech:
        return False
    if first == last:
        return _is_plausible(known, last, following)
    return _on_a_line(known, first, last, following)


def _is_plausible(known: Mapping[int, StepCues], low: int, high: int) -> bool:
    """Return whether two neighboring points can lie on one straight line.

    No cue may move farther than the step grows.
    """
    grown = (high - low) * SAMPLES_PER_MS + TOLERANCE_SAMPLES
    return all(
        abs(b.offset - a.offset) <= grown and abs(b.length - a.length) <= grown
        for a, b in zip(known[low].cues, known[high].cues, strict=True)
    )


def _stretch(known: Mapping[int, StepCues], low_ms: int, high_ms: int) -> Stretch:
    low, high = low_ms * SAMPLES_PER_MS, high_ms * SAMPLES_PER_MS

    def line(first: PlacedCue, last: PlacedCue) -> CueLine:
        slope = (last.offset - first.offset) / (high - low) if high > low else 0.0
        length_slope = (last.length - first.length) / (high - low) if high > low else 0.0
        return CueLine(first.sound, first.offset, slope, first.length, length_slope)

    pairs = zip(known[low_ms].cues, known[high_ms].cues, strict=True)
    return Stretch(low, high, known[low_ms].speech, tuple(line(first, last) for first, last in pairs))


def single_stretch(length: int, cues: StepCues) -> Stretch:
    """Return the table of a step that has a single length, given in samples."""
    lines = (CueLine(cue.sound, cue.offset, 0.0, cue.length, 0.0) for cue in cues.cues)
    return Stretch(length, length, cues.speech, tuple(lines))
