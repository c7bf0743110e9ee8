"""From plain instructions, or a few answers, to a first script: text -> blocks -> outline -> script text."""

from voiceguide.script.drafting.answers import Answers, StageAnswer, script_from_answers
from voiceguide.script.drafting.draft import draft_outline, draft_script
from voiceguide.script.drafting.outline import Outline

__all__ = ["Answers", "Outline", "StageAnswer", "draft_outline", "draft_script", "script_from_answers"]
