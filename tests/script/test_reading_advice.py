"""Warnings about text that can be read in two ways: `check` says how it is read, and what to write instead."""

from __future__ import annotations

import json

import pytest

from voiceguide.script.loader import load_script


def advice(language: str, say: str, head: str = "") -> list[str]:
    """Return the warnings about one line of a routine."""
    script = (
        f"voiceguide: 1\ntitle: T\nlanguage: {language}\nsafety: [Stop at pain.]\n{head}"
        f"stages:\n  - stage: A\n    steps:\n      - {{say: {json.dumps(say)}}}\n"
    )
    return [warning.message for warning in load_script("t.yaml", script.encode()).warnings]


@pytest.mark.parametrize(
    ("language", "say", "warning"),
    [
        ("en", "On 01/02/2023 rest.", '"01/02/2023" can be either of two dates, so its numbers are read one by one.'),
        ("en", "See you on 5/6.", '"5/6" is not read as a date.'),
        ("en", "Open from 6:30 to 7:15.", '"6:30 to 7:15" is read as two durations.'),
        ("en", 'Place them 12".', '"12"" is read as seconds. For inches, write the word.'),
        ("en", "It was the 60s.", '"the 60s" is read as seconds. For a decade, write it as a word'),
        ("en", "In 1990 people began.", '"1990" is read as a quantity. For a year, write "in the year" before it.'),
        ("en", "Run 100m.", '"100m" is read as minutes. For meters, write a space before the m.'),
        ("en", "Take 1.000 steps.", '"1.000" is read as a decimal number. For thousands, leave out the separator.'),
        ("en", "Mmm, good.", '"Mmm" is a sound, not a word.'),
        ("de", "Nimm 1,000 Schritte.", '"1,000" is read as a decimal number.'),
        ("de", "Offen von 6:30 bis 7:15.", '"6:30 bis 7:15" is read as two durations.'),
        ("de", "Am 5/6 ruhen.", '"5/6" is not read as a date.'),
        ("de", "Lauf 400m.", '"400m" is read as minutes.'),
        ("es", "Nos vemos el 5/6.", '"5/6" is not read as a date.'),
        ("es", "Abierto de 6:30 a 7:15.", '"6:30 a 7:15" is read as two durations.'),
        ("fr", "Rendez-vous le 5/6.", '"5/6" is not read as a date.'),
        ("fr", "Ouvert de 6:30 à 7:15.", '"6:30 à 7:15" is read as two durations.'),
        ("fr", "Chhh, doucement.", '"Chhh" is a sound, not a word.'),
    ],
)
def test_text_that_can_be_read_in_two_ways_gets_advice(language: str, say: str, warning: str) -> None:
    (found,) = advice(language, say)
    assert found.startswith(warning)


@pytest.mark.parametrize(
    ("language", "say"),
    [
        ("en", "On 5/25/2023 and on 5/5/2023."),
        ("en", "Open from 6:30 to 7:15 pm."),
        ("en", 'Place them 12" apart, and hold 30".'),
        ("en", "Hold 5' 12\" then go."),
        ("en", 'Say "rest for 12" and go.'),
        ("en", "Music of the 60s, and the 60s hold."),
        ("en", "In 1990, people began. In 1990 steps. In 1990 we began."),
        ("en", "Run 100 m, then a 100m sprint."),
        ("en", "Take 1,000 steps with 2.125 kg."),
        ("en", "Hum softly. Ahh."),
        ("de", "Von 6:30 bis 7:15 Uhr. Nimm 1.000 Schritte, 2,5 kg."),
        ("es", "Dolor 5/10. Mezcla 1/2 taza."),
        ("fr", "Douleur 5/10. Prenez 1 000 pas."),
        ("it", "Il 5/6."),
    ],
)
def test_text_with_one_reading_gets_none(language: str, say: str) -> None:
    assert [message for message in advice(language, say) if "read" in message or "sound" in message] == []


def test_a_pronunciation_in_the_script_settles_it() -> None:
    assert advice("en", "Mmm, good.", "words: {mmm: hum}\n") == []
