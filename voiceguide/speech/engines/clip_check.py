"""Check that a clip is audible and that its length is plausible for its text."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["MAX_CLIP_S", "ClipError", "check_clip", "pcm_to_int16"]

MAX_CLIP_S = 600
_MIN_AUDIBLE_LEVEL = 100
"""A sample value, about -50 dBFS; full scale is 32,767. Breath and reverberation are quieter than this; even the
quietest word is louder."""
_MIN_AUDIBLE_S = 0.05
_LETTERS_PER_S = 15
"""English letters per second at 175 words per minute."""
_MIN_LENGTH_RATIO, _MAX_LENGTH_RATIO = 0.2, 5.0
"""These ratios are relative to the estimated length. Abbreviations, spelled-out letters and symbol names lengthen a
clip. Silent letters shorten it."""
_MAX_OTHER_CHAR_S = 2.5
"""Longest plausible time for any other character. A digit, emoji or non-Latin letter may be read by its full name."""


class ClipError(Exception):
    """A clip failed the checks or was never returned. The message is the cause, worded to follow a colon."""


def check_clip(samples: npt.NDArray[np.int16], rate_hz: int, text: str, pace: float) -> None:
    """Raise ClipError unless the mono samples, shape (frames,), are plausible for `text` at the given pace."""
    length_s = len(samples) / rate_hz
    if length_s > MAX_CLIP_S:
        raise ClipError(f"the clip lasts {length_s:.0f} s, which is longer than ten minutes")
    audible_s = np.count_nonzero(np.abs(samples.astype(np.int32)) > _MIN_AUDIBLE_LEVEL) / rate_hz
    if audible_s < _MIN_AUDIBLE_S:
        raise ClipError(f"the clip is {length_s:.2f} s long and silent")
    shortest_s, longest_s = _plausible_length_range_s(text, pace)
    if not shortest_s <= length_s <= longest_s:
        raise ClipError(
            f"the clip lasts {length_s:.2f} s instead of the expected {shortest_s:.2f} to {longest_s:.2f} s"
        )


def _plausible_length_range_s(text: str, pace: float) -> tuple[float, float]:
    letters = sum(character.isascii() and character.isalpha() for character in text)
    others = sum(not character.isspace() for character in text) - letters
    spoken_s = letters / _LETTERS_PER_S
    return _MIN_LENGTH_RATIO * spoken_s / pace, (_MAX_LENGTH_RATIO * spoken_s + _MAX_OTHER_CHAR_S * others) / pace + 1.5


def pcm_to_int16(pcm: bytes) -> npt.NDArray[np.int16]:
    """Return little-endian bytes as signed 16-bit samples."""
    return np.frombuffer(pcm, dtype="<i2").astype(np.int16, copy=False)
