"""Levels over time, planned from the timeline: decibels at break points, straight lines between them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from voiceguide.units import SAMPLE_RATE, db_to_gain

__all__ = [
    "DUCK_ATTACK_SAMPLES",
    "DUCK_RELEASE_SAMPLES",
    "LIFT_LEAD_SAMPLES",
    "Envelope",
    "duck_envelope",
    "find_ducked_ranges",
]

DUCK_ATTACK_SAMPLES = SAMPLE_RATE * 3 // 10
"""Samples in which the bed goes down before the words."""
DUCK_RELEASE_SAMPLES = SAMPLE_RATE * 12 // 10
"""Samples in which it comes back after them."""
LIFT_LEAD_SAMPLES = SAMPLE_RATE
"""How long before a cue the bed begins to lift, so that a Bluetooth speaker is awake for the first word."""
LIFT_DB = 1.5
LIFT_RAMP_SAMPLES = SAMPLE_RATE * 4 // 10


@dataclass(frozen=True)
class Envelope:
    """Decibels at rising sample positions; constant before the first and after the last."""

    positions: tuple[int, ...]
    levels_db: tuple[float, ...]

    def gain(self, start: int, stop: int) -> npt.NDArray[np.float32] | float:
        """Amplitude factors of a range: one number where the level is steady in it, else shape (stop - start, 1)."""
        first = max(bisect_right(self.positions, start) - 1, 0)
        last = min(bisect_left(self.positions, stop), len(self.positions) - 1)
        levels = self.levels_db[first : last + 1]
        if len(set(levels)) == 1:
            return float(np.float32(db_to_gain(levels[0])))
        places = self.positions[first : last + 1]
        gains = np.empty(stop - start, np.float32)
        gains[: max(places[0] - start, 0)] = _db_to_gains(levels[0])
        gains[max(places[-1] - start, 0) :] = _db_to_gains(levels[-1])
        for (left, low), (right, high) in pairwise(zip(places, levels, strict=True)):
            begin, end = max(left, start), min(right, stop)
            if begin < end:
                share = np.arange(begin - left, end - left) / (right - left) if low != high else 0.0
                gains[begin - start : end - start] = _db_to_gains(low + (high - low) * share)
        return gains[:, np.newaxis]

    def relative_points(self, start: int, stop: int) -> tuple[tuple[int, float], ...]:
        """Its break points as far as a range depends on them, counted from its start: the same wherever it lies."""
        first = max(bisect_right(self.positions, start) - 1, 0)
        last = min(bisect_left(self.positions, stop), len(self.positions) - 1)
        levels = self.levels_db[first : last + 1]
        if len(set(levels)) == 1:
            return ((0, levels[0]),)
        places = [place - start for place in self.positions[first : last + 1]]
        if levels[0] == levels[1]:
            places[0] = max(places[0], 0)
        if levels[-1] == levels[-2]:
            places[-1] = min(places[-1], stop - start)
        return tuple(zip(places, levels, strict=True))


def _db_to_gains(decibels: npt.NDArray[np.float64] | float) -> npt.NDArray[np.float64] | float:
    return 10 ** (decibels / 20)


def find_ducked_ranges(speech_ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Start and end of the stretches during which the bed stays down: cues too close for it to come back are one."""
    spans: list[tuple[int, int]] = []
    for start, end in sorted(speech_ranges):
        if spans and start - spans[-1][1] < DUCK_RELEASE_SAMPLES + LIFT_LEAD_SAMPLES:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return spans


def duck_envelope(ranges: Iterable[tuple[int, int]], duck_db: float, base: Envelope) -> Envelope:
    """The base level, ducked under every span: 0.3 s down before it, 1.2 s up after it, a soft lift ahead of it."""
    points: dict[int, float] = dict.fromkeys(base.positions, 0.0)
    ducked: list[tuple[int, float]] = []
    for start, end in ranges:
        ahead = start - LIFT_LEAD_SAMPLES
        if ahead >= 0:
            ducked += [(ahead, 0.0), (ahead + LIFT_RAMP_SAMPLES, LIFT_DB), (start - DUCK_ATTACK_SAMPLES, LIFT_DB)]
        else:
            ducked.append((max(start - DUCK_ATTACK_SAMPLES, 0), 0.0))
        ducked += [(start, duck_db), (end, duck_db), (end + DUCK_RELEASE_SAMPLES, 0.0)]
    if not ducked:
        return base
    places, amounts = zip(*ducked, strict=True)
    merged = sorted({*points, *places})
    duck = np.interp(merged, places, amounts)
    level = np.interp(merged, base.positions, base.levels_db)
    return Envelope(tuple(merged), tuple(round(float(db), 4) for db in duck + level))
