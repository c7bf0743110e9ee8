"""The input formats of `new --text`, in the order in which they are tried."""

from __future__ import annotations

from voiceguide.drafting.formats.narration import NARRATION
from voiceguide.drafting.formats.phrases import PHRASES
from voiceguide.drafting.formats.reading import Format
from voiceguide.drafting.formats.timed.chapters import CHAPTERS
from voiceguide.drafting.formats.timed.clock_lines import CLOCK_LINES
from voiceguide.drafting.formats.timed.labels import LABELS
from voiceguide.drafting.formats.timed.lyrics import LRC
from voiceguide.drafting.formats.timed.subtitles import SRT, VTT
from voiceguide.errors import VoiceguideError

__all__ = ["FORMAT_NAMES", "INSTRUCTIONS", "choose_format"]

INSTRUCTIONS = "instructions"
"""The name of plain instructions. Any text that is in no other format is read as instructions."""
FORMATS: tuple[Format, ...] = (VTT, SRT, LRC, LABELS, CHAPTERS, PHRASES, CLOCK_LINES, NARRATION)
"""From the least to the most ambiguous."""
FORMAT_NAMES = (*(form.name for form in FORMATS), INSTRUCTIONS)
"""The names for `--as`."""


def choose_format(text: str, name: str = "") -> Format | None:
    """Return the format with a name or, without a name, the first one that recognizes the text.

    None stands for plain instructions.

    Raises:
        VoiceguideError: There is no format with this name.
    """
    if name and name not in FORMAT_NAMES:
        raise VoiceguideError(f'"{name}" is not an input format. Use one of: {", ".join(FORMAT_NAMES)}.')
    if name:
        return next((form for form in FORMATS if form.name == name), None)
    return next((form for form in FORMATS if form.recognizes(text)), None)
