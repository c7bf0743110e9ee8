"""The notes that music beds use: E minor pentatonic in just intonation, over the open fifths of home."""

from __future__ import annotations

import numpy as np

from voiceguide.audio.beds.music.cells import CELL_S, FRAME_RATE, HomeTone

__all__ = ["CHORDS", "HOME", "QUIET_HOME", "SCALE", "make_phrase"]

E3 = 4 * FRAME_RATE
SCALE = tuple(E3 * ratio for ratio in (1, 6 / 5, 4 / 3, 3 / 2, 9 / 5, 2, 12 / 5, 8 / 3, 3, 18 / 5, 4, 24 / 5))
"""E G A B D E G A B D E G, from 167 to 800 Hz. Without semitones, whatever rings on agrees with what follows."""
CHORDS = tuple(
    tuple(E3 * ratio for ratio in ratios)
    for ratios in (
        (2, 12 / 5, 3),  # E G B
        (9 / 5, 12 / 5, 3),  # D G B
        (3 / 2, 2, 8 / 3),  # B E A
        (3 / 2, 12 / 5, 18 / 5),  # B G D
        (2, 3, 18 / 5),  # E B D
        (6 / 5, 2, 3),  # G E B
        (3 / 2, 8 / 3, 4),  # B A E
        (9 / 5, 3, 24 / 5),  # D B G
        (2, 12 / 5, 4),  # E G E
    )
)
"""A chord for each cell. A and D, which are out of tune with each other in this scale, are never in the same one."""
HOME = (
    HomeTone(2, 0.50, 0.1),
    HomeTone(3, 0.62, -0.3),
    HomeTone(4, 0.62, 0.35),
    HomeTone(6, 0.52, -0.5),
    HomeTone(8, 0.30, 0.55),
    HomeTone(9, 0.20, -0.6),
    HomeTone(12, 0.17, 0.6),
    HomeTone(16, 0.07, -0.6),
    HomeTone(18, 0.05, 0.6),
    HomeTone(24, 0.025, -0.5),
)
"""E and B in four octaves, and their overtones. No single tone carries more than a third of the energy."""
QUIET_HOME = tuple(
    HomeTone(tone.multiple, tone.level * 0.26 * min(1, 5 / tone.multiple), tone.pan_position) for tone in HOME
)
"""Home under a plucked instrument: softer, and darker as well."""
OUT_OF_TUNE = (27 / 20, 40 / 27)
"""The intervals between A and D. One is not played after the other."""
RESTFUL = (0, 1, 3, 5, 6, 8, 10, 11)
"""The degrees of the scale on which a phrase can end: E, G and B."""
LAST_NOTE_S = CELL_S - 4.2
"""Every note and its reverb have died away at the end of the cell."""


def make_phrase(random: np.random.Generator, low: int, high: int) -> list[tuple[float, float, float]]:
    """Return the notes of a cell: when each starts, in seconds, its frequency in hertz, and its strength.

    The notes are from the degrees `low` to `high` of the scale. Most go to a neighbor, and the last is a restful one.
    """
    notes: list[tuple[float, int, float]] = []
    at_s, stretch = 0.6 + 0.9 * random.random(), 0.85 + 0.4 * random.random()
    degree = int(random.integers(low + 1, high))
    while at_s < LAST_NOTE_S:
        notes.append((at_s, degree, 0.6 + 0.25 * random.random()))
        step = int(random.choice([-3, -2, -1, -1, 1, 1, 2, 3]))
        target = degree + step if low <= degree + step <= high else degree - step
        interval = SCALE[target] / SCALE[degree]
        if any(abs(max(interval, 1 / interval) - wolf) < 0.01 for wolf in OUT_OF_TUNE):
            target = degree + (1 if target > degree else -1)
        degree = min(max(target, low), high)
        at_s += stretch * float(random.choice([0.9, 1.2, 1.2, 1.8, 2.4])) + 0.03 * float(random.random())
    at_s, degree, _ = notes[-1]
    ending = min((each for each in RESTFUL if low <= each <= high), key=lambda each: abs(each - degree))
    notes[-1] = (at_s, ending, 0.65)
    return [(at_s, SCALE[degree], strength) for at_s, degree, strength in notes]
