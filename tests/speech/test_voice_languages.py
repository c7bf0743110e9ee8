"""Which voice speaks which language, and what is said where one does not."""

from __future__ import annotations

import pytest

from voiceguide.speech.engines.protocol import Voice
from voiceguide.speech.voice_languages import (
    default_language_for_voice,
    fallback_engine_note,
    language_mismatch_warning,
    speaks_language,
)


@pytest.mark.parametrize(
    ("written", "language", "advice"),
    [
        ("", "en-US", None),
        ("heart", "en-GB", None),
        ("", "de-DE", None),
        ("", "es", None),
        ("pyttsx3/gmw/de", "de-AT", None),
        ("tone", "de", None),
        ("pyttsx3/no-such-voice", "de", None),
        (
            "heart",
            "de-DE",
            "The voice hibari/heart speaks en, the words are in de-DE. Leave out voice for one that speaks it, "
            'or choose from "voiceguide voices --language de".',
        ),
        (
            "pyttsx3/gmw/de",
            "en",
            "The voice pyttsx3/gmw/de speaks de, the words are in en. Leave out voice for one that speaks it, "
            'or choose from "voiceguide voices --language en".',
        ),
        (
            "",
            "tlh",
            "The engine pyttsx3 has no voice for the language tlh. "
            '"voiceguide voices" lists what speaks here; choose one with voice.',
        ),
    ],
)
def test_advice_where_the_voice_does_not_speak_the_language(written: str, language: str, advice: str | None) -> None:
    assert language_mismatch_warning(written, language) == advice


@pytest.mark.parametrize(
    ("own", "wanted", "result"),
    [
        ("en-US", "en", True),
        ("en-US", "en-us", True),
        ("en-US", "en-GB", False),
        ("en", "en-GB", False),
        ("mul", "de", True),
        ("de", "d", False),
    ],
)
def test_which_voice_speaks_which_language(own: str, wanted: str, result: bool) -> None:
    assert speaks_language(Voice("tone", "x", own), wanted) is result


def test_the_language_of_a_voice() -> None:
    assert [default_language_for_voice(written) for written in ("", "heart", "tone", "pyttsx3", "gmw/de")] == [
        "en-US"
    ] * 4 + ["de"]


@pytest.mark.parametrize(
    ("language", "note"),
    [
        ("en-GB", None),
        ("de", 'heart does not speak de, so pyttsx3 does; "voiceguide voices" lists what else can.'),
        ("tlh", None),  # nobody does, and the advice says so
    ],
)
def test_who_stands_in_for_the_default_voice(language: str, note: str | None) -> None:
    assert fallback_engine_note(language) == note
