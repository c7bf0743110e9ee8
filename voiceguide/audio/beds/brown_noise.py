"""Brown noise: a deep, even rumble whose power falls by 6 dB per octave."""

from __future__ import annotations

import numpy as np

from voiceguide.audio.array_type import Samples
from voiceguide.audio.beds.building_blocks import LOOP_SAMPLES, shaped_noise
from voiceguide.seeded_generator import seeded_generator

__all__ = ["make"]

LOW_CUT_HZ = 38.0
"""High-pass cutoff. Lower frequencies are inaudible but use headroom and move loudspeaker cones."""


def make() -> Samples:
    """Return a loop of brown noise at an arbitrary level, shape (LOOP_SAMPLES, 2)."""
    return shaped_noise(seeded_generator(20_005), LOOP_SAMPLES, _brown_response, correlation=0.45)


def _brown_response(hertz: Samples) -> Samples:
    return np.asarray(1 / hertz / (1 + (LOW_CUT_HZ / hertz) ** 6) / (1 + (hertz / 6000) ** 2))
