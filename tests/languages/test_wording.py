"""Every language as it must be spoken. The expected words of a language are in `wording_CODE.py`."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from voiceguide.languages import LANGUAGES
from voiceguide.speech.phrases import load_phrases
from voiceguide.speech.text_normalization import normalize_text
from voiceguide.speech.text_normalization.number_words import cardinal_words


def rows(table: str) -> list[tuple[Any, ...]]:
    """The rows of a table from the wording of every language, with its code first."""
    wordings = {code: import_module(f"tests.languages.wording_{code}") for code in LANGUAGES}
    return [(code, *row) for code, wording in wordings.items() for row in getattr(wording, table)]


@pytest.mark.parametrize(("code", "text", "spoken"), rows("TEXTS"))
def test_a_text_is_read_as_people_read_it(code: str, text: str, spoken: str) -> None:
    assert normalize_text(text, code) == spoken


@pytest.mark.parametrize(("code", "seconds", "spoken"), rows("DURATIONS"))
def test_a_duration_is_spoken_as_people_say_it(code: str, seconds: int, spoken: str) -> None:
    assert load_phrases(code).spoken_duration(seconds) == spoken


@pytest.mark.parametrize(("code", "seconds", "spoken"), rows("SILENCES"))
def test_a_silence_is_announced_to_the_half_minute(code: str, seconds: int, spoken: str) -> None:
    assert load_phrases(code).silence_announcement(seconds) == spoken


@pytest.mark.parametrize(("code", "items", "spoken"), rows("LISTS"))
def test_a_list_is_joined_as_people_do(code: str, items: list[str], spoken: str) -> None:
    assert load_phrases(code).join_list(items) == spoken


@pytest.mark.parametrize(("code", "key", "values", "spoken"), rows("SENTENCES"))
def test_a_phrase_becomes_a_sentence(code: str, key: str, values: dict[str, str | int], spoken: str) -> None:
    assert load_phrases(code).sentence(key, **values) == spoken


@pytest.mark.parametrize(("code", "number", "gender", "spoken"), rows("NUMBERS"))
def test_a_number_agrees_with_its_noun(code: str, number: int, gender: str, spoken: str) -> None:
    assert cardinal_words(number, LANGUAGES[code], gender) == spoken
