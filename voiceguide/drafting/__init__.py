"""Draft a script from a text in any of the input formats, or from a few answers: text -> outline -> script text."""

from voiceguide.drafting.from_answers import (
    Answers,
    StageAnswer,
    StepAnswer,
    parse_spoken_duration,
    script_from_answers,
)
from voiceguide.drafting.from_text import Draft, draft_outline, draft_script, script_of_recording
from voiceguide.drafting.input_formats import FORMAT_NAMES
from voiceguide.drafting.outline import Outline
from voiceguide.drafting.source_text import DOCUMENT_NAMES, MAX_DOCUMENT_BYTES

__all__ = [
    "DOCUMENT_NAMES",
    "FORMAT_NAMES",
    "MAX_DOCUMENT_BYTES",
    "Answers",
    "Draft",
    "Outline",
    "StageAnswer",
    "StepAnswer",
    "draft_outline",
    "draft_script",
    "parse_spoken_duration",
    "script_from_answers",
    "script_of_recording",
]
