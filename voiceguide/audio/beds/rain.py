"""Rain: the rush of thousands of distant drops, overlaid with individual drops."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voiceguide.audio.array_type import Samples
from voiceguide.audio.beds.building_blocks import (
    LOOP_SAMPLES,
    ControlCurve,
    add_wrapped,
    filter_spectrum,
    pan_gains,
    random_clicks,
    random_drift,
    random_positions,
    shaped_noise,
    upsample_curve,
)
from voiceguide.seeded_generator import seeded_generator
from voiceguide.units import SAMPLE_RATE

__all__ = ["make"]

PATTER_PER_SECOND = 1400
DROP_DISPERSION_S = 0.004
"""Delay of a drop's low frequencies relative to its high frequencies."""
PITCHED_DROPS_PER_SECOND = 48.0
"""Number of drops per second that have an audible pitch. One in eight of these drops is close and loud."""


def make() -> Samples:
    """Return a loop of rain at an arbitrary level, shape (LOOP_SAMPLES, 2)."""
    random = seeded_generator(20_001)
    intensity = random_drift(random, LOOP_SAMPLES, min_period_s=4.0)
    rush = shaped_noise(random, LOOP_SAMPLES, _rush_response, correlation=0.45)
    rush *= upsample_curve(np.exp2(0.16 * intensity))[:, np.newaxis] / rush.std()
    clicks = random_clicks(random, np.exp2(0.45 * intensity), PATTER_PER_SECOND, spread=0.65)
    patter = filter_spectrum(clicks, _patter_response, correlation=0.35)
    loop = rush + patter * np.float32(0.75 / patter.std())
    _add_drops(random, loop, np.exp2(0.8 * random_drift(random, LOOP_SAMPLES, min_period_s=3.0)))
    return loop


def _rush_response(hertz: Samples) -> Samples:
    """Return a response that peaks around 400 Hz, falls off gradually up to 7 kHz, and then steeply to avoid hiss."""
    rumble = 1 / (1 + (150 / hertz) ** 4)
    tilt = 1 / (1 + (hertz / 900) ** 1.1)
    return np.asarray(rumble * tilt / (1 + (hertz / 7000) ** 4))


def _patter_response(hertz: Samples) -> npt.NDArray[np.complex64]:
    """Return the response of a drop that falls on leaves or earth with a dull sound.

    Low frequencies are delayed so that the drop does not sound like a click.
    """
    color = 1 / (1 + (700 / hertz) ** 2) / (1 + (hertz / 3800) ** 2) / (1 + (hertz / 8000) ** 4)
    cycles_late = DROP_DISPERSION_S * 1500 * np.log1p(hertz / 1500)
    return np.asarray(color * np.exp(-2j * np.pi * cycles_late), dtype=np.complex64)


def _add_drops(random: np.random.Generator, loop: Samples, density: ControlCurve) -> None:
    for start in random_positions(random, density, PITCHED_DROPS_PER_SECOND):
        near = random.random() < 0.125
        hertz = float(np.exp(random.normal(np.log(1700), 0.5)))
        strength = random.uniform(2.0, 3.6) if near else random.uniform(0.5, 1.8)
        left, right = pan_gains(random.uniform(-0.85, 0.85))
        add_wrapped(
            loop,
            int(start),
            _synthesize_drop(min(hertz, 4800), random.uniform(0.004, 0.014)),
            strength * left,
            strength * right,
        )


def _synthesize_drop(hertz: float, decay_s: float) -> Samples:
    """Return the sound of the bubble that a drop leaves behind. Its pitch rises slightly as the bubble closes."""
    times = np.arange(int(6 * decay_s * SAMPLE_RATE), dtype=np.float32) / SAMPLE_RATE
    attack = np.minimum(times / 0.0008, 1)
    phase = times * hertz * (1 + 2 * times)
    return np.asarray(attack * np.exp(-times / decay_s) * np.sin(2 * np.pi * phase), dtype=np.float32)
