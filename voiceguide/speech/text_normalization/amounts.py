"""Amounts in digits and in words: whole numbers, decimals and fractions, with or without a unit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from voiceguide.languages.model import Language, Unit
from voiceguide.speech.text_normalization.number_words import cardinal_words, decimal_words

__all__ = ["WrittenNumber", "amount_pattern", "amount_with_unit", "amount_words", "parse_amount"]


@dataclass(frozen=True)
class WrittenNumber:
    """An amount as written, in digits. A denominator of 0 means that there is no fraction."""

    whole: str
    decimals: str = ""
    numerator: int = 0
    denominator: int = 0

    @property
    def is_half(self) -> bool:
        """True for fractions such as ½ and 2½, but not for the decimal 0.5."""
        return (self.numerator, self.denominator) == (1, 2)


def amount_pattern(language: Language) -> str:
    """Return a regular expression, without groups, that matches one amount: `3`, `1,000`, `2.5`, `1/2`, `1 1/2`."""
    groups = "|".join(rf"(?:{re.escape(sign)}\d{{3}})+" for sign in language.thousands_separators)
    number = rf"(?:[1-9]\d{{0,2}}(?:{groups})(?!\d)|\d+)(?:[{language.decimal_separators}]\d+(?![\d]))?"
    return rf"(?:(?:\d{{1,4}} )?\d{{1,4}}/[1-9]\d{{0,3}}(?![/\d])|{number})"


@cache
def _grouped_digits_pattern(thousands: str) -> re.Pattern[str]:
    return re.compile(rf"[1-9]\d{{0,2}}(?:[{re.escape(thousands)}]\d{{3}})+", re.ASCII)


def parse_amount(written: str, language: Language) -> WrittenNumber:
    """Parse text that matches `amount_pattern`."""
    if "/" in written:
        whole, _, fraction = written.rpartition(" ")
        numerator, denominator = fraction.split("/")
        return WrittenNumber(whole, "", int(numerator), int(denominator))
    grouped = _grouped_digits_pattern(language.thousands_separators).match(written)
    end = grouped.end() if grouped and not written[grouped.end() : grouped.end() + 1].isdigit() else 0
    if not end:
        end = re.match(r"\d+", written, re.ASCII).end()  # type: ignore[union-attr]
    return WrittenNumber(re.sub(r"\D", "", written[:end]), written[end + 1 :])


def amount_words(amount: WrittenNumber, language: Language, gender: str = "") -> str:
    """Return the amount without a unit: `two point five`, `one half`, `eineinhalb`, `three of seven`."""
    if amount.is_half and amount.whole:
        return " ".join(_whole_and_half_words(amount, language, None).split())
    if amount.denominator:
        part = _fraction_words(amount, language)
        whole = cardinal_words(amount.whole, language) if amount.whole else ""
        return language.mixed_number_template.format(number=whole, part=part) if whole else part
    if amount.decimals:
        return decimal_words(amount.whole, amount.decimals, language)
    return cardinal_words(amount.whole, language, gender)


def amount_with_unit(amount: WrittenNumber, unit: Unit, language: Language, point_five_as_half: bool = False) -> str:
    """Return the amount and its unit: `two and a half minutes`, `drei Viertel Liter`.

    If `point_five_as_half` is true, read a decimal that ends in .5 as a half, as is usual for durations.
    """
    if point_five_as_half and amount.decimals == "5":
        amount = WrittenNumber(amount.whole.strip("0") and amount.whole, "", 1, 2)
    link = language.link(unit.singular)
    if amount.is_half:
        if amount.whole:
            return _whole_and_half_words(amount, language, unit)
        return language.half_unit_templates[unit.gender].format(one=unit.singular, link=link)
    if amount.denominator and not amount.whole and (amount.numerator, amount.denominator) in language.fraction_words:
        part = _fraction_words(amount, language)
        return language.fraction_of_unit_template.format(part=part, one=unit.singular, link=link)
    return f"{amount_words(amount, language, unit.gender)} {_unit_form(amount, unit, language)}"


def _unit_form(amount: WrittenNumber, unit: Unit, language: Language) -> str:
    fraction = bool(amount.decimals or amount.denominator)
    if amount.whole.lstrip("0") == "1" and (not fraction or language.singular_below_two):
        return unit.singular
    return unit.singular if language.singular_below_two and not amount.whole.strip("0") else unit.plural


def _whole_and_half_words(amount: WrittenNumber, language: Language, unit: Unit | None) -> str:
    half_words = language.half_words or {}
    gender = unit.gender if unit and half_words else ("m" if unit or not half_words else "")
    return language.and_half_template.format(
        number=cardinal_words(amount.whole, language, gender),
        many=unit.plural if unit else "",
        unit=(unit.singular if amount.whole == "1" else unit.plural) if unit else "",
        half=half_words.get(gender or "m", ""),
    ).strip()


def _fraction_words(amount: WrittenNumber, language: Language) -> str:
    known = language.fraction_words.get((amount.numerator, amount.denominator))
    if known:
        return known
    numerator, denominator = (cardinal_words(number, language) for number in (amount.numerator, amount.denominator))
    return f"{numerator} {language.of_word} {denominator}"
