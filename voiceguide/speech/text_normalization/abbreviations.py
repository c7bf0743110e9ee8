"""Convert abbreviations and symbols to words."""

from __future__ import annotations

import re
from functools import cache

from voiceguide.languages.model import Language

__all__ = ["expand_abbreviations", "expand_symbols"]


@cache
def _abbreviation_pattern(language: Language) -> re.Pattern[str]:
    longest_first = sorted(language.abbreviations, key=len, reverse=True)
    forms = "|".join(re.escape(form).replace(r"\ ", " ?") for form in longest_first)
    return re.compile(rf"(?<![\w'.-])(?:{forms})(?![\w'])", re.IGNORECASE)


@cache
def _expansions(language: Language) -> dict[str, str]:
    return {form.lower().replace(" ", ""): words for form, words in language.abbreviations.items()}


@cache
def _symbol_table(language: Language) -> tuple[re.Pattern[str], dict[int, str]]:
    table = {ord(sign): f" {words} " for sign, words in language.symbol_words.items()}
    return re.compile(f"[{re.escape(''.join(language.symbol_words))}]"), table


def expand_abbreviations(text: str, language: Language) -> str:
    """Replace `e.g.` with "for example". A period that also ends the sentence is preserved."""
    return _abbreviation_pattern(language).sub(lambda found: _expand(found, language), text)


def _expand(found: re.Match[str], language: Language) -> str:
    written = found.group()
    words = _expansions(language).get(written.lower().replace(" ", ""), written)
    if written[0].isupper() and words.islower() and not _is_acronym(written):
        words = words[0].upper() + words[1:]
    following = found.string[found.end() :]
    if not written.endswith(".") or not _ends_sentence(following, written, language):
        return words
    return f"{words}."


def _is_acronym(written: str) -> bool:
    return written.isupper() and len(written.strip(".")) > 2


def _ends_sentence(following: str, written: str, language: Language) -> bool:
    """Return whether the period of an abbreviation also ends the sentence, as it always does at the end of the text. A
    following capital letter alone is not enough, because names and German nouns start with one too."""
    following = following[:3].lstrip(" \"')")
    if not following:
        return True
    return following[0].isupper() and written.lower() in language.closing_abbreviations


def expand_symbols(text: str, language: Language) -> str:
    """Replace `&` with "and" and `+` with "plus". `normalize_punctuation` removes symbols that have no word."""
    pattern, table = _symbol_table(language)
    return text.translate(table) if pattern.search(text) else text
