"""A part of a mix as a sound of its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from voiceguide.audio.mixer.source import Blocks, Narrated, Stretch
from voiceguide.system.disk_cache import digest
from voiceguide.units import LEVEL_ROW_SAMPLES, SAMPLE_RATE

__all__ = ["Part"]

EDGE = SAMPLE_RATE // 20
"""Samples of the fade at each end: the bed is cut there, and a cut clicks."""


class Part:
    """The samples of a mix from start to stop, counted from zero, with soft edges; itself a `Mixed`.

    Its frames are those of the whole, so that what was encoded for one is copied for the other.
    """

    def __init__(self, whole: Narrated, start: int, stop: int) -> None:
        self.total = stop - start
        self.channels = whole.channels
        self.preroll = (whole.preroll + start) % LEVEL_ROW_SAMPLES
        self._whole = whole
        self._start = start

    def render(self, start: int, stop: int) -> Blocks:
        """The samples from start to stop, shape (stop - start, channels)."""
        sound = self._whole.render(self._start + start, self._start + stop)
        if self._has_edge(start, stop):
            edge = min(EDGE, self.total // 2)
            at = np.arange(start, stop)
            share = np.clip(np.minimum(at / edge, (self.total - 1 - at) / edge), 0, 1)
            sound = sound * np.sin(share * np.pi / 2)[:, np.newaxis] ** 2
        return np.asarray(sound, np.float32)

    def key(self, start: int, stop: int) -> str:
        """The whole's own name for the range, where it has no edge in it."""
        own = self._whole.key(self._start + start, self._start + stop)
        return digest(f"edge {start} {self.total}", own) if self._has_edge(start, stop) else own

    def cue_key(self, at: int) -> str:
        """A name for the sound of the spoken cue that starts at a sample of the part."""
        return self._whole.cue_key(self._start + at)

    def cue_sound(self, at: int) -> Blocks:
        """The sound of the spoken cue that starts at a sample of the part."""
        return self._whole.cue_sound(self._start + at)

    def stretches(self) -> list[Stretch]:
        """The whole's stretches within the part; its edges are no steady ones."""
        result = [Stretch(0, min(EDGE, self.total), "")]
        for stretch in self._whole.stretches():
            begin = max(stretch.start - self._start, result[-1].stop)
            end = min(stretch.stop - self._start, self.total - EDGE)
            if begin < end:
                loop_start = stretch.loop_start - self._start
                result.append(replace(stretch, start=begin, stop=end, loop_start=loop_start))
        if result[-1].stop < self.total:
            result.append(Stretch(result[-1].stop, self.total, ""))
        return result

    def render_loop(self, loop: str, start: int, stop: int) -> Blocks:
        """Samples of a steady loop, which is the whole's."""
        return self._whole.render_loop(loop, start, stop)

    def _has_edge(self, start: int, stop: int) -> bool:
        """Whether a range is touched by the fades."""
        edge = min(EDGE, self.total // 2)
        return start < edge or stop > self.total - edge
