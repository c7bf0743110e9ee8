"""Alignment of the MP3 frame grid with a step in the middle of the session.

Times are sample-accurate, but a frame lasts 24 ms. If a step becomes ten seconds longer, the audio after it is at a
different offset within its frames and must be encoded again. If frames were counted from the start of the session, this
would apply to everything after the change. Because frames are counted from the middle, everything on the other side of
the middle step is unchanged and can be copied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from voiceguide.audio.array_type import Samples
from voiceguide.audio.mixer.source import AudioSource, Region
from voiceguide.audio.mixer.step_ids import find_spoken_steps
from voiceguide.system.disk_cache import digest
from voiceguide.timeline.model import TimedStage
from voiceguide.units import LEVEL_ROW_SAMPLES

__all__ = ["PaddedSource", "frame_grid_offset"]


def frame_grid_offset(stages: Sequence[TimedStage]) -> int:
    """Return the number of samples between the start of the grid and the start of the session.

    With this offset, the speech of a step in the middle starts on a level row. The step is chosen by its stable ID from
    the middle fifth of the session. The choice nearly always stays the same when other steps are added or removed.
    """
    steps = find_spoken_steps(stages)
    middle = steps[len(steps) * 2 // 5 : len(steps) * 3 // 5 + 1]
    return -min(middle, key=lambda step: step.stable_id).speech_cue.start % LEVEL_ROW_SAMPLES if middle else 0


class PaddedSource:
    """An `AudioSource` that adds silence before another source, so that its frame grid starts at 0 for the encoder."""

    grid_offset = 0

    def __init__(self, source: AudioSource, padding_samples: int) -> None:
        self.total = padding_samples + source.total
        self.channels = source.channels
        self._source = source
        self._padding_samples = padding_samples

    def render(self, start: int, stop: int) -> Samples:
        """Return the samples of a range, shape (stop - start, channels)."""
        begin = min(max(self._padding_samples, start), stop)
        samples = np.zeros((stop - start, self.channels), np.float32)
        if begin < stop:
            samples[begin - start :] = self._source.render(begin - self._padding_samples, stop - self._padding_samples)
        return samples

    def range_key(self, start: int, stop: int) -> str:
        """Return the source's key for the range, or a different key if the range contains padding."""
        padding = max(min(self._padding_samples, stop) - start, 0)
        source_key = (
            self._source.range_key(start + padding - self._padding_samples, stop - self._padding_samples)
            if start + padding < stop
            else ""
        )
        return digest(f"quiet {padding}", source_key) if padding else source_key

    def regions(self) -> list[Region]:
        """Return the regions of the source. The padding before them is a region in which the audio changes."""
        padding = [Region(0, self._padding_samples, "")] if self._padding_samples else []
        return padding + [
            replace(
                region,
                start=region.start + self._padding_samples,
                stop=region.stop + self._padding_samples,
                loop_start=region.loop_start + self._padding_samples,
            )
            for region in self._source.regions()
        ]

    def render_loop(self, loop_key: str, start: int, stop: int) -> Samples:
        """Return a range of one of the source's loops."""
        return self._source.render_loop(loop_key, start, stop)
