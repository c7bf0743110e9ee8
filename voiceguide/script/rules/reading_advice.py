"""Warnings about ambiguous spoken text. Such text gets the reading that would do the least harm if wrong."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache

from voiceguide.languages import language_for
from voiceguide.languages.model import Language
from voiceguide.script.parsing.nodes import MapNode, TextNode, quoted
from voiceguide.script.rules.traversal import Issue, Section

__all__ = ["check_readings", "find_ambiguous_texts"]

_LONG_MINUTES = re.compile(r"(?<![\w.,:])([1-9]\d{2,}m)(?!\w)(?! (?:sprint|dash|swim|run|walk))", re.ASCII)
_SOUND = re.compile(r"\b([sc]?h{2,}|s{3,}|m{2,}|f{2,}|z{2,}|r{3,}|pf{2,}|br{2,})\b", re.IGNORECASE)


def check_readings(sections: Sequence[Section]) -> Iterator[Issue]:
    """Warn about text with several possible readings, and say what to write instead.

    If `words` names a file, the warnings depend on that file. `Script.reading_warnings` returns them.
    """
    words = sections[0].node.get("words")
    if not isinstance(words, TextNode) or not words.strip():
        yield from find_ambiguous_texts(sections, words if isinstance(words, MapNode) else ())


def find_ambiguous_texts(sections: Sequence[Section], words: Collection[str]) -> Iterator[Issue]:
    """Yield a warning for each ambiguous text, except for `words`, whose pronunciation is known."""
    language = language_for(sections[0].text("language") or "en")
    if language is None:
        return
    replaced = {word.casefold() for word in words}
    for section in sections:
        for loc, text in section.spoken_texts():
            for pattern, advice in _ambiguous(language):
                unclear = (found[1] for found in pattern.finditer(text) if found[1].casefold() not in replaced)
                if written := next(unclear, None):
                    yield Issue(loc, f"{quoted(written)} {advice}", is_warning=True)


@lru_cache(maxsize=8)
def _ambiguous(language: Language) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return the patterns for a language, each with its advice. Group 1 of each pattern is the ambiguous text."""
    point = re.escape(language.decimal_separators[0])
    decimal = re.compile(rf"(?<![\w.,])([1-9]\d{{0,2}}{point}\d\d0)(?![\w.,]?\d)", re.ASCII)
    return (
        *language.ambiguous,
        (_LONG_MINUTES, "is read as minutes. For meters, write a space before the m."),
        (decimal, "is read as a decimal number. For thousands, leave out the separator."),
        (_SOUND, "is a sound, not a word. Most voices spell it. Use a recording, with audio, or describe the sound."),
    )
