"""Wind: bands of noise that brighten as a gust rises, and the faint whistle of a gap somewhere."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voiceguide.audio.beds.synthesis import (
    LOOP_SAMPLES,
    ControlCurve,
    FrequencyResponse,
    random_drift,
    seeded_generator,
    shaped_noise,
    upsample_curve,
)
from voiceguide.units import SAMPLE_RATE

__all__ = ["make"]

Samples = npt.NDArray[np.float32]

NOISE_BANDS = ((55.0, 210.0, 1.0, 0.45), (200.0, 650.0, 0.62, 0.75), (600.0, 2200.0, 0.22, 1.1))
"""Lowest and highest hertz of a band, its level, and how many octaves of gain a strong gust gives it."""
WHISTLES = ((430.0, 0.2, 0.4), (655.0, 0.07, -0.5))
"""Pitch in hertz, level and place (-1 left, 1 right) of each whistle."""


def make() -> Samples:
    """A loop of wind, shape (LOOP_SAMPLES, 2), at no particular level."""
    random = seeded_generator(20_004)
    gust = 1.5 * np.tanh(0.8 * random_drift(random, LOOP_SAMPLES, min_period_s=3.5))
    gust += 0.22 * random_drift(random, LOOP_SAMPLES, min_period_s=0.5)
    sides = [gust + 0.25 * random_drift(random, LOOP_SAMPLES, min_period_s=2.0) for _ in range(2)]
    loop = np.zeros((LOOP_SAMPLES, 2), dtype=np.float32)
    for low, high, level, force in NOISE_BANDS:
        noise = shaped_noise(random, LOOP_SAMPLES, _band_response(low, high), correlation=0.45)
        for channel, side in enumerate(sides):
            loop[:, channel] += noise[:, channel] * upsample_curve(np.exp2(force * side) * (level / noise.std()))
    for hertz, level, place in WHISTLES:
        _add_whistle(random, loop, gust, hertz, level, place)
    return loop


def _band_response(low_hz: float, high_hz: float) -> FrequencyResponse:
    return lambda hertz: 1 / (1 + (low_hz / hertz) ** 4) / (1 + (hertz / high_hz) ** 3)


def _add_whistle(
    random: np.random.Generator, loop: Samples, gust: ControlCurve, hertz: float, level: float, pan_position: float
) -> None:
    """Noise a few hertz wide, whose pitch climbs with the gust, added in place. Heard in strong gusts only."""
    pitch = hertz * np.exp2(0.13 * gust + 0.05 * random_drift(random, LOOP_SAMPLES, min_period_s=1.5))
    phase = np.cumsum(upsample_curve(pitch), dtype=np.float64) / SAMPLE_RATE
    phase *= round(phase[-1]) / phase[-1]
    turns = (2 * np.pi * (phase % 1)).astype(np.float32)
    cosine, sine = np.cos(turns), np.sin(turns)
    strength = level * np.exp2(1.9 * gust)
    both = [random_drift(random, LOOP_SAMPLES, min_period_s=0.12) for _ in range(2)]
    for channel, lean in enumerate((1 - pan_position, 1 + pan_position)):
        own = [random_drift(random, LOOP_SAMPLES, min_period_s=0.12) for _ in range(2)]
        across, along = (0.8 * shared + 0.6 * alone for shared, alone in zip(both, own, strict=True))
        loop[:, channel] += (
            upsample_curve(strength * lean * across) * cosine - upsample_curve(strength * lean * along) * sine
        )
