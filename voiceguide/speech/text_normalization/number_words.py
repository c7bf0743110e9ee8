"""Convert numbers to words. Only this module imports num2words, and only on first use: the import takes 30 ms."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from voiceguide.languages.model import Language

__all__ = [
    "LanguageNumberWords",
    "cardinal_words",
    "clock_minute_words",
    "decimal_words",
    "digit_words",
    "ordinal_words",
    "roman_value",
]

_ROMAN = re.compile(r"X{0,3}(?:IX|IV|V?I{0,3})")
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10}
_MAX_DIGITS = 15
"""Longer numbers are read digit by digit, because listeners cannot follow them as a single number."""


def cardinal_words(number: int | str, language: Language, gender: str = "") -> str:
    """Return a whole number in words. `number` is an int or ASCII digits.

    `gender` is the gender of the following noun (`m`, `f` or `n`), or empty for counting. For example, 1 in Spanish is
    `uno`, `un` or `una`.
    """
    digits = str(number)
    if digits.startswith("-"):
        return f"{language.minus_word} {cardinal_words(digits[1:], language, gender)}"
    if len(digits) > _MAX_DIGITS or (len(digits) > 1 and digits[0] == "0"):
        return digit_words(digits, language)
    words = _num2words(int(digits), language.code)
    return language.inflect_number(words, gender) if gender else words


def digit_words(digits: str, language: Language) -> str:
    """Return each digit as a separate word: `zero eight zero`."""
    return " ".join(_num2words(int(digit), language.code) for digit in digits)


def decimal_words(whole: str, decimals: str, language: Language) -> str:
    """Return a decimal number in words: `two point five`, `deux virgule vingt-cinq`."""
    zeros = len(decimals) - len(decimals.lstrip("0"))
    if language.decimals_digit_by_digit or len(decimals) > 2 or zeros == len(decimals):
        words = digit_words(decimals, language)
    else:
        words = " ".join(filter(None, [digit_words("0" * zeros, language), cardinal_words(decimals[zeros:], language)]))
    return f"{cardinal_words(whole, language)} {language.point_word} {words}"


def ordinal_words(number: int | str, language: Language) -> str:
    """Return a masculine nominative ordinal: `first`, `erste`, `primero`, `premier`."""
    digits = str(number).lstrip("0")
    if not digits or len(digits) > _MAX_DIGITS - 3:
        return cardinal_words(str(number), language)
    irregular = language.irregular_ordinals.get(int(digits)) if language.irregular_ordinals else None
    return irregular or _num2words(int(digits), language.code, "ordinal")


def clock_minute_words(digits: str, language: Language) -> str:
    """Return the minutes of a time in words: `thirty`, `oh five`, or an empty string for `00`."""
    if digits == "00":
        return ""
    prefix = f"{language.zero_minute_word} " if language.zero_minute_word and digits[0] == "0" else ""
    return prefix + cardinal_words(digits.lstrip("0"), language)


def roman_value(numeral: str) -> int:
    """Return the value of a Roman numeral up to 39, or 0."""
    if not _ROMAN.fullmatch(numeral):
        return 0
    values = [_ROMAN_VALUES[letter] for letter in numeral]
    return sum(-value if value < max(values[index:]) else value for index, value in enumerate(values))


@dataclass(frozen=True)
class LanguageNumberWords:
    """The number words used by a language's rules. See `voiceguide.languages.model.NumberWords`."""

    language: Language

    def cardinal(self, number: int | str, gender: str = "") -> str:
        return cardinal_words(number, self.language, gender)

    def ordinal(self, number: int | str) -> str:
        return ordinal_words(number, self.language)

    def digits(self, digits: str) -> str:
        return digit_words(digits, self.language)

    def roman(self, numeral: str) -> int:
        return roman_value(numeral)

    def year(self, digits: str) -> str:
        return _num2words(int(digits), self.language.code, "year").replace("oh-", "oh ")

    def clock_minutes(self, digits: str) -> str:
        return clock_minute_words(digits, self.language)


@lru_cache(maxsize=1024)
def _num2words(number: int, code: str, kind: str = "cardinal") -> str:
    from num2words import num2words

    return str(num2words(number, lang=code, to=kind)).replace(",", "")
