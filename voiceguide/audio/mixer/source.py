"""What an encoder needs from a mix: the audio of any range, and which regions repeat a loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from voiceguide.audio.samples import Samples

__all__ = ["SILENCE_LOOP", "AudioBlock", "AudioSource", "NarratedSource", "Region"]

AudioBlock = Samples
SILENCE_LOOP = "silence"
"""The loop key of silent regions."""


@dataclass(frozen=True)
class Region:
    """A range of a source in which the audio either changes or repeats one loop.

    The regions of a source are in order and cover it without gaps.
    """

    start: int
    """First sample."""
    stop: int
    """The sample after the last."""
    loop_key: str
    """A key for everything that the audio of a steady region depends on (bed, gain, version), or SILENCE_LOOP. Empty if
    the audio changes."""
    loop_length: int = 0
    """Length of the loop in samples, a whole number of MP3 frames."""
    loop_start: int = 0
    """Where the loop begins, on the frame grid: sample t of the session is sample t - loop_start of the loop, modulo
    the length of the loop."""


class AudioSource(Protocol):
    """The audio of a session, rendered on demand.

    A range always has the same samples, however it is divided. Ranges may be rendered by several threads at once.
    """

    total: int
    """Length in samples."""
    channels: int
    grid_offset: int
    """Where the frame grid starts: this many samples before the first sample, less than LEVEL_ROW_SAMPLES. MP3 frames
    and level rows are counted from there."""

    def render(self, start: int, stop: int) -> Samples:
        """Return the samples of a range, shape (stop - start, channels)."""

    def range_key(self, start: int, stop: int) -> str:
        """Return a key for the audio of a range. Ranges with equal keys have equal samples, wherever they are."""

    def regions(self) -> list[Region]:
        """Return the regions of the whole source."""

    def render_loop(self, loop_key: str, start: int, stop: int) -> Samples:
        """Return a range of an endless loop, counted from where the loop begins."""


class NarratedSource(AudioSource, Protocol):
    """A source that can also render its speech alone, to verify the finished file."""

    def cue_key(self, cue_start: int) -> str:
        """Return a key for the audio of the spoken cue that starts at `cue_start`."""

    def cue_samples(self, cue_start: int) -> Samples:
        """Return the spoken cue that starts at `cue_start`, with its gain but without the bed, shape (frames,)."""
