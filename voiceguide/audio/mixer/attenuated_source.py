"""A quieter version of a source, for encoders that would clip the original."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from voiceguide.audio.array_type import Samples
from voiceguide.audio.mixer.source import SILENCE_LOOP, AudioSource, Region
from voiceguide.system.disk_cache import digest
from voiceguide.units import db_to_gain

__all__ = ["AttenuatedSource"]


class AttenuatedSource:
    """An `AudioSource` that is `attenuation_db` quieter than another source."""

    def __init__(self, source: AudioSource, attenuation_db: float) -> None:
        self.total, self.channels, self.grid_offset = source.total, source.channels, source.grid_offset
        self._source = source
        self._gain = np.float32(db_to_gain(-attenuation_db))
        self._prefix = f"-{attenuation_db} dB "

    def render(self, start: int, stop: int) -> Samples:
        """Return the samples of a range, shape (stop - start, channels)."""
        return self._source.render(start, stop) * self._gain

    def range_key(self, start: int, stop: int) -> str:
        """Return a key that differs from the source's key for the range."""
        return digest(self._prefix, self._source.range_key(start, stop))

    def regions(self) -> list[Region]:
        """Return the regions of the source. Loops other than silence have other keys."""
        return [
            region
            if region.loop_key in ("", SILENCE_LOOP)
            else replace(region, loop_key=self._prefix + region.loop_key)
            for region in self._source.regions()
        ]

    def render_loop(self, loop_key: str, start: int, stop: int) -> Samples:
        """Return a range of one of the source's loops."""
        return self._source.render_loop(loop_key.removeprefix(self._prefix), start, stop) * self._gain
