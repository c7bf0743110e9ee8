"""Names and default levels that scripts, audio code and the command line share. Each stands here and nowhere else.

Data only: nothing of ours is imported, so that a script is read without loading anything that makes sound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

__all__ = [
    "BEDS",
    "BED_LEVEL_DB",
    "BED_NAMES",
    "CHIME_LUFS",
    "CHIME_NAMES",
    "DETAIL_LEVELS",
    "DUCK_DB",
    "NARRATION_LUFS",
    "NONE",
    "BedInfo",
    "ChimeName",
    "DetailLevel",
]

NONE = "none"
"""Written for a bed or a chime that is switched off."""


@dataclass(frozen=True)
class BedInfo:
    """What is known of a built-in bed without making it."""

    title: str
    description: str
    """What you hear, in one line."""
    module: str
    """In `voiceguide.audio.beds`. It has `make() -> float32`, shape (frames, 2), at no particular level."""
    can_jump: bool = True
    """Whether a crossfade may join any two points of the loop. Steady tones would cancel out."""


BEDS: dict[str, BedInfo] = {
    "rain": BedInfo("Rain", "Steady soft rain in a garden, with drops near and far.", "rain"),
    "waves": BedInfo("Waves", "Slow waves on a sandy beach: swell, break, and the hiss of the backwash.", "waves"),
    "stream": BedInfo("Stream", "A small brook bubbling over stones.", "stream"),
    "wind": BedInfo("Wind", "Wind around a house, rising and falling, with a faint whistle in the gusts.", "wind"),
    "brown": BedInfo("Brown noise", "A deep, even rumble that masks the noises of the room.", "brown_noise"),
    "bowl": BedInfo(
        "Singing bowls",
        "The low, slowly beating drone of singing bowls, softly struck again and again.",
        "singing_bowls",
        can_jump=False,
    ),
}
BED_NAMES = (*BEDS, NONE)

ChimeName = Literal["bell", "bowl", "wood"]
"""The built-in chimes; `voiceguide.audio.chimes.presets` has the sound of each."""
CHIME_NAMES = (*get_args(ChimeName), NONE)

DetailLevel = Literal["full", "brief", "chime"]
DETAIL_LEVELS: tuple[DetailLevel, ...] = get_args(DetailLevel)

NARRATION_LUFS = -18.0
BED_LEVEL_DB = -20.0
"""The bed against the narration. At -14 dB the pauses pass the relative gate of BS.1770 and a whole session measures
-25 LUFS, so players that normalise loudness turn it up by 7 dB. At -20 dB only speech is measured: -18 to -19.5."""
DUCK_DB = -6.0
"""The bed under speech, against its level in the gaps."""
CHIME_LUFS = NARRATION_LUFS - 8.0
"""The loudest a chime may be."""
