"""The description of a language.

All other code in `voiceguide` uses a `Language` and never compares language codes. The language files in this folder
contain data and short functions, and import only this module.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

__all__ = ["NON_LATIN_FULL_STOPS", "PHRASES", "Language", "NumberWords", "Rule", "Unit"]

NON_LATIN_FULL_STOPS = "。！？।॥"
"""The marks that end a sentence in Chinese, Japanese and Hindi, even without a space after them."""
_NUMBERS = ("number", "number_f", "number_m")

PHRASES: Mapping[str, tuple[str, ...]] = {
    # The title of the opening stage, which consists of the precautions and the list of things you need.
    "opening_title": (),
    # {items}: the things you need, joined with `join`.
    "needs": ("items",),
    # Joins the last two items of a list, including the spaces: " and ".
    "join": (),
    # Spoken in the middle of a step.
    "half": (),
    # {time}: a duration in words, built from the phrases at the end of this table.
    "remaining": ("time",),
    "elapsed": ("time",),
    # Spoken when the sides change. {value}: the word in the script, such as left or right.
    "switch": ("value",),
    # The parts of a breath, as spoken while breathing. They must be short.
    "breathe_in": (),
    "breathe_hold": (),
    "breathe_out": (),
    "breathe_rest": (),
    # {number} of {steps} steps, both in words.
    "number_of": ("number", "steps"),
    # {next}: the name of the next step.
    "next": ("next",),
    # Spoken before a long silence, so that listeners do not think playback has stopped. {time}: one of the next four
    # phrases.
    "quiet": ("time",),
    "quiet_minute": (),
    "quiet_minute_and_half": (),
    "quiet_minutes": _NUMBERS,
    "quiet_minutes_and_half": _NUMBERS,
    # Durations. {number} is the number in words, as used for counting; {number_m} and {number_f} are its masculine and
    # feminine forms.
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
    # Joins the two parts of a duration, including the spaces: "one minute, fifteen seconds".
    "time_join": (),
}
"""The built-in phrases and the placeholders that each phrase may contain. Scripts can replace individual phrases with
`phrases:`."""


class NumberWords(Protocol):
    """The number words of one language, for use in its rules."""

    def cardinal(self, number: int | str, gender: str = "") -> str:
        """Return a whole number in words. `number` is an int or digits. See `Language.inflect_number` for `gender`."""

    def ordinal(self, number: int | str) -> str:
        """Return a masculine nominative ordinal: `first`, `erste`, `primero`, `premier`."""

    def digits(self, digits: str) -> str:
        """Return each digit as a word: `one one two`."""

    def roman(self, numeral: str) -> int:
        """Return the value of a Roman numeral up to 39, or 0 for any other text."""

    def year(self, digits: str) -> str:
        """Return a year in words: `nineteen ninety`."""

    def clock_minutes(self, digits: str) -> str:
        """Return the minutes of a time in words: `thirty`, `oh five`, or an empty string for `00`."""


@dataclass(frozen=True)
class Rule:
    """A pattern and the function that converts its matches to words."""

    pattern: re.Pattern[str]
    words: Callable[[re.Match[str], NumberWords], str]

    def apply(self, text: str, numbers: NumberWords) -> str:
        """Replace every match in the text with words."""
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

    Instances are compared by identity, so that they can be used as cache keys.
    """

    # Names and codes

    code: str
    """The ISO 639-1 code, or ISO 639-3 if there is none. It is also the name of the file. num2words must support it."""
    iso_639_2: str
    """The three-letter code written to the tags of a finished file, such as `eng` or `deu`."""
    draft_tag: str = ""
    """BCP 47 tag for scripts drafted in this language. Default: `code`."""

    # Reading scripts and plain instructions

    common_words: str
    """About twenty frequent words in lower case, separated by spaces. They identify text in this language."""
    pressure_words: tuple[str, ...]
    """Regular expressions for the starts of words that indicate pressure. Scripts that contain such words need `safety`
    precautions."""
    characters_per_second: float
    """Characters per second of the default voice at pace 1, excluding the pauses between sentences."""

    # Writing scripts

    first_stage: str
    """The title of the first stage of a new script."""
    first_words: str
    """The words spoken in the first step of a new script."""

    # Spoken phrases

    phrases: Mapping[str, str]
    """The text of every phrase in `PHRASES`, in the same order."""
    adapt_joiner: Callable[[str, str], str] = _keep_joiner
    """Return the `join` phrase to use before an item: Spanish " y " becomes " e " before "incienso"."""

    # Numbers

    thousands_separators: str
    """Characters that can separate groups of three digits."""
    decimal_separators: str
    """Characters that can precede decimal places, the usual one first."""
    point_word: str
    """The decimal separator in words."""
    decimals_digit_by_digit: bool
    """True if decimals are read digit by digit: 0.25 ends in "two five", not "twenty-five"."""
    minus_word: str
    inflect_number: Callable[[str, str], str] = _keep_number
    """Return the form of a number word before a noun of gender `m`, `f` or `n`: `uno` becomes `un` or `una`."""
    range_start_gender: str = ""
    """The gender of the first number in a range, if it does not depend on the noun: German "ein bis zwei Minuten"."""
    irregular_ordinals: Mapping[int, str] | None = None
    """Ordinals that num2words gets wrong."""
    ordinals: tuple[Rule, ...]
    """Rules for written ordinals: `2nd`, `2.º`."""
    idioms: tuple[Rule, ...] = ()
    """Rules applied before all others, for notation used only in this language: `the 1980s`, `min. 5`, `c. à s.`."""
    dates_and_times: tuple[Rule, ...] = ()
    """Rules for years and times of day that can be recognized from the surrounding text."""
    zero_minute_word: str = ""
    """Spoken before minutes below ten in a time: "oh" in `seven oh five`."""

    # Numbers that are not amounts, recognized by the surrounding words

    counted_nouns: str = ""
    """A regular expression for words before a position or a Roman numeral: `Step 1/5`, `Chapter 01`, `Warrior II`."""
    out_of_word: str = ""
    """Spoken between a rating and its scale: "out of" in `7/10`. Default: `of_word`."""
    each_template: str = ""
    """Template for `3 x 30 s`: {times}, {amount}. Default: a product."""
    per_nouns: str = ""
    """A regular expression for nouns after a slash that means "per": `8 reps/side`."""
    breath_nouns: str = ""
    """A regular expression for words after a rhythm of two counts: `7-11 breathing`."""
    clock_words: str = ""
    """A regular expression for words before a time of day: `until 7:15`. Elsewhere, `7:15` is a duration."""
    clock: Callable[[str, str, NumberWords], str] | None = None
    """Return a time of day in words, given its hour and its two-digit minutes."""
    date: Callable[[int, int, str, NumberWords], str] | None = None
    """Return a date in words, given its day, month and year. The year is a string of digits, or empty."""
    month_first: bool = False
    """True if `01/02/2023` can mean January 2. Such a date is then read as plain numbers."""
    dot_word: str = ""
    """Spoken in website names: "dot" in `example.com`."""
    inch_nouns: str = ""
    """A regular expression for words that identify a preceding `12"` as a length. Elsewhere, `12"` is a duration."""

    # Amounts with a unit

    units: Mapping[str, Unit]
    """Units, keyed by every written form: `min`, `ml`, `°C`. May include nouns that a number must agree with."""
    hyphenated_unit: Literal["singular", "plural", None] = None
    """The form of a unit joined to its number by a hyphen: "a 10-minute rest". None: the same as without a hyphen."""
    keeps_written_singular: bool = False
    """True if a written singular stays singular after any number: "a 30 second rest"."""
    singular_below_two: bool = False
    """True if the unit is singular after numbers below two, such as 1.5."""
    reads_cents: bool = False
    """True if $2.50 is read as "two dollars fifty"."""
    multiplicatives: Mapping[str, str] | None = None
    """Special words for `1x` and `2x`, such as `once` and `twice`, keyed by the digits."""

    # Halves and fractions

    and_half_template: str
    """Template for a number and a half with a unit: {number}, {many} or {unit} (agrees with the number), {half}."""
    half_words: Mapping[str, str] | None = None
    """The word for {half} above, keyed by gender."""
    half_unit_templates: Mapping[str, str]
    """Templates for half of one unit, keyed by gender: {one}, {link}."""
    fraction_words: Mapping[tuple[int, int], str]
    """Special words for fractions, keyed by numerator and denominator."""
    fraction_of_unit_template: str
    """Template for a fraction of a unit: {part}, {one}, {link}."""
    mixed_number_template: str
    """Template for a whole number and a fraction: {number}, {part}."""
    link: Callable[[str], str] = _no_link
    """Return the {link} before the unit in {one}: an article or preposition, including any space, as in `a ` or
    `d'`."""

    # The gender of the noun after a number

    feminine_noun: re.Pattern[str] | None = None
    """Matches feminine nouns. The word after a number is masculine if the pattern does not match. None: no agreement.

    Only numbers that end in one (and Spanish hundreds) vary by gender, so a guess based on the ending is good enough.
    Frequent exceptions belong in `units`.
    """
    not_nouns: str = ""
    """Non-nouns that can follow a number, separated by spaces: prepositions, articles, conjunctions."""
    nouns_are_capitalized: bool = False

    # Pronunciation, for engines that accept phonemes

    heteronyms: tuple[tuple[re.Pattern[str], str], ...] = ()
    """Words whose pronunciation depends on the context. Each entry consists of a pattern that matches only the word,
    and the phonemes of the word in misaki's alphabet. Words with a single pronunciation belong in
    `field_words_CODE.tsv`."""

    # Text that can be read in two ways

    ambiguous: tuple[tuple[re.Pattern[str], str], ...] = ()
    """Patterns for ambiguous text, each with the second part of a warning. The warning begins with the text that group
    1 of the pattern matches, and explains how the text is read and what to write instead.
    """

    # Words between and around numbers

    to_word: str
    """Spoken between the ends of a range."""
    ratio_word: str = ""
    """Spoken in a ratio such as `2:1`. Default: `to_word`."""
    of_word: str
    """Spoken between the count and the total in "3/7"."""
    times_word: str
    """Spoken between the factors of "2 x 30"."""
    by_word: str = ""
    """Spoken between the sides of a size: `50 cm x 70 cm`. Default: `times_word`."""
    per_word: str
    """Spoken between two units: "2 min/day"."""
    or_word: str
    """Spoken between alternatives: "left/right"."""

    # Symbols and abbreviations

    abbreviations: Mapping[str, str]
    """Expansions, keyed by written form. An abbreviation's period is preserved if it also ends the sentence."""
    closing_abbreviations: frozenset[str] = frozenset()
    """Lower-case abbreviations whose period ends the sentence if a capital letter follows. The period of any other
    abbreviation ends the sentence only at the end of the text."""
    number_prefixes: Mapping[str, str]
    """Words for symbols and abbreviations that are expanded only before a number: `No.`, `~`, `<`."""
    symbol_words: Mapping[str, str]
    """Words for single characters."""
