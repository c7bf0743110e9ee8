"""Mix several sounds into one bed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from voiceguide.audio.array_type import Samples
from voiceguide.audio.beds.building_blocks import CELL_SAMPLES, CROSSFADE_SAMPLES, fold_end_into_start
from voiceguide.audio.beds.builtin import LOOP_LUFS, MAX_PEAK_DB
from voiceguide.audio.beds.leveling import level_loop
from voiceguide.builtin_names import BedJoins
from voiceguide.units import db_to_gain

__all__ = ["LayerLoop", "joins_of_mix", "mix_layers"]


@dataclass(frozen=True)
class LayerLoop:
    """The loop of one sound at LOOP_LUFS, and its level relative to the others."""

    loop: Samples
    level_db: float
    joins: BedJoins


def mix_layers(layers: Sequence[LayerLoop]) -> Samples:
    """Return one loop at LOOP_LUFS that contains all sounds.

    It is as long as the longest of them, rounded down to a multiple of CELL_SAMPLES, so that the cells of music stay
    whole. Shorter sounds are repeated.
    """
    longest = max(len(layer.loop) for layer in layers)
    length = max(longest - longest % CELL_SAMPLES, min(longest, CELL_SAMPLES))
    total = np.zeros((length, 2), np.float32)
    for layer in layers:
        total += _fit(layer, length) * np.float32(db_to_gain(layer.level_db))
    return level_loop(total, LOOP_LUFS, MAX_PEAK_DB)


def joins_of_mix(joins: Iterable[BedJoins]) -> BedJoins:
    """Return where a mix can jump, given where each of its sounds can.

    Music and noise together cannot jump at all. Noise has no chord to return to, so the mix would click between cells,
    and a jump to any other point would cut a note off.
    """
    kinds = set(joins)
    if "none" in kinds or ("cells" in kinds and len(kinds) > 1):
        return "none"
    return "swelling" if "swelling" in kinds else kinds.pop()


def _fit(layer: LayerLoop, length: int) -> Samples:
    """Return a seamless loop of the given length. If the sound has to be cut, its end is crossfaded into its start."""
    loop = layer.loop
    fits = length % len(loop) == 0 or (layer.joins == "cells" and length % CELL_SAMPLES == 0)
    if fits:
        return np.resize(loop, (length, 2)) if len(loop) < length else loop[:length]
    fade = min(CROSSFADE_SAMPLES, length // 4)
    return fold_end_into_start(np.resize(loop, (length + fade, 2)), length, fade)
