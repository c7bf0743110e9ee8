"""The beds that come with the program. Light to import: a bed's own module is loaded when it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from voiceguide.errors import SoundError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["BEDS", "LOOP_LUFS", "Bed", "make_bed"]

LOOP_LUFS = -20.0
"""The `bed_loudness` of every loop, built in or a user's own; the mixer sets its place from there."""
PEAK_DB = -3.5
"""No sample of a built-in loop is higher, so that its true peak stays below -3 dBTP."""


@dataclass(frozen=True)
class Bed:
    """A background made from code, the same samples each time."""

    title: str
    description: str
    """What one hears, in one line."""
    module: str
    """Below voiceguide.audio.beds; it holds `make() -> float32`, shape (frames, 2), at no particular level."""
    even: bool = True
    """Whether any place of it may follow any other, with a crossfade: tones that go on would cancel out."""

    def make(self) -> npt.NDArray[np.float32]:
        """The loop as its module makes it, before it is levelled."""
        maker: Callable[[], npt.NDArray[np.float32]] = import_module(f"voiceguide.audio.beds.{self.module}").make
        return maker()


BEDS: dict[str, Bed] = {
    "rain": Bed("Rain", "Steady soft rain in a garden, with drops near and far.", "rain"),
    "waves": Bed("Waves", "Slow waves on a sandy beach: swell, break, and the fizz of the water going back.", "waves"),
    "stream": Bed("Stream", "A small brook bubbling over stones.", "stream"),
    "wind": Bed("Wind", "Wind around a house, rising and falling, with a faint whistle in the gusts.", "wind"),
    "brown": Bed("Brown noise", "A deep, even rumble that hides the sounds of the room.", "brown_noise"),
    "bowl": Bed(
        "Singing bowl",
        "The low, slowly beating drone of singing bowls, softly sounded again and again.",
        "singing_bowls",
        even=False,
    ),
}


def make_bed(name: str) -> npt.NDArray[np.float32]:
    """A built-in bed as a seamless loop: 48 kHz float32, shape (frames, 2), a whole number of 1,152-sample MP3 frames.

    Its `bed_loudness` is LOOP_LUFS, and its true peak below -3 dBTP.

    Raises:
        SoundError: when there is no bed of that name.
    """
    if name not in BEDS:
        raise SoundError(
            f'There is no bed "{name}". Choose one of {", ".join(BEDS)}, none, or a sound file of your own.'
        )
    from voiceguide.audio.beds.leveling import level_loop

    return level_loop(BEDS[name].make(), LOOP_LUFS, PEAK_DB)
