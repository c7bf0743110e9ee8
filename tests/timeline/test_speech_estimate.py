"""How long words will take: what the guess grows with, not what it is."""

from __future__ import annotations

import pytest

from voiceguide.languages import LANGUAGES
from voiceguide.timeline.model import Line, Pause
from voiceguide.timeline.speech_estimate import estimate_speech_length
from voiceguide.units import SAMPLE_RATE

WORDS = "Long, flowing strokes from the toes to the ankle, lighter on the way back."


def length(*parts: str | Pause, pace: float = 1.0, language: str = "en-US") -> int:
    return estimate_speech_length(Line(parts, "", pace, language)).samples


def test_an_estimate_is_never_taken_for_exact() -> None:
    assert not estimate_speech_length(Line((WORDS,), "", 1.0, "en")).exact


@pytest.mark.parametrize("language", [*LANGUAGES, "pt-BR"])
def test_an_instruction_takes_what_a_person_takes(language: str) -> None:
    """Fourteen words: between two and four words a second."""
    assert 3.5 * SAMPLE_RATE < length(WORDS, language=language) < 7 * SAMPLE_RATE


def test_half_the_pace_takes_twice_as_long() -> None:
    assert length(WORDS, pace=0.5) == pytest.approx(2 * length(WORDS), abs=2)


@pytest.mark.parametrize(
    ("shorter", "longer"),
    [("Rest", "Rest now"), ("Rest now", "Rest, now"), ("Rest, now", "Rest. Now"), ("Rest", "Rest.  ")],
)
def test_more_words_and_more_rests_take_longer(shorter: str, longer: str) -> None:
    assert length(shorter) <= length(longer)


@pytest.mark.parametrize("pace", [0.5, 1.0, 2.0])
def test_pauses_are_exact_at_every_pace(pace: float) -> None:
    pause = Pause(2 * SAMPLE_RATE)
    assert length(pause, pace=pace) == 2 * SAMPLE_RATE
    assert length(WORDS, pause, WORDS, pace=pace) - 2 * length(WORDS, pace=pace) - 2 * SAMPLE_RATE in (0, 1)


@pytest.mark.parametrize("text", ["", "a", "Go"])
def test_the_shortest_words_take_some_time(text: str) -> None:
    assert length(text) > SAMPLE_RATE // 10


def test_a_recording_is_taken_to_be_as_long_as_its_caption() -> None:
    recording = Line((WORDS,), "", 1.0, "en-US", audio="my-voice.wav")
    assert estimate_speech_length(recording).samples == length(WORDS)
