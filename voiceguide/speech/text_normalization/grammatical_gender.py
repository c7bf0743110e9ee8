"""The gender of the word after a number, where a number must agree with it: `una toalla`, `ein Tuch`, `une fois`.

Only numbers that end in one (and Spanish hundreds) change, so a guess by the word's ending is good enough; words that
break the rule and are common in routines stand among the units of their language.
"""

from __future__ import annotations

import re

from voiceguide.speech.text_normalization.languages.tables import LanguageTables

__all__ = ["guess_next_noun_gender"]

_NEXT = re.compile(r" ([^\W\d_]+)")
_FEMININE_ENDINGS = {
    "de": re.compile(r"(?:e|ung|heit|keit|schaft|ion|hand)$", re.IGNORECASE),
    "es": re.compile(r"(?:as?|i[oó]n(?:es)?|dad(?:es)?)$"),
    "fr": re.compile(r"(?:ttes?|[st]ions?|ures?|ées?|[ae]nces?|aines?|jambes?|chevilles?|plantes?|pauses?|boîtes?)$"),
}
_FUNCTION_WORDS = {
    "es": re.compile(r"a|al|con|del?|e|en|hasta|las?|los?|luego|no|o|para|por|que|se|si|sin|su|u|una?|y|ya"),
    "fr": re.compile(r"a|aux?|avec|dans|des?|du|en|est|et|l[ae]|les|ou|par|pour|puis|que|qui|sans|si|sur|une?|à"),
}


def guess_next_noun_gender(text: str, position: int, language: LanguageTables) -> str:
    """`m` or `f` where a noun seems to begin after the number ending at `position`, otherwise empty: it only counts."""
    feminine = _FEMININE_ENDINGS.get(language.code)
    word = _NEXT.match(text, position) if feminine else None
    if word is None or feminine is None:
        return ""
    noun = word.group(1)
    if language.code == "de":
        return _guess(noun, feminine) if noun[0].isupper() else ""
    return _guess(noun, feminine) if noun.islower() and not _FUNCTION_WORDS[language.code].fullmatch(noun) else ""


def _guess(noun: str, feminine: re.Pattern[str]) -> str:
    return "f" if feminine.search(noun) else "m"
