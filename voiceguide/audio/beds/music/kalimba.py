"""A kalimba that plays slow phrases in a hall."""

from __future__ import annotations

from voiceguide.audio.array_type import Samples
from voiceguide.audio.beds.music.plucked_notes import make_plucked_bed

__all__ = ["make"]


def make() -> Samples:
    """Return a loop of kalimba at an arbitrary level, two minutes long, shape (frames, 2)."""
    return make_plucked_bed("kalimba", low=5, high=11, seed=31_200)
