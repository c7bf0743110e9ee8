"""A peak limiter for single clips: it bends the moments that would go over, and leaves every other sample alone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voiceguide.units import SAMPLE_RATE, db_to_gain

__all__ = ["CEILING_DB", "limit_peaks"]

Samples = npt.NDArray[np.float32]

CEILING_DB = -1.7
"""The highest sample of a clip after its gain: the bed, the encoder and what lies between samples have the rest."""
GAIN_RAMP_SAMPLES = SAMPLE_RATE * 4 // 1000
"""Samples over which the gain goes down before a peak and comes back after it: slow enough not to crackle."""


def limit_peaks(samples: Samples, gain: float, ceiling: float = db_to_gain(CEILING_DB)) -> Samples:
    """The clip times its gain, its peaks bent below an amplitude. Shape (frames,) in and out.

    Where nothing is too high the result is exactly `samples * gain`.
    """
    scaled = samples * np.float32(gain)
    heights = np.abs(scaled)
    if heights.max(initial=0.0) <= ceiling:
        return scaled
    needed = np.minimum(ceiling / np.maximum(heights, ceiling), 1.0)
    window = np.hanning(2 * GAIN_RAMP_SAMPLES + 1)
    held = np.pad(_sliding_minimum(needed, GAIN_RAMP_SAMPLES), GAIN_RAMP_SAMPLES, mode="edge")
    smooth = np.convolve(held, window / window.sum(), "valid")
    return np.asarray(scaled * smooth, np.float32)


def _sliding_minimum(values: npt.NDArray[np.float64], radius: int) -> npt.NDArray[np.float64]:
    """The lowest value within `reach` on either side of each: doubling steps, not a loop over samples."""
    lowest, covered = values, 0
    while covered < radius:
        step = min(covered + 1, radius - covered)
        ahead = np.pad(lowest[step:], (0, step), constant_values=1.0)[: lowest.size]
        behind = np.pad(lowest[: lowest.size - step], (step, 0), constant_values=1.0)[: lowest.size]
        lowest = np.minimum(np.minimum(ahead, behind), lowest)
        covered += step
    return lowest
