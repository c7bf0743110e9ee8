"""Chimes by modal synthesis: each partial of a struck body is two decaying tones that beat against each other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voiceguide.audio.chimes.presets import CHIMES, Chime, ChimePartial
from voiceguide.audio.loudness import integrated_loudness
from voiceguide.errors import AudioFileError
from voiceguide.names import CHIME_LUFS
from voiceguide.units import SAMPLE_RATE, db_to_gain, seconds_to_samples

__all__ = ["make_chime", "synthesize_chime"]

Samples = npt.NDArray[np.float32]
Float64Array = npt.NDArray[np.float64]

MAX_PEAK_DB = -12.0
DAMPING_TIME_CONSTANTS = 1.5
"""How many times over all of it has died away to 1/e by its end, as under a hand, whatever its own decay."""
FADE_OUT_FRACTION = 0.35
"""Of the length: how long the last of the ringing is taken away."""


def make_chime(name: str, seconds: float) -> Samples:
    """A chime that rings out in exactly `seconds`: 48 kHz float32, shape (frames, 2), the same samples each time.

    It starts and ends at zero, its peak is at most -12 dBFS and its loudness at most -26 LUFS.

    Raises:
        SoundError: when there is no chime of that name.
    """
    if name not in CHIMES:
        raise AudioFileError(f'There is no chime "{name}". Choose one of {", ".join(CHIMES)}, or none.')
    return synthesize_chime(CHIMES[name], seconds_to_samples(seconds))


def synthesize_chime(chime: Chime, frames: int) -> Samples:
    """The chime, shape (frames, 2), from zero to zero; at PEAK_DB or CHIME_LUFS, whichever is reached first."""
    times = np.arange(frames) / SAMPLE_RATE
    damping_per_s = DAMPING_TIME_CONSTANTS * SAMPLE_RATE / max(frames, 1)
    sound = np.zeros((frames, 2))
    for partial in chime.partials:
        sound += _render_partial(times, chime.pitch_hz, partial, damping_per_s)[:, np.newaxis] * _pan_gains(
            partial.pan_position
        )
    sound *= _fade_gains(frames, seconds_to_samples(chime.attack_s))[:, np.newaxis]
    peak = float(np.abs(sound).max(initial=0.0))
    if not peak:
        return sound.astype(np.float32)
    softened = (sound * (db_to_gain(MAX_PEAK_DB) / peak)).astype(np.float32)
    return softened * np.float32(min(1.0, db_to_gain(CHIME_LUFS - integrated_loudness(softened))))


def _render_partial(times: Float64Array, pitch_hz: float, partial: ChimePartial, damping_per_s: float) -> Float64Array:
    """One partial, its two tones in step at first and then beating."""
    hertz, away = pitch_hz * partial.pitch_ratio, partial.beat_hz / 2
    beating = 0.7 * np.sin(2 * np.pi * (hertz - away) * times) + 0.3 * np.sin(2 * np.pi * (hertz + away) * times)
    return np.asarray(partial.level * np.exp(-times * (1 / partial.decay_s + damping_per_s)) * beating)


def _pan_gains(pan_position: float) -> Float64Array:
    """Equal-power gains of left and right."""
    angle = (pan_position + 1) * np.pi / 4
    return np.array([np.cos(angle), np.sin(angle)])


def _fade_gains(frames: int, attack_samples: int) -> Float64Array:
    """A gain that rises softly from zero and goes back to zero over the last of the length."""
    places = np.arange(frames)
    rise = np.clip(places / max(attack_samples, 1), 0, 1)
    fall = np.clip((frames - 1 - places) / max(frames * FADE_OUT_FRACTION, 1), 0, 1)
    return np.asarray(np.sin(np.pi / 2 * rise) ** 2 * np.sin(np.pi / 2 * fall) ** 2)
