"""Beds: the continuous background under everything, made from code or read from a user's own file."""

from voiceguide.audio.beds.builtin import LOOP_LUFS, make_bed

__all__ = ["LOOP_LUFS", "make_bed"]
