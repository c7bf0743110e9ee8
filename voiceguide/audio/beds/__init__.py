"""Beds: the continuous background of a session, synthesized or loaded from a file."""

from voiceguide.audio.beds.builtin import LOOP_LUFS, make_bed

__all__ = ["LOOP_LUFS", "make_bed"]
