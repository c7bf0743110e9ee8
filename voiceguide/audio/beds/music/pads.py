"""Pads: slow chords of soft, swaying tones. In each cell another chord swells over home and dies away again."""

from __future__ import annotations

import numpy as np

from voiceguide.audio.array_type import Samples
from voiceguide.audio.beds.building_blocks import upsample_curve
from voiceguide.audio.beds.music.cells import (
    CELL_FRAMES,
    CELL_S,
    CELL_SAMPLES,
    FRAME_RATE,
    Line,
    join_cells,
    tone_table,
)
from voiceguide.audio.beds.music.harmony import CHORDS, HOME

__all__ = ["make"]

SEED = 31_001
NOTE_LEVEL = 0.65
LAYERS = ((1, 2), (3, 4, 5, 6))
"""The harmonics of a note. The high ones swell later and fade sooner, as under a filter that opens and closes."""
STEEPNESS = 1.6
"""The level of a harmonic is its number to the power of minus this."""
VOICE_HZ = 1400.0
"""Tones above this frequency become softer, to leave room for the voice."""


def make() -> Samples:
    """Return a loop of pads at an arbitrary level, two minutes long, shape (frames, 2)."""
    return join_cells(HOME, _make_cell, SEED)


def _make_cell(random: np.random.Generator, index: int) -> Samples:
    """Return one chord, whose notes swell one after another."""
    times = np.arange(CELL_FRAMES) / FRAME_RATE
    cell = np.zeros((CELL_SAMPLES, 2), np.float32)
    for number, hertz in enumerate(CHORDS[index]):
        begin_s = 0.3 + 0.8 * number + 0.5 * random.random()
        end_s = CELL_S - 0.4 - 0.8 * random.random()
        since = np.clip((times - begin_s) / (end_s - begin_s), 0, 1)
        swell = np.maximum(np.sin(np.pi * since**0.85), 0) ** 1.4 * NOTE_LEVEL * (330 / hertz) ** 0.5
        for layer, harmonics in enumerate(LAYERS):
            lines = [line for harmonic in harmonics for line in _swaying(random, hertz, harmonic)]
            bloom = swell * np.maximum(np.sin(np.pi * since), 0) ** (1.2 * layer)
            cell += tone_table(random, lines) * upsample_curve(bloom)[:, np.newaxis]
    return cell


def _swaying(random: np.random.Generator, hertz: float, harmonic: int) -> list[Line]:
    """Return a harmonic as three lines close together, on the left, in the middle and on the right."""
    level = harmonic**-STEEPNESS / (1 + (harmonic * hertz / VOICE_HZ) ** 2)
    lines = [(harmonic * hertz, 0.7 * level, 0.0)]
    for side in (-1, 1):
        apart_hz = float(random.integers(2, 5)) / CELL_S * harmonic**0.5
        lines.append((harmonic * hertz + side * apart_hz, 0.55 * level, 0.9 * side))
    return lines
