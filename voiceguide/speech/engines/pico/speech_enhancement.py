"""Make Pico easier to understand: remove its noise in pauses, and boost its treble to match a natural voice."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voiceguide.speech.engines.pico.worker import PICO_RATE_HZ

__all__ = ["brighten", "silence_pauses"]

_WINDOW = PICO_RATE_HZ // 100
_SPEECH_LEVEL = 0.007
"""RMS of a window, about -43 dBFS. Pico's clicks reach -47 dBFS. Its speech is at -10 to -40 dBFS."""
_BASS_CUT, _GAIN = np.float32(0.8), np.float32(2)
_WINDOWS_BEFORE, _WINDOWS_AFTER = 6, 10
"""Number of 10 ms windows to keep before and after speech, so that no consonant is cut off."""


def silence_pauses(samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return mono samples, shape (frames,), with zeros in all pauses. The length does not change."""
    windows = -(-samples.size // _WINDOW)
    padded = np.pad(samples, (0, windows * _WINDOW - samples.size)).reshape(windows, _WINDOW)
    speech = np.sqrt(np.mean(padded.astype(np.float64) ** 2, axis=1)) > _SPEECH_LEVEL
    kept = np.convolve(speech, np.ones(_WINDOWS_BEFORE + _WINDOWS_AFTER + 1))[_WINDOWS_BEFORE:][:windows] > 0
    # The gain is interpolated linearly between windows to avoid clicks.
    gain = np.interp(np.arange(samples.size), (np.arange(windows) + 0.5) * _WINDOW, kept.astype(np.float64))
    return (samples * gain).astype(np.float32)


def brighten(samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return mono samples, shape (frames,), with less bass.

    From 1 to 6 kHz, Pico is 11 to 15 dB weaker than heart at the same loudness, so a rain bed masks its consonants.
    With this filter, an independent speech recognizer understood 83 % of the words in a German session instead of 77 %.
    """
    previous = np.concatenate((np.zeros(1, np.float32), samples[:-1]))
    return _GAIN * (samples - _BASS_CUT * previous)
