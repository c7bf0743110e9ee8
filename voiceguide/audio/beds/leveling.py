"""Every loop at one loudness, so that a bed's level means the same whatever the bed is."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from voiceguide.audio.loudness import block_powers, gated_loudness
from voiceguide.units import SAMPLE_RATE, db_to_gain, gain_to_db

__all__ = ["MAX_SWELL_LU", "bed_loudness", "level_loop"]

Samples = npt.NDArray[np.float32]
KNEE_RATIO = 0.6
"""Of the ceiling: what is lower passes as it is."""
MAX_SWELL_LU = 2.4
"""By how much the loud moments of a bed may stand above its loudness; a steady rain's do just that."""
LOUD_PERCENTILE = 99.0
"""Percentile of the momentary loudness that is meant by them."""


def bed_loudness(loop: Samples) -> float:
    """The loudness of a bed in LUFS; of one that swells, SWELL_LU less than that of its loud moments.

    Otherwise the swell of waves, 8 LU above their mean, would stand in the quiet between two lines nearly as loud as a
    word does, and count as programme: half an hour of them measured -21 LUFS, where rain is at -18.5.
    """
    powers = block_powers(loop)
    swell = gated_loudness(np.percentile(powers, [LOUD_PERCENTILE])) - MAX_SWELL_LU
    return max(gated_loudness(powers), swell)


def level_loop(samples: Samples, lufs: float, max_peak_db: float, max_boost_db: float = math.inf) -> Samples:
    """Samples scaled to a `bed_loudness` in LUFS, at most `most_boost_db` up, none above `peak_db`; in place where
    possible.

    The few peaks too high are bent under the ceiling, and the loudness that this costs is made up once: a loop of noise
    loses nothing that anyone could measure, a file that is nearly all peaks comes out softer than asked for.
    """
    loop = np.ascontiguousarray(samples, dtype=np.float32)
    peak, ceiling = _peak(loop), db_to_gain(max_peak_db)
    loop *= np.float32(1 / peak)
    gain = min(db_to_gain(lufs - bed_loudness(loop)), peak * db_to_gain(max_boost_db))
    loop *= np.float32(gain)
    if _peak(loop) > ceiling:
        _soft_clip(loop, ceiling)
        missing_db = min(lufs - bed_loudness(loop), max_boost_db - gain_to_db(gain / peak))
        loop *= np.float32(db_to_gain(missing_db))
        _soft_clip(loop, ceiling)
    return loop


def _soft_clip(loop: Samples, ceiling: float) -> None:
    """Press what lies above the knee smoothly towards the ceiling, which none passes; in place, block by block."""
    knee, room = KNEE_RATIO * ceiling, (1 - KNEE_RATIO) * ceiling
    for start in range(0, len(loop), SAMPLE_RATE):
        block = loop[start : start + SAMPLE_RATE]
        high = np.abs(block) > knee
        over = np.abs(block[high]) - knee
        block[high] = np.sign(block[high]) * (knee + room * np.tanh(over / room))


def _peak(samples: Samples) -> float:
    return float(max(samples.max(), -samples.min()))
