"""Brown noise: power falling 6 dB an octave, a deep, even rumble."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voiceguide.audio.beds.synthesis import LOOP_SAMPLES, seeded_generator, shaped_noise

__all__ = ["make"]

Samples = npt.NDArray[np.float32]

LOW_CUT_HZ = 38.0
"""Below, the noise is cut: it would move cones and use up headroom without being heard. The top is rounded off too."""


def make() -> Samples:
    """A loop of brown noise, shape (LOOP_SAMPLES, 2), at no particular level."""
    return shaped_noise(seeded_generator(20_005), LOOP_SAMPLES, _brown_response, correlation=0.45)


def _brown_response(hertz: Samples) -> Samples:
    return np.asarray(1 / hertz / (1 + (LOW_CUT_HZ / hertz) ** 6) / (1 + (hertz / 6000) ** 2))
