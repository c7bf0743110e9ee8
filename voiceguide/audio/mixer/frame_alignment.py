"""Where the grid lies on which a session is cut into MP3 frames: it is counted from a step in its middle.

Times are exact to the sample, and a frame is 24 ms: when a step becomes ten seconds longer, what follows begins
elsewhere within its frames, and has to be encoded again. Counted from the start, that would be everything after the
change. Counted from the middle, what lies on the middle's side of the change stays as it was, and is copied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from voiceguide.audio.mixer.source import Blocks, Mixed, Stretch
from voiceguide.audio.mixer.step_ids import spoken_steps
from voiceguide.system.disk_cache import digest
from voiceguide.timeline.model import TimedStage
from voiceguide.units import LEVEL_ROW_SAMPLES

__all__ = ["Prerolled", "preroll_of"]


def preroll_of(stages: Sequence[TimedStage]) -> int:
    """The samples to be thought before a session so that one of its middle steps begins at the edge of a row.

    It is chosen by its name among the middle fifth: so it is nearly always the same one still when a step has been
    added or taken out.
    """
    steps = spoken_steps(stages)
    middle = steps[len(steps) * 2 // 5 : len(steps) * 3 // 5 + 1]
    return -min(middle, key=lambda step: step.number).words.at % LEVEL_ROW_SAMPLES if middle else 0


class Prerolled:
    """A mix after samples of quiet, as an encoder gets it; itself a `Mixed`."""

    preroll = 0

    def __init__(self, mixed: Mixed, quiet: int) -> None:
        self.total = quiet + mixed.total
        self.channels = mixed.channels
        self._mixed = mixed
        self._quiet = quiet

    def render(self, start: int, stop: int) -> Blocks:
        """The samples from start to stop, shape (stop - start, channels)."""
        begin = min(max(self._quiet, start), stop)
        sound = np.zeros((stop - start, self.channels), np.float32)
        if begin < stop:
            sound[begin - start :] = self._mixed.render(begin - self._quiet, stop - self._quiet)
        return sound

    def key(self, start: int, stop: int) -> str:
        """The mix's own name for the range, where it has no quiet in it."""
        quiet = max(min(self._quiet, stop) - start, 0)
        own = self._mixed.key(start + quiet - self._quiet, stop - self._quiet) if start + quiet < stop else ""
        return digest(f"quiet {quiet}", own) if quiet else own

    def stretches(self) -> list[Stretch]:
        """The mix's own, later; the quiet before them is no steady one."""
        quiet = [Stretch(0, self._quiet, "")] if self._quiet else []
        return quiet + [
            replace(
                own, start=own.start + self._quiet, stop=own.stop + self._quiet, loop_start=own.loop_start + self._quiet
            )
            for own in self._mixed.stretches()
        ]

    def render_loop(self, loop: str, start: int, stop: int) -> Blocks:
        """Samples of a steady loop, which is what it was."""
        return self._mixed.render_loop(loop, start, stop)
