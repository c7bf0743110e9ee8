"""Guess the language of plain instructions and suggest a voice that can read them."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

from voiceguide.languages import LANGUAGES

__all__ = ["guess_language", "known_language", "suggest_voice"]

_UNREADABLE_WORD = re.compile(r"[^\W\d_]{25,}|\d{19,}")


def guess_language(text: str) -> str:
    """Return the tag of the language whose common words occur most often. English wins a tie.

    Words shared by several languages are not counted.
    """
    common = {code: set(language.common_words.split()) for code, language in LANGUAGES.items()}
    languages_of = Counter(word for words in common.values() for word in words)
    counts = Counter(re.findall(r"[^\W\d_]+", text.lower()))
    scores = {code: sum(counts[word] for word in words if languages_of[word] == 1) for code, words in common.items()}
    best = max(scores, key=lambda code: (scores[code], code == "en"))
    return LANGUAGES[best].draft_tag or best


def known_language(tag: str) -> str:
    """Return a language tag from a file if it denotes a language with built-in phrases, otherwise ""."""
    tag = tag.strip().replace("_", "-")
    language = LANGUAGES.get(tag.lower().partition("-")[0])
    if language is None or not re.fullmatch(r"[A-Za-z]{2,3}(?:-(?:[A-Za-z]{2}|\d{3}))?", tag):
        return ""
    code, _, region = tag.partition("-")
    return f"{code.lower()}-{region.upper()}" if region else language.draft_tag or code.lower()


def suggest_voice(text: str, language: str) -> str:
    """Return the voice to set in the script, or an empty string if the default voice can read everything.

    The default voice reads English in Latin letters and rejects anything else.
    """
    if not language.startswith("en"):
        return ""
    foreign = any(letter.isalpha() and not _is_latin(letter) for letter in set(text))
    return "pyttsx3" if foreign or _UNREADABLE_WORD.search(text) else ""


def _is_latin(letter: str) -> bool:
    return letter.isascii() or (
        unicodedata.name(unicodedata.normalize("NFD", letter)[0], "").startswith("LATIN ") and letter < "\u0250"
    )
