"""Numbers as words. The one place that knows num2words, which takes 30 ms to import: it waits for the first number."""

from __future__ import annotations

from functools import lru_cache

from voiceguide.speech.text_normalization.languages.tables import LanguageTables

__all__ = ["decimal_words", "digit_words", "number_words", "ordinal_words", "year_words"]

_MAX_DIGITS = 15
"""Digits beyond which nobody follows the words any more: longer numbers are read digit by digit."""


def number_words(number: int | str, language: LanguageTables, gender: str = "") -> str:
    """A whole number, given as int or as ASCII digits, in words.

    `gender` is that of the noun behind it (`m`, `f`, `n`), or empty for counting: Spanish 1 is `uno`, `un` or `una`.
    """
    digits = str(number)
    if digits.startswith("-"):
        return f"{language.minus_word} {number_words(digits[1:], language, gender)}"
    if len(digits) > _MAX_DIGITS or (len(digits) > 1 and digits[0] == "0"):
        return digit_words(digits, language)
    words = _cardinal(int(digits), language.code)
    return _inflect_for_gender(words, language.code, gender) if gender else words


def digit_words(digits: str, language: LanguageTables) -> str:
    """Each digit by itself: `zero eight zero`."""
    return " ".join(_cardinal(int(digit), language.code) for digit in digits)


def decimal_words(whole: str, places: str, language: LanguageTables) -> str:
    """A decimal number: `two point five`, `deux virgule vingt-cinq`."""
    zeros = len(places) - len(places.lstrip("0"))
    if language.decimals_digit_by_digit or len(places) > 2 or zeros == len(places):
        said = digit_words(places, language)
    else:
        said = " ".join(filter(None, [digit_words("0" * zeros, language), number_words(places[zeros:], language)]))
    return f"{number_words(whole, language)} {language.point_word} {said}"


def ordinal_words(number: int | str, language: LanguageTables) -> str:
    """The ordinal, masculine and nominative: `first`, `erste`, `primero`, `premier`."""
    digits = str(number).lstrip("0")
    if not digits or len(digits) > _MAX_DIGITS - 3:
        return number_words(str(number), language)
    return _ordinal(int(digits), language.code)


def year_words(year: str) -> str:
    """A year in English: `nineteen ninety`."""
    from num2words import num2words

    return str(num2words(int(year), lang="en", to="year"))


@lru_cache(maxsize=1024)
def _cardinal(number: int, code: str) -> str:
    from num2words import num2words

    return str(num2words(number, lang=code)).replace(",", "")


@lru_cache(maxsize=256)
def _ordinal(number: int, code: str) -> str:
    from num2words import num2words

    irregular = {("es", 11): "undécimo", ("es", 12): "duodécimo", ("de", 7): "siebte"}
    return irregular.get((code, number)) or str(num2words(number, lang=code, to="ordinal")).replace(",", "")


def _inflect_for_gender(words: str, code: str, gender: str) -> str:
    """The words as they stand before a noun of that gender."""
    if code == "de":
        return {"eins": "eine" if gender == "f" else "ein"}.get(words, words)
    if code == "fr" and gender == "f":
        return f"{words}e" if words == "un" or words.endswith((" un", "-un")) else words
    if code != "es":
        return words
    if gender == "f":
        words = words.replace("cientos", "cientas").replace("quinientos", "quinientas")
        return f"{words[:-1]}a" if words.endswith("uno") else words
    return f"{words[:-3]}ún" if words.endswith("veintiuno") else words[:-1] if words.endswith("uno") else words
