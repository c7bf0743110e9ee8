"""What an encoder asks of a mix: any stretch of it, and where it is steady."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["AudioBlock", "AudioSource", "NarratedSource", "Region"]

AudioBlock = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Region:
    """A stretch of a mix. Stretches tile it, in order."""

    start: int
    """First sample."""
    stop: int
    """The sample after the last."""
    loop_key: str
    """What is heard where nothing but a steady loop is: a key of all that its sound depends on (bed, gain, version),
    or `silence`. Empty where something happens."""
    loop_length: int = 0
    """Samples of the loop, a whole number of MP3 frames."""
    loop_start: int = 0
    """Where the loop begins, at the edge of a frame counted from the preroll: sample t of the session is sample
    t - loop_start, modulo the loop's length, of the loop."""


class AudioSource(Protocol):
    """A session's sound, made on demand. The same range always gives the same samples, in whatever pieces it is asked
    for, and ranges may be asked for from several threads."""

    total: int
    """Samples."""
    channels: int
    grid_offset: int
    """Samples of quiet to be thought before the first, less than ROW_SAMPLES: MP3 frames and the rows of its levels are
    counted from where they begin."""

    def render(self, start: int, stop: int) -> AudioBlock:
        """The samples from start to stop, shape (stop - start, channels), float32."""

    def range_key(self, start: int, stop: int) -> str:
        """A name for the sound of a range: ranges of the same name have the same samples, wherever they lie."""

    def regions(self) -> list[Region]:
        """The whole mix as stretches where something happens and stretches that are steady."""

    def render_loop(self, loop_key: str, start: int, stop: int) -> AudioBlock:
        """Samples of the endless steady loop of that key, counted from where the loop begins."""


class NarratedSource(AudioSource, Protocol):
    """A mix that can tell its words apart, for the check of the finished file."""

    def cue_key(self, cue_start: int) -> str:
        """A name for the sound of the spoken cue that starts at a sample."""

    def cue_samples(self, at: int) -> AudioBlock:
        """The sound of the spoken cue that starts at a sample, alone and with its gain, mono, shape (frames,)."""
