"""A hang, a drum of tuned steel, that plays slow phrases in a hall."""

from __future__ import annotations

from voiceguide.audio.array_type import Samples
from voiceguide.audio.beds.music.plucked_notes import make_plucked_bed

__all__ = ["make"]


def make() -> Samples:
    """Return a loop of hang at an arbitrary level, two minutes long, shape (frames, 2)."""
    return make_plucked_bed("hang", low=0, high=9, seed=31_300)
