"""What happens to an engine's sound before it is a clip: checked, brought to 48 kHz, trimmed, its edges faded."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voiceguide.errors import SpeechError
from voiceguide.speech.engine import Speech
from voiceguide.units import SAMPLE_RATE

__all__ = ["finish_clip", "from_int16", "to_int16"]

Samples = npt.NDArray[np.float32]

LEAD = SAMPLE_RATE * 10 // 1000
"""Samples kept before the first sound, so that no consonant is cut."""
TAIL = SAMPLE_RATE * 40 // 1000
"""Samples kept after the last sound: the breath of an ending is quieter than the threshold."""
FADE = SAMPLE_RATE * 5 // 1000
AUDIBLE_DB = -45.0
"""Against the loudest 10 ms of the clip: what is quieter at its ends is the engine's own silence."""
WINDOW = SAMPLE_RATE // 100
SILENT_PEAK = 1e-3


def finish_clip(speech: Speech) -> Samples:
    """Mono float32 at 48 kHz without the engine's own silence at its ends, starting and ending at zero.

    Raises:
        SpeechError: for sound that cannot be words: none, silence, not a number, far over full scale.
    """
    samples = np.asarray(speech.samples, np.float32).reshape(-1)
    if samples.size == 0 or not np.isfinite(samples).all():
        raise SpeechError("The engine returned no usable sound.")
    if not 4_000 <= speech.rate <= 192_000:
        raise SpeechError(f"The engine returned sound at {speech.rate} Hz, which is no rate for speech.")
    peak = float(np.abs(samples).max())
    if peak < SILENT_PEAK:
        raise SpeechError("The engine returned silence.")
    if peak > 4:
        raise SpeechError("The engine returned sound far over full scale.")
    return _faded(_trimmed(_at_48k(samples, speech.rate)))


def _at_48k(samples: Samples, rate: int) -> Samples:
    if rate == SAMPLE_RATE:
        return samples
    import soxr

    return np.asarray(soxr.resample(samples, rate, SAMPLE_RATE, quality="HQ"), np.float32)


def _trimmed(samples: Samples) -> Samples:
    windows = -(-samples.size // WINDOW)
    padded = np.pad(samples, (0, windows * WINDOW - samples.size)).reshape(windows, WINDOW)
    level = np.sqrt((padded.astype(np.float64) ** 2).mean(axis=1))
    heard = np.flatnonzero(level > level.max() * 10 ** (AUDIBLE_DB / 20))
    start = max(int(heard[0]) * WINDOW - LEAD, 0)
    stop = min((int(heard[-1]) + 1) * WINDOW + TAIL, samples.size)
    return samples[start:stop]


def _faded(samples: Samples) -> Samples:
    length = min(FADE, samples.size // 2)
    ramp = np.sin(np.linspace(0, np.pi / 2, length, dtype=np.float32)) ** 2
    faded = samples.copy()
    faded[:length] *= ramp
    faded[samples.size - length :] *= ramp[::-1]
    return faded


def to_int16(samples: Samples) -> bytes:
    """Little-endian 16-bit, rounded; what lies over full scale was refused before."""
    return np.clip(np.rint(samples * 16_384), -32_768, 32_767).astype("<i2").tobytes()


def from_int16(data: bytes) -> Samples:
    """Back from `to_int16`. Half scale is 1.0 there, so that a hot voice keeps its peaks."""
    return np.frombuffer(data, "<i2").astype(np.float32) / 16_384
