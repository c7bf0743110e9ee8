"""Notes of plucked and struck instruments, as sums of partials that each follow a measured envelope."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from voiceguide.audio.array_type import Samples
from voiceguide.audio.beds.building_blocks import add_wrapped, pan_gains
from voiceguide.audio.beds.music.cells import CELL_SAMPLES, join_cells
from voiceguide.audio.beds.music.hall import add_hall
from voiceguide.audio.beds.music.harmony import QUIET_HOME, make_phrase
from voiceguide.audio.beds.music.partial_levels import INSTRUMENTS, TIMES_S, Note
from voiceguide.units import SAMPLE_RATE

__all__ = ["make_plucked_bed", "pluck"]

NOTE_SAMPLES = 4 * SAMPLE_RATE
RISE_S = 0.006
FADE_S = 0.5
INAUDIBLE_DB = -60.0
NOTE_LEVEL = 0.3
LEVELED_SAMPLES = 2 * SAMPLE_RATE // 5
"""Notes are equally loud, measured over this many samples."""


def pluck(instrument: str, hertz: float, strength: float) -> Samples:
    """Return a note, shape (NOTE_SAMPLES,). A weak note is softer, and darker as well."""
    times = np.arange(NOTE_SAMPLES, dtype=np.float32) / np.float32(SAMPLE_RATE)
    note = np.zeros(NOTE_SAMPLES, np.float32)
    for number, (ratio, levels_db) in enumerate(_partials_at(instrument, hertz)):
        darker = strength ** (0.12 * (ratio - 1))
        tone = np.sin(np.float32(2 * np.pi * ratio * hertz) * times + np.float32(2.4 * number))
        note += tone * _envelope(times, levels_db) * np.float32(darker)
    loudness = float(np.sqrt(np.square(note[:LEVELED_SAMPLES]).mean()))
    return note * np.float32(NOTE_LEVEL * strength / loudness)


@cache
def _partials_at(instrument: str, hertz: float) -> list[tuple[float, npt.NDArray[np.float64]]]:
    """Return the ratio and the levels at TIMES_S of each partial, interpolated between the two nearest notes."""
    notes: tuple[Note, ...] = INSTRUMENTS[instrument]
    pitches = np.log([note.hertz for note in notes])
    levels = np.array([[levels for _, levels in note.partials] for note in notes], np.float64)
    place = float(np.interp(np.log(hertz), pitches, np.arange(len(notes))))
    low, share = int(place), place - int(place)
    mixed = levels[low] * (1 - share) + levels[min(low + 1, len(notes) - 1)] * share
    return list(zip((ratio for ratio, _ in notes[0].partials), mixed, strict=True))


def _envelope(times: Samples, levels_db: npt.NDArray[np.float64]) -> Samples:
    """Return the gain of a partial over time: a quick rise, then its levels, joined by straight lines in decibels."""
    slope = min((levels_db[-1] - levels_db[-2]) / (TIMES_S[-1] - TIMES_S[-2]), -8.0)
    end_s = NOTE_SAMPLES / SAMPLE_RATE
    points_s = (*TIMES_S, end_s)
    decibels = np.interp(times, points_s, [*levels_db, levels_db[-1] + slope * (end_s - TIMES_S[-1])])
    gain = np.where(decibels > INAUDIBLE_DB, 10 ** (decibels / 20), 0) * np.clip((end_s - times) / FADE_S, 0, 1)
    return np.asarray(gain * np.sin(np.pi / 2 * np.minimum(times / RISE_S, 1)) ** 2, np.float32)


def make_plucked_bed(instrument: str, low: int, high: int, seed: int, bass: bool = False) -> Samples:
    """Return a loop of an instrument that plays phrases in a hall, over a quiet home, shape (frames, 2).

    The phrases use the degrees `low` to `high` of the scale. With `bass`, two low notes lead into every other cell.
    """

    def make_cell(random: np.random.Generator, index: int) -> Samples:
        dry = np.zeros((CELL_SAMPLES, 2), np.float32)
        notes = make_phrase(random, low, high)
        if bass and index % 2 == 0:
            first_s = notes[0][0]
            notes += [(first_s - 0.5 + 0.22 * number, hertz, 0.4) for number, hertz in enumerate((500 / 3, 250.0))]
        for at_s, hertz, strength in notes:
            place = float(np.clip((hertz - 400) / 500 + 0.3 * (random.random() - 0.5), -0.7, 0.7))
            sound = pluck(instrument, hertz, strength)
            start = round(at_s * SAMPLE_RATE)
            add_wrapped(dry, start, sound[: CELL_SAMPLES - start], *pan_gains(place))
        return add_hall(dry)

    return join_cells(QUIET_HOME, make_cell, seed)
