"""How long words will take, before anybody has spoken them."""

from __future__ import annotations

import re

from voiceguide.timeline.model import Line, Measured, Pause
from voiceguide.units import SAMPLE_RATE

__all__ = ["estimate"]

LETTERS_A_SECOND = {"en": 14.6, "de": 14.2, "es": 15.2, "fr": 15.0}
"""Characters spoken in a second at pace 1, measured on instructions of 5 to 25 words; breaths at full stops included."""
SENTENCE_REST_S = 0.25
"""A breath after each sentence but the last."""


def estimate(line: Line) -> Measured:
    """The likely length of a line, from its characters and sentences. Recordings are taken to be as long as their caption."""
    seconds, silence = 0.0, 0
    rate = LETTERS_A_SECOND.get(line.language[:2].lower(), 14.5) * line.pace
    for part in line.parts:
        if isinstance(part, Pause):
            silence += part.samples
        else:
            sentences = len(re.findall(r"[.!?…](?=\s)", part.strip()))
            seconds += max(len(part.strip()), 4) / rate + sentences * SENTENCE_REST_S
    return Measured(int(seconds * SAMPLE_RATE) + silence, exact=False)
