"""Abbreviations and lone signs as words."""

from __future__ import annotations

import re
from functools import cache

from voiceguide.speech.text_normalization.languages.tables import LanguageTables, find_language_tables

__all__ = ["expand_abbreviations", "expand_symbols"]


@cache
def _abbreviation_pattern(code: str) -> re.Pattern[str]:
    language = find_language_tables(code)
    assert language is not None
    longest_first = sorted(language.abbreviations, key=len, reverse=True)
    forms = "|".join(re.escape(form).replace(r"\ ", " ?") for form in longest_first)
    return re.compile(rf"(?<![\w'.-])(?:{forms})(?![\w'])", re.IGNORECASE)


@cache
def _expansions(code: str) -> dict[str, str]:
    language = find_language_tables(code)
    assert language is not None
    return {form.lower().replace(" ", ""): words for form, words in language.abbreviations.items()}


@cache
def _symbol_table(code: str) -> tuple[re.Pattern[str], dict[int, str]]:
    language = find_language_tables(code)
    assert language is not None
    table = {ord(sign): f" {words} " for sign, words in language.symbol_words.items()}
    return re.compile(f"[{re.escape(''.join(language.symbol_words))}]"), table


def expand_abbreviations(text: str, language: LanguageTables) -> str:
    """`e.g.` becomes "for example". Where the full stop also ended the sentence, one stays."""
    return _abbreviation_pattern(language.code).sub(lambda found: _expand(found, language), text)


def _expand(found: re.Match[str], language: LanguageTables) -> str:
    written = found.group()
    words = _expansions(language.code).get(written.lower().replace(" ", ""), written)
    if written[0].isupper() and words.islower():
        words = words[0].upper() + words[1:]
    following = found.string[found.end() :]
    if not written.endswith(".") or not _ends_sentence(following, written, language):
        return words
    return f"{words}."


def _ends_sentence(following: str, written: str, language: LanguageTables) -> bool:
    """True at the end of the text, and before a capital after `etc.`; titles and German nouns also have capitals."""
    following = following[:3].lstrip(" \"')")
    if not following:
        return True
    return following[0].isupper() and written.lower() in ("etc.", "usw.", "a.m.", "p.m.")


def expand_symbols(text: str, language: LanguageTables) -> str:
    """`&` becomes "and", `+` "plus"; signs without words are left to the last stage, which drops them."""
    pattern, table = _symbol_table(language.code)
    return text.translate(table) if pattern.search(text) else text
