"""Warnings about spoken text: sentences too long to follow by ear, and pressure on the body without a caution."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from voiceguide.languages import LANGUAGES, language_for
from voiceguide.languages.model import NON_LATIN_FULL_STOPS
from voiceguide.script.parsing.nodes import ListNode
from voiceguide.script.rules.traversal import Issue, Section

__all__ = ["MAX_SENTENCE_WORDS", "body_pressure_pattern", "check_sentences_and_safety"]

MAX_SENTENCE_WORDS = 25
"""A listener cannot go back and reread, so spoken sentences must be shorter than written ones."""

_SENTENCE_END = re.compile(rf"[.!?…;:](?=\s|$)|\[[^\[\]]*\]|[{NON_LATIN_FULL_STOPS}]")
"""A pause such as `[2s]` also ends a sentence."""
_WORD = re.compile(r"\w+(?:[-'’]\w+)*")


def check_sentences_and_safety(parts: Sequence[Section]) -> Iterator[Issue]:
    """Warn about long sentences, brief text longer than the full text, and pressure on the body without a caution."""
    pressure_words = body_pressure_pattern(parts[0].text("language") or "en")
    pressure = False
    for part in parts:
        yield from _check_brief_text(part)
        for loc, text in part.spoken_texts():
            pressure = pressure or bool(pressure_words.search(text))
            longest = max((len(_WORD.findall(sentence)) for sentence in _SENTENCE_END.split(text)), default=0)
            if longest > MAX_SENTENCE_WORDS:
                message = f"This sentence has {longest} words. Split it, because listeners cannot reread it."
                yield Issue(loc, message, is_warning=True)
    if pressure and not (isinstance(parts[0].node.get("safety"), ListNode) and parts[0].node["safety"]):
        message = "This routine uses pressure but has no caution. Write safety: [Leave out any place that hurts.]."
        yield Issue(("title",), message, is_warning=True)


@lru_cache(maxsize=16)
def body_pressure_pattern(tag: str) -> re.Pattern[str]:
    """Return a pattern for pressure words in a language, or in all supported languages if this one is not supported."""
    language = language_for(tag)
    words = [word for known in ([language] if language else LANGUAGES.values()) for word in known.pressure_words]
    return re.compile(rf"\b(?:{'|'.join(words)})", re.IGNORECASE)


def _check_brief_text(part: Section) -> Iterator[Issue]:
    """Warn if the brief text is longer than the full text, which determines the length of the step."""
    texts = {loc[-1]: (loc, text) for loc, text in part.spoken_texts()}
    if "full" in texts and "brief" in texts:
        full, brief = (len(_WORD.findall(texts[key][1])) for key in ("full", "brief"))
        if brief > full:
            message = (
                f"The brief text has {brief} words, but the full text has only {full}. "
                "Shorten or remove the brief text."
            )
            yield Issue(texts["brief"][0], message, is_warning=True)
