"""Draft a script from plain instructions or from a few answers: text -> blocks -> outline -> script text."""

from voiceguide.drafting.from_answers import (
    Answers,
    StageAnswer,
    StepAnswer,
    parse_spoken_duration,
    script_from_answers,
)
from voiceguide.drafting.from_text import draft_outline, draft_script
from voiceguide.drafting.outline import Outline

__all__ = [
    "Answers",
    "Outline",
    "StageAnswer",
    "StepAnswer",
    "draft_outline",
    "draft_script",
    "parse_spoken_duration",
    "script_from_answers",
]
