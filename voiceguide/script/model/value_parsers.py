"""Parsers for the scalar values of a script: durations, positions in a step, flags, numbers and names.

Each parser takes the text as written and raises a ValueError if it is not valid. The error message says what to write
instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from voiceguide.builtin_names import CHIME_NAMES, ROOM_NAMES, is_file_name
from voiceguide.script.parsing.nodes import join_or
from voiceguide.units import DurationError, parse_duration

__all__ = [
    "StepPosition",
    "cached_parse_duration",
    "parse_chime",
    "parse_choice",
    "parse_dictionary_file",
    "parse_flag",
    "parse_language_tag",
    "parse_number",
    "parse_room",
    "parse_step_position",
]

cached_parse_duration = lru_cache(maxsize=1024)(parse_duration)
"""`parse_duration`, cached because a long script repeats the same few durations thousands of times."""


@dataclass(frozen=True)
class StepPosition:
    """A position in a step: a fraction of its length, a time after its start, a time before its end, or its end."""

    kind: Literal["fraction", "start", "left", "end"]
    fraction: Fraction = Fraction(0)
    samples: int = 0

    def offset_samples(self, length_samples: int) -> int:
        """Return the offset of this position in a step of the given length. The offset can be outside the step."""
        if self.kind == "fraction":
            return int(length_samples * self.fraction + Fraction(1, 2))
        if self.kind == "start":
            return self.samples
        return length_samples - self.samples


_FRACTION = re.compile(r"(\d{1,6})\s*/\s*(\d{1,6})", re.ASCII)
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)\s*%", re.ASCII)
_TIME_LEFT = re.compile(r"(.{1,40}?)\s+left", re.ASCII | re.IGNORECASE)
_POSITION_FORMS = "half, 1/3, 40%, 40s, 30s left or end"


def parse_step_position(text: str) -> StepPosition:
    """Parse a position in a step: `half`, `1/3`, `40%`, `40s`, `30s left` or `end`."""
    stripped = text.strip()
    word = stripped.lower()
    if word in ("half", "halfway"):
        return StepPosition("fraction", fraction=Fraction(1, 2))
    if word == "end":
        return StepPosition("end")
    fraction = _parse_fraction(stripped)
    if fraction is not None:
        if not 0 <= fraction <= 1:
            raise ValueError(f'"{text}" is outside the step. Write a value between 0% and 100%.')
        return StepPosition("fraction", fraction=fraction)
    left = _TIME_LEFT.fullmatch(stripped)
    try:
        samples = cached_parse_duration(left.group(1) if left else stripped)
    except DurationError as error:
        if re.search(r"has no unit|finer|longer than", str(error)):
            raise ValueError(str(error)) from error
        raise ValueError(f'"{text[:40]}" is not a position in a step. Write {_POSITION_FORMS}.') from error
    return StepPosition("left" if left else "start", samples=samples)


def _parse_fraction(text: str) -> Fraction | None:
    match = _FRACTION.fullmatch(text)
    if match and int(match.group(2)) > 0:
        return Fraction(int(match.group(1)), int(match.group(2)))
    match = _PERCENT.fullmatch(text)
    return Fraction(match.group(1)) / 100 if match else None


def parse_flag(text: str) -> bool:
    """Parse `yes`, `true`, `on`, `no`, `false` or `off`, ignoring case."""
    word = text.strip().lower()
    if word in ("yes", "true", "on"):
        return True
    if word in ("no", "false", "off"):
        return False
    raise ValueError(f'"{text[:40]}" is neither yes nor no. Write yes or no.')


def parse_chime(text: str) -> str:
    """Parse the name of a built-in chime or an audio file."""
    name = text.strip()
    if is_file_name(name):
        return name
    return parse_choice(name, CHIME_NAMES, "a chime", ", or an audio file such as bell.wav")


def parse_room(text: str) -> str:
    """Parse the name of a room for the voice."""
    return parse_choice(text.strip(), ROOM_NAMES, "a room", "")


def parse_dictionary_file(text: str) -> str:
    """Parse the name of a file that contains words and their pronunciations."""
    name = text.strip()
    if is_file_name(name):
        return name
    raise ValueError(
        f'"{text[:40]}" is not a file. Write words and their pronunciations, or the name of a file such as words.yaml.'
    )


def parse_choice(text: str, names: tuple[str, ...], kind: str, alternative: str) -> str:
    """Parse one of several names. The error suggests the most similar one, or else all of them and an alternative."""
    name = text.lower()
    if name in names:
        return name
    from rapidfuzz import fuzz, process

    match = process.extractOne(name, names, scorer=fuzz.ratio, score_cutoff=60)
    advice = f'Did you mean "{match[0]}"?' if match else f"Write {join_or(names)}{alternative}."
    raise ValueError(f'"{text[:40]}" is not {kind}. {advice}')


_LANGUAGE_TAG = re.compile(
    r"([a-z]{2,3})(-[a-z]{4})?(-(?:[a-z]{2}|\d{3}))?((?:-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*)", re.ASCII
)


def parse_language_tag(text: str) -> str:
    """Parse a BCP 47 tag and return it with standard capitalization: `en-US`, `de`, `zh-Hant-TW`."""
    lower = text.strip().lower()
    match = _LANGUAGE_TAG.fullmatch(lower)
    if match:
        language, script, region, variants = match.groups(default="")
        return language + script.title() + region.upper() + variants
    corrected = lower.replace("_", "-").removesuffix(".utf-8")
    advice = (
        f"Write {parse_language_tag(corrected)}."
        if _LANGUAGE_TAG.fullmatch(corrected)
        else "Write a tag such as en-US, de or es-MX."
    )
    raise ValueError(f'"{text[:40]}" is not a language tag. {advice}')


_DECIMAL = re.compile(r"[+-]?\d{1,6}(?:\.\d{1,6})?", re.ASCII)


def parse_number(text: str, low: float, high: float, description: str) -> float:
    """Parse a plain decimal number between `low` and `high`, inclusive.

    Error messages call the number `description`. If the description mentions decibels, the text can end in `dB`.
    """
    stripped = text.strip().removesuffix("dB").rstrip() if "decibel" in description else text.strip()
    if not _DECIMAL.fullmatch(stripped):
        raise ValueError(f'"{text[:40]}" is not a number. Write {description}, from {low:g} to {high:g}.')
    number = float(stripped)
    if not low <= number <= high:
        raise ValueError(f'"{text[:40]}" is out of range. Write {description}, from {low:g} to {high:g}.')
    return number
