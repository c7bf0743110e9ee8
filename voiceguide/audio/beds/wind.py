"""Wind: bands of noise that brighten as gusts rise, and a faint whistle like wind through a gap."""

from __future__ import annotations

import numpy as np

from voiceguide.audio.array_type import Samples
from voiceguide.audio.beds.building_blocks import (
    LOOP_SAMPLES,
    ControlCurve,
    FrequencyResponse,
    random_drift,
    shaped_noise,
    upsample_curve,
)
from voiceguide.seeded_generator import seeded_generator
from voiceguide.units import SAMPLE_RATE

__all__ = ["make"]

NOISE_BANDS = ((55.0, 210.0, 1.0, 0.45), (200.0, 650.0, 0.62, 0.75), (600.0, 2200.0, 0.22, 1.1))
"""For each band: low and high cutoff in hertz, level, and gain in a strong gust as a power of two."""
WHISTLES = ((430.0, 0.2, 0.4), (655.0, 0.07, -0.5))
"""Pitch in hertz, level and pan position (-1 left, 1 right) of each whistle."""


def make() -> Samples:
    """Return a loop of wind at an arbitrary level, shape (LOOP_SAMPLES, 2)."""
    random = seeded_generator(20_004)
    gust = 1.5 * np.tanh(0.8 * random_drift(random, LOOP_SAMPLES, min_period_s=3.5))
    gust += 0.22 * random_drift(random, LOOP_SAMPLES, min_period_s=0.5)
    sides = [gust + 0.25 * random_drift(random, LOOP_SAMPLES, min_period_s=2.0) for _ in range(2)]
    loop = np.zeros((LOOP_SAMPLES, 2), dtype=np.float32)
    for low_hz, high_hz, level, force in NOISE_BANDS:
        noise = shaped_noise(random, LOOP_SAMPLES, _band_response(low_hz, high_hz), correlation=0.45)
        for channel, side in enumerate(sides):
            loop[:, channel] += noise[:, channel] * upsample_curve(np.exp2(force * side) * (level / noise.std()))
    for hertz, level, pan_position in WHISTLES:
        _add_whistle(random, loop, gust, hertz, level, pan_position)
    return loop


def _band_response(low_hz: float, high_hz: float) -> FrequencyResponse:
    return lambda hertz: 1 / (1 + (low_hz / hertz) ** 4) / (1 + (hertz / high_hz) ** 3)


def _add_whistle(
    random: np.random.Generator, loop: Samples, gust: ControlCurve, hertz: float, level: float, pan_position: float
) -> None:
    """Add a whistle, a band of noise a few hertz wide. It is audible only in strong gusts and rises in pitch with them.

    Modifies the loop in place.
    """
    pitch = hertz * np.exp2(0.13 * gust + 0.05 * random_drift(random, LOOP_SAMPLES, min_period_s=1.5))
    phase = np.cumsum(upsample_curve(pitch), dtype=np.float64) / SAMPLE_RATE
    phase *= round(phase[-1]) / phase[-1]
    angle = (2 * np.pi * (phase % 1)).astype(np.float32)
    cosine, sine = np.cos(angle), np.sin(angle)
    strength = level * np.exp2(1.9 * gust)
    common = [random_drift(random, LOOP_SAMPLES, min_period_s=0.12) for _ in range(2)]
    for channel, gain in enumerate((1 - pan_position, 1 + pan_position)):
        individual = [random_drift(random, LOOP_SAMPLES, min_period_s=0.12) for _ in range(2)]
        in_phase, quadrature = (0.8 * shared + 0.6 * own for shared, own in zip(common, individual, strict=True))
        loop[:, channel] += (
            upsample_curve(strength * gain * in_phase) * cosine - upsample_curve(strength * gain * quadrature) * sine
        )
