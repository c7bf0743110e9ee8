"""Every loop at one loudness, so that a bed's level means the same whatever the bed is."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from voiceguide.sound.loudness import loudness
from voiceguide.units import db_to_gain

__all__ = ["level_loop"]

Samples = npt.NDArray[np.float32]
KNEE = 0.6
"""Of the ceiling: what is lower passes as it is."""


def level_loop(samples: Samples, lufs: float, peak_db: float, most_boost_db: float = math.inf) -> Samples:
    """Samples scaled to a loudness in LUFS, at most `most_boost_db` up, no sample above `peak_db`.

    The few peaks too high are bent under the ceiling, which costs a loop of noise no loudness that anyone could measure
    after the second round; a file that is nearly all peaks comes out softer than asked for.
    """
    boost_db = min(lufs - loudness(samples), most_boost_db)
    scaled = np.asarray(samples * np.float32(db_to_gain(boost_db)), dtype=np.float32, order="C")
    ceiling = db_to_gain(peak_db)
    if _peak(scaled) <= ceiling:
        return scaled
    bent = _bend(scaled, ceiling)
    again = min(lufs - loudness(bent), most_boost_db - boost_db)
    return _bend(bent * np.float32(db_to_gain(again)), ceiling)


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
