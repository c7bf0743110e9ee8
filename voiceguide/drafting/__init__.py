"""Draft a script from plain instructions or from a few answers: text -> blocks -> outline -> script text."""

from voiceguide.drafting.from_answers import Answers, StageAnswer, script_from_answers
from voiceguide.drafting.from_text import draft_outline, draft_script
from voiceguide.drafting.outline import Outline

__all__ = ["Answers", "Outline", "StageAnswer", "draft_outline", "draft_script", "script_from_answers"]
