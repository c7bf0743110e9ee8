"""Beds: the continuous background under everything, made from code or read from a user's own file."""

from voiceguide.audio.beds.builtin import BEDS, LOOP_LUFS, Bed, make_bed

__all__ = ["BEDS", "LOOP_LUFS", "Bed", "make_bed"]
