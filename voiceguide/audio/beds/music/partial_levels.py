"""The levels of the partials of each instrument over time.

Those of the harp and the kalimba were measured in recorded notes, by `tests/benchmarks/recorded_notes.py`. Those of the
hang follow from how it is built: each field of it is tuned to a note, its octave and the fifth above.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["INSTRUMENTS", "TIMES_S", "Note"]

TIMES_S = (0.05, 0.2, 0.5, 1.0, 2.0)
"""When the levels below were measured, in seconds after the start of the note."""


@dataclass(frozen=True)
class Note:
    """A note and its partials."""

    hertz: float
    partials: tuple[tuple[float, tuple[float, ...]], ...]
    """The ratio of each partial to the frequency of the note, and its level in decibels at each of TIMES_S."""


INSTRUMENTS: dict[str, tuple[Note, ...]] = {
    "harp": (
        Note(
            164.8,
            (
                (1, (0, -4, -10, -18, -30)),
                (2, (-4, -2, -7, -15, -28)),
                (3, (-5, -10, -17, -32, -58)),
                (4, (-19, -24, -32, -54, -60)),
            ),
        ),
        Note(
            246.9,
            (
                (1, (-2, -11, -14, -23, -33)),
                (2, (0, -4, -21, -29, -39)),
                (3, (-10, -15, -25, -40, -50)),
                (4, (-18, -27, -50, -60, -60)),
            ),
        ),
        Note(
            329.6,
            (
                (1, (0, -5, -11, -16, -28)),
                (2, (-24, -45, -50, -56, -60)),
                (3, (-37, -45, -60, -60, -60)),
                (4, (-40, -54, -60, -60, -60)),
            ),
        ),
        Note(
            392.0,
            (
                (1, (0, -2, -11, -18, -30)),
                (2, (-46, -40, -43, -50, -60)),
                (3, (-21, -31, -52, -56, -60)),
                (4, (-48, -46, -57, -60, -60)),
            ),
        ),
        Note(
            493.9,
            (
                (1, (0, -6, -17, -24, -37)),
                (2, (-52, -60, -60, -60, -60)),
                (3, (-24, -52, -40, -48, -60)),
                (4, (-60, -60, -60, -60, -60)),
            ),
        ),
    ),
    "kalimba": (
        Note(329.6, ((1, (0, -14, -32, -51, -58)), (6.6, (-19, -54, -60, -60, -60)))),
        Note(392.0, ((1, (0, -18, -35, -55, -60)), (6.6, (-32, -60, -60, -60, -60)))),
        Note(493.9, ((1, (0, -11, -32, -52, -60)), (6.6, (-23, -57, -60, -60, -60)))),
        Note(587.3, ((1, (0, -11, -31, -51, -60)), (6.6, (-26, -60, -60, -60, -60)))),
        Note(659.3, ((1, (0, -12, -30, -50, -60)), (6.6, (-28, -60, -60, -60, -60)))),
    ),
    "hang": (
        Note(
            166.7,
            (
                (1, (0, -2, -6, -12, -24)),
                (1.004, (-12, -14, -17, -22, -32)),
                (2, (-6, -9, -15, -24, -42)),
                (2.006, (-17, -19, -23, -30, -46)),
                (3, (-14, -19, -29, -44, -60)),
                (4.9, (-20, -34, -60, -60, -60)),
            ),
        ),
        Note(
            666.7,
            (
                (1, (0, -4, -11, -22, -42)),
                (1.002, (-13, -17, -23, -33, -52)),
                (2, (-10, -16, -27, -44, -60)),
                (2.003, (-21, -26, -36, -52, -60)),
                (3, (-20, -30, -48, -60, -60)),
                (4.9, (-26, -48, -60, -60, -60)),
            ),
        ),
    ),
}
