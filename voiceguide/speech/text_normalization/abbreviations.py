"""Abbreviations and lone signs as words."""

from __future__ import annotations

import re
from functools import cache

from voiceguide.speech.text_normalization.languages.tables import Language, language_for

__all__ = ["expand_abbreviations", "say_symbols"]


@cache
def _pattern(code: str) -> re.Pattern[str]:
    language = language_for(code)
    assert language is not None
    longest_first = sorted(language.abbreviations, key=len, reverse=True)
    forms = "|".join(re.escape(form).replace(r"\ ", " ?") for form in longest_first)
    return re.compile(rf"(?<![\w'.-])(?:{forms})(?![\w'])", re.IGNORECASE)


@cache
def _meanings(code: str) -> dict[str, str]:
    language = language_for(code)
    assert language is not None
    return {form.lower().replace(" ", ""): words for form, words in language.abbreviations.items()}


@cache
def _symbols(code: str) -> tuple[re.Pattern[str], dict[int, str]]:
    language = language_for(code)
    assert language is not None
    table = {ord(sign): f" {words} " for sign, words in language.symbols.items()}
    return re.compile(f"[{re.escape(''.join(language.symbols))}]"), table


def expand_abbreviations(text: str, language: Language) -> str:
    """`e.g.` becomes "for example". Where the full stop also ended the sentence, one stays."""
    return _pattern(language.code).sub(lambda found: _expand(found, language), text)


def _expand(found: re.Match[str], language: Language) -> str:
    written = found.group()
    words = _meanings(language.code).get(written.lower().replace(" ", ""), written)
    if written[0].isupper() and words.islower():
        words = words[0].upper() + words[1:]
    following = found.string[found.end() :]
    if not written.endswith(".") or not _ends_sentence(following, written, language):
        return words
    return f"{words}."


def _ends_sentence(following: str, written: str, language: Language) -> bool:
    """True at the end of the text, and before a capital after `etc.`; titles and German nouns also have capitals."""
    following = following[:3].lstrip(" \"')")
    if not following:
        return True
    return following[0].isupper() and written.lower() in ("etc.", "usw.", "a.m.", "p.m.")


def say_symbols(text: str, language: Language) -> str:
    """`&` becomes "and", `+` "plus"; signs without words are left to the last stage, which drops them."""
    pattern, table = _symbols(language.code)
    return text.translate(table) if pattern.search(text) else text
