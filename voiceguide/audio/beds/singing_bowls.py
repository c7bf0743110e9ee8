"""Singing bowls, struck softly at intervals. Each partial is a pair of tones that beat slowly against each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from voiceguide.audio.array_type import Samples
from voiceguide.audio.beds.building_blocks import (
    LOOP_SAMPLES,
    ControlCurve,
    control_times,
    random_drift,
    seeded_generator,
    upsample_curve,
)
from voiceguide.units import MP3_FRAME_SAMPLES, SAMPLE_RATE

__all__ = ["make"]

LOOP_S = LOOP_SAMPLES / SAMPLE_RATE


@dataclass(frozen=True)
class BowlPartial:
    """One mode of a bowl: two tones `beat_hz` apart, because no bowl is perfectly round."""

    hertz: float
    beat_hz: float
    level: float
    decay_s: float


@dataclass(frozen=True)
class Bowl:
    """A bowl and the times at which it is struck."""

    partials: tuple[BowlPartial, ...]
    strikes: tuple[tuple[float, float], ...]
    """The time of each strike, in seconds from the start of the loop, and its strength."""


# Mode ratios 1 : 2.7 : 5.1 : 8, measured on Tibetan bowls (Inacio, Henrique and Antunes, 2006).
BOWLS = (
    Bowl(
        (
            BowlPartial(110.0, 0.43, 1.0, 9.0),
            BowlPartial(298.4, 0.71, 0.65, 6.5),
            BowlPartial(561.2, 1.13, 0.18, 3.8),
            BowlPartial(880.6, 1.37, 0.025, 2.2),
        ),
        ((2.0, 1.0), (22.9, 0.8), (40.9, 0.9)),
    ),
    Bowl(
        (
            BowlPartial(164.6, 0.57, 0.6, 7.5),
            BowlPartial(447.3, 0.93, 0.32, 5.0),
            BowlPartial(838.9, 1.61, 0.045, 2.6),
        ),
        ((12.6, 0.9), (32.3, 1.0), (51.6, 0.75)),
    ),
)
ATTACK_S = 0.5
DRONE_LEVEL = 0.38
"""Constant level of each partial, as if the rim of the bowl were being rubbed."""


def make() -> Samples:
    """Return a loop of singing bowls at an arbitrary level, shape (LOOP_SAMPLES, 2)."""
    random = seeded_generator(20_006)
    loop = np.zeros((LOOP_SAMPLES, 2), dtype=np.float32)
    for bowl in BOWLS:
        for number, partial in enumerate(bowl.partials):
            swell = DRONE_LEVEL * np.exp2(
                0.45 * random_drift(random, LOOP_SAMPLES, min_period_s=6.0)
            ) + _strike_envelope(bowl, partial)
            _add_beating_tones(loop, partial, upsample_curve(partial.level * swell), flipped=number % 2 == 1)
    return loop


def _strike_envelope(bowl: Bowl, partial: BowlPartial) -> ControlCurve:
    """Return the envelope of a partial over all strikes. The last strike rings on into the start of the loop."""
    times = control_times(LOOP_SAMPLES)
    total = np.zeros_like(times)
    for at_s, strength in bowl.strikes:
        since_s = (times - at_s) % LOOP_S
        rise = np.sin(np.pi / 2 * np.minimum(since_s / ATTACK_S, 1)) ** 2
        total += strength * rise * np.exp(-since_s / partial.decay_s)
    return total


def _add_beating_tones(loop: Samples, partial: BowlPartial, gain: Samples, flipped: bool) -> None:
    """Add the two tones of a partial to the loop in place.

    The tones differ in pan and level so that they never cancel out on a single speaker.
    """
    channel_levels = ((0.95, 0.6), (0.15, 0.75))
    for hertz, levels in zip((partial.hertz, partial.hertz + partial.beat_hz), channel_levels, strict=True):
        tone = _looping_cosine(hertz) * gain
        for channel, level in enumerate(levels[::-1] if flipped else levels):
            loop[:, channel] += tone * np.float32(level)


def _looping_cosine(hertz: float) -> Samples:
    """Return a cosine with a whole number of cycles per loop, as close to `hertz` as possible.

    The cosine is computed as cos(a + b), where a is the phase at the start of a frame and b is the phase within the
    frame.
    """
    cycles = round(hertz * LOOP_S)
    count = LOOP_SAMPLES // MP3_FRAME_SAMPLES
    frames = 2 * np.pi * (cycles * np.arange(count) % count) / count
    within = 2 * np.pi * cycles / LOOP_SAMPLES * np.arange(MP3_FRAME_SAMPLES)
    wave = np.outer(np.cos(frames), np.cos(within)) - np.outer(np.sin(frames), np.sin(within))
    return wave.astype(np.float32).ravel()
