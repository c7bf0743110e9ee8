"""Brown noise: power falling 6 dB an octave, a deep, even rumble."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voiceguide.audio.beds.synthesis import LOOP_SAMPLES, random_source, shaped_noise

__all__ = ["make"]

Samples = npt.NDArray[np.float32]

LOWEST_HZ = 38.0
"""Below, the noise is cut: it would move cones and use up headroom without being heard. The top is rounded off too."""


def make() -> Samples:
    """A loop of brown noise, shape (LOOP_SAMPLES, 2), at no particular level."""
    return shaped_noise(random_source(20_005), LOOP_SAMPLES, _brown, correlation=0.45)


def _brown(hertz: Samples) -> Samples:
    return np.asarray(1 / hertz / (1 + (LOWEST_HZ / hertz) ** 6) / (1 + (hertz / 6000) ** 2))
