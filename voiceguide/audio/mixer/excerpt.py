"""A range of a mix as an audio source."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import replace

import numpy as np

from voiceguide.audio.array_type import Samples
from voiceguide.audio.mixer.source import AudioSource, Region
from voiceguide.system.disk_cache import digest
from voiceguide.units import LEVEL_ROW_SAMPLES, SAMPLE_RATE

__all__ = ["Excerpt"]

EDGE_FADE_SAMPLES = SAMPLE_RATE // 20
"""Length of the fade at each end. Without it, the cut in the bed would be heard as a click."""


class Excerpt:
    """A range of another source as an `AudioSource` that starts at 0 and fades in and out.

    The two sources share a frame grid, so frames encoded for one can be copied for the other.
    """

    def __init__(self, source: AudioSource, start: int, stop: int) -> None:
        self.total = stop - start
        self.channels = source.channels
        self.grid_offset = (source.grid_offset + start) % LEVEL_ROW_SAMPLES
        self._source = source
        self._start = start
        self._fade = min(EDGE_FADE_SAMPLES, self.total // 2)

    def render(self, start: int, stop: int) -> Samples:
        """Return the samples of a range, shape (stop - start, channels)."""
        samples = self._source.render(self._start + start, self._start + stop)
        if self._overlaps_fade(start, stop):
            indices = np.arange(start, stop)
            fraction = np.clip(np.minimum(indices / self._fade, (self.total - 1 - indices) / self._fade), 0, 1)
            samples = samples * np.sin(fraction * np.pi / 2)[:, np.newaxis] ** 2
        return np.asarray(samples, np.float32)

    def range_key(self, start: int, stop: int) -> str:
        """Return the source's key for the range, or a different key if a fade affects the range."""
        source_key = self._source.range_key(self._start + start, self._start + stop)
        return digest(f"edge {start} {self.total}", source_key) if self._overlaps_fade(start, stop) else source_key

    def regions(self) -> list[Region]:
        """Return the source's regions within the excerpt. The fades are regions in which the audio changes."""
        result = [Region(0, min(EDGE_FADE_SAMPLES, self.total), "")]
        regions = self._source.regions()
        first = bisect_right(regions, self._start, key=lambda region: region.stop)
        last = bisect_left(regions, self._start + self.total, key=lambda region: region.start)
        for region in regions[first:last]:
            start = max(region.start - self._start, result[-1].stop)
            stop = min(region.stop - self._start, self.total - EDGE_FADE_SAMPLES)
            if start < stop:
                result.append(replace(region, start=start, stop=stop, loop_start=region.loop_start - self._start))
        if result[-1].stop < self.total:
            result.append(Region(result[-1].stop, self.total, ""))
        return result

    def render_loop(self, loop_key: str, start: int, stop: int) -> Samples:
        """Return a range of one of the source's loops."""
        return self._source.render_loop(loop_key, start, stop)

    def _overlaps_fade(self, start: int, stop: int) -> bool:
        return start < self._fade or stop > self.total - self._fade
