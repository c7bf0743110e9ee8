"""Modal synthesis of chimes.

Each partial of a struck body consists of two decaying tones that beat against each other.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voiceguide.audio.array_type import Samples
from voiceguide.audio.chimes.presets import Chime, ChimePartial
from voiceguide.audio.loudness import integrated_loudness
from voiceguide.builtin_names import CHIME_LUFS
from voiceguide.units import SAMPLE_RATE, db_to_gain, seconds_to_samples

__all__ = ["fit_recorded_chime", "synthesize_chime"]

Float64Array = npt.NDArray[np.float64]

MAX_PEAK_DB = -12.0
DAMPING_TIME_CONSTANTS = 1.5
"""Damping over the length of the chime, as if a hand muted it, in addition to the decay of the partials."""
FADE_OUT_FRACTION = 0.35
"""Length of the fade-out as a fraction of the chime's length."""


def synthesize_chime(chime: Chime, frames: int) -> Samples:
    """Return a chime of exactly `frames` frames, shape (frames, 2). The result is deterministic.

    The chime starts and ends at zero. Its peak is MAX_PEAK_DB, or lower if its loudness would exceed CHIME_LUFS.
    """
    times = np.arange(frames) / SAMPLE_RATE
    damping_per_s = DAMPING_TIME_CONSTANTS * SAMPLE_RATE / max(frames, 1)
    audio = np.zeros((frames, 2))
    for partial in chime.partials:
        audio += _render_partial(times, chime.pitch_hz, partial, damping_per_s)[:, np.newaxis] * _pan_gains(
            partial.pan_position
        )
    audio *= _fade_gains(frames, seconds_to_samples(chime.attack_s))[:, np.newaxis]
    return _level(audio)


def fit_recorded_chime(recording: Samples, frames: int) -> Samples:
    """Return a recorded chime, shape (frames, 1), at the level of the built-in ones.

    A longer recording fades out, and silence follows a shorter one.
    """
    audio = np.zeros((frames, 1))
    audio[: len(recording), 0] = recording[:frames]
    if len(recording) > frames:
        audio *= _fade_gains(frames, 0)[:, np.newaxis]
    return _level(audio)


def _level(audio: Float64Array) -> Samples:
    peak = float(np.abs(audio).max(initial=0.0))
    if not peak:
        return audio.astype(np.float32)
    scaled = (audio * (db_to_gain(MAX_PEAK_DB) / peak)).astype(np.float32)
    return scaled * np.float32(min(1.0, db_to_gain(CHIME_LUFS - integrated_loudness(scaled))))


def _render_partial(times: Float64Array, pitch_hz: float, partial: ChimePartial, damping_per_s: float) -> Float64Array:
    """Return the samples of one partial. Its two tones start in phase."""
    hertz, offset = pitch_hz * partial.pitch_ratio, partial.beat_hz / 2
    beating = 0.7 * np.sin(2 * np.pi * (hertz - offset) * times) + 0.3 * np.sin(2 * np.pi * (hertz + offset) * times)
    return np.asarray(partial.level * np.exp(-times * (1 / partial.decay_s + damping_per_s)) * beating)


def _pan_gains(pan_position: float) -> Float64Array:
    """Return the equal-power gains of the left and right channels."""
    angle = (pan_position + 1) * np.pi / 4
    return np.array([np.cos(angle), np.sin(angle)])


def _fade_gains(frames: int, attack_samples: int) -> Float64Array:
    """Return a gain that rises smoothly from zero and falls back to zero at the end."""
    indices = np.arange(frames)
    rise = np.clip(indices / max(attack_samples, 1), 0, 1)
    fall = np.clip((frames - 1 - indices) / max(frames * FADE_OUT_FRACTION, 1), 0, 1)
    return np.asarray(np.sin(np.pi / 2 * rise) ** 2 * np.sin(np.pi / 2 * fall) ** 2)
