"""Level loops so that all beds are equally loud at the same bed level."""

from __future__ import annotations

import math

import numpy as np

from voiceguide.audio.array_type import Samples
from voiceguide.audio.loudness import block_powers, gated_loudness, sample_peak
from voiceguide.units import SAMPLE_RATE, db_to_gain, gain_to_db

__all__ = ["MAX_SWELL_LU", "bed_loudness", "level_loop"]

KNEE_RATIO = 0.6
"""Soft clipping starts at this fraction of the ceiling."""
MAX_SWELL_LU = 2.4
"""Maximum difference between the level of a bed's loud moments and its `bed_loudness`. For steady rain, the difference
is exactly this value."""
LOUD_PERCENTILE = 99.0
"""Percentile of the momentary loudness that is taken as the level of the loud moments."""


def bed_loudness(loop: Samples) -> float:
    """Return the loudness of a bed in LUFS, or the level of its loud moments minus MAX_SWELL_LU if that is higher.

    The swells of the waves bed are 6 LU above its mean. Without this rule, a swell between two lines would be nearly as
    loud as speech and would pass the loudness gate. A half-hour session with waves would then measure -21 LUFS, whereas
    one with rain measures -18.5 LUFS.
    """
    powers = block_powers(loop)
    swell = gated_loudness(np.percentile(powers, [LOUD_PERCENTILE])) - MAX_SWELL_LU
    return max(gated_loudness(powers), swell)


def level_loop(samples: Samples, lufs: float, max_peak_db: float, max_boost_db: float = math.inf) -> Samples:
    """Bring the samples to a `bed_loudness` of `lufs`, in place where possible, with a boost of at most `max_boost_db`.

    Peaks above `max_peak_db` are soft-clipped, and the loudness lost by clipping is restored once. For noise, the loss
    is too small to measure. A file that consists almost entirely of peaks remains quieter than requested.
    """
    loop = np.ascontiguousarray(samples, dtype=np.float32)
    peak, ceiling = sample_peak(loop), db_to_gain(max_peak_db)
    loop *= np.float32(1 / peak)
    gain = min(db_to_gain(lufs - bed_loudness(loop)), peak * db_to_gain(max_boost_db))
    loop *= np.float32(gain)
    if sample_peak(loop) > ceiling:
        _soft_clip(loop, ceiling)
        missing_db = min(lufs - bed_loudness(loop), max_boost_db - gain_to_db(gain / peak))
        loop *= np.float32(db_to_gain(missing_db))
        _soft_clip(loop, ceiling)
    return loop


def _soft_clip(loop: Samples, ceiling: float) -> None:
    """Smoothly compress everything above the knee toward the ceiling, in place, one block at a time."""
    knee, room = KNEE_RATIO * ceiling, (1 - KNEE_RATIO) * ceiling
    for start in range(0, len(loop), SAMPLE_RATE):
        block = loop[start : start + SAMPLE_RATE]
        high = np.abs(block) > knee
        excess = np.abs(block[high]) - knee
        block[high] = np.sign(block[high]) * (knee + room * np.tanh(excess / room))
