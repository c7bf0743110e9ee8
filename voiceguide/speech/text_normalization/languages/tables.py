"""What a language brings to the reading of text: the shape of its tables, and the way to find them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module

__all__ = ["LANGUAGES_WITH_TABLES", "LanguageTables", "Unit", "base_language", "find_language_tables"]

LANGUAGES_WITH_TABLES = ("de", "en", "es", "fr")
"""The languages that have tables. Text in any other gets only the stages that need none."""


@dataclass(frozen=True)
class Unit:
    """A unit in words. `gender` is `m`, `f` or `n`, and empty in languages that have none."""

    singular: str
    plural: str
    gender: str = ""


@dataclass(frozen=True)
class LanguageTables:
    """The tables of one language, and the few patterns in which its numbers and words stand together."""

    code: str
    units: Mapping[str, Unit]
    """By every written form: `min`, `ml`, `°C`, and words whose gender a number before them must follow."""
    thousands_separators: str
    """What may stand between groups of three digits, each sign beside the other."""
    decimal_separators: str
    """What may stand before decimal places."""
    point_word: str
    """The decimal sign as it is said."""
    decimals_digit_by_digit: bool
    """True where decimal places are said one by one: 0.25 is "two five" and not "twenty-five"."""
    minus_word: str
    to_word: str
    """Between the ends of a range."""
    of_word: str
    """Between the numbers of "3/7", a count and its whole."""
    times_word: str
    """Between the factors of "2 x 30"."""
    per_word: str
    """Between a unit and what it is counted by: "2 min/day"."""
    or_word: str
    """Between alternatives: "left/right"."""
    and_half_template: str
    """A number and a half with a unit: {number}, {many} or {unit} (as the number asks), {half} (as the gender asks)."""
    half_words: Mapping[str, str]
    """By gender: the word for {half} above."""
    half_unit_templates: Mapping[str, str]
    """By gender: half of one unit, with {one}, and {a} for the English article."""
    fraction_words: Mapping[tuple[int, int], str]
    """Fractions that have words of their own, by numerator and denominator."""
    fraction_of_unit_template: str
    """A fraction of a unit: {part}, {one}, {a} for the English article, {de} for the French preposition."""
    mixed_number_template: str
    """A whole and a fraction: {number}, {part}."""
    abbreviations: Mapping[str, str]
    """Written form to words. A form ending in a full stop that closes a sentence keeps it."""
    number_prefixes: Mapping[str, str]
    """Signs and abbreviations read so only before a number: `No.`, `~`, `<`."""
    symbol_words: Mapping[str, str]
    """Single characters left over, as words."""
    currency_signs: Mapping[str, str] = field(default_factory=dict)
    """Currency signs that may stand before their number, to the key of their unit."""
    multiplicatives: Mapping[str, str] = field(default_factory=dict)
    """`1x`, `2x` where they have words of their own."""
    singular_below_two: bool = False
    """True where 1.5 takes the singular."""


def base_language(tag: str) -> str:
    """The language of a BCP 47 tag, without region or script: `en` for `en-US`."""
    return tag.strip().replace("_", "-").partition("-")[0].lower()


def find_language_tables(tag: str) -> LanguageTables | None:
    """The tables for a BCP 47 tag, or None where there are none."""
    code = base_language(tag)
    return _load(code) if code in LANGUAGES_WITH_TABLES else None


@cache
def _load(code: str) -> LanguageTables:
    found = import_module(f"voiceguide.speech.text_normalization.languages.{code}").LANGUAGE
    assert isinstance(found, LanguageTables)
    return found
