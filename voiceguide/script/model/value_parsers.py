"""The small grammars inside a script's fields: durations, places in a step, yes and no, numbers.

Every scalar arrives as the text that was written; each grammar reads its own, and refuses with a sentence that says
what to write instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from voiceguide.names import BED_NAMES, CHIME_NAMES
from voiceguide.units import DurationError, parse_duration

__all__ = [
    "StepPosition",
    "cached_parse_duration",
    "parse_bed",
    "parse_chime",
    "parse_flag",
    "parse_language_tag",
    "parse_number",
    "parse_step_position",
]

cached_parse_duration = lru_cache(maxsize=1024)(parse_duration)
"""`parse_duration`, which a long script asks the same few durations of thousands of times."""


@dataclass(frozen=True)
class StepPosition:
    """A place in a step: a fraction of it, samples from its start, samples before its end, or the very end."""

    kind: Literal["fraction", "start", "left", "end"]
    fraction: Fraction = Fraction(0)
    samples: int = 0

    def offset_samples(self, length: int) -> int:
        """Samples from the start of a step of that length; may lie outside it."""
        if self.kind == "fraction":
            return int(length * self.fraction + Fraction(1, 2))
        if self.kind == "start":
            return self.samples
        return length - self.samples


_FRACTION = re.compile(r"(\d{1,6})\s*/\s*(\d{1,6})", re.ASCII)
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)\s*%", re.ASCII)
_TIME_LEFT = re.compile(r"(.{1,40}?)\s+left", re.ASCII | re.IGNORECASE)
_POSITION_FORMS = "half, 1/3, 40%, 40s, 30s left or end"


def parse_step_position(text: str) -> StepPosition:
    """A place in a step as written: `half`, `1/3`, `40%`, `40s`, `30s left`, `end`.

    Raises:
        ValueError: with a sentence naming the forms there are.
    """
    written = text.strip()
    word = written.lower()
    if word in ("half", "halfway"):
        return StepPosition("fraction", fraction=Fraction(1, 2))
    if word == "end":
        return StepPosition("end")
    share = _parse_fraction(written)
    if share is not None:
        if not 0 <= share <= 1:
            raise ValueError(f'"{text}" lies outside the step. Write a part between 0% and 100%.')
        return StepPosition("fraction", fraction=share)
    left = _TIME_LEFT.fullmatch(written)
    try:
        samples = cached_parse_duration(left.group(1) if left else written)
    except DurationError as error:
        if re.search(r"has no unit|finer|longer than", str(error)):
            raise ValueError(str(error)) from error
        raise ValueError(f'"{text[:40]}" is no place in a step. Write {_POSITION_FORMS}.') from error
    return StepPosition("left" if left else "start", samples=samples)


def _parse_fraction(text: str) -> Fraction | None:
    match = _FRACTION.fullmatch(text)
    if match and int(match.group(2)) > 0:
        return Fraction(int(match.group(1)), int(match.group(2)))
    match = _PERCENT.fullmatch(text)
    return Fraction(match.group(1)) / 100 if match else None


def parse_flag(text: str) -> bool:
    """`yes`, `true`, `on` or `no`, `false`, `off`, in any case."""
    word = text.strip().lower()
    if word in ("yes", "true", "on"):
        return True
    if word in ("no", "false", "off"):
        return False
    raise ValueError(f'"{text[:40]}" is neither yes nor no. Write yes or no.')


def parse_bed(text: str) -> str:
    """The name of a built-in bed, or a file as written."""
    written = text.strip()
    if re.search(r"[./\\]", written):
        return written
    return _parse_choice(written, BED_NAMES, "a bed", ", or a sound file such as rain.mp3")


def parse_chime(text: str) -> str:
    """The name of a built-in chime."""
    return _parse_choice(text.strip(), CHIME_NAMES, "a chime", "")


def _parse_choice(text: str, names: tuple[str, ...], kind: str, alternative: str) -> str:
    name = text.lower()
    if name in names:
        return name
    from rapidfuzz import fuzz, process

    match = process.extractOne(name, names, scorer=fuzz.ratio, score_cutoff=60)
    listed = f"{', '.join(names[:-1])} or {names[-1]}"
    advice = f"Did you mean {match[0]}?" if match else f"Write {listed}{alternative}."
    raise ValueError(f'"{text[:40]}" is not {kind}. {advice}')


_LANGUAGE_TAG = re.compile(
    r"([a-z]{2,3})(-[a-z]{4})?(-(?:[a-z]{2}|\d{3}))?((?:-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*)", re.ASCII
)


def parse_language_tag(text: str) -> str:
    """A BCP 47 tag in its usual spelling: `en-US`, `de`, `zh-Hant-TW`."""
    written = text.strip()
    match = _LANGUAGE_TAG.fullmatch(written.lower())
    if match:
        language, script, region, variants = match.groups(default="")
        return language + script.title() + region.upper() + variants
    hyphened = written.lower().replace("_", "-").removesuffix(".utf-8")
    meant = (
        f"Write {parse_language_tag(hyphened)}."
        if _LANGUAGE_TAG.fullmatch(hyphened)
        else "Write for instance en-US, de or es-MX."
    )
    raise ValueError(f'"{text[:40]}" is not a language tag. {meant}')


_DECIMAL = re.compile(r"[+-]?\d{1,6}(?:\.\d{1,6})?", re.ASCII)


def parse_number(text: str, low: float, high: float, description: str) -> float:
    """A plain decimal between two bounds; `meaning` says in the message what the number is, with its unit."""
    written = text.strip().removesuffix("dB").rstrip() if "decibel" in description else text.strip()
    if not _DECIMAL.fullmatch(written):
        raise ValueError(f'"{text[:40]}" is not a number. Write {description}, from {low:g} to {high:g}.')
    number = float(written)
    if not low <= number <= high:
        raise ValueError(f'"{text[:40]}" is out of range. Write {description}, from {low:g} to {high:g}.')
    return number
