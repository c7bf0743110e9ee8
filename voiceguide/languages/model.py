"""What the program needs to know about a language.

Everything else in `voiceguide` asks a `Language` and never compares language codes. The files in this folder hold data
and short functions. They import nothing but this module.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

__all__ = ["PHRASES", "Language", "NumberWords", "Rule", "Unit"]

_NUMBERS = ("number", "number_f", "number_m")

PHRASES: Mapping[str, tuple[str, ...]] = {
    # The title of the stage before the first one. Cautions and needs are spoken in it.
    "opening_title": (),
    # {items}: what is needed, joined with `join`.
    "needs": ("items",),
    # Joins the last two items of a list. Includes its spaces: " and ".
    "join": (),
    # In the middle of a step.
    "half": (),
    # {time}: a duration in words, built from the phrases at the end of this table.
    "remaining": ("time",),
    "elapsed": ("time",),
    # At the change of sides. {value}: the word in the script, such as left or right.
    "switch": ("value",),
    # {number} of {steps} steps, both in words.
    "number_of": ("number", "steps"),
    # {next}: the name of the next step.
    "next": ("next",),
    # Before a long silence, so that listeners do not think that playback has stopped. {time}: one of the next four.
    "quiet": ("time",),
    "quiet_minute": (),
    "quiet_minute_and_half": (),
    "quiet_minutes": _NUMBERS,
    "quiet_minutes_and_half": _NUMBERS,
    # Durations. {number} is the number in words as used for counting; {number_m} and {number_f} agree with a
    # masculine and a feminine noun.
    "second": (),
    "seconds": _NUMBERS,
    "minute": (),
    "minutes": _NUMBERS,
    "minute_and_half": (),
    "minutes_and_half": _NUMBERS,
    "hour": (),
    "hours": _NUMBERS,
    "hour_and_half": (),
    "hours_and_half": _NUMBERS,
    # Joins the two parts of a duration. Includes its spaces: "one minute, fifteen seconds".
    "time_join": (),
}
"""Every built-in phrase, with the placeholders that it may contain. Scripts replace single phrases with `phrases:`."""


class NumberWords(Protocol):
    """Numbers in the words of one language, for the rules in its file."""

    def cardinal(self, number: int | str, gender: str = "") -> str:
        """Return a whole number, given as int or digits. See `Language.inflect_number` for `gender`."""

    def ordinal(self, number: int | str) -> str:
        """Return an ordinal, masculine and nominative: `first`, `erste`, `primero`, `premier`."""

    def year(self, digits: str) -> str:
        """Return a year: `nineteen ninety`."""

    def minutes(self, digits: str) -> str:
        """Return the two digits after an hour: `thirty`, `oh five`, and an empty text for `00`."""


@dataclass(frozen=True)
class Rule:
    """Text that matches a pattern, and the function that returns it in words."""

    pattern: re.Pattern[str]
    words: Callable[[re.Match[str], NumberWords], str]

    def apply(self, text: str, numbers: NumberWords) -> str:
        """Return the text with every match in words."""
        return self.pattern.sub(lambda found: self.words(found, numbers), text)


@dataclass(frozen=True)
class Unit:
    """A unit in words. `gender` is `m`, `f` or `n`, or empty in languages without genders."""

    singular: str
    plural: str
    gender: str = ""


def _keep_number(words: str, gender: str) -> str:
    return words


def _keep_joiner(joiner: str, following: str) -> str:
    return joiner


def _no_link(noun: str) -> str:
    return ""


@dataclass(frozen=True, eq=False, kw_only=True)
class Language:
    """One language. Fields without a default must be supplied.

    Compared by identity, so that it can be the key of a cache.
    """

    # Names and codes

    code: str
    """ISO 639-1, or ISO 639-3 if there are no two letters: the name of the file. num2words must know it."""
    iso_639_2: str
    """The three letters written to the tags of a finished file: `eng`, `deu`."""
    draft_tag: str = ""
    """BCP 47 tag for scripts drafted in this language. Default: `code`."""

    # Reading scripts and plain instructions

    common_words: str
    """About twenty frequent words, lower case, separated by spaces. A text in this language is recognised by them."""
    pressure_words: tuple[str, ...]
    """Regular expressions for the beginnings of words about work with pressure. Such a script needs a caution."""
    characters_per_second: float
    """Characters that the default voice speaks in a second at pace 1, without the rests between sentences."""

    # What the program says

    phrases: Mapping[str, str]
    """The text of every phrase in `PHRASES`, in the same order."""
    adapt_joiner: Callable[[str, str], str] = _keep_joiner
    """Return the `join` phrase to use before an item: Spanish " y " becomes " e " before "incienso"."""

    # Numbers

    thousands_separators: str
    """Characters that may separate groups of three digits."""
    decimal_separators: str
    """Characters that may stand before decimal places, the usual one first."""
    point_word: str
    """The decimal separator in words."""
    decimals_digit_by_digit: bool
    """True if decimal places are read one by one: 0.25 is "two five" and not "twenty-five"."""
    minus_word: str
    inflect_number: Callable[[str, str], str] = _keep_number
    """Return a number in words as it is used before a noun of gender `m`, `f` or `n`: `uno` becomes `un` or `una`."""
    irregular_ordinals: Mapping[int, str] | None = None
    """Ordinals that num2words gets wrong."""
    ordinals: tuple[Rule, ...]
    """Ordinals as they are written: `2nd`, `2.º`."""
    dates_and_times: tuple[Rule, ...] = ()
    """Years and times of day, where the surrounding text shows what they are."""
    zero_minute_word: str = ""
    """Said before minutes below ten after an hour: `seven oh five`."""

    # Amounts with a unit

    units: Mapping[str, Unit]
    """By every written form: `min`, `ml`, `°C`. Nouns that a number must agree with may be listed as well."""
    hyphenated_unit: Literal["singular", "plural", None] = None
    """The form of a unit joined to its number by a hyphen: "a 10-minute rest". None: as without the hyphen."""
    keeps_written_singular: bool = False
    """True if a unit written in the singular stays so after any number: "a 30 second rest"."""
    singular_below_two: bool = False
    """True if 1.5 takes the singular."""
    reads_cents: bool = False
    """True if $2.50 is read as "two dollars fifty"."""
    multiplicatives: Mapping[str, str] | None = None
    """`1x` and `2x` in words of their own, by the digits: `once`, `twice`."""

    # Halves and fractions

    and_half_template: str
    """A number and a half with a unit: {number}, {many} or {unit} (agrees with the number), {half}."""
    half_words: Mapping[str, str] | None = None
    """The word for {half} above, by gender."""
    half_unit_templates: Mapping[str, str]
    """Half of one unit, by gender: {one}, {link}."""
    fraction_words: Mapping[tuple[int, int], str]
    """Fractions with words of their own, by numerator and denominator."""
    fraction_of_unit_template: str
    """A fraction of a unit: {part}, {one}, {link}."""
    mixed_number_template: str
    """A whole number and a fraction: {number}, {part}."""
    link: Callable[[str], str] = _no_link
    """Return {link} for the unit in {one}, an article or a preposition with its space: `a `, `an `, `de `, `d'`."""

    # The gender of the noun after a number

    feminine_noun: re.Pattern[str] | None = None
    """Searched in the word after a number: feminine if it matches, otherwise masculine. None: no agreement.

    Only numbers that end in one (and Spanish hundreds) change with the gender, so a guess by the ending is good enough.
    Frequent exceptions belong in `units`.
    """
    not_nouns: str = ""
    """Words after a number that are not its noun, separated by spaces: prepositions, articles, conjunctions."""
    nouns_are_capitalized: bool = False

    # Words between and around numbers

    to_word: str
    """Between the ends of a range."""
    of_word: str
    """Between the numbers of "3/7", a count and its total."""
    times_word: str
    """Between the factors of "2 x 30"."""
    per_word: str
    """Between a unit and what it is counted by: "2 min/day"."""
    or_word: str
    """Between alternatives: "left/right"."""

    # Signs and abbreviations

    abbreviations: Mapping[str, str]
    """By written form. One with a full stop that also ends the sentence keeps the full stop."""
    closing_abbreviations: frozenset[str] = frozenset()
    """Abbreviations, lower case, that end the sentence if a capital follows. Others do so only at the end of a text."""
    number_prefixes: Mapping[str, str]
    """Signs and abbreviations in words, read so only before a number: `No.`, `~`, `<`."""
    symbol_words: Mapping[str, str]
    """Single characters in words."""
