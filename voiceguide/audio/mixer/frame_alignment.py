"""Where the grid lies on which a session is cut into MP3 frames: it is counted from a step in its middle.

Times are exact to the sample, and a frame is 24 ms: when a step becomes ten seconds longer, what follows begins
elsewhere within its frames, and has to be encoded again. Counted from the start, that would be everything after the
change. Counted from the middle, what lies on the middle's side of the change stays as it was, and is copied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from voiceguide.audio.mixer.source import AudioBlock, AudioSource, Region
from voiceguide.audio.mixer.step_ids import find_spoken_steps
from voiceguide.system.disk_cache import digest
from voiceguide.timeline.model import TimedStage
from voiceguide.units import LEVEL_ROW_SAMPLES

__all__ = ["PaddedSource", "frame_grid_offset"]


def frame_grid_offset(stages: Sequence[TimedStage]) -> int:
    """The samples to be thought before a session so that one of its middle steps begins at the edge of a row.

    It is chosen by its name among the middle fifth: so it is nearly always the same one still when a step has been
    added or taken out.
    """
    steps = find_spoken_steps(stages)
    middle = steps[len(steps) * 2 // 5 : len(steps) * 3 // 5 + 1]
    return -min(middle, key=lambda step: step.stable_id).speech_cue.start % LEVEL_ROW_SAMPLES if middle else 0


class PaddedSource:
    """A mix after samples of quiet, as an encoder gets it; itself a `Mixed`."""

    grid_offset = 0

    def __init__(self, source: AudioSource, padding_samples: int) -> None:
        self.total = padding_samples + source.total
        self.channels = source.channels
        self._source = source
        self._padding_samples = padding_samples

    def render(self, start: int, stop: int) -> AudioBlock:
        """The samples from start to stop, shape (stop - start, channels)."""
        begin = min(max(self._padding_samples, start), stop)
        sound = np.zeros((stop - start, self.channels), np.float32)
        if begin < stop:
            sound[begin - start :] = self._source.render(begin - self._padding_samples, stop - self._padding_samples)
        return sound

    def range_key(self, start: int, stop: int) -> str:
        """The mix's own name for the range, where it has no quiet in it."""
        quiet = max(min(self._padding_samples, stop) - start, 0)
        own = (
            self._source.range_key(start + quiet - self._padding_samples, stop - self._padding_samples)
            if start + quiet < stop
            else ""
        )
        return digest(f"quiet {quiet}", own) if quiet else own

    def regions(self) -> list[Region]:
        """The mix's own, later; the quiet before them is no steady one."""
        quiet = [Region(0, self._padding_samples, "")] if self._padding_samples else []
        return quiet + [
            replace(
                own,
                start=own.start + self._padding_samples,
                stop=own.stop + self._padding_samples,
                loop_start=own.loop_start + self._padding_samples,
            )
            for own in self._source.regions()
        ]

    def render_loop(self, loop_key: str, start: int, stop: int) -> AudioBlock:
        """Samples of a steady loop, which is what it was."""
        return self._source.render_loop(loop_key, start, stop)
