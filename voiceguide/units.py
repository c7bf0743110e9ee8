"""Conversions between durations, decibels and samples. The program stores all times as whole samples at 48 kHz."""

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
    "format_length",
    "format_timestamp",
    "format_total",
    "gain_to_db",
    "parse_duration",
    "samples_to_ms",
    "samples_to_seconds",
    "seconds_to_samples",
    "shorten",
]

SAMPLE_RATE = 48_000
MP3_FRAME_SAMPLES = 1152
"""The length of an MP3 frame, 24 ms. Audio that moves by whole frames can be copied without re-encoding."""
LEVEL_ROW_SAMPLES = 5 * MP3_FRAME_SAMPLES
"""The length of a row in the level profile that `verify` checks, 120 ms. Three seconds is a whole number of rows, so
the rows do not change when audio moves by three seconds."""
MAX_SESSION_SAMPLES = 24 * 3600 * SAMPLE_RATE
"""The maximum length of a session, and therefore of any duration: 24 hours."""

_NUMBER = r"\d{1,9}(?:\.\d{1,9})?"
_UNIT_DURATION = re.compile(rf"(?:({_NUMBER})h)?(?:({_NUMBER})m(?:in)?)?(?:({_NUMBER})s)?", re.ASCII)
_CLOCK_DURATION = re.compile(r"(?:(\d{1,4}):)?(\d{1,4}):(\d{2}(?:\.\d{1,9})?)", re.ASCII)


class DurationError(ValueError):
    """Text that is not a valid duration. The message says what to write instead."""


def seconds_to_samples(seconds: float | Fraction | Decimal | int) -> int:
    """Convert seconds to whole samples. Halves are rounded up."""
    return int(Fraction(seconds) * SAMPLE_RATE + Fraction(1, 2))


def samples_to_seconds(samples: int) -> float:
    """Convert samples to seconds, rounded to the nearest microsecond."""
    return round(samples / SAMPLE_RATE, 6)


def samples_to_ms(samples: int) -> int:
    """Convert samples to milliseconds, rounded to the nearest integer."""
    return (samples * 1000 + SAMPLE_RATE // 2) // SAMPLE_RATE


def db_to_gain(decibels: float) -> float:
    """Convert decibels to an amplitude ratio. For example, -6.02 dB is one half."""
    return float(10 ** (decibels / 20))


def gain_to_db(gain: float) -> float:
    """Convert an amplitude ratio to decibels. Zero becomes minus infinity."""
    import math

    return 20 * math.log10(gain) if gain > 0 else -math.inf


def parse_duration(text: str) -> int:
    """Parse a duration such as `90s`, `1m30s`, `2.5m`, `1h`, `1:30` or `1:02:30` and return it in samples.

    A bare number is an error, because it could mean seconds or minutes, and a wrong guess would ruin a session. The
    resolution is one millisecond, which is exactly 48 samples, so durations are never rounded.

    Raises:
        DurationError: The text is not a duration. The message says what to write instead.
    """
    normalized = text.strip().lower()
    compact = re.sub(r"(?<=[hmsn]) +(?=\d)|(?<=\d) +(?=[hms])", "", normalized)
    seconds = _parse_clock_seconds(compact) if ":" in compact else _parse_unit_seconds(compact)
    if seconds is None:
        raise DurationError(_explain_bad_duration(normalized, text))
    samples = Fraction(seconds) * SAMPLE_RATE
    if (Fraction(seconds) * 1000).denominator != 1:
        raise DurationError(f'"{shorten(text)}" is not a whole number of milliseconds. Round it to whole milliseconds.')
    if samples > MAX_SESSION_SAMPLES:
        raise DurationError(f'"{shorten(text)}" is longer than a day. A session can last at most 24h.')
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


_SPELLED_OUT_DURATION = re.compile(r"([0-9]+(?:[.,][0-9]+)?)\s*([^\W\d_]+)\.?")


def _explain_bad_duration(normalized: str, text: str) -> str:
    """Return an error message for text that is not a valid duration, with a suggestion."""
    shown = shorten(text)
    if re.fullmatch(_NUMBER, normalized, re.ASCII):
        return f'"{shown}" has no unit. Write {normalized}s for seconds or {normalized}m for minutes.'
    if normalized.startswith("-"):
        return f'"{shown}" is negative. Write a duration such as 90s or 1m30s.'
    match = _SPELLED_OUT_DURATION.fullmatch(normalized.replace(",", "."))
    unit = _spelled_out_unit(match.group(2)) if match else ""
    if match and unit and len(match.group(1)) < 7:
        number = match.group(1)
        seconds = Decimal(number) * {"h": 3600, "m": 60, "s": 1}[unit]
        also = f" or {_format_decimal(seconds)}s" if unit != "s" else ""
        return f'"{shown}" is not a duration. Write {number}{unit}{also}.'
    return f'"{shown}" is not a duration. Examples: 90s, 1m30s, 1:30, 2.5m.'


def _spelled_out_unit(word: str) -> str:
    """Return `h`, `m` or `s` for a unit of time in any language, such as `minutes` or `Stunden`, or an empty string
    for any other word."""
    from voiceguide.languages import LANGUAGES

    if word == "m":
        return "m"
    for language in LANGUAGES.values():
        for unit in ("h", "min", "s"):
            if language.units[unit] in (language.units.get(word), language.units.get(word.title())):
                return unit[0]
    return ""


def _format_decimal(number: Decimal) -> str:
    return f"{number.normalize():f}"


def shorten(text: str, limit: int = 40) -> str:
    """Truncate text to `limit` characters, with an ellipsis at the end."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def format_duration(samples: int) -> str:
    """Format a duration in script notation: `1m30s`, `5m`, `0.25s`.

    `parse_duration` is the inverse for whole milliseconds. Other lengths are rounded to the nearest millisecond.
    """
    milliseconds = (samples * 1000 + SAMPLE_RATE // 2) // SAMPLE_RATE
    hours, rest = divmod(milliseconds, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    seconds = _format_decimal(Decimal(rest) / 1000)
    parts = [f"{hours}h" if hours else "", f"{minutes}m" if minutes else "", f"{seconds}s" if rest else ""]
    return "".join(parts) or "0s"


def format_clock(samples: int) -> str:
    """Format a time as a clock would show it, rounded down to whole seconds: `0:05`, `12:30`, `1:02:30`."""
    seconds = samples // SAMPLE_RATE
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def format_total(samples: int) -> str:
    """Format a length as a clock would show it, rounded to the nearest second: 5m0.568s is `5:01`."""
    return format_clock(samples + SAMPLE_RATE // 2)


def format_length(samples: int) -> str:
    """Format a length for a message: `5:01` for one minute or more, otherwise seconds with at most one decimal, such as
    `8.3s`.

    A length below a tenth of a second is given in milliseconds, because 0s would be wrong.
    """
    tenth = SAMPLE_RATE // 10
    tenths = (samples + tenth // 2) // tenth
    if tenths >= 600:
        return format_total(samples)
    return format_duration(tenths * tenth if tenths else samples)


def format_timestamp(milliseconds: int) -> str:
    """Format a time as `HH:MM:SS.mmm`, such as `00:01:30.500`."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"
