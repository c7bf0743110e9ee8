"""The input formats of `new --text`, in the order in which they are tried."""

from __future__ import annotations

from voiceguide.drafting.formats.apg_phrase_file import PHRASES
from voiceguide.drafting.formats.narration import NARRATION
from voiceguide.drafting.formats.reading_result import Format
from voiceguide.drafting.formats.ssml import SSML
from voiceguide.drafting.formats.timed.ass_captions import ASS
from voiceguide.drafting.formats.timed.chapters import CHAPTERS
from voiceguide.drafting.formats.timed.clock_lines import CLOCK_LINES
from voiceguide.drafting.formats.timed.labels import LABELS
from voiceguide.drafting.formats.timed.lyrics import LRC
from voiceguide.drafting.formats.timed.subtitles import SRT, VTT
from voiceguide.drafting.formats.timer_json import TIMER_JSON
from voiceguide.drafting.formats.timers import TIMER_LIST, TIMER_TABLE

__all__ = ["FORMAT_NAMES", "INSTRUCTIONS", "choose_format"]

INSTRUCTIONS = "instructions"
"""The name of the format for plain instructions. Any text that does not match another format is read as
instructions."""
FORMATS: tuple[Format, ...] = (
    *(SSML, VTT, SRT, ASS, LRC, LABELS, CHAPTERS, TIMER_JSON),
    *(PHRASES, CLOCK_LINES, TIMER_TABLE, TIMER_LIST, NARRATION),
)
"""All formats except plain instructions, from the least to the most ambiguous."""
FORMAT_NAMES = (*(form.name for form in FORMATS), INSTRUCTIONS)
"""The names for `--as`."""


def choose_format(text: str, wrapped_text: str, name: str = "") -> Format | None:
    """Return the format called `name` or, if `name` is empty, the first format that recognizes the text.

    `wrapped_text` is the text with its long lines wrapped. None represents plain instructions."""
    if name:
        return next((form for form in FORMATS if form.name == name), None)
    return next((form for form in FORMATS if form.recognizes(text if form.needs_whole_lines else wrapped_text)), None)
