"""Singing bowls, struck softly in turn. Each partial beats slowly, because no bowl is perfectly round."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from voiceguide.audio.array_type import Samples
from voiceguide.audio.beds.music.cells import (
    CELL_FRAMES,
    CELL_S,
    CELL_SAMPLES,
    FRAME_RATE,
    HomeTone,
    home_frame,
    join_cells,
    tone_table,
)
from voiceguide.units import SAMPLE_RATE

__all__ = ["make"]


@dataclass(frozen=True)
class BowlPartial:
    """One mode of a bowl: the tone that never stops, and how a strike adds to it."""

    tone: HomeTone
    beat_hz: float
    decay_s: float

    @property
    def hertz(self) -> float:
        return self.tone.multiple * FRAME_RATE


# Mode ratios near 1 : 2.7 : 5.1 : 8, measured on Tibetan bowls (Inacio, Henrique and Antunes, 2006).
BOWLS = (
    (
        BowlPartial(HomeTone(3, 1.0, -0.35), 0.43, 9.0),
        BowlPartial(HomeTone(8, 0.60, 0.4), 0.71, 6.5),
        BowlPartial(HomeTone(15, 0.16, -0.4), 1.13, 3.8),
        BowlPartial(HomeTone(24, 0.025, 0.4), 1.37, 2.2),
    ),
    (
        BowlPartial(HomeTone(4, 0.6, 0.35), 0.57, 7.5),
        BowlPartial(HomeTone(11, 0.30, -0.4), 0.93, 5.0),
        BowlPartial(HomeTone(20, 0.045, 0.4), 1.61, 2.6),
    ),
)
SEED = 31_400
ATTACK_S = 0.5
STRIKE_LEVEL = 1.2
"""The level of a strike relative to the constant tone, which sounds as if the rim of the bowl were being rubbed."""
FADE_S = 5.0
"""A strike fades out over the last seconds of its cell, so that the next cell can be any."""


def make() -> Samples:
    """Return a loop of singing bowls at an arbitrary level, two minutes long, shape (frames, 2)."""
    return join_cells([partial.tone for bowl in BOWLS for partial in bowl], _make_cell, SEED)


def _make_cell(random: np.random.Generator, index: int) -> Samples:
    """Return one strike of one of the bowls."""
    times_s = np.arange(CELL_SAMPLES, dtype=np.float32) / np.float32(SAMPLE_RATE)
    since_s = times_s - np.float32(0.5 + 2 * random.random())
    rise = np.sin(np.pi / 2 * np.clip(since_s / ATTACK_S, 0, 1)) ** 2
    fall = np.sin(np.pi / 2 * np.clip((np.float32(CELL_S) - times_s) / FADE_S, 0, 1)) ** 2
    shape = STRIKE_LEVEL * (0.8 + 0.3 * random.random()) * rise * fall
    cell = np.zeros((CELL_SAMPLES, 2), np.float32)
    for partial in BOWLS[index % len(BOWLS)]:
        envelope = (shape * np.exp(-np.maximum(since_s, 0) / partial.decay_s)).astype(np.float32)[:, np.newaxis]
        cell += np.tile(home_frame([partial.tone]), (CELL_FRAMES, 1)) * envelope
        beating = (partial.hertz + partial.beat_hz, 0.7 * partial.tone.level, -partial.tone.pan_position)
        cell += tone_table(random, [beating]) * envelope
    return cell
