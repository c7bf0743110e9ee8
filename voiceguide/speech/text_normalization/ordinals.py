"""Ordinals in each language's own spelling: `2nd`, `der 2.`, `2.º`, `2e`."""

from __future__ import annotations

import re

from voiceguide.speech.text_normalization.languages.tables import Language
from voiceguide.speech.text_normalization.number_words import ordinal_words

__all__ = ["say_ordinals"]

_ENGLISH = re.compile(r"(?<![\w.,])(\d+)(?:st|nd|rd|th)(?!\w)", re.ASCII | re.IGNORECASE)
_FRENCH = re.compile(r"(?<![\w.,])(\d+)(ers?|[rè]?res?|ères?|e|es|i?[èe]mes?|nd|nde)(?!\w)")
_SPANISH = re.compile(r"(?<![\w.,])(\d+)\.? ?(?:(º|ª)(?! ?[CF]\b)|(er)(?!\w))")
_ARTICLE = r"(?<!\w)(der|die|das|jede|jeder|jedes|dem|den|des|zum|zur|beim|am|im|vom|jedem|jeden)"
_GERMAN_PAIR = re.compile(rf"(?:{_ARTICLE} |(?<![\w.,:]))(\d+)\. (und|oder|bis) (\d+)\.(?= \w)", re.IGNORECASE)
_GERMAN = re.compile(rf"{_ARTICLE} (\d+)\.(?= \w)", re.IGNORECASE)
_NOMINATIVE = ("der", "die", "das", "jede")


def say_ordinals(text: str, language: Language) -> str:
    """The text with its ordinals in words. A German `1.` counts as one only where an article or a pair shows it."""
    if language.code == "en":
        return _ENGLISH.sub(lambda found: ordinal_words(found[1], language), text)
    if language.code == "fr":
        return _FRENCH.sub(lambda found: _french(found, language), text)
    if language.code == "es":
        return _SPANISH.sub(lambda found: _spanish(found, language), text)
    text = _GERMAN_PAIR.sub(lambda found: _german_pair(found, language), text)
    return _GERMAN.sub(lambda found: f"{found[1]} {_german(found[1], found[2], language)}", text)


def _german_pair(found: re.Match[str], language: Language) -> str:
    article = found[1] or "die"
    said = f"{_german(article, found[2], language)} {found[3]} {_german(article, found[4], language)}"
    return f"{found[1]} {said}" if found[1] else said


def _german(article: str, digits: str, language: Language) -> str:
    stem = ordinal_words(digits, language)
    if article.lower() in _NOMINATIVE:
        return stem
    return stem + {"jeder": "", "jedes": "s"}.get(article.lower(), "n")


def _french(found: re.Match[str], language: Language) -> str:
    digits, ending = found[1], found[2]
    if digits == "1":
        return "première" if ending.startswith(("r", "è")) else "premier"
    if digits == "2" and ending.startswith("nd"):
        return "seconde" if ending == "nde" else "second"
    return ordinal_words(digits, language)


def _spanish(found: re.Match[str], language: Language) -> str:
    words = ordinal_words(found[1], language)
    if found[2] == "ª":
        return re.sub(r"o\b", "a", words)
    followed = re.match(r" (?!(?:y|e|o|u|de|a)\b)[^\W\d_]", found.string[found.end() :][:5]) is not None
    return re.sub(r"(primer|tercer)o$", r"\1", words) if found[3] or followed else words
