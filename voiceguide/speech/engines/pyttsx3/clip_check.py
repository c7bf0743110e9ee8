"""What every clip must show before it is believed: that it can be heard, and is about as long as its words."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["MAX_CLIP_S", "ClipError", "check_clip", "pcm_to_int16"]

MAX_CLIP_S = 600
_MIN_AUDIBLE_LEVEL = 100
"""Of 32,767, about -50 dBFS: breath and reverberation lie below, the quietest word above."""
_MIN_AUDIBLE_S = 0.05
_LETTERS_PER_S = 15
"""English letters a second at 175 words a minute."""
_MIN_LENGTH_RATIO, _MAX_LENGTH_RATIO = 0.2, 5.0
"""Times the estimate. Abbreviations, spelled letters and names of signs make a clip long, silent letters short."""
_MAX_OTHER_CHAR_S = 2.5
"""A digit, an emoji or a letter of a foreign script may be read by its whole name."""


class ClipError(Exception):
    """A clip that cannot be believed, or that never came. Its text is the cause, in words that follow a colon."""


def check_clip(samples: npt.NDArray[np.int16], rate_hz: int, text: str, pace: float) -> None:
    """Raise ClipError unless the samples, mono of shape (frames,), can be the words of `text` spoken at that pace."""
    length_s = len(samples) / rate_hz
    if length_s > MAX_CLIP_S:
        raise ClipError(f"the clip lasts {length_s:.0f} s, longer than ten minutes")
    audible_s = np.count_nonzero(np.abs(samples.astype(np.int32)) > _MIN_AUDIBLE_LEVEL) / rate_hz
    if audible_s < _MIN_AUDIBLE_S:
        raise ClipError(f"the clip is silent for all its {length_s:.2f} s")
    shortest_s, longest_s = _plausible_length_range_s(text, pace)
    if not shortest_s <= length_s <= longest_s:
        raise ClipError(
            f"the clip lasts {length_s:.2f} s where {shortest_s:.2f} to {longest_s:.2f} s were to be expected"
        )


def _plausible_length_range_s(text: str, pace: float) -> tuple[float, float]:
    letters = sum(character.isascii() and character.isalpha() for character in text)
    others = sum(not character.isspace() for character in text) - letters
    spoken_s = letters / _LETTERS_PER_S
    return _MIN_LENGTH_RATIO * spoken_s / pace, (_MAX_LENGTH_RATIO * spoken_s + _MAX_OTHER_CHAR_S * others) / pace + 1.5


def pcm_to_int16(pcm: bytes) -> npt.NDArray[np.int16]:
    """Signed 16-bit samples of little-endian bytes."""
    return np.frombuffer(pcm, dtype="<i2").astype(np.int16, copy=False)
