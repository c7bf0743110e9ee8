"""The sound of a chime: every partial of a struck body, ringing and dying away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from voiceguide.audio.loudness import loudness
from voiceguide.units import SAMPLE_RATE, db_to_gain, seconds_to_samples

if TYPE_CHECKING:
    from voiceguide.audio.chimes.presets import Chime, Partial

__all__ = ["strike"]

Samples = npt.NDArray[np.float32]
Curve = npt.NDArray[np.float64]

PEAK_DB = -12.0
LOUDEST_LUFS = -26.0
"""Eight under the narration."""
DAMPING = 1.5
"""How many times over all of it has died away to 1/e by its end, as under a hand, whatever its own decay."""
FADE_SHARE = 0.35
"""Of the length: how long the last of the ringing is taken away."""


def strike(chime: Chime, frames: int) -> Samples:
    """The chime, shape (frames, 2), from zero to zero; at PEAK_DB or LOUDEST_LUFS, whichever is reached first."""
    times = np.arange(frames) / SAMPLE_RATE
    damping_per_s = DAMPING * SAMPLE_RATE / max(frames, 1)
    sound = np.zeros((frames, 2))
    for partial in chime.partials:
        sound += _ringing(times, chime.pitch_hz, partial, damping_per_s)[:, np.newaxis] * _pan(partial.place)
    sound *= _edges(frames, seconds_to_samples(chime.attack_s))[:, np.newaxis]
    peak = float(np.abs(sound).max(initial=0.0))
    if not peak:
        return sound.astype(np.float32)
    softened = (sound * (db_to_gain(PEAK_DB) / peak)).astype(np.float32)
    return softened * np.float32(min(1.0, db_to_gain(LOUDEST_LUFS - loudness(softened))))


def _ringing(times: Curve, pitch_hz: float, partial: Partial, damping_per_s: float) -> Curve:
    """One partial, its two tones in step at first and then beating."""
    hertz, away = pitch_hz * partial.ratio, partial.beat_hz / 2
    beating = 0.7 * np.sin(2 * np.pi * (hertz - away) * times) + 0.3 * np.sin(2 * np.pi * (hertz + away) * times)
    return np.asarray(partial.level * np.exp(-times * (1 / partial.decay_s + damping_per_s)) * beating)


def _pan(place: float) -> Curve:
    """Equal-power gains of left and right."""
    angle = (place + 1) * np.pi / 4
    return np.array([np.cos(angle), np.sin(angle)])


def _edges(frames: int, attack: int) -> Curve:
    """A gain that rises softly from zero and goes back to zero over the last of the length."""
    places = np.arange(frames)
    rise = np.clip(places / max(attack, 1), 0, 1)
    fall = np.clip((frames - 1 - places) / max(frames * FADE_SHARE, 1), 0, 1)
    return np.asarray(np.sin(np.pi / 2 * rise) ** 2 * np.sin(np.pi / 2 * fall) ** 2)
