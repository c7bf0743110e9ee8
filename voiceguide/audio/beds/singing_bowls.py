"""Singing bowls: low partials that each beat slowly against a twin, swelling as if softly sounded again and again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from voiceguide.audio.beds.synthesis import (
    LOOP_SAMPLES,
    ControlCurve,
    control_times,
    random_drift,
    seeded_generator,
    upsample_curve,
)
from voiceguide.units import MP3_FRAME_SAMPLES, SAMPLE_RATE

__all__ = ["make"]

Samples = npt.NDArray[np.float32]

LOOP_S = LOOP_SAMPLES / SAMPLE_RATE


@dataclass(frozen=True)
class BowlPartial:
    """A mode of a bowl and its twin, `beat_hz` higher: two tones, since no bowl is quite round."""

    hertz: float
    beat_hz: float
    level: float
    decay_s: float


@dataclass(frozen=True)
class Bowl:
    """A bowl, and the seconds at which it is sounded and how strongly."""

    partials: tuple[BowlPartial, ...]
    strikes: tuple[tuple[float, float], ...]


# The ratios 1 : 2.7 : 5.1 : 8 of the modes are those measured on Tibetan bowls (Inacio, Henrique and Antunes, 2006).
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
"""How much of each partial sounds on all the time, as of a bowl rubbed along its rim."""


def make() -> Samples:
    """A loop of bowls, shape (LOOP_SAMPLES, 2), at no particular level."""
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
    """The partial's rise and slow fall each time the bowl is sounded; the last one rings on over the seam."""
    times = control_times(LOOP_SAMPLES)
    total = np.zeros_like(times)
    for at_s, strength in bowl.strikes:
        since = (times - at_s) % LOOP_S
        rise = np.sin(np.pi / 2 * np.minimum(since / ATTACK_S, 1)) ** 2
        total += strength * rise * np.exp(-since / partial.decay_s)
    return total


def _add_beating_tones(loop: Samples, partial: BowlPartial, gain: Samples, flipped: bool) -> None:
    """Add the two tones in place, leaning apart, and unequal, so that they never cancel on a single speaker."""
    leanings = ((0.95, 0.6), (0.15, 0.75))
    for hertz, lean in zip((partial.hertz, partial.hertz + partial.beat_hz), leanings, strict=True):
        tone = _looping_cosine(hertz) * gain
        for channel, share in enumerate(lean[::-1] if flipped else lean):
            loop[:, channel] += tone * np.float32(share)


def _looping_cosine(hertz: float) -> Samples:
    """A cosine of whole cycles a loop, as near `hertz` as can be: cos(a + b) over frames a and samples b in them."""
    cycles = round(hertz * LOOP_S)
    count = LOOP_SAMPLES // MP3_FRAME_SAMPLES
    frames = 2 * np.pi * (cycles * np.arange(count) % count) / count
    within = 2 * np.pi * cycles / LOOP_SAMPLES * np.arange(MP3_FRAME_SAMPLES)
    wave = np.outer(np.cos(frames), np.cos(within)) - np.outer(np.sin(frames), np.sin(within))
    return wave.astype(np.float32).ravel()
