"""Cells: the parts of a music bed. Any cell may follow any other, with a cut from one MP3 frame to the next.

A cell lasts 500 MP3 frames, or 12 seconds. It starts and ends with the same steady chord, called home. All tones of
home are multiples of the frame rate, 41.67 Hz, so home is the same in every frame, and any cell continues where any
other ended. Notes, slow beats and swells start and end inside a cell. The last cell of a loop is home alone, so that
any number of its frames can fill a gap between two other cells.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from voiceguide.audio.array_type import Samples
from voiceguide.audio.beds.building_blocks import CELL_FRAMES, CELL_SAMPLES, pan_gains, random_drift, upsample_curve
from voiceguide.seeded_generator import seeded_generator
from voiceguide.units import MP3_FRAME_SAMPLES, SAMPLE_RATE

__all__ = [
    "CELL_FRAMES",
    "CELL_S",
    "CELL_SAMPLES",
    "FRAME_RATE",
    "HomeTone",
    "Line",
    "home_frame",
    "join_cells",
    "tone_table",
]

CELL_S = CELL_SAMPLES / SAMPLE_RATE
CELLS = 10
"""The number of cells in a loop. The last one is home alone."""
FRAME_RATE = SAMPLE_RATE / MP3_FRAME_SAMPLES
"""MP3 frames per second, and the frequency in hertz of which every tone of home is a multiple."""
CHANNEL_PHASE = 0.9
"""Difference in phase between the channels, in radians. It makes home wide, and costs one decibel on one speaker."""
EDGE_SAMPLES = SAMPLE_RATE // 4
"""The fade at both ends of whatever a cell adds to home."""

Line = tuple[float, float, float]
"""One tone of a spectrum: its frequency in hertz, its level, and its pan position from -1 to 1."""


@dataclass(frozen=True)
class HomeTone:
    """One tone of home, and the slow movement that surrounds it inside a cell."""

    multiple: int
    """Its frequency, as a multiple of FRAME_RATE."""
    level: float
    pan_position: float
    beat: float = 0.4
    """Level of the two lines next to it that beat against it inside a cell, relative to its own."""


def join_cells(
    home: Sequence[HomeTone], make_cell: Callable[[np.random.Generator, int], Samples], seed: int, swell_db: float = 1.5
) -> Samples:
    """Return a loop of CELLS cells, shape (frames, 2).

    `make_cell` returns what one cell adds to home, shape (CELL_SAMPLES, 2), given the cell's own random numbers and its
    index. Inside a cell, home swells by about `swell_db`.
    """
    still = home_frame(home)
    loop = np.tile(still, (CELLS * CELL_FRAMES, 1))
    curtain = _curtain()
    for index in range(CELLS - 1):
        random = seeded_generator(seed + index)
        cell = loop[index * CELL_SAMPLES : (index + 1) * CELL_SAMPLES]
        swell = np.clip(random_drift(random, CELL_SAMPLES, 5.0), -1.5, 1.5) * curtain[::MP3_FRAME_SAMPLES]
        cell *= upsample_curve(10 ** (swell_db / 20 * swell))[:, np.newaxis]
        cell += tone_table(random, _beats(random, home)) * curtain[:, np.newaxis]
        added = make_cell(random, index)
        edges = np.linspace(0, 1, EDGE_SAMPLES, dtype=np.float32)[:, np.newaxis]
        added[:EDGE_SAMPLES] *= edges
        added[-EDGE_SAMPLES:] *= edges[::-1]
        cell += added
    return loop


def tone_table(random: np.random.Generator, lines: Sequence[Line]) -> Samples:
    """Return the sum of tones with random phases, shape (CELL_SAMPLES, 2).

    Frequencies are rounded to whole cycles in a cell, which is a twelfth of a hertz.
    """
    spectrum = np.zeros((2, CELL_SAMPLES // 2 + 1), np.complex64)
    for hertz, level, pan_position in lines:
        turn = np.exp(2j * np.pi * random.random()) * level * (CELL_SAMPLES / 2)
        spectrum[:, round(hertz * CELL_S)] += turn * np.array(pan_gains(pan_position))
    return np.fft.irfft(spectrum, CELL_SAMPLES, axis=1).T.astype(np.float32)


def _curtain() -> Samples:
    """Return the gain of all movement in a cell: nothing at both ends, everything in the middle."""
    since = np.arange(CELL_SAMPLES, dtype=np.float32) / CELL_SAMPLES
    return np.asarray(np.sin(np.pi * since) ** 2, np.float32)


def _beats(random: np.random.Generator, home: Sequence[HomeTone]) -> list[Line]:
    """Return two lines next to each tone of home. How fast they beat differs from cell to cell."""
    lines: list[Line] = []
    for tone in home:
        hertz = tone.multiple * FRAME_RATE
        for side in (-1, 1):
            beat_hertz = float(random.integers(2, 8)) / CELL_S
            lines.append((hertz + side * beat_hertz, tone.beat * tone.level, side * 0.7))
    return lines


def home_frame(home: Sequence[HomeTone]) -> Samples:
    """Return tones of home as long as they take to repeat: one MP3 frame, shape (MP3_FRAME_SAMPLES, 2)."""
    within = np.arange(MP3_FRAME_SAMPLES) * (2 * np.pi / MP3_FRAME_SAMPLES)
    frame = np.zeros((MP3_FRAME_SAMPLES, 2))
    for tone in home:
        phase = 2.4 * tone.multiple**2  # spreads the peaks of the tones
        apart = math.copysign(CHANNEL_PHASE / 2, tone.pan_position)
        for channel, gain in enumerate(pan_gains(tone.pan_position)):
            frame[:, channel] += tone.level * gain * np.cos(tone.multiple * within + phase + (apart, -apart)[channel])
    return frame.astype(np.float32)
