"""Which voice speaks which language, and the messages for a voice that does not speak the text's language."""

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
    ("requested", "language", "warning"),
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
            "The voice hibari/heart speaks en, but the text is in de-DE. "
            "Leave out the voice to use one for this language, or choose another voice.",
        ),
        (
            "pyttsx3/gmw/de",
            "en",
            "The voice pyttsx3/gmw/de speaks de, but the text is in en. "
            "Leave out the voice to use one for this language, or choose another voice.",
        ),
        (
            "",
            "tlh",
            "The engine pyttsx3 has no voice for the language tlh. Choose another voice from the list of voices.",
        ),
    ],
)
def test_a_voice_that_does_not_speak_the_language_causes_a_warning(
    requested: str, language: str, warning: str | None
) -> None:
    assert language_mismatch_warning(requested, language) == warning


@pytest.mark.parametrize(
    ("offered", "wanted", "result"),
    [
        ("en-US", "en", True),
        ("en-US", "en-us", True),
        ("en-US", "en-GB", False),
        ("en", "en-GB", False),
        ("mul", "de", True),
        ("de", "d", False),
    ],
)
def test_which_voice_speaks_which_language(offered: str, wanted: str, result: bool) -> None:
    assert speaks_language(Voice("tone", "x", offered), wanted) is result


@pytest.mark.parametrize(
    ("requested", "language"),
    [("", "en-US"), ("heart", "en-US"), ("tone", "en-US"), ("pyttsx3", "en-US"), ("gmw/de", "de")],
)
def test_the_default_language_of_a_voice(requested: str, language: str) -> None:
    assert default_language_for_voice(requested) == language


@pytest.mark.parametrize(
    ("language", "note"),
    [
        ("en-GB", None),
        (
            "de",
            "heart does not speak de, so pico is used instead. "
            "For a natural voice: voiceguide voices --get de_DE-thorsten-medium",
        ),
        (
            "es",
            "heart does not speak es, so pico is used instead. For a natural voice: voiceguide voices --get kokoro",
        ),
        ("tlh", None),  # no voice does, and there is a warning instead
    ],
)
def test_the_note_about_a_fallback_engine(language: str, note: str | None) -> None:
    assert fallback_engine_note(language) == note
