"""Times in several units: `1:30`, `1:02:30`, `1m30s`, `1 h 30`, and times of day where the words around say so."""

from __future__ import annotations

import re

from voiceguide.speech.text_normalization.amounts import Amount, amount_with_unit
from voiceguide.speech.text_normalization.languages.tables import Language
from voiceguide.speech.text_normalization.number_words import number_words

__all__ = ["say_clocks"]

_NOON = re.compile(
    r"(?<![\w.,:])(\d{1,2})(?::([0-5]\d))? ?([ap])\.?m(?:\.(?= ?[a-z,;)])|(?!\w))", re.ASCII | re.IGNORECASE
)
_UHR = re.compile(r"(?<![\w.,:])(\d{1,2})[:.]([0-5]\d) Uhr(?!\w)")
_A_LAS = re.compile(r"(?<!\w)([Ll]as?) (\d{1,2}):([0-5]\d)(?![\d:])")
_CLOCK = re.compile(r"(?<![\w:.,])(?:(\d{1,2}):(?=\d\d:))?(\d{1,3}):([0-5]\d)(?![\d:]|\.\d)", re.ASCII)
_COMPOUND = re.compile(
    r"(?<![\w.,:/])(?:(\d{1,4}) ?h ?(\d{1,2}) ?m(?:in)?(?: ?(\d{1,2}) ?s)?|(\d{1,4}) ?m(?:in)? ?(\d{1,2}) ?s)(?![\w'])",
    re.ASCII,
)
_HOURS_AND = re.compile(r"(?<![\w.,:/])(\d{1,3}) ?h ?([0-5]\d)(?![\w:]|[.,]\d| ?(?:h|min|m|s)\b)", re.ASCII)


def say_clocks(text: str, language: Language) -> str:
    """The text with every time in several units in words."""
    if language.code == "en":
        text = _NOON.sub(lambda found: _noon(found, language), text)
    elif language.code == "de":
        text = _UHR.sub(lambda found: _o_clock(found.group(1), "Uhr", found.group(2), language), text)
    elif language.code == "es":
        text = _A_LAS.sub(lambda found: _a_las(found, language), text)
    text = _CLOCK.sub(lambda found: _duration(found, language), text)
    text = _COMPOUND.sub(lambda found: _compound(found, language), text)
    return _HOURS_AND.sub(
        lambda found: f"{_with('h', found[1], language)} {_minutes(found[2], language)}".strip(), text
    )


def _plain(digits: str) -> str:
    return digits.lstrip("0") or "0"


def _with(unit: str, digits: str, language: Language) -> str:
    return amount_with_unit(Amount(_plain(digits)), language.units[unit], language)


def _minutes(digits: str, language: Language) -> str:
    """Minutes after the hour: `thirty`, `oh five` in English, nothing for 00."""
    if digits == "00":
        return ""
    return f"{'oh ' if language.code == 'en' and digits[0] == '0' else ''}{number_words(_plain(digits), language)}"


def _hour(digits: str, language: Language) -> str:
    return number_words(_plain(digits), language, "f" if language.code == "es" else "")


def _noon(found: re.Match[str], language: Language) -> str:
    parts = [_hour(found[1], language), _minutes(found[2] or "00", language), f"{found[3].upper()}M"]
    return " ".join(filter(None, parts))


def _a_las(found: re.Match[str], language: Language) -> str:
    return f"{found[1]} {_hour(found[2], language)} {_minutes(found[3], language)}".strip()


def _o_clock(hour: str, word: str, minutes: str, language: Language) -> str:
    return " ".join(filter(None, [number_words(_plain(hour), language, "m"), word, _minutes(minutes, language)]))


def _duration(found: re.Match[str], language: Language) -> str:
    """`1:30` is "one minute thirty"; below ten the seconds are named, since "two minutes five" is easily misheard."""
    hours, minutes, seconds = found[1] or "0", found[2], found[3]
    said = [_with("h", hours, language)] if int(hours) else []
    if int(minutes):
        said.append(_with("min", minutes, language))
    if int(seconds) >= 10 and int(minutes):
        said[-1] += f" {number_words(seconds, language)}"
    elif int(seconds) or not said:
        said.append(_with("s", seconds, language))
    return " ".join(said)


def _compound(found: re.Match[str], language: Language) -> str:
    digits = found.group(1, 2, 3) if found[1] else (None, *found.group(4, 5))
    units = zip(("h", "min", "s"), digits, strict=True)
    return " ".join(_with(unit, amount, language) for unit, amount in units if amount)
