"""A part of a mix as a sound of its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from voiceguide.audio.mixer.source import AudioBlock, NarratedSource, Region
from voiceguide.system.disk_cache import digest
from voiceguide.units import LEVEL_ROW_SAMPLES, SAMPLE_RATE

__all__ = ["Excerpt"]

EDGE_FADE_SAMPLES = SAMPLE_RATE // 20
"""Samples of the fade at each end: the bed is cut there, and a cut clicks."""


class Excerpt:
    """The samples of a mix from start to stop, counted from zero, with soft edges; itself a `Mixed`.

    Its frames are those of the whole, so that what was encoded for one is copied for the other.
    """

    def __init__(self, source: NarratedSource, start: int, stop: int) -> None:
        self.total = stop - start
        self.channels = source.channels
        self.grid_offset = (source.grid_offset + start) % LEVEL_ROW_SAMPLES
        self._source = source
        self._start = start

    def render(self, start: int, stop: int) -> AudioBlock:
        """The samples from start to stop, shape (stop - start, channels)."""
        sound = self._source.render(self._start + start, self._start + stop)
        if self._overlaps_fade(start, stop):
            edge = min(EDGE_FADE_SAMPLES, self.total // 2)
            at = np.arange(start, stop)
            share = np.clip(np.minimum(at / edge, (self.total - 1 - at) / edge), 0, 1)
            sound = sound * np.sin(share * np.pi / 2)[:, np.newaxis] ** 2
        return np.asarray(sound, np.float32)

    def range_key(self, start: int, stop: int) -> str:
        """The whole's own name for the range, where it has no edge in it."""
        own = self._source.range_key(self._start + start, self._start + stop)
        return digest(f"edge {start} {self.total}", own) if self._overlaps_fade(start, stop) else own

    def cue_key(self, cue_start: int) -> str:
        """A name for the sound of the spoken cue that starts at a sample of the part."""
        return self._source.cue_key(self._start + cue_start)

    def cue_samples(self, at: int) -> AudioBlock:
        """The sound of the spoken cue that starts at a sample of the part."""
        return self._source.cue_samples(self._start + at)

    def regions(self) -> list[Region]:
        """The whole's stretches within the part; its edges are no steady ones."""
        result = [Region(0, min(EDGE_FADE_SAMPLES, self.total), "")]
        for stretch in self._source.regions():
            begin = max(stretch.start - self._start, result[-1].stop)
            end = min(stretch.stop - self._start, self.total - EDGE_FADE_SAMPLES)
            if begin < end:
                loop_start = stretch.loop_start - self._start
                result.append(replace(stretch, start=begin, stop=end, loop_start=loop_start))
        if result[-1].stop < self.total:
            result.append(Region(result[-1].stop, self.total, ""))
        return result

    def render_loop(self, loop_key: str, start: int, stop: int) -> AudioBlock:
        """Samples of a steady loop, which is the whole's."""
        return self._source.render_loop(loop_key, start, stop)

    def _overlaps_fade(self, start: int, stop: int) -> bool:
        """Whether a range is touched by the fades."""
        edge = min(EDGE_FADE_SAMPLES, self.total // 2)
        return start < edge or stop > self.total - edge
