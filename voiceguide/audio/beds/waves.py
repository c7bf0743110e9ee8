"""Waves that swell, break, wash up the sand and drain back with a hiss. No two waves are alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from voiceguide.audio.array_type import Samples
from voiceguide.audio.beds.building_blocks import (
    LOOP_SAMPLES,
    ControlCurve,
    control_times,
    filter_spectrum,
    random_clicks,
    random_drift,
    shaped_noise,
    upsample_curve,
)
from voiceguide.seeded_generator import seeded_generator
from voiceguide.units import MP3_FRAME_SAMPLES

__all__ = ["make"]


@dataclass(frozen=True)
class Wave:
    """One wave of the loop."""

    break_time_s: float
    """Time at which the wave breaks and is loudest."""
    size: float
    pan_position: float
    """Pan position at which the wave breaks: -1 is left, 1 is right."""
    pan_drift: float
    """How far the wave moves along the beach after it breaks."""


WAVES = (
    Wave(4.0, 1.0, -0.35, 0.7),
    Wave(15.7, 0.78, 0.4, -0.5),
    Wave(26.6, 0.69, 0.1, -0.7),
    Wave(35.9, 0.63, -0.5, 0.4),
    Wave(47.4, 0.96, 0.45, -0.8),
    Wave(55.7, 0.61, -0.1, 0.6),
)


def make() -> Samples:
    """Return a loop of waves at an arbitrary level, shape (LOOP_SAMPLES, 2)."""
    random = seeded_generator(20_002)
    turbulence = np.exp2(0.22 * random_drift(random, LOOP_SAMPLES, min_period_s=0.16))
    open_water = np.exp2(0.2 * random_drift(random, LOOP_SAMPLES, min_period_s=5.0))
    loop = np.zeros((LOOP_SAMPLES, 2), dtype=np.float32)
    _add_noise_layer(
        loop,
        shaped_noise(random, LOOP_SAMPLES, _sea_response, correlation=0.5),
        0.17,
        np.stack([open_water, open_water]),
    )
    _add_noise_layer(
        loop, shaped_noise(random, LOOP_SAMPLES, _swell_response, correlation=0.6), 0.42, _wave_envelopes(4.0, 1.9, 0.0)
    )
    _add_noise_layer(
        loop,
        shaped_noise(random, LOOP_SAMPLES, _wash_response, correlation=0.45),
        0.9,
        _wave_envelopes(1.7, 1.25, 0.2) * turbulence,
    )
    foam = random_clicks(random, np.ones(LOOP_SAMPLES // MP3_FRAME_SAMPLES), 5000, spread=0.7)
    _add_noise_layer(loop, filter_spectrum(foam, _foam_response, correlation=0.35), 0.3, _wave_envelopes(2.0, 1.9, 2.3))
    return loop


def _add_noise_layer(loop: Samples, noise: Samples, level: float, gains: npt.NDArray[np.float64]) -> None:
    """Add one noise layer to the loop in place. `gains` has the shape (2, points)."""
    scale = level / float(noise.std())
    for channel in range(2):
        loop[:, channel] += noise[:, channel] * upsample_curve(gains[channel] * scale)


def _wave_envelopes(rise_s: float, fall_s: float, delay_s: float) -> npt.NDArray[np.float64]:
    """Return the left and right gains over the loop.

    They peak `delay_s` after each wave breaks and follow the pan position of the wave.
    """
    times = control_times(LOOP_SAMPLES)
    gains = np.zeros((2, len(times)))
    period_s = LOOP_SAMPLES / MP3_FRAME_SAMPLES * (times[1] - times[0])
    for wave in WAVES:
        since_s = (times - wave.break_time_s + period_s / 2) % period_s - period_s / 2
        angle = (1 + wave.pan_position + wave.pan_drift * np.clip((since_s + 3) / 9, 0, 1)) * np.pi / 4
        envelope = wave.size * _rise_and_fall(
            since_s - delay_s, rise_s * (1.3 - 0.3 * wave.size), fall_s * (0.6 + 0.5 * wave.size)
        )
        gains += envelope * np.stack([np.cos(angle), np.sin(angle)])
    return gains


def _rise_and_fall(since_s: ControlCurve, rise_s: float, fall_s: float) -> ControlCurve:
    """Return an envelope that rises smoothly from 0 to 1 at zero seconds and then decays."""
    rise = np.sin(np.pi / 2 * np.clip(1 + since_s / rise_s, 0, 1)) ** 2
    decays = np.maximum(since_s, 0) / fall_s
    return np.asarray(rise * (1 + decays) * np.exp(-decays))


def _sea_response(hertz: Samples) -> Samples:
    """Return the response of distant open water."""
    return np.asarray(1 / (1 + (70 / hertz) ** 4) / (1 + (hertz / 260) ** 1.3) / (1 + (hertz / 3000) ** 2))


def _swell_response(hertz: Samples) -> Samples:
    """Return the response of the rising swell, a deep rumble."""
    return np.asarray(1 / (1 + (60 / hertz) ** 4) / (1 + (hertz / 240) ** 2))


def _wash_response(hertz: Samples) -> Samples:
    """Return the broadband response of the breaking crest."""
    return np.asarray(1 / (1 + (110 / hertz) ** 3) / (1 + (hertz / 650) ** 0.9) / (1 + (hertz / 5500) ** 3))


def _foam_response(hertz: Samples) -> Samples:
    """Return the response of foam that bursts on the sand as the water drains back."""
    return np.asarray(1 / (1 + (2300 / hertz) ** 3) / (1 + (hertz / 5200) ** 2.5) / (1 + (hertz / 8500) ** 4))
