"""Durations, decibels and samples."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from voiceguide.units import (
    MAX_SESSION_SAMPLES,
    SAMPLE_RATE,
    DurationError,
    db_to_gain,
    format_clock,
    format_duration,
    format_length,
    format_total,
    gain_to_db,
    parse_duration,
    samples_to_seconds,
    seconds_to_samples,
    shorten,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("1m30s", 90),
        ("1:30", 90),
        ("2.5m", 150),
        ("1h", 3600),
        ("1h30m", 5400),
        ("1:02:30", 3750),
        ("0:45", 45),
        ("00:05", 5),
        ("90:00", 5400),
        ("1:30.5", Fraction(181, 2)),
        ("0.001s", Fraction(1, 1000)),
        ("0s", 0),
        ("5 min", 300),
        ("1m 30s", 90),
        (" 90 S ", 90),
        ("1H 5M 2S", 3902),
        ("24h", 86400),
        ("010s", 10),
    ],
)
def test_durations(text: str, seconds: Fraction | int) -> None:
    assert parse_duration(text) == seconds * SAMPLE_RATE


NOT_A_DURATION = "is not a duration. Examples: 90s, 1m30s, 1:30, 2.5m."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("90", '"90" has no unit. Write 90s for seconds or 90m for minutes.'),
        ("1.5", '"1.5" has no unit. Write 1.5s for seconds or 1.5m for minutes.'),
        ("3 mins", '"3 mins" is not a duration. Write 3m or 180s.'),
        ("3 minutes", '"3 minutes" is not a duration. Write 3m or 180s.'),
        ("2,5 min", '"2,5 min" is not a duration. Write 2.5m or 150s.'),
        ("1 hour", '"1 hour" is not a duration. Write 1h or 3600s.'),
        ("45 sec.", '"45 sec." is not a duration. Write 45s.'),
        ("30 Sekunden", '"30 Sekunden" is not a duration. Write 30s.'),
        ("-5s", '"-5s" is negative. Write a duration such as 90s or 1m30s.'),
        ("-1:30", '"-1:30" is negative. Write a duration such as 90s or 1m30s.'),
        ("25h", '"25h" is longer than a day. A session can last at most 24h.'),
        ("999999999h", '"999999999h" is longer than a day. A session can last at most 24h.'),
        ("0.0001s", '"0.0001s" is not a whole number of milliseconds. Round it to whole milliseconds.'),
        ("1:60", f'"1:60" {NOT_A_DURATION}'),
        ("1:5", f'"1:5" {NOT_A_DURATION}'),
        ("1:60:00", f'"1:60:00" {NOT_A_DURATION}'),
        ("", f'"" {NOT_A_DURATION}'),
        ("soon", f'"soon" {NOT_A_DURATION}'),
        ("nan", f'"nan" {NOT_A_DURATION}'),
        (".inf", f'".inf" {NOT_A_DURATION}'),
        ("1e3", f'"1e3" {NOT_A_DURATION}'),
        ("0x1F", f'"0x1F" {NOT_A_DURATION}'),
        ("1_000s", f'"1_000s" {NOT_A_DURATION}'),
        ("30s1m", f'"30s1m" {NOT_A_DURATION}'),
        ("٣s", f'"٣s" {NOT_A_DURATION}'),
        ("½m", f'"½m" {NOT_A_DURATION}'),
        ("9" * 5000, f'"{"9" * 39}…" {NOT_A_DURATION}'),
    ],
)
def test_invalid_durations(text: str, message: str) -> None:
    with pytest.raises(DurationError) as caught:
        parse_duration(text)
    assert str(caught.value) == message


@given(st.integers(0, 24 * 3600 * 1000))
def test_durations_round_trip_to_the_sample(milliseconds: int) -> None:
    samples = milliseconds * SAMPLE_RATE // 1000
    assert parse_duration(format_duration(samples)) == samples


@given(st.text(max_size=40))
def test_any_text_is_a_duration_or_a_duration_error(text: str) -> None:
    try:
        samples, message = parse_duration(text), "."
    except DurationError as error:
        samples, message = 0, str(error)
    assert 0 <= samples <= MAX_SESSION_SAMPLES
    assert message.endswith(".")


@pytest.mark.parametrize(
    ("samples", "text"),
    [(0, "0s"), (12_000, "0.25s"), (90 * SAMPLE_RATE, "1m30s"), (3600 * SAMPLE_RATE, "1h"), (24, "0.001s")],
)
def test_durations_are_formatted_as_in_a_script(samples: int, text: str) -> None:
    assert format_duration(samples) == text


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (5.999, "0:05"), (750, "12:30"), (3750, "1:02:30")])
def test_times_in_clock_format(seconds: float, text: str) -> None:
    assert format_clock(seconds_to_samples(seconds)) == text


@pytest.mark.parametrize(("seconds", "samples"), [(Fraction(1, 96_000), 1), (Fraction(1, 96_001), 0), (1 / 3, 16_000)])
def test_seconds_are_rounded_to_samples_and_halves_round_up(seconds: float | Fraction, samples: int) -> None:
    assert seconds_to_samples(seconds) == samples


@given(st.integers(0, MAX_SESSION_SAMPLES))
def test_samples_round_trip_through_seconds(samples: int) -> None:
    assert seconds_to_samples(samples_to_seconds(samples)) == samples


def test_texts_are_shortened_with_an_ellipsis() -> None:
    assert shorten("a" * 40) == "a" * 40
    assert shorten("a" * 41) == "a" * 39 + "…"
    assert shorten("abcdef", 4) == "abc…"


def test_decibels() -> None:
    assert db_to_gain(0) == 1
    assert db_to_gain(-6.0206) == pytest.approx(0.5, abs=1e-5)
    assert gain_to_db(0.5) == pytest.approx(-6.0206, abs=1e-4)
    assert gain_to_db(0) == -math.inf


@pytest.mark.parametrize(
    ("seconds", "total", "length"),
    [
        (Fraction("300.568"), "5:01", "5:01"),
        (Fraction("300.49"), "5:00", "5:00"),
        (Fraction("59.96"), "1:00", "1:00"),
        (Fraction("59.94"), "1:00", "59.9s"),
        (Fraction("8.26"), "0:08", "8.3s"),
        (Fraction("0.03"), "0:00", "0.03s"),
        (3725, "1:02:05", "1:02:05"),
        (0, "0:00", "0s"),
    ],
)
def test_lengths_are_rounded_for_people(seconds: Fraction | int, total: str, length: str) -> None:
    """A session of 5m0.568s was reported with its milliseconds in one message and as 5:00 in another."""
    samples = seconds_to_samples(seconds)
    assert (format_total(samples), format_length(samples)) == (total, length)
