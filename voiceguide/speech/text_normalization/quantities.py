"""Everything with a digit in it: amounts and their units, ranges, factors, bare numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from voiceguide.speech.text_normalization.amounts import amount_pattern, amount_with_unit, amount_words, parse_amount
from voiceguide.speech.text_normalization.clock_times import expand_clock_times
from voiceguide.speech.text_normalization.grammatical_gender import guess_next_noun_gender
from voiceguide.speech.text_normalization.languages.tables import LanguageTables, Unit, find_language_tables
from voiceguide.speech.text_normalization.number_words import year_words
from voiceguide.speech.text_normalization.ordinals import expand_ordinals

__all__ = ["expand_quantities"]

_DIGIT = re.compile(r"\d", re.ASCII)
_NUMBER_CHAIN = re.compile(
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
    number_prefix: re.Pattern[str]
    currency: re.Pattern[str]
    unit_range: re.Pattern[str]
    quantity: re.Pattern[str]


@cache
def _patterns(code: str) -> _Patterns:
    language = find_language_tables(code)
    assert language is not None
    amount = amount_pattern(language)
    units = "|".join(re.escape(unit) for unit in sorted(language.units, key=len, reverse=True))
    signs = "|".join(re.escape(sign) for sign in sorted(language.number_prefixes, key=len, reverse=True))
    quantity = (
        rf"(?P<minus>(?<![^\s(\"'])[-–])?(?P<low>{amount})(?:(?: ?[-–—] ?|\.\.\.?)(?P<high>{amount}))?"
        rf"(?:(?P<gap>[ -]?)(?P<unit>{units})(?![\w'])(?:(?P<per>\.? ?/ ?(?=[^\W\d_]))|(?P<dot>\.(?!\w)))?)?"
    )
    return _Patterns(
        re.compile(rf"(?<!\w)({signs}) ?(?=\d)", re.ASCII),
        re.compile(rf"([{re.escape(''.join(language.currency_signs))}]) ?({amount})(?!\d)"),
        re.compile(rf"(\d ?({units})) ?[-–—] ?(?={amount} ?\2)", re.ASCII),
        re.compile(quantity, re.ASCII),
    )


def expand_quantities(text: str, language: LanguageTables) -> str:
    """The text with every number in words, units and all."""
    if not _DIGIT.search(text):
        return text
    patterns = _patterns(language.code)
    text = _BARE_POINT.sub("0.", text)
    text = patterns.number_prefix.sub(lambda found: f"{language.number_prefixes[found[1]]} ", text)
    text = patterns.currency.sub(lambda found: _move_currency_sign(found, language), text)
    if language.code == "en":
        text = _YEAR.sub(lambda found: year_words(found.group()), text)
    text = expand_ordinals(expand_clock_times(text, language), language)
    text = _NUMBER_CHAIN.sub(lambda found: _split_number_chain(found.group(), language), text)
    text = patterns.unit_range.sub(rf"\1 {language.to_word} ", text)
    text = _RATIO.sub(f" {language.to_word} ", _FACTORS.sub(f" {language.times_word} ", text))
    return patterns.quantity.sub(lambda found: _quantity(found, language), text)


def _move_currency_sign(found: re.Match[str], language: LanguageTables) -> str:
    """The sign behind the amount, as it is said: `2.50` with a dollar sign is two dollars fifty in English."""
    sign, amount = found[1], found[2]
    cents = _CENTS.fullmatch(amount) if language.code == "en" else None
    return f"{cents[1]} {sign} {cents[2]}" if cents else f"{amount} {sign}"


def _split_number_chain(chain: str, language: LanguageTables) -> str:
    """`4-7-8` is a rhythm to count, `12.05.2024` a row of numbers; `1.000.000` is one number."""
    if re.fullmatch(amount_pattern(language), chain, re.ASCII):
        return chain
    return re.sub(r"\D+", ", " if "-" in chain or "–" in chain else " ", chain)


def _quantity(found: re.Match[str], language: LanguageTables) -> str:
    low = parse_amount(found["low"], language)
    high = parse_amount(found["high"], language) if found["high"] else None
    unit = _matched_unit(found, language)
    gender = unit.gender if unit else guess_next_noun_gender(found.string, found.end(), language)
    said = f"{amount_words(low, language, gender)} {language.to_word} " if high else ""
    last = high or low
    if unit is None:
        said += amount_words(last, language, gender)
    elif unit is language.units["x"] and found["low"] in language.multiplicatives and not high:
        said += language.multiplicatives[found["low"]]
    elif found["gap"] == "-" and language.code in ("en", "de"):
        said += f"{amount_words(last, language)}-{unit.singular if language.code == 'en' else unit.plural}"
    elif language.code == "en" and found["unit"] == unit.singular and found["low"].isdigit() and not high:
        said += f"{amount_words(last, language)} {unit.singular}"
    else:
        halves = any(unit is language.units[time] for time in ("s", "min", "h"))
        said += amount_with_unit(last, unit, language, halves)
    minus = f"{language.minus_word} " if found["minus"] else ""
    before = " " if found.string[: found.start()][-1:].isalpha() else ""
    after = f" {language.per_word} " if found["per"] else _trailing_mark(found)
    return f"{before}{minus}{said}{after}"


def _matched_unit(found: re.Match[str], language: LanguageTables) -> Unit | None:
    """The unit as meant. A glued `2m` is minutes, as everywhere else in a script; `2 m` is metres."""
    if not found["unit"]:
        return None
    return language.units["min" if found["unit"] == "m" and not found["gap"] else found["unit"]]


def _trailing_mark(found: re.Match[str]) -> str:
    """The full stop of an abbreviated unit, where it also ends the sentence; a space, where a letter is next."""
    following = found.string[found.end() : found.end() + 2].lstrip(" \"')")
    if found["dot"]:
        return "." if not following or following[0].isupper() else ""
    following = found.string[found.end() : found.end() + 1]
    return " " if following.isalpha() else ""
