"""Every loop at one loudness, so that a bed's level means the same whatever the bed is."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from voiceguide.sound.loudness import loudness
from voiceguide.units import db_to_gain, gain_to_db

__all__ = ["level_loop"]

Samples = npt.NDArray[np.float32]
KNEE = 0.6
"""Of the ceiling: what is lower passes as it is."""


def level_loop(samples: Samples, lufs: float, peak_db: float, most_boost_db: float = math.inf) -> Samples:
    """Samples scaled to a loudness in LUFS, at most `most_boost_db` up, no sample above `peak_db`.

    The few peaks too high are bent under the ceiling, which costs a loop of noise no loudness that anyone could measure
    after the second round; a file that is nearly all peaks comes out softer than asked for.
    """
    peak, ceiling = _peak(samples), db_to_gain(peak_db)
    scaled = np.asarray(samples * np.float32(1 / peak), dtype=np.float32, order="C")
    gain = min(db_to_gain(lufs - loudness(scaled)), peak * db_to_gain(most_boost_db))
    scaled *= np.float32(gain)
    if _peak(scaled) <= ceiling:
        return scaled
    bent = _bend(scaled, ceiling)
    missing_db = min(lufs - loudness(bent), most_boost_db - gain_to_db(gain / peak))
    return _bend(bent * np.float32(db_to_gain(missing_db)), ceiling)


def _bend(samples: Samples, ceiling: float) -> Samples:
    """Samples with what lies above the knee pressed smoothly towards the ceiling, which none reaches."""
    if _peak(samples) <= ceiling:
        return samples
    knee, room = KNEE * ceiling, (1 - KNEE) * ceiling
    over = np.maximum(np.abs(samples) - knee, 0)
    bent = np.sign(samples) * (knee + room * np.tanh(over / room))
    return np.asarray(np.where(over > 0, bent, samples), dtype=np.float32)


def _peak(samples: Samples) -> float:
    return float(max(samples.max(), -samples.min()))
