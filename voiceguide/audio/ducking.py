"""Gain automation for beds: levels in decibels at breakpoints, interpolated linearly."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from voiceguide.audio.array_type import Samples
from voiceguide.units import SAMPLE_RATE, db_to_gain

__all__ = [
    "DUCK_ATTACK_SAMPLES",
    "DUCK_RELEASE_SAMPLES",
    "LIFT_LEAD_SAMPLES",
    "Envelope",
    "db_to_float32_gain",
    "duck_envelope",
    "find_ducked_ranges",
    "merge_ranges",
]

DUCK_ATTACK_SAMPLES = SAMPLE_RATE * 3 // 10
"""Duration of the fade down before speech."""
DUCK_RELEASE_SAMPLES = SAMPLE_RATE * 12 // 10
"""Duration of the fade back up after speech."""
LIFT_LEAD_SAMPLES = SAMPLE_RATE
"""Time from the start of the bed's rise to the cue. The rise wakes a Bluetooth speaker in time for the first word."""
LIFT_DB = 1.5
LIFT_RAMP_SAMPLES = SAMPLE_RATE * 4 // 10


@dataclass(frozen=True)
class Envelope:
    """Levels in decibels at ascending sample positions, constant before the first position and after the last."""

    positions: tuple[int, ...]
    levels_db: tuple[float, ...]

    def gain(self, start: int, stop: int) -> Samples | float:
        """Return the gain over a range: a single number if it is constant, otherwise shape (stop - start, 1)."""
        positions, levels = self._points_in(start, stop)
        if len(set(levels)) == 1:
            return db_to_float32_gain(levels[0])
        gains = np.empty(stop - start, np.float32)
        gains[: max(positions[0] - start, 0)] = _db_to_gains(levels[0])
        gains[max(positions[-1] - start, 0) :] = _db_to_gains(levels[-1])
        for (left, left_db), (right, right_db) in pairwise(zip(positions, levels, strict=True)):
            begin, end = max(left, start), min(right, stop)
            if begin < end:
                fraction = np.arange(begin - left, end - left) / (right - left) if left_db != right_db else 0.0
                gains[begin - start : end - start] = _db_to_gains(left_db + (right_db - left_db) * fraction)
        return gains[:, np.newaxis]

    def relative_points(self, start: int, stop: int) -> tuple[tuple[int, float], ...]:
        """Return the breakpoints that affect a range, relative to its start.

        Two ranges of the same length with equal breakpoints have the same gain, regardless of their position.
        """
        positions, levels = self._points_in(start, stop)
        if len(set(levels)) == 1:
            return ((0, levels[0]),)
        relative = [position - start for position in positions]
        if levels[0] == levels[1]:
            relative[0] = max(relative[0], 0)
        if levels[-1] == levels[-2]:
            relative[-1] = min(relative[-1], stop - start)
        return tuple(zip(relative, levels, strict=True))

    def _points_in(self, start: int, stop: int) -> tuple[tuple[int, ...], tuple[float, ...]]:
        """Return the positions and levels in a range, including the nearest point on either side."""
        first = max(bisect_right(self.positions, start) - 1, 0)
        last = min(bisect_left(self.positions, stop), len(self.positions) - 1)
        return self.positions[first : last + 1], self.levels_db[first : last + 1]


def _db_to_gains(decibels: npt.NDArray[np.float64] | float) -> npt.NDArray[np.float64] | float:
    return 10 ** (decibels / 20)


def db_to_float32_gain(decibels: float) -> float:
    """Convert decibels to a gain, rounded to float32 so that every caller multiplies by exactly the same number."""
    return float(np.float32(db_to_gain(decibels)))


def merge_ranges(ranges: Iterable[tuple[int, int]], gap: int) -> list[tuple[int, int]]:
    """Return the ranges in order. Ranges that overlap or are less than `gap` samples apart are merged."""
    merged: list[tuple[int, int]] = []
    for start, stop in sorted(ranges):
        if merged and start - merged[-1][1] < gap:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged


def find_ducked_ranges(speech_ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the ranges in which the bed is ducked. The bed stays ducked between cues that are close together."""
    return merge_ranges(speech_ranges, DUCK_RELEASE_SAMPLES + LIFT_LEAD_SAMPLES)


def duck_envelope(ranges: Iterable[tuple[int, int]], duck_db: float, base: Envelope) -> Envelope:
    """Return the base envelope, lowered by `duck_db` (negative) in every range.

    The fade down takes 0.3 s and ends at the start of the range. The fade up takes 1.2 s. One second before the range,
    the level rises gently by 1.5 dB, unless the range starts within the first second of the session.
    """
    ducking: list[tuple[int, float]] = []
    for start, end in ranges:
        lift = start - LIFT_LEAD_SAMPLES
        if lift >= 0:
            ducking += [(lift, 0.0), (lift + LIFT_RAMP_SAMPLES, LIFT_DB), (start - DUCK_ATTACK_SAMPLES, LIFT_DB)]
        else:
            ducking.append((max(start - DUCK_ATTACK_SAMPLES, 0), 0.0))
        ducking += [(start, duck_db), (end, duck_db), (end + DUCK_RELEASE_SAMPLES, 0.0)]
    if not ducking:
        return base
    positions, changes_db = zip(*ducking, strict=True)
    merged = sorted({*base.positions, *positions})
    levels_db = np.interp(merged, positions, changes_db) + np.interp(merged, base.positions, base.levels_db)
    return Envelope(tuple(merged), tuple(round(float(level), 4) for level in levels_db))
