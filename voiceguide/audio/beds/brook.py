"""A stream: thousands of bubbles over the soft rush of water. The size of a bubble determines its pitch.

The bubble model is from K. van den Doel, "Physically based models for liquid sounds" (ACM TAP 2005). It uses Minnaert's
formula for the pitch, damping by radiation and heat, and a pitch that rises as the bubble approaches the surface.
"""

from __future__ import annotations

import math

import numpy as np

from voiceguide.audio.array_type import Samples
from voiceguide.audio.beds.building_blocks import (
    LOOP_SAMPLES,
    ControlCurve,
    add_wrapped,
    pan_gains,
    random_drift,
    random_positions,
    shaped_noise,
    upsample_curve,
)
from voiceguide.seeded_generator import seeded_generator
from voiceguide.units import SAMPLE_RATE

__all__ = ["make"]

BUBBLES_PER_SECOND = 110.0
RADII_M = (0.0013, 0.0075)
"""Radii of the smallest and the largest bubble, which ring at 2,300 Hz and 400 Hz."""
BUBBLE_SPOTS = ((-0.75, 0.8), (-0.2, 1.25), (0.3, 1.0), (0.7, 0.7))
"""Pan position (-1 left, 1 right) and relative bubble size for each stone that the water flows over."""


def make() -> Samples:
    """Return a loop of a stream at an arbitrary level, shape (LOOP_SAMPLES, 2)."""
    random = seeded_generator(20_003)
    rush = shaped_noise(random, LOOP_SAMPLES, _rush_response, correlation=0.4)
    rush *= np.float32(0.22 / rush.std())
    for channel in range(2):
        rush[:, channel] *= upsample_curve(np.exp2(0.2 * random_drift(random, LOOP_SAMPLES, min_period_s=0.8)))
    for pan_position, size in BUBBLE_SPOTS:
        _add_bubbles(random, rush, pan_position, size)
    return rush


def _rush_response(hertz: Samples) -> Samples:
    return np.asarray(1 / (1 + (180 / hertz) ** 3) / (1 + (hertz / 700) ** 1.4) / (1 + (hertz / 5000) ** 3))


def _add_bubbles(random: np.random.Generator, loop: Samples, pan_position: float, size: float) -> None:
    """Add the bubbles at one spot to the loop, in irregular bursts. Modifies the loop in place."""
    density: ControlCurve = np.exp2(1.5 * random_drift(random, LOOP_SAMPLES, min_period_s=0.5))
    starts = random_positions(random, density, BUBBLES_PER_SECOND / len(BUBBLE_SPOTS))
    low, high = (math.log(radius) for radius in RADII_M)
    radii = np.exp(random.uniform(low, high, len(starts))) * size
    depths = random.uniform(0.2, 1.0, len(starts)) ** 2
    rises = random.uniform(0.02, 0.25, len(starts))
    positions = random.normal(pan_position, 0.15, len(starts))
    for start, radius, depth, rise, position in zip(starts, radii, depths, rises, positions, strict=True):
        left, right = pan_gains(float(np.clip(position, -1, 1)))
        strength = 2.2 * depth * (radius / RADII_M[1]) ** 0.35
        add_wrapped(loop, int(start), _synthesize_bubble(radius, rise), strength * left, strength * right)


def _synthesize_bubble(radius_m: float, rise: float) -> Samples:
    """Return a bubble of the given radius. Its pitch rises by the fraction `rise` per decay time."""
    hertz = 3 / radius_m
    damping_per_s = 0.13 / radius_m + 0.0072 * radius_m**-1.5
    times = np.arange(int(5.5 / damping_per_s * SAMPLE_RATE), dtype=np.float32) / np.float32(SAMPLE_RATE)
    decays = times * np.float32(damping_per_s)
    phase = np.float32(2 * math.pi * hertz) * times * (1 + np.float32(rise / 2) * decays)
    attack = np.minimum(times * np.float32(hertz * 0.7), 1)
    return np.asarray(attack * np.exp(-decays) * np.sin(phase), dtype=np.float32)
