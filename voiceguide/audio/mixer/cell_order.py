"""The order in which the cells of a bed are played, so that ten minutes of music do not repeat two minutes five times.

A bed with cells is played as if it were one long loop, in which its cells follow one another in a fixed but irregular
order. See `voiceguide.audio.beds.music.cells`.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from voiceguide.audio.beds.music.cells import CELL_FRAMES, CELL_SAMPLES
from voiceguide.builtin_names import BedJoins
from voiceguide.seeded_generator import seeded_generator

__all__ = ["CELL_FRAMES", "CELL_SAMPLES", "CellOrder", "loop_frames", "order_of_cells"]

ROUNDS = 6
"""Number of times that each cell is played before the order starts again, after nearly eleven minutes."""
APART = 3
"""A cell is not played again before at least this many others."""
SEED = 20_260

CellOrder = tuple[int, ...]
"""Indices of cells, or an empty tuple for a loop without cells."""


def order_of_cells(joins: BedJoins, loop_samples: int) -> CellOrder:
    """Return the order for a loop. The first round is as in the loop itself, without the last cell, which is a rest."""
    return _shuffled(loop_samples // CELL_SAMPLES - 1) if joins == "cells" else ()


def loop_frames(positions: npt.NDArray[np.int64], count: int, order: CellOrder) -> npt.NDArray[np.int64]:
    """Return the index in a loop of `count` frames of the frame that plays at each position, shape as `positions`.

    Positions are in frames since the loop started to play, in the order of its cells if it has any.
    """
    if not order:
        return positions % count
    places, within = np.divmod(positions, CELL_FRAMES)
    return np.asarray(np.array(order)[places % len(order)] * CELL_FRAMES + within)


@cache
def _shuffled(cells: int) -> CellOrder:
    random = seeded_generator(SEED)
    order = list(range(cells))
    while len(order) < ROUNDS * cells:
        following = random.permutation(cells).tolist()
        is_last = len(order) == (ROUNDS - 1) * cells
        if _are_apart(order[-APART:], following) and (not is_last or _are_apart(following[-APART:], order[:APART])):
            order += following
    return tuple(order)


def _are_apart(before: list[int], after: list[int]) -> bool:
    """Return whether no cell is played twice within APART cells where two rounds meet."""
    meeting = [*before, *after[:APART]]
    return all(cell not in meeting[index + 1 : index + 1 + APART] for index, cell in enumerate(meeting))
