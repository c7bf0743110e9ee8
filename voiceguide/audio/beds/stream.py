"""A stream: thousands of bubbles, each ringing at the pitch of its size, over the soft rush of the water.

The bubbles follow K. van den Doel, "Physically based models for liquid sounds" (ACM TAP 2005): Minnaert's pitch, the
damping by radiation and heat, and a pitch that rises while the bubble nears the surface.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from voiceguide.audio.beds.synthesis import (
    LOOP_SAMPLES,
    ControlCurve,
    add_wrapped,
    pan_gains,
    random_drift,
    scatter_events,
    seeded_generator,
    shaped_noise,
    upsample_curve,
)
from voiceguide.units import SAMPLE_RATE

__all__ = ["make"]

Samples = npt.NDArray[np.float32]

BUBBLES_PER_SECOND = 110.0
RADII_M = (0.0013, 0.0075)
"""Smallest and largest bubble: 2,300 to 400 Hz."""
BUBBLE_SPOTS = ((-0.75, 0.8), (-0.2, 1.25), (0.3, 1.0), (0.7, 0.7))
"""Where the water falls over a stone (-1 left, 1 right), and how large the bubbles are there."""


def make() -> Samples:
    """A loop of a stream, shape (LOOP_SAMPLES, 2), at no particular level."""
    random = seeded_generator(20_003)
    rush = shaped_noise(random, LOOP_SAMPLES, _rush_response, correlation=0.4)
    rush *= np.float32(0.22 / rush.std())
    for channel in range(2):
        rush[:, channel] *= upsample_curve(np.exp2(0.2 * random_drift(random, LOOP_SAMPLES, min_period_s=0.8)))
    for place, size in BUBBLE_SPOTS:
        _add_bubbles(random, rush, place, size)
    return rush


def _rush_response(hertz: Samples) -> Samples:
    return np.asarray(1 / (1 + (180 / hertz) ** 3) / (1 + (hertz / 700) ** 1.4) / (1 + (hertz / 5000) ** 3))


def _add_bubbles(random: np.random.Generator, loop: Samples, pan_position: float, size: float) -> None:
    """The bubbles of one spot, now in a gush and now hardly any, added in place."""
    gushing: ControlCurve = np.exp2(1.5 * random_drift(random, LOOP_SAMPLES, min_period_s=0.5))
    places = scatter_events(random, gushing, BUBBLES_PER_SECOND / len(BUBBLE_SPOTS))
    low, high = (math.log(radius) for radius in RADII_M)
    radii = np.exp(random.uniform(low, high, len(places))) * size
    depths = random.uniform(0.2, 1.0, len(places)) ** 2
    rises = random.uniform(0.02, 0.25, len(places))
    spread = random.normal(pan_position, 0.15, len(places))
    for start, radius, depth, rise, where in zip(places, radii, depths, rises, spread, strict=True):
        left, right = pan_gains(float(np.clip(where, -1, 1)))
        strength = 2.2 * depth * (radius / RADII_M[1]) ** 0.35
        add_wrapped(loop, int(start), _synthesize_bubble(radius, rise), strength * left, strength * right)


def _synthesize_bubble(radius_m: float, rise: float) -> Samples:
    """A bubble of that radius, its pitch higher by `rise` of itself after each decay time."""
    hertz = 3 / radius_m
    damping_per_s = 0.13 / radius_m + 0.0072 * radius_m**-1.5
    times = np.arange(int(5.5 / damping_per_s * SAMPLE_RATE), dtype=np.float32) / np.float32(SAMPLE_RATE)
    decays = times * np.float32(damping_per_s)
    phase = np.float32(2 * math.pi * hertz) * times * (1 + np.float32(rise / 2) * decays)
    attack = np.minimum(times * np.float32(hertz * 0.7), 1)
    return np.asarray(attack * np.exp(-decays) * np.sin(phase), dtype=np.float32)
