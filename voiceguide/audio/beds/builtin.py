"""The built-in beds. Importing this module is fast, because each bed's module is loaded only when the bed is built."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

from voiceguide.builtin_names import BEDS

if TYPE_CHECKING:
    from voiceguide.audio.array_type import Samples

__all__ = ["LOOP_LUFS", "make_bed"]

LOOP_LUFS = -20.0
"""The `bed_loudness` of every loop, built-in or custom. The mixer sets levels relative to it."""
MAX_PEAK_DB = -3.5
"""Maximum sample peak of a built-in loop, low enough to keep the true peak below -3 dBTP."""


def make_bed(name: str) -> Samples:
    """Return a built-in bed as a seamless loop, shape (frames, 2), a whole number of MP3 frames long.

    Its `bed_loudness` is LOOP_LUFS and its true peak is below -3 dBTP.
    """
    from voiceguide.audio.beds.leveling import level_loop

    make: Callable[[], Samples] = import_module(f"voiceguide.audio.beds.{BEDS[name].module}").make
    return level_loop(make(), LOOP_LUFS, MAX_PEAK_DB)
