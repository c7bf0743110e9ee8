"""Peak limiter for individual clips. Only the samples around a peak above the ceiling are attenuated."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voiceguide.audio.array_type import Samples
from voiceguide.units import SAMPLE_RATE, db_to_gain

__all__ = ["CEILING_DB", "limit_peaks"]

CEILING_DB = -1.7
"""Maximum sample peak after gain. It leaves headroom for the bed, the encoder and inter-sample peaks."""
GAIN_RAMP_SAMPLES = SAMPLE_RATE * 4 // 1000
"""Length of the gain ramp before and after a peak, long enough to avoid clicks."""


def limit_peaks(samples: Samples, gain: float, ceiling: float = db_to_gain(CEILING_DB)) -> Samples:
    """Apply a gain to a clip and limit its peaks to the amplitude `ceiling`.

    The clip and the result have the shape (frames,). If no sample exceeds the ceiling, the result is exactly
    `samples * gain`.
    """
    scaled = samples * np.float32(gain)
    amplitudes = np.abs(scaled)
    if amplitudes.max(initial=0.0) <= ceiling:
        return scaled
    reduction = np.minimum(ceiling / np.maximum(amplitudes, ceiling), 1.0)
    window = np.hanning(2 * GAIN_RAMP_SAMPLES + 1)
    held = np.pad(_sliding_minimum(reduction, GAIN_RAMP_SAMPLES), GAIN_RAMP_SAMPLES, mode="edge")
    smooth = np.convolve(held, window / window.sum(), "valid")
    return np.asarray(scaled * smooth, np.float32)


def _sliding_minimum(values: npt.NDArray[np.float64], radius: int) -> npt.NDArray[np.float64]:
    """Return the minimum within `radius` of each value.

    The window size is doubled repeatedly, which avoids a loop over samples.
    """
    lowest, covered = values, 0
    while covered < radius:
        step = min(covered + 1, radius - covered)
        ahead = np.pad(lowest[step:], (0, step), constant_values=1.0)[: lowest.size]
        behind = np.pad(lowest[: lowest.size - step], (step, 0), constant_values=1.0)[: lowest.size]
        lowest = np.minimum(np.minimum(ahead, behind), lowest)
        covered += step
    return lowest
