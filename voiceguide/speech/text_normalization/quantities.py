"""Everything with a digit in it: amounts and their units, ranges, factors, bare numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from voiceguide.speech.text_normalization.amounts import amount_pattern, amount_with_unit, amount_words, parse_amount
from voiceguide.speech.text_normalization.clock_times import say_clocks
from voiceguide.speech.text_normalization.grammatical_gender import gender_of_next
from voiceguide.speech.text_normalization.languages.tables import Language, Unit, language_for
from voiceguide.speech.text_normalization.number_words import year_words
from voiceguide.speech.text_normalization.ordinals import say_ordinals

__all__ = ["say_quantities"]

_DIGIT = re.compile(r"\d", re.ASCII)
_CHAIN = re.compile(
    r"(?<![\w./-])\d+(?:[-–]\d+){2,}(?![\w-])|(?<![\w./])\d+(?:/\d+){2,}|(?<![\w.,])\d+(?:\.\d+){2,}", re.ASCII
)
_FACTORS = re.compile(r"(?<=\d) ?[xX×] ?(?=\d)")
_BARE_POINT = re.compile(r"(?<![^\s(])\.(?=\d)")
_YEAR = re.compile(
    r"(?:(?<=\b[Ii]n )|(?<=\b[Ss]ince )|(?<=\b[Uu]ntil )|(?<=\byear ))1[1-9]\d\d"
    r"(?=[.,;:!?)]*(?:\s*$|\s+(?:and|or|the|when)\b|\s+[A-Z]))",
    re.ASCII,
)
"""Only where it can be nothing else: in 1990 steps is a number."""
_CENTS = re.compile(r"([1-9]\d{0,5})\.([1-9]\d)", re.ASCII)
_RATIO = re.compile(r"(?<=\d):(?=\d)")


@dataclass(frozen=True)
class _Patterns:
    before_number: re.Pattern[str]
    currency: re.Pattern[str]
    unit_range: re.Pattern[str]
    quantity: re.Pattern[str]


@cache
def _patterns(code: str) -> _Patterns:
    language = language_for(code)
    assert language is not None
    amount = amount_pattern(language)
    units = "|".join(re.escape(unit) for unit in sorted(language.units, key=len, reverse=True))
    signs = "|".join(re.escape(sign) for sign in sorted(language.before_number, key=len, reverse=True))
    quantity = (
        rf"(?P<minus>(?<![^\s(\"'])[-–])?(?P<low>{amount})(?:(?: ?[-–—] ?|\.\.\.?)(?P<high>{amount}))?"
        rf"(?:(?P<gap>[ -]?)(?P<unit>{units})(?![\w'])(?:(?P<per>\.? ?/ ?(?=[^\W\d_]))|(?P<dot>\.(?!\w)))?)?"
    )
    return _Patterns(
        re.compile(rf"(?<!\w)({signs}) ?(?=\d)", re.ASCII),
        re.compile(rf"([{re.escape(''.join(language.symbol_currencies))}]) ?({amount})(?!\d)"),
        re.compile(rf"(\d ?({units})) ?[-–—] ?(?={amount} ?\2)", re.ASCII),
        re.compile(quantity, re.ASCII),
    )


def say_quantities(text: str, language: Language) -> str:
    """The text with every number in words, units and all."""
    if not _DIGIT.search(text):
        return text
    patterns = _patterns(language.code)
    text = _BARE_POINT.sub("0.", text)
    text = patterns.before_number.sub(lambda found: f"{language.before_number[found[1]]} ", text)
    text = patterns.currency.sub(lambda found: _money(found, language), text)
    if language.code == "en":
        text = _YEAR.sub(lambda found: year_words(found.group()), text)
    text = say_ordinals(say_clocks(text, language), language)
    text = _CHAIN.sub(lambda found: _unchain(found.group(), language), text)
    text = patterns.unit_range.sub(rf"\1 {language.to} ", text)
    text = _RATIO.sub(f" {language.to} ", _FACTORS.sub(f" {language.times} ", text))
    return patterns.quantity.sub(lambda found: _quantity(found, language), text)


def _money(found: re.Match[str], language: Language) -> str:
    """The sign behind the amount, as it is said: `2.50` with a dollar sign is two dollars fifty in English."""
    sign, amount = found[1], found[2]
    cents = _CENTS.fullmatch(amount) if language.code == "en" else None
    return f"{cents[1]} {sign} {cents[2]}" if cents else f"{amount} {sign}"


def _unchain(chain: str, language: Language) -> str:
    """`4-7-8` is a rhythm to count, `12.05.2024` a row of numbers; `1.000.000` is one number."""
    if re.fullmatch(amount_pattern(language), chain, re.ASCII):
        return chain
    return re.sub(r"\D+", ", " if "-" in chain or "–" in chain else " ", chain)


def _quantity(found: re.Match[str], language: Language) -> str:
    low = parse_amount(found["low"], language)
    high = parse_amount(found["high"], language) if found["high"] else None
    unit = _unit(found, language)
    gender = unit.gender if unit else gender_of_next(found.string, found.end(), language)
    said = f"{amount_words(low, language, gender)} {language.to} " if high else ""
    last = high or low
    if unit is None:
        said += amount_words(last, language, gender)
    elif unit is language.units["x"] and found["low"] in language.counted_times and not high:
        said += language.counted_times[found["low"]]
    elif found["gap"] == "-" and language.code in ("en", "de"):
        said += f"{amount_words(last, language)}-{unit.one if language.code == 'en' else unit.many}"
    elif language.code == "en" and found["unit"] == unit.one and found["low"].isdigit() and not high:
        said += f"{amount_words(last, language)} {unit.one}"
    else:
        halves = any(unit is language.units[time] for time in ("s", "min", "h"))
        said += amount_with_unit(last, unit, language, halves)
    minus = f"{language.minus} " if found["minus"] else ""
    before = " " if found.string[: found.start()][-1:].isalpha() else ""
    after = f" {language.per} " if found["per"] else _after(found)
    return f"{before}{minus}{said}{after}"


def _unit(found: re.Match[str], language: Language) -> Unit | None:
    """The unit as meant. A glued `2m` is minutes, as everywhere else in a script; `2 m` is metres."""
    if not found["unit"]:
        return None
    return language.units["min" if found["unit"] == "m" and not found["gap"] else found["unit"]]


def _after(found: re.Match[str]) -> str:
    """The full stop of an abbreviated unit, where it also ends the sentence; a space, where a letter is next."""
    following = found.string[found.end() : found.end() + 2].lstrip(" \"')")
    if found["dot"]:
        return "." if not following or following[0].isupper() else ""
    following = found.string[found.end() : found.end() + 1]
    return " " if following.isalpha() else ""
