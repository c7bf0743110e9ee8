"""Durations in several units: `1:30`, `1:02:30`, `1m30s`, `1 h 30`."""

from __future__ import annotations

import re

from voiceguide.languages.model import Language
from voiceguide.speech.text_normalization.amounts import WrittenNumber, amount_with_unit
from voiceguide.speech.text_normalization.number_words import cardinal_words, clock_minute_words

__all__ = ["expand_compound_durations"]

_COLON_DURATION = re.compile(r"(?<![\w:.,])(?:(\d{1,2}):(?=\d\d:))?(\d{1,3}):([0-5]\d)(?![\d:]|\.\d)", re.ASCII)
_UNIT_DURATION = re.compile(
    r"(?<![\w.,:/])(?:(\d{1,4}) ?h ?(\d{1,2}) ?m(?:in)?(?: ?(\d{1,2}) ?s)?|(\d{1,4}) ?m(?:in)? ?(\d{1,2}) ?s)"
    r"(?u:(?![\w']))",
    re.ASCII,
)
_HOURS_MINUTES = re.compile(r"(?<![\w.,:/])(\d{1,3}) ?h ?([0-5]\d)(?![\w:]|[.,]\d| ?(?:h|min|m|s)\b)", re.ASCII)


def expand_compound_durations(text: str, language: Language) -> str:
    """Convert durations in several units to words."""
    text = _COLON_DURATION.sub(lambda found: _colon_duration_words(found, language), text)
    text = _UNIT_DURATION.sub(lambda found: _unit_duration_words(found, language), text)
    return _HOURS_MINUTES.sub(
        lambda found: f"{_amount_with_unit('h', found[1], language)} {clock_minute_words(found[2], language)}".strip(),
        text,
    )


def _amount_with_unit(unit: str, digits: str, language: Language) -> str:
    return amount_with_unit(WrittenNumber(digits.lstrip("0") or "0"), language.units[unit], language)


def _colon_duration_words(found: re.Match[str], language: Language) -> str:
    """Return `1:30` as "one minute thirty".

    For fewer than ten seconds, the unit is included, because "two minutes five" is easily misheard.
    """
    hours, minutes, seconds = found[1] or "0", found[2], found[3]
    parts = [_amount_with_unit("h", hours, language)] if int(hours) else []
    if int(minutes):
        parts.append(_amount_with_unit("min", minutes, language))
    if int(seconds) >= 10 and int(minutes):
        parts[-1] += f" {cardinal_words(seconds, language)}"
    elif int(seconds) or not parts:
        parts.append(_amount_with_unit("s", seconds, language))
    return " ".join(parts)


def _unit_duration_words(found: re.Match[str], language: Language) -> str:
    numbers = found.group(1, 2, 3) if found[1] else (None, *found.group(4, 5))
    units = zip(("h", "min", "s"), numbers, strict=True)
    return " ".join(_amount_with_unit(unit, digits, language) for unit, digits in units if digits)
