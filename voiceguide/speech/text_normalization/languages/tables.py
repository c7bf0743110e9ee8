"""What a language brings to the reading of text: the shape of its tables, and the way to find them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module

__all__ = ["SPOKEN", "Language", "Unit", "base_language", "language_for"]

SPOKEN = ("de", "en", "es", "fr")
"""The languages that have tables. Text in any other gets only the stages that need none."""


@dataclass(frozen=True)
class Unit:
    """A unit in words. `gender` is `m`, `f` or `n`, and empty in languages that have none."""

    one: str
    many: str
    gender: str = ""


@dataclass(frozen=True)
class Language:
    """The tables of one language, and the few patterns in which its numbers and words stand together."""

    code: str
    units: Mapping[str, Unit]
    """By every written form: `min`, `ml`, `°C`, and words whose gender a number before them must follow."""
    thousands: str
    """What may stand between groups of three digits, each sign beside the other."""
    decimals: str
    """What may stand before decimal places."""
    point: str
    """The decimal sign as it is said."""
    decimal_digits: bool
    """True where decimal places are said one by one: 0.25 is "two five" and not "twenty-five"."""
    minus: str
    to: str
    """Between the ends of a range."""
    of: str
    """Between the numbers of "3/7", a count and its whole."""
    times: str
    """Between the factors of "2 x 30"."""
    per: str
    """Between a unit and what it is counted by: "2 min/day"."""
    or_: str
    """Between alternatives: "left/right"."""
    and_half: str
    """A number and a half with a unit: {number}, {many} or {unit} (as the number asks), {half} (as the gender asks)."""
    halves: Mapping[str, str]
    """By gender: the word for {half} above."""
    half_unit: Mapping[str, str]
    """By gender: half of one unit, with {one}, and {a} for the English article."""
    parts: Mapping[tuple[int, int], str]
    """Fractions that have words of their own, by numerator and denominator."""
    part_of: str
    """A fraction of a unit: {part}, {one}, {a} for the English article, {de} for the French preposition."""
    and_part: str
    """A whole and a fraction: {number}, {part}."""
    abbreviations: Mapping[str, str]
    """Written form to words. A form ending in a full stop that closes a sentence keeps it."""
    before_number: Mapping[str, str]
    """Signs and abbreviations read so only before a number: `No.`, `~`, `<`."""
    symbols: Mapping[str, str]
    """Single characters left over, as words."""
    symbol_currencies: Mapping[str, str] = field(default_factory=dict)
    """Currency signs that may stand before their number, to the key of their unit."""
    counted_times: Mapping[str, str] = field(default_factory=dict)
    """`1x`, `2x` where they have words of their own."""
    singular_below_two: bool = False
    """True where 1.5 takes the singular."""


def base_language(tag: str) -> str:
    """The language of a BCP 47 tag, without region or script: `en` for `en-US`."""
    return tag.strip().replace("_", "-").partition("-")[0].lower()


def language_for(tag: str) -> Language | None:
    """The tables for a BCP 47 tag, or None where there are none."""
    code = base_language(tag)
    return _load(code) if code in SPOKEN else None


@cache
def _load(code: str) -> Language:
    found = import_module(f"voiceguide.speech.text_normalization.languages.{code}").LANGUAGE
    assert isinstance(found, Language)
    return found
