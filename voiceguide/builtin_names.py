"""Names and default levels shared by scripts, audio code and the command line.

This is the only module that defines them. It imports no other voiceguide modules, so scripts can
be parsed without loading audio code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

__all__ = [
    "BEDS",
    "BED_LEVEL_DB",
    "BED_NAMES",
    "BREATH_GUIDES",
    "BREATH_LEVEL_DB",
    "BREATH_NOISES",
    "BREATH_PARTS",
    "BREATH_SOUNDS",
    "BREATH_TONES",
    "CHIME_LEVEL_DB",
    "CHIME_LUFS",
    "CHIME_NAMES",
    "DETAIL_LEVELS",
    "DUCK_DB",
    "MAX_PACE",
    "MIN_PACE",
    "NARRATION_LUFS",
    "NONE",
    "ROOM_NAMES",
    "ROOM_TAIL_S",
    "BedInfo",
    "BedJoins",
    "BreathGuideName",
    "BreathPart",
    "ChimeName",
    "DetailLevel",
    "RoomName",
    "is_file_name",
]

NONE = "none"
"""The name that turns off a bed or a chime."""


def is_file_name(sound: str) -> bool:
    """Return whether the sound of a bed or chime is an audio file. Built-in names have no dots or slashes."""
    return not {".", "/", "\\"}.isdisjoint(sound)


BedJoins = Literal["even", "swelling", "cells", "none"]
"""Where a bed can jump to another place in its loop.

* `even`: from anywhere to anywhere, because the sound is the same everywhere.
* `swelling`: from anywhere to anywhere, if something hides the change of level.
* `cells`: from the end of a cell to the start of any cell. See `voiceguide.audio.beds.music.cells`.
* `none`: nowhere, because the jump would be heard, as in a music file, or in music mixed with noise.
"""


@dataclass(frozen=True)
class BedInfo:
    """The properties of a built-in bed that are known without rendering it."""

    title: str
    description: str
    """A one-line description of the sound."""
    module: str
    """A module in `voiceguide.audio.beds`. Its `make()` returns float32, shape (frames, 2), at an arbitrary level."""
    joins: BedJoins = "even"
    """Where the bed can jump to another place in its loop."""


BEDS: dict[str, BedInfo] = {
    "rain": BedInfo("Rain", "Steady soft rain in a garden, with drops near and far.", "rain"),
    "waves": BedInfo(
        "Waves", "Slow waves on a sandy beach: swell, break, and the hiss of the backwash.", "waves", "swelling"
    ),
    "stream": BedInfo("Stream", "A small brook bubbling over stones.", "brook"),
    "wind": BedInfo(
        "Wind", "Wind around a house, rising and falling, with a faint whistle in the gusts.", "wind", "swelling"
    ),
    "brown": BedInfo("Brown noise", "A deep, even rumble that masks the noise in the room.", "brown_noise"),
    "bowl": BedInfo(
        "Singing bowls",
        "The low, slowly beating drone of singing bowls, softly struck again and again.",
        "music.singing_bowls",
        "cells",
    ),
    "pads": BedInfo("Pads", "Slow, soft chords that swell and fade over a low drone.", "music.pads", "cells"),
    "harp": BedInfo("Harp", "A harp that plays slow phrases in a hall, over a low drone.", "music.harp", "cells"),
    "kalimba": BedInfo(
        "Kalimba", "A thumb piano that plays short, round notes in a hall, over a low drone.", "music.kalimba", "cells"
    ),
    "hang": BedInfo("Hang", "A drum of tuned steel, played slowly, over a low drone.", "music.hang", "cells"),
}
BED_NAMES = (*BEDS, NONE)

ChimeName = Literal["bell", "bowl", "wood"]
"""The built-in chimes. Their parameters are in `voiceguide.audio.chimes.presets`."""
CHIME_NAMES = (*get_args(ChimeName), NONE)

BreathGuideName = Literal["count", "words", "tones", "breaths"]
BREATH_GUIDES: tuple[BreathGuideName, ...] = get_args(BreathGuideName)
BREATH_TONES = {"in": "breathe in", "out": "breathe out"}
"""The tones that guide the parts of a breath. In a timeline, they are chimes with these names."""
BREATH_NOISES = {"in": "breath in", "out": "breath out"}
"""The sounds of breathing. In a timeline, they are chimes with these names."""
BREATH_SOUNDS = frozenset({*BREATH_TONES.values(), *BREATH_NOISES.values()})
"""The sounds that are as long as a part of a breath. They show that playback goes on."""
BreathPart = Literal["in", "out"]
BREATH_PARTS: tuple[BreathPart, ...] = get_args(BreathPart)

RoomName = Literal["none", "small", "large"]
"""The rooms for the voice. Their sound is defined in `voiceguide.speech.room_reverb`."""
ROOM_NAMES: tuple[RoomName, ...] = get_args(RoomName)
ROOM_TAIL_S = {"small": 0.3, "large": 0.9}
"""How long the sound of a room lasts after the speech, in seconds."""

DetailLevel = Literal["full", "brief", "chime"]
DETAIL_LEVELS: tuple[DetailLevel, ...] = get_args(DetailLevel)

NARRATION_LUFS = -18.0
BED_LEVEL_DB = -20.0
"""The level of the bed relative to the narration. At -14 dB, the pauses pass the relative gate of BS.1770 and a whole
session measures -25 LUFS, so players that normalize loudness turn it up by 7 dB. At -20 dB, only the speech is
measured, and a session measures -18 to -19.5 LUFS."""
DUCK_DB = -6.0
"""The level of the bed under speech, relative to its level in the gaps."""
CHIME_LEVEL_DB = -8.0
"""The level of a chime relative to the narration, unless a script sets another one."""
BREATH_LEVEL_DB = -12.0
"""The level of the sound of a breath. It lasts longer than a chime, so it is softer."""
CHIME_LUFS = NARRATION_LUFS + CHIME_LEVEL_DB
"""The maximum loudness of a chime at CHIME_LEVEL_DB."""

MIN_PACE, MAX_PACE = 0.5, 2.0
"""The lowest and highest pace that a script can set. 1.0 is the normal speed of a voice."""
