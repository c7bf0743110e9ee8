"""Estimate the length of lines that have not been synthesized yet."""

from __future__ import annotations

import re

from voiceguide.languages import language_for
from voiceguide.timeline.model import Line, Pause, SpeechLength
from voiceguide.units import SAMPLE_RATE

__all__ = ["estimate_speech_length"]

_CHARACTERS_PER_SECOND = 15.0
"""Speaking rate at pace 1, excluding pauses, for languages that `voiceguide.languages` does not describe."""
SENTENCE_PAUSE_S = 0.70
COMMA_PAUSE_S = 0.27
"""The pauses after a sentence and after a comma within a line, in seconds.

The rates and pauses were fitted to instructions of 5 to 25 words. With the default voice, the error is about 6% for a
line and close to 0% for a whole session.
"""


def estimate_speech_length(line: Line) -> SpeechLength:
    """Estimate the length of a line from its characters and pauses, or the length of a recording from its caption."""
    seconds, silence = 0.0, 0
    language = language_for(line.language)
    rate = (language.characters_per_second if language else _CHARACTERS_PER_SECOND) * line.pace
    for part in line.parts:
        if isinstance(part, Pause):
            silence += part.samples
        else:
            text = part.strip()
            rests = len(re.findall(r"[.!?…:;](?=\s)", text)) * SENTENCE_PAUSE_S + text.count(",") * COMMA_PAUSE_S
            seconds += max(len(text), 6) / rate + rests / line.pace
    return SpeechLength(int(seconds * SAMPLE_RATE) + silence + line.tail_samples, exact=False)
