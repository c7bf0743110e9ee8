"""Times in several units: `1:30`, `1:02:30`, `1m30s`, `1 h 30`, and times of day where the words around say so."""

from __future__ import annotations

import re

from voiceguide.speech.text_normalization.amounts import Amount, amount_with_unit
from voiceguide.speech.text_normalization.languages.tables import LanguageTables
from voiceguide.speech.text_normalization.number_words import number_words

__all__ = ["expand_clock_times"]

_AM_PM_TIME = re.compile(
    r"(?<![\w.,:])(\d{1,2})(?::([0-5]\d))? ?([ap])\.?m(?:\.(?= ?[a-z,;)])|(?!\w))", re.ASCII | re.IGNORECASE
)
_GERMAN_TIME = re.compile(r"(?<![\w.,:])(\d{1,2})[:.]([0-5]\d) Uhr(?!\w)")
_SPANISH_TIME = re.compile(r"(?<!\w)([Ll]as?) (\d{1,2}):([0-5]\d)(?![\d:])")
_COLON_DURATION = re.compile(r"(?<![\w:.,])(?:(\d{1,2}):(?=\d\d:))?(\d{1,3}):([0-5]\d)(?![\d:]|\.\d)", re.ASCII)
_UNIT_DURATION = re.compile(
    r"(?<![\w.,:/])(?:(\d{1,4}) ?h ?(\d{1,2}) ?m(?:in)?(?: ?(\d{1,2}) ?s)?|(\d{1,4}) ?m(?:in)? ?(\d{1,2}) ?s)(?![\w'])",
    re.ASCII,
)
_HOURS_MINUTES = re.compile(r"(?<![\w.,:/])(\d{1,3}) ?h ?([0-5]\d)(?![\w:]|[.,]\d| ?(?:h|min|m|s)\b)", re.ASCII)


def expand_clock_times(text: str, language: LanguageTables) -> str:
    """The text with every time in several units in words."""
    if language.code == "en":
        text = _AM_PM_TIME.sub(lambda found: _am_pm_words(found, language), text)
    elif language.code == "de":
        text = _GERMAN_TIME.sub(lambda found: _german_time_words(found.group(1), "Uhr", found.group(2), language), text)
    elif language.code == "es":
        text = _SPANISH_TIME.sub(lambda found: _spanish_time_words(found, language), text)
    text = _COLON_DURATION.sub(lambda found: _colon_duration_words(found, language), text)
    text = _UNIT_DURATION.sub(lambda found: _unit_duration_words(found, language), text)
    return _HOURS_MINUTES.sub(
        lambda found: f"{_amount_with_unit('h', found[1], language)} {_minute_words(found[2], language)}".strip(), text
    )


def _strip_leading_zeros(digits: str) -> str:
    return digits.lstrip("0") or "0"


def _amount_with_unit(unit: str, digits: str, language: LanguageTables) -> str:
    return amount_with_unit(Amount(_strip_leading_zeros(digits)), language.units[unit], language)


def _minute_words(digits: str, language: LanguageTables) -> str:
    """Minutes after the hour: `thirty`, `oh five` in English, nothing for 00."""
    if digits == "00":
        return ""
    return f"{'oh ' if language.code == 'en' and digits[0] == '0' else ''}{number_words(_strip_leading_zeros(digits), language)}"


def _hour_words(digits: str, language: LanguageTables) -> str:
    return number_words(_strip_leading_zeros(digits), language, "f" if language.code == "es" else "")


def _am_pm_words(found: re.Match[str], language: LanguageTables) -> str:
    parts = [_hour_words(found[1], language), _minute_words(found[2] or "00", language), f"{found[3].upper()}M"]
    return " ".join(filter(None, parts))


def _spanish_time_words(found: re.Match[str], language: LanguageTables) -> str:
    return f"{found[1]} {_hour_words(found[2], language)} {_minute_words(found[3], language)}".strip()


def _german_time_words(hour: str, word: str, minutes: str, language: LanguageTables) -> str:
    return " ".join(
        filter(None, [number_words(_strip_leading_zeros(hour), language, "m"), word, _minute_words(minutes, language)])
    )


def _colon_duration_words(found: re.Match[str], language: LanguageTables) -> str:
    """`1:30` is "one minute thirty"; below ten the seconds are named, since "two minutes five" is easily misheard."""
    hours, minutes, seconds = found[1] or "0", found[2], found[3]
    said = [_amount_with_unit("h", hours, language)] if int(hours) else []
    if int(minutes):
        said.append(_amount_with_unit("min", minutes, language))
    if int(seconds) >= 10 and int(minutes):
        said[-1] += f" {number_words(seconds, language)}"
    elif int(seconds) or not said:
        said.append(_amount_with_unit("s", seconds, language))
    return " ".join(said)


def _unit_duration_words(found: re.Match[str], language: LanguageTables) -> str:
    digits = found.group(1, 2, 3) if found[1] else (None, *found.group(4, 5))
    units = zip(("h", "min", "s"), digits, strict=True)
    return " ".join(_amount_with_unit(unit, amount, language) for unit, amount in units if amount)
