"""Durations in words, fractions and signs. A `?` means that the draft marks the duration to be checked."""

from __future__ import annotations

import pytest

from voiceguide.drafting.text.durations import find_durations, parse_pause_sentence
from voiceguide.units import format_duration, seconds_to_samples


def found_in(sentence: str) -> str:
    """Return the durations in a sentence, as they are written in a script."""
    return ", ".join(
        format_duration(seconds_to_samples(phrase.seconds)) + ("?" if phrase.doubt else "")
        for phrase in find_durations(sentence)
    )


@pytest.mark.parametrize(
    ("sentence", "durations"),
    [
        ("Rest for a quarter of an hour.", "15m"),
        ("Rest for three quarters of an hour.", "45m"),
        ("Rest for half of an hour.", "30m"),
        ("Rest for half the hour.", "30m"),
        ("Rest for 1/4 of an hour.", "15m"),
        ("Rest for 1/2 hour.", "30m"),
        ("Rest for 1/2 minutes.", "30s?"),
        ("Rest for a quarter hour.", "15m"),
        ("Take a half-hour rest.", "30m"),
        ("Lie still for 3/4 of a minute.", "45s"),
        ("Lie still for a third of a minute.", "20s"),
        ("Lie still for two-thirds of a minute.", "40s"),
        ("Rest an hour and a half.", "1h30m"),
        ("Rest an hour and a quarter.", "1h15m"),
        ("Rest an hour and half an hour.", "1h30m?"),
        ("Fold for one and a half minutes.", "1m30s"),
        ("Fold for two-and-a-half minutes.", "2m30s"),
        ("Fold for 1 1/2 minutes.", "1m30s"),
        ("Fold for 1-1/2 to 2 minutes.", "1m45s?"),
        ("Fold for twenty five seconds.", "25s"),
        ("Fold for twenty-five seconds.", "25s"),
        ("Fold for sixteen minutes.", "16m"),
    ],
)
def test_fractions_in_words_and_digits(sentence: str, durations: str) -> None:
    """The "hour" of "a quarter of an hour" was an hour, and "one and a half minutes" was nothing."""
    assert found_in(sentence) == durations


@pytest.mark.parametrize(
    ("sentence", "durations"),
    [
        ("March for 1 h 5.", "1h5m"),
        ("March for 1h30.", "1h30m"),
        ("March for 1 hr 5 min.", "1h5m"),
        ("March for 1 hour and 5 minutes.", "1h5m"),
        ("Walk 5min30s.", "5m30s"),
        ("Walk 5m30s.", "5m30s"),
        ("Walk a minute and 30.", "1m30s"),
        ("Stroke for 2 minutes 10 times.", "2m"),
        ("Stroke for 2 minutes 3.", "2m?"),
        ("Stroke for 1 min 75.", "1m?"),
        ("Stroke for a minute and a bit.", "1m?"),
        ("Stroke for 5 minutes or longer.", "5m?"),
        ("Stroke for 1 minute and a few seconds.", "1m3s?"),
        ("Rest for the last minute of an hour.", "1h?"),
        ("Rest for a tenth of a minute.", "1m?"),
        ("Rest for a hundred and twenty seconds.", "20s?"),
        ("Rest for 1 30 seconds.", "30s?"),
        ("Rest for less than a minute.", "1m?"),
        ("Rest every 10 minutes.", "10m?"),
        ("It takes 5 minutes.", ""),
        ("It can take 5 minutes.", ""),
        ("Take 5 minutes for this.", "5m"),
        ("Rest for another 5 minutes.", "5m"),
        ("Rest for a total of 5 minutes.", "5m"),
        ("Rest for between two and three minutes.", "2m30s?"),
        ("Two 5-minute holds.", "5m?"),
    ],
)
def test_what_stands_next_to_a_duration(sentence: str, durations: str) -> None:
    """It is a part of the duration, or makes it doubtful."""
    assert found_in(sentence) == durations


@pytest.mark.parametrize(
    ("sentence", "durations"),
    [
        ("Massez la plante 1 min 30 de chaque côté.", "1m30s"),
        ("Reposez-vous 2 à 3 minutes.", "2m30s?"),
        ("Reposez-vous une minute et demie.", "1m30s"),
        ("Séchez-les bien, une demi-minute.", "30s"),
        ("Fermez les yeux un quart d'heure.", "15m"),
        ("Fermez les yeux trois quarts d'heure.", "45m"),
        ("Fermez les yeux pendant au moins deux minutes.", "2m?"),
        ("Masajea la planta 1 minuto y medio por cada lado.", "1m30s"),
        ("Sécalos bien, medio minuto.", "30s"),
        ("Descansa de 2 a 3 minutos.", "2m30s?"),
        ("Descansa de 30 segundos a 1 minuto.", "45s?"),
        ("Descansa tres cuartos de hora.", "45m"),
        ("Descansa hasta 10 minutos.", "10m?"),
        ("Ruhe eineinhalb Minuten.", "1m30s"),
        ("Ruhe anderthalb Minuten.", "1m30s"),
        ("Ruhe eine halbe Stunde.", "30m"),
        ("Ruhe eine Viertelstunde.", "15m"),
        ("Ruhe zwei bis drei Minuten.", "2m30s?"),
        ("Ruhe 1 Minute 30 pro Seite.", "1m30s"),
    ],
)
def test_durations_in_other_languages(sentence: str, durations: str) -> None:
    assert found_in(sentence) == durations


@pytest.mark.parametrize(
    ("sentence", "durations"),
    [
        ('Twist for 90".', "1m30s"),
        ("Twist for 90″ on each side.", "1m30s"),
        ("Bridge for 1'30\".", "1m30s"),
        ("Bridge, 1′30″ per side.", "1m30s"),
        ("Rest for 5'.", "5m"),
        ('Twist for 90", fold for 30".', "1m30s, 30s"),
        ('Place your feet 12".', "12s?"),
        ('Place your feet 12" apart.', ""),
        ("Someone 5'10\" tall.", ""),
        ('Say "I am 90".', ""),
        ("Child's pose for 2'.", "2m"),
    ],
)
def test_minutes_and_seconds_as_signs(sentence: str, durations: str) -> None:
    assert found_in(sentence) == durations


@pytest.mark.parametrize(
    ("sentence", "durations"),
    [
        ("Plank 0:45.", "45s"),
        ("Plank 0:45, rest 0:15.", "45s, 15s"),
        ("Forward fold 1:30", "1m30s?"),
        ("Hold for 1:30 on each side.", "1m30s"),
        ("Plank – 1:30", "1m30s"),
        ("Plank 1:30 min", "1m30s"),
        ("Walk 1:30 h", "1h30m"),
        ("Wake up at 7:30.", ""),
        ("Wake up at 7:30 and stretch.", ""),
        ("Set the alarm for 7:30.", ""),
        ("Class from 7:30 to 8:30.", ""),
        ("Read John 3:16.", "3m16s?"),
        ("Mix oil and water 1:10.", "1m10s?"),
        ("Hold for 1:05:00.", ""),
    ],
)
def test_times_with_a_colon(sentence: str, durations: str) -> None:
    """At the end of an instruction they are lengths, but they can also be times of day, verses or ratios."""
    assert found_in(sentence) == durations


def test_a_verse_in_brackets_is_no_pause() -> None:
    assert parse_pause_sentence("(Ps 3:16)") is None
