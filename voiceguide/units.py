"""Durations, decibels and samples. Time inside the program is whole samples at 48 kHz."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

__all__ = [
    "LEVEL_ROW_SAMPLES",
    "MAX_SESSION_SAMPLES",
    "MP3_FRAME_SAMPLES",
    "SAMPLE_RATE",
    "DurationError",
    "db_to_gain",
    "format_clock",
    "format_duration",
    "format_timestamp",
    "gain_to_db",
    "parse_duration",
    "samples_to_ms",
    "samples_to_seconds",
    "seconds_to_samples",
]

SAMPLE_RATE = 48_000
MP3_FRAME_SAMPLES = 1152
"""An MP3 frame, 24 ms. What is moved by whole frames can be copied, and need not be encoded again."""
LEVEL_ROW_SAMPLES = 5 * MP3_FRAME_SAMPLES
"""A row of levels, 120 ms, in which the sound of a session is checked. Three seconds are a whole number of rows: what
is moved by them keeps its rows."""
MAX_SESSION_SAMPLES = 24 * 3600 * SAMPLE_RATE
"""The longest session, and so the longest duration, in samples."""

_NUMBER = r"\d{1,9}(?:\.\d{1,9})?"
_UNIT_DURATION = re.compile(rf"(?:({_NUMBER})h)?(?:({_NUMBER})m(?:in)?)?(?:({_NUMBER})s)?", re.ASCII)
_CLOCK_DURATION = re.compile(r"(?:(\d{1,4}):)?(\d{1,4}):(\d{2}(?:\.\d{1,9})?)", re.ASCII)


class DurationError(ValueError):
    """A text that is not a duration; its message says what to write instead."""


def seconds_to_samples(seconds: float | Fraction | Decimal | int) -> int:
    """Whole samples nearest to a time in seconds, halves going up."""
    return int(Fraction(seconds) * SAMPLE_RATE + Fraction(1, 2))


def samples_to_seconds(samples: int) -> float:
    """Seconds of a count of samples, to the microsecond."""
    return round(samples / SAMPLE_RATE, 6)


def samples_to_ms(samples: int) -> int:
    """Return the milliseconds nearest to a number of samples."""
    return (samples * 1000 + SAMPLE_RATE // 2) // SAMPLE_RATE


def db_to_gain(decibels: float) -> float:
    """Amplitude ratio of a level in decibels: -6.02 dB is one half."""
    return float(10 ** (decibels / 20))


def gain_to_db(gain: float) -> float:
    """Level in decibels of an amplitude ratio; minus infinity for zero."""
    import math

    return 20 * math.log10(gain) if gain > 0 else -math.inf


def parse_duration(text: str) -> int:
    """Samples of a written duration: `90s`, `1m30s`, `2.5m`, `1h`, `1:30`, `1:02:30`.

    A bare number is refused with its two readings, since guessing minutes from seconds ruins a session.
    Milliseconds are the finest: each is 48 whole samples, so that no duration is ever rounded.

    Raises:
        DurationError: with a whole sentence for the person who wrote it.
    """
    written = text.strip().lower()
    compact = re.sub(r"(?<=[hmsn]) +(?=\d)|(?<=\d) +(?=[hms])", "", written)
    seconds = _parse_clock_seconds(compact) if ":" in compact else _parse_unit_seconds(compact)
    if seconds is None:
        raise DurationError(_explain_bad_duration(written, text))
    samples = Fraction(seconds) * SAMPLE_RATE
    if (Fraction(seconds) * 1000).denominator != 1:
        raise DurationError(
            f'"{_shorten(text)}" is finer than a millisecond. Write at most three decimals of a second.'
        )
    if samples > MAX_SESSION_SAMPLES:
        raise DurationError(f'"{_shorten(text)}" is longer than a day. A session lasts 24h at most.')
    return int(samples)


def _parse_unit_seconds(text: str) -> Decimal | None:
    match = _UNIT_DURATION.fullmatch(text)
    if not match or not any(match.groups()):
        return None
    hours, minutes, seconds = (Decimal(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds


def _parse_clock_seconds(text: str) -> Decimal | None:
    match = _CLOCK_DURATION.fullmatch(text)
    if not match:
        return None
    hours, minutes, seconds = match.group(1), int(match.group(2)), Decimal(match.group(3))
    if seconds >= 60 or (hours is not None and minutes >= 60):
        return None
    return Decimal(int(hours or 0) * 3600 + minutes * 60) + seconds


_SPELLED_OUT_DURATION = re.compile(
    r"(\d+(?:[.,]\d+)?)\s*(hours?|hrs?|h|minutes?|mins?|min|m|seconds?|secs?|sec|s|stunden?|sekunden?|sek|heures?|horas?)\.?",
    re.ASCII,
)


def _explain_bad_duration(normalized: str, text: str) -> str:
    """The sentence for a text that is no duration, with what was probably meant."""
    shown = _shorten(text)
    if re.fullmatch(_NUMBER, normalized, re.ASCII):
        return f'"{shown}" has no unit. Write {normalized}s for seconds or {normalized}m for minutes.'
    if normalized.startswith("-"):
        return f'"{shown}" is negative. Write a duration such as 90s or 1m30s.'
    match = _SPELLED_OUT_DURATION.fullmatch(normalized.replace(",", "."))
    if match and len(match.group(1)) < 7:
        number, unit = match.group(1), match.group(2)[0]
        meant = {"h": f"{number}h", "m": f"{number}m"}.get(unit, f"{number}s")
        seconds = Decimal(number) * {"h": 3600, "m": 60}.get(unit, 1)
        also = f" or {_format_decimal(seconds)}s" if unit in "hm" else ""
        return f'"{shown}" is not a duration. Write {meant}{also}.'
    return f'"{shown}" is not a duration. Write for instance 90s, 1m30s, 1:30 or 2.5m.'


def _format_decimal(number: Decimal) -> str:
    return f"{number:f}".rstrip("0").rstrip(".") if "." in f"{number:f}" else f"{number:f}"


def _shorten(text: str, limit: int = 40) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def format_duration(samples: int) -> str:
    """A duration as a person writes it in a script: `1m30s`, `5m`, `0.25s`. `parse_duration` gives the samples back,
    for every whole number of milliseconds; other lengths are shown to the nearest millisecond."""
    milliseconds = (samples * 1000 + SAMPLE_RATE // 2) // SAMPLE_RATE
    hours, rest = divmod(milliseconds, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    seconds = _format_decimal(Decimal(rest) / 1000)
    parts = [f"{hours}h" if hours else "", f"{minutes}m" if minutes else "", f"{seconds}s" if rest else ""]
    return "".join(parts) or "0s"


def format_clock(samples: int) -> str:
    """A time as a clock shows it, whole seconds, cut and not rounded: `0:05`, `12:30`, `1:02:30`."""
    seconds = samples // SAMPLE_RATE
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def format_timestamp(milliseconds: int) -> str:
    """Return a time as `HH:MM:SS.mmm`, such as `00:01:30.500`."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"
