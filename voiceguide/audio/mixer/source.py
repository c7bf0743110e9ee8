"""The interface between the mixer and the encoder: the audio of any range, and the regions that repeat a loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from voiceguide.audio.array_type import Samples
from voiceguide.audio.mixer.cell_order import CellOrder

__all__ = ["SILENCE_LOOP", "AudioBlock", "AudioSource", "Region"]

AudioBlock = Samples
SILENCE_LOOP = "silence"
"""The loop key of silent regions."""


@dataclass(frozen=True)
class Region:
    """A range of a source in which the audio either changes or repeats a single loop.

    The regions of a source are sorted and cover it without gaps.
    """

    start: int
    """First sample."""
    stop: int
    """The position after the last sample."""
    loop_key: str
    """A key that identifies the audio of a steady region (bed, gain, version), or SILENCE_LOOP. Empty if the audio
    changes."""
    loop_length: int = 0
    """Length of the loop in samples, a whole number of MP3 frames."""
    loop_start: int = 0
    """Start of the loop on the frame grid: sample t of the session is sample t - loop_start of the loop, modulo the
    loop length."""
    order: CellOrder = ()
    """The order in which the cells of the loop are played, if it has any. The sample is then counted in that order."""


class AudioSource(Protocol):
    """The audio of a session, rendered on demand.

    Rendering a range in one piece or in parts gives the same samples. Several threads may render ranges at once.
    """

    total: int
    """Length in samples."""
    channels: int
    grid_offset: int
    """Number of samples between the start of the frame grid and the first sample, always less than LEVEL_ROW_SAMPLES.
    MP3 frames and level rows are counted from the start of the grid."""

    def render(self, start: int, stop: int) -> Samples:
        """Return the samples of a range, shape (stop - start, channels)."""

    def range_key(self, start: int, stop: int) -> str:
        """Return a key for the audio of a range. Ranges with equal keys have identical samples, wherever they occur."""

    def regions(self) -> list[Region]:
        """Return the regions of the whole source."""

    def render_loop(self, loop_key: str, start: int, stop: int) -> Samples:
        """Return a range of an endlessly repeated loop. Positions are counted from the start of the loop."""
