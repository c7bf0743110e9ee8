"""The language that instructions are written in, as far as it matters for the voice."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

__all__ = ["guess_language", "suggest_voice"]

_COMMON = {
    "en-US": "the and your with for you to of on is it then hold as each from into",
    "de": "und der die das den mit für ein eine auf ist sie nicht zum dann dem ihre im",
    "es": "el los las una con para por que del su en y tus es al sobre luego cada",
    "fr": "le les des une avec pour vous et du au dans est vos sur puis en la chaque",
}
"""Words by which a language is known; words that two of them share count for neither."""
_SHARED = {
    word for word, count in Counter(word for words in _COMMON.values() for word in words.split()).items() if count > 1
}
_UNREADABLE_WORD = re.compile(r"[^\W\d_]{25,}|\d{19,}")


def guess_language(text: str) -> str:
    """The language, of those that have built-in phrases, whose common words are met most; English in doubt."""
    words = Counter(re.findall(r"[^\W\d_]+", text.lower()))
    score = {
        language: sum(words[word] for word in common.split() if word not in _SHARED)
        for language, common in _COMMON.items()
    }
    return max(score, key=lambda language: score[language])


def suggest_voice(text: str, language: str) -> str:
    """The voice to name in the script; empty where the default one can read everything.

    The default voice reads English in Latin letters, and refuses what it cannot read.
    """
    if not language.startswith("en"):
        return ""
    foreign = any(letter.isalpha() and not _is_latin(letter) for letter in set(text))
    return "pyttsx3" if foreign or _UNREADABLE_WORD.search(text) else ""


def _is_latin(letter: str) -> bool:
    return letter.isascii() or (
        unicodedata.name(unicodedata.normalize("NFD", letter)[0], "").startswith("LATIN ") and letter < "\u0250"
    )
