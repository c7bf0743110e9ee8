"""The beds that come with the program. Light to import: a bed's own module is loaded when it is made."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

from voiceguide.errors import AudioFileError
from voiceguide.names import BEDS

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["LOOP_LUFS", "make_bed"]

LOOP_LUFS = -20.0
"""The `bed_loudness` of every loop, built in or a user's own; the mixer sets its place from there."""
MAX_PEAK_DB = -3.5
"""No sample of a built-in loop is higher, so that its true peak stays below -3 dBTP."""


def make_bed(name: str) -> npt.NDArray[np.float32]:
    """A built-in bed as a seamless loop: 48 kHz float32, shape (frames, 2), a whole number of 1,152-sample MP3 frames.

    Its `bed_loudness` is LOOP_LUFS, and its true peak below -3 dBTP.

    Raises:
        SoundError: when there is no bed of that name.
    """
    if name not in BEDS:
        raise AudioFileError(
            f'There is no bed "{name}". Choose one of {", ".join(BEDS)}, none, or a sound file of your own.'
        )
    from voiceguide.audio.beds.leveling import level_loop

    make: Callable[[], npt.NDArray[np.float32]] = import_module(f"voiceguide.audio.beds.{BEDS[name].module}").make
    return level_loop(make(), LOOP_LUFS, MAX_PEAK_DB)
