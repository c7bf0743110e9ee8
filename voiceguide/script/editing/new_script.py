"""The text of a new script."""

from __future__ import annotations

from voiceguide.languages import LANGUAGES, language_for
from voiceguide.script.editing.layout.document import Tree
from voiceguide.script.editing.layout.file_style import FileStyle
from voiceguide.script.editing.layout.writer import Writer
from voiceguide.script.editing.operations import clean_value

__all__ = ["fresh"]


def fresh(title: str, language: str) -> str:
    """Return the text of a new script with one stage and one step, in a language such as `en-US` or `de`.

    For a language without built-in phrases, the first words are in English.
    """
    words = language_for(language) or LANGUAGES["en"]
    head: dict[str, Tree] = {
        "voiceguide": "1",
        "title": " ".join(str(clean_value(title)).split()),
        "language": language.strip(),
        "bed": "rain",
        "chime": "bell",
    }
    step: dict[str, Tree] = {"say": words.first_words, "for": "30s"}
    writer = Writer(FileStyle())
    stages = writer.map_lines({"stages": [{"stage": words.first_stage, "steps": [step]}]})
    return "\n".join([*writer.map_lines(head), "", *stages]) + "\n"
