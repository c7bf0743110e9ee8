"""A part of a mix as a sound of its own."""

from __future__ import annotations

import numpy as np

from voiceguide.sound.mixed import Blocks, Narrated, Stretch
from voiceguide.units import FRAME_SAMPLES, SAMPLE_RATE

__all__ = ["Part"]

EDGE = SAMPLE_RATE // 20
"""Samples of the fade at each end: the bed is cut there, and a cut clicks."""


class Part:
    """The samples of a mix from start to stop, counted from zero, with soft edges; itself a `Mixed`."""

    def __init__(self, whole: Narrated, start: int, stop: int) -> None:
        self.total = stop - start
        self.channels = whole.channels
        self._whole = whole
        self._start = start
        self._offsets: dict[str, tuple[str, int]] = {}

    def render(self, start: int, stop: int) -> Blocks:
        """The samples from start to stop, shape (stop - start, channels)."""
        sound = self._whole.render(self._start + start, self._start + stop)
        edge = min(EDGE, self.total // 2)
        if edge and (start < edge or stop > self.total - edge):
            at = np.arange(start, stop)
            share = np.clip(np.minimum(at / edge, (self.total - 1 - at) / edge), 0, 1)
            sound = sound * np.sin(share * np.pi / 2)[:, np.newaxis] ** 2
        return np.asarray(sound, np.float32)

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
                result.append(self._moved(stretch, begin, end))
        if result[-1].stop < self.total:
            result.append(Stretch(result[-1].stop, self.total, ""))
        return result

    def render_loop(self, loop: str, start: int, stop: int) -> Blocks:
        """Samples of a steady loop, where it stands in this part."""
        known, offset = self._offsets[loop]
        return self._whole.render_loop(known, start + offset, stop + offset)

    def _moved(self, stretch: Stretch, begin: int, end: int) -> Stretch:
        """A stretch of the whole, from begin to end of the part. A loop begins on a frame here too; moved by less than
        a frame against the frames, it is another sound and has another key."""
        if stretch.loop in ("", "silence"):
            self._offsets[stretch.loop] = (stretch.loop, 0)
            return Stretch(begin, end, stretch.loop, stretch.loop_length)
        offset = (self._start - stretch.loop_start) % FRAME_SAMPLES
        key = f"{stretch.loop} offset {offset}" if offset else stretch.loop
        self._offsets[key] = (stretch.loop, offset)
        return Stretch(begin, end, key, stretch.loop_length, stretch.loop_start - self._start + offset)
