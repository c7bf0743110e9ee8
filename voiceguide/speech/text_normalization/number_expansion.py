"""Convert everything that contains a digit to words: amounts with units, ranges, factors, and single numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from voiceguide.languages.model import Language, Unit
from voiceguide.speech.text_normalization.amounts import amount_pattern, amount_with_unit, amount_words, parse_amount
from voiceguide.speech.text_normalization.compound_durations import expand_compound_durations
from voiceguide.speech.text_normalization.number_words import LanguageNumberWords

__all__ = ["expand_quantities"]

_DIGIT = re.compile(r"\d", re.ASCII)
_NUMBER_CHAIN = re.compile(
    r"(?<![\w./-])\d+(?:[-–]\d+){2,}(?![\w-])|(?<![\w./])\d+(?:/\d+){2,}|(?<![\w.,])\d+(?:\.\d+){2,}", re.ASCII
)
_MULTIPLICATION_SIGN = re.compile(r"(?<=\d) ?[xX×] ?(?=\d)")
_BARE_POINT = re.compile(r"(?<![^\s(])\.(?=\d)")
_CENTS = re.compile(r"([1-9]\d{0,5})\.([1-9]\d)", re.ASCII)
_RATIO = re.compile(r"(?<=\d):(?=\d)")
_RATIO_IN_WORD = re.compile(r"(?<![\w:.,])(\d+):(\d+)-(?=[^\W\d_])")
_NEXT_WORD = re.compile(r" ([^\W\d_]+)")
_LOOK_BACK = 40
"""Number of characters before a number that can affect how it is read."""
_ALTERNATIVE = re.compile(r" ([^\W\d_]+) \d+ ?([^\W\d_]+)")
"""Matches the text after `1` in `1 or 2 minutes`."""
_WORD_END = r"(?u:(?![\w']))"
"""Matches the end of a word. Accented letters count as letters even with re.ASCII; otherwise, "3 séries" would be read
as three seconds."""
_CURRENCY_SIGNS = "$€£"
"""Currency symbols, which can precede the number. They are units in every language."""


@dataclass(frozen=True)
class _Patterns:
    number_prefix: re.Pattern[str]
    currency: re.Pattern[str]
    unit_range: re.Pattern[str]
    quantity: re.Pattern[str]


@cache
def _patterns(language: Language) -> _Patterns:
    amount = amount_pattern(language)
    units = "|".join(re.escape(unit) for unit in sorted(language.units, key=len, reverse=True))
    prefixes = "|".join(re.escape(prefix) for prefix in sorted(language.number_prefixes, key=len, reverse=True))
    quantity = (
        rf"(?P<minus>(?<![^\s(\"'])[-–])?(?P<low>{amount})(?:(?: ?[-–—] ?|\.\.\.?)(?P<high>{amount}))?"
        rf"(?:(?P<gap>[ -]?)(?P<unit>{units}){_WORD_END}(?:(?P<per>\.? ?/ ?(?=[^\W\d_]))|(?P<dot>\.(?!\w)))?)?"
    )
    return _Patterns(
        re.compile(rf"(?<!\w)({prefixes}) ?(?=\d)", re.ASCII),
        re.compile(rf"([{re.escape(_CURRENCY_SIGNS)}]) ?({amount})(?!\d)"),
        re.compile(rf"(\d ?({units})) ?[-–—] ?(?={amount} ?\2{_WORD_END})", re.ASCII),
        re.compile(quantity, re.ASCII),
    )


def expand_quantities(text: str, language: Language) -> str:
    """Replace every number and its unit with words."""
    if not _DIGIT.search(text):
        return text
    patterns = _patterns(language)
    numbers = LanguageNumberWords(language)
    text = _BARE_POINT.sub("0.", text)
    text = patterns.number_prefix.sub(lambda found: f"{language.number_prefixes[found[1]]} ", text)
    text = patterns.currency.sub(lambda found: _move_currency_sign(found, language), text)
    for rule in language.dates_and_times:
        text = rule.apply(text, numbers)
    text = expand_compound_durations(text, language)
    for rule in language.ordinals:
        text = rule.apply(text, numbers)
    text = _NUMBER_CHAIN.sub(lambda found: _split_number_chain(found.group(), language), text)
    ratio_word = f" {language.ratio_word or language.to_word} "
    text = _RATIO_IN_WORD.sub(lambda found: f"{ratio_word.join(map(numbers.cardinal, found.groups()))} ", text)
    text = patterns.unit_range.sub(rf"\1 {language.to_word} ", text)
    text = _RATIO.sub(ratio_word, _MULTIPLICATION_SIGN.sub(f" {language.times_word} ", text))
    return patterns.quantity.sub(lambda found: _quantity_words(found, language), text)


def _move_currency_sign(found: re.Match[str], language: Language) -> str:
    """Put the currency symbol after the amount, where it is spoken. In English, $2.50 is "two dollars
    fifty".
    """
    sign, amount = found[1], found[2]
    cents = _CENTS.fullmatch(amount) if language.reads_cents else None
    return f"{cents[1]} {sign} {cents[2]}" if cents else f"{amount} {sign}"


def _split_number_chain(chain: str, language: Language) -> str:
    """Return `4-7-8` as a counting rhythm and `12.05.2024` as three numbers. `1.000.000` is one number."""
    if re.fullmatch(amount_pattern(language), chain, re.ASCII):
        return chain
    return re.sub(r"\D+", ", " if "-" in chain or "–" in chain else " ", chain)


def _quantity_words(found: re.Match[str], language: Language) -> str:
    low = parse_amount(found["low"], language)
    high = parse_amount(found["high"], language) if found["high"] else None
    unit = _matched_unit(found, language)
    gender = unit.gender if unit else _next_noun_gender(found.string, found.end(), language)
    first_gender = language.range_start_gender or gender
    words = f"{amount_words(low, language, first_gender)} {language.to_word} " if high else ""
    last = high or low
    multiplicative = (language.multiplicatives or {}).get(found["low"])
    if unit is None:
        words += amount_words(last, language, gender)
    elif unit == language.units["x"] and multiplicative and not high:
        words += multiplicative
    elif found["gap"] == "-" and language.hyphenated_unit:
        words += f"{amount_words(last, language)}-{getattr(unit, language.hyphenated_unit)}"
    elif language.keeps_written_singular and found["unit"] == unit.singular and found["low"].isdigit() and not high:
        words += f"{amount_words(last, language)} {unit.singular}"
    else:
        is_duration = any(unit is language.units[time] for time in ("s", "min", "h"))
        words += amount_with_unit(last, unit, language, point_five_as_half=is_duration)
    minus = f"{language.minus_word} " if found["minus"] else ""
    before = " " if found.string[: found.start()][-1:].isalpha() else ""
    after = f" {language.per_word} " if found["per"] else _trailing_mark(found)
    return f"{before}{minus}{words}{after}"


def _matched_unit(found: re.Match[str], language: Language) -> Unit | None:
    """Return the matched unit. `2m` means minutes, as everywhere else in a script, but `2 m` means meters."""
    if not found["unit"]:
        return None
    return language.units["min" if found["unit"] == "m" and not found["gap"] else found["unit"]]


def _next_noun_gender(text: str, position: int, language: Language) -> str:
    """Return `m` or `f` if a noun seems to follow the number that ends at `position`, otherwise an empty string."""
    word = _NEXT_WORD.match(text, position) if language.feminine_noun else None
    if word is None or language.feminine_noun is None:
        return ""
    following = _ALTERNATIVE.match(text, position)
    if following and following[1] in (language.or_word, language.to_word):
        unit = language.units.get(following[2])
        if unit:
            return unit.gender
        word = following
    before = text[max(position - _LOOK_BACK, 0) : position].rstrip("0123456789").rstrip()
    if before.endswith(tuple(language.number_prefixes.values())):
        return ""
    noun = word[word.lastindex or 0]
    is_noun = noun[0].isupper() if language.nouns_are_capitalized else noun.islower()
    if not is_noun or noun in language.not_nouns.split():
        return ""
    return "f" if language.feminine_noun.search(noun) else "m"


def _trailing_mark(found: re.Match[str]) -> str:
    """Return the period of an abbreviated unit if it also ends the sentence, or a space if a letter follows."""
    following = found.string[found.end() : found.end() + 2].lstrip(" \"')")
    if found["dot"]:
        return "." if not following or following[0].isupper() else ""
    following = found.string[found.end() : found.end() + 1]
    return " " if following.isalpha() else ""
