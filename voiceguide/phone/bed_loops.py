"""The loops of a kit: the frames of one pass of each bed at each level, and the features used to find the least audible
jumps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from voiceguide.audio.array_type import Samples
from voiceguide.audio.beds import LOOP_LUFS
from voiceguide.audio.beds.loader import BedLoop
from voiceguide.audio.ducking import db_to_float32_gain
from voiceguide.audio.mixer.cell_order import CELL_FRAMES, CellOrder, order_of_cells
from voiceguide.audio.mixer.mix import slice_loop
from voiceguide.audio.mixer.source import SILENCE_LOOP, Region
from voiceguide.builtin_names import NARRATION_LUFS, NONE, BedJoins
from voiceguide.encode.smart_render import CopySpan, EncodeSpan
from voiceguide.timeline.model import BedSettings
from voiceguide.units import MP3_FRAME_SAMPLES, SAMPLE_RATE

__all__ = ["BAND_EDGES_HZ", "Loop", "LoopSource", "join_dip", "join_features", "loop_frame_count"]

BAND_EDGES_HZ = (0, 150, 400, 900, 2000, 5000, 24_000)
"""The bands of `join_features`."""
FEATURE_STEPS_PER_DB = 2
DIP_DB = -36.0
"""Level change at a jump within the loop of a bed that is not even, including the user's own music."""
DIP_FRAMES = 50
"""Length of each side of the dip: 1.2 s."""


def loop_frame_count(bed: BedSettings, beds: Mapping[str, BedLoop]) -> int:
    """Return the length of a bed's loop in frames. Silence is a loop of one frame."""
    return 1 if bed.sound == NONE else len(beds[bed.sound].loop) // MP3_FRAME_SAMPLES


@dataclass(frozen=True)
class Loop:
    """One pass of a bed's loop, at the level that the bed has between cues."""

    bed: BedSettings
    frames: int
    key: str
    """A key that identifies the samples, like the loop key of a region."""
    order: CellOrder = ()
    """The order in which the cells of the loop are played, if it has any."""

    @property
    def positions(self) -> int:
        """The number of frames after which the bed repeats itself."""
        return len(self.order) * CELL_FRAMES or self.frames

    def spans(self) -> list[EncodeSpan]:
        """Return the spans to encode. An audio file uses the same spans, so each span is encoded only once."""
        return [span for span, _, _, _ in CopySpan(0, self.frames, self.key, self.frames).loop_spans()]


class LoopSource:
    """An `AudioSource` that contains only loops."""

    total = 0
    grid_offset = 0

    def __init__(self, channels: int, beds: Mapping[str, BedLoop]) -> None:
        self.channels = channels
        self._beds = beds
        self._samples: dict[str, tuple[Samples, float]] = {}

    def loop(self, bed: BedSettings) -> Loop:
        """Return the loop of a bed."""
        if bed.sound == NONE:
            return Loop(bed, 1, SILENCE_LOOP)
        loaded = self._beds[bed.sound]
        gain = db_to_float32_gain(NARRATION_LUFS + bed.level_db - LOOP_LUFS)
        key = f"{loaded.content_key} gain {gain:.9g}"
        self._samples[key] = (loaded.loop, gain)
        order = order_of_cells(loaded.joins, len(loaded.loop))
        return Loop(bed, loop_frame_count(bed, self._beds), key, order)

    def render(self, start: int, stop: int) -> Samples:
        raise NotImplementedError("there is no session, only loops")

    def range_key(self, start: int, stop: int) -> str:
        raise NotImplementedError("there is no session, only loops")

    def regions(self) -> list[Region]:
        """Return an empty list, because this source contains no session."""
        return []

    def render_loop(self, loop_key: str, start: int, stop: int) -> Samples:
        """Return a range of an endlessly repeated loop. Positions are counted from the start of the loop."""
        if loop_key == SILENCE_LOOP:
            return np.zeros((stop - start, self.channels), np.float32)
        samples, gain = self._samples[loop_key]
        return np.asarray(slice_loop(samples, start, stop) * np.float32(gain), np.float32)


def join_dip(joins: BedJoins) -> dict[str, float]:
    """Return the depth and the length of the dip around a jump within the loop of a bed."""
    return {"dip_db": 0.0, "dip_frames": 0} if joins == "even" else {"dip_db": DIP_DB, "dip_frames": DIP_FRAMES}


def join_features(loop: Samples) -> npt.NDArray[np.uint8]:
    """Return the level of each frame of a loop in six bands, shape (frames, 6), in half decibels above -120 dB."""
    frames = loop.mean(axis=1).reshape(-1, MP3_FRAME_SAMPLES)
    power = np.abs(np.fft.rfft(frames * np.hanning(MP3_FRAME_SAMPLES), axis=1)) ** 2
    edges = np.array(BAND_EDGES_HZ) * MP3_FRAME_SAMPLES // SAMPLE_RATE
    bands = np.stack([power[:, low:high].sum(axis=1) for low, high in pairwise(edges)], axis=1)
    level_db = 10 * np.log10(bands / MP3_FRAME_SAMPLES**2 + 1e-12)
    return np.clip(np.round((level_db + 120) * FEATURE_STEPS_PER_DB), 0, 255).astype(np.uint8)
