"""Ordinals in each language's own spelling: `2nd`, `der 2.`, `2.º`, `2e`."""

from __future__ import annotations

import re

from voiceguide.speech.text_normalization.languages.tables import LanguageTables
from voiceguide.speech.text_normalization.number_words import ordinal_words

__all__ = ["expand_ordinals"]

_ENGLISH = re.compile(r"(?<![\w.,])(\d+)(?:st|nd|rd|th)(?!\w)", re.ASCII | re.IGNORECASE)
_FRENCH = re.compile(r"(?<![\w.,])(\d+)(ers?|[rè]?res?|ères?|e|es|i?[èe]mes?|nd|nde)(?!\w)")
_SPANISH = re.compile(r"(?<![\w.,])(\d+)\.? ?(?:(º|ª)(?! ?[CF]\b)|(er)(?!\w))")
_ARTICLE = r"(?<!\w)(der|die|das|jede|jeder|jedes|dem|den|des|zum|zur|beim|am|im|vom|jedem|jeden)"
_GERMAN_PAIR = re.compile(rf"(?:{_ARTICLE} |(?<![\w.,:]))(\d+)\. (und|oder|bis) (\d+)\.(?= \w)", re.IGNORECASE)
_GERMAN = re.compile(rf"{_ARTICLE} (\d+)\.(?= \w)", re.IGNORECASE)
_NOMINATIVE_ARTICLES = ("der", "die", "das", "jede")


def expand_ordinals(text: str, language: LanguageTables) -> str:
    """The text with its ordinals in words. A German `1.` counts as one only where an article or a pair shows it."""
    if language.code == "en":
        return _ENGLISH.sub(lambda found: ordinal_words(found[1], language), text)
    if language.code == "fr":
        return _FRENCH.sub(lambda found: _french_ordinal(found, language), text)
    if language.code == "es":
        return _SPANISH.sub(lambda found: _spanish_ordinal(found, language), text)
    text = _GERMAN_PAIR.sub(lambda found: _german_ordinal_pair(found, language), text)
    return _GERMAN.sub(lambda found: f"{found[1]} {_german_ordinal(found[1], found[2], language)}", text)


def _german_ordinal_pair(found: re.Match[str], language: LanguageTables) -> str:
    article = found[1] or "die"
    said = f"{_german_ordinal(article, found[2], language)} {found[3]} {_german_ordinal(article, found[4], language)}"
    return f"{found[1]} {said}" if found[1] else said


def _german_ordinal(article: str, digits: str, language: LanguageTables) -> str:
    stem = ordinal_words(digits, language)
    if article.lower() in _NOMINATIVE_ARTICLES:
        return stem
    return stem + {"jeder": "", "jedes": "s"}.get(article.lower(), "n")


def _french_ordinal(found: re.Match[str], language: LanguageTables) -> str:
    digits, ending = found[1], found[2]
    if digits == "1":
        return "première" if ending.startswith(("r", "è")) else "premier"
    if digits == "2" and ending.startswith("nd"):
        return "seconde" if ending == "nde" else "second"
    return ordinal_words(digits, language)


def _spanish_ordinal(found: re.Match[str], language: LanguageTables) -> str:
    words = ordinal_words(found[1], language)
    if found[2] == "ª":
        return re.sub(r"o\b", "a", words)
    followed = re.match(r" (?!(?:y|e|o|u|de|a)\b)[^\W\d_]", found.string[found.end() :][:5]) is not None
    return re.sub(r"(primer|tercer)o$", r"\1", words) if found[3] or followed else words
