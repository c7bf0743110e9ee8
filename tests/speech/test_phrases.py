"""Phrases with their placeholders filled. tests/languages has the expected words of each language."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from voiceguide.languages import LANGUAGES
from voiceguide.languages.model import PHRASES
from voiceguide.speech.phrases import MissingPhrasesError, check_phrase, load_phrases


def test_a_region_has_the_phrases_of_its_language() -> None:
    assert load_phrases("en-US").templates == load_phrases("en").templates
    assert load_phrases("ES_mx").sentence("half") == "A la mitad."


def test_an_unknown_language_is_refused_with_the_known_ones() -> None:
    with pytest.raises(MissingPhrasesError) as caught:
        load_phrases("qaa-DE")
    known = ", ".join(LANGUAGES)
    assert str(caught.value) == f'The language "qaa-DE" has no built-in phrases. Write one of {known}.'


@given(st.integers(12, 119).map(lambda fives: fives * 5))
def test_multiples_of_five_seconds_below_ten_minutes_are_not_rounded(seconds: int) -> None:
    english = load_phrases("en")
    assert english.spoken_duration(seconds + 0.0004) == english.spoken_duration(seconds)
    assert english.spoken_duration(seconds) != english.spoken_duration(seconds + 5)


@given(st.sampled_from(list(LANGUAGES)), st.floats(0, 90_000))
def test_a_duration_has_no_digits_and_no_braces(language: str, seconds: float) -> None:
    spoken = load_phrases(language).spoken_duration(seconds)
    assert spoken
    assert not any(character.isdigit() or character in "{}" for character in spoken)


def test_placeholders_inside_a_value_are_not_filled() -> None:
    english = load_phrases("en")
    assert english.sentence("next", next="{next} {0.__class__} %s") == "Next: {next} {0.__class__} %s."


@given(st.text())
def test_a_value_is_inserted_unchanged(text: str) -> None:
    assert load_phrases("en").sentence("next", next=text) == f"Next: {text}."


def test_a_script_can_replace_phrases() -> None:
    custom = load_phrases("en-US", {"remaining": "only {time} to go.", "quiet": "Stay as you are for {time}."})
    assert custom.sentence("remaining", time="a minute") == "Only a minute to go."
    assert custom.silence_announcement(120) == "Stay as you are for two quiet minutes."
    assert custom.sentence("half") == "Halfway."
    assert load_phrases("en-US").sentence("remaining", time="a minute") == "A minute left."


@pytest.mark.parametrize(
    ("key", "text", "message"),
    [
        ("remaining", "{time} to go", None),
        ("minutes", "{number} {number_f} {number_m}", None),
        ("neds", "x", '"neds" is not a phrase. Did you mean "needs"?'),
        ("zzzz", "", f'"zzzz" is not a phrase. Write one of {", ".join(PHRASES)}.'),
        ("remaining", "{tme} left", 'The phrase "remaining" has no {tme}. Write {time}.'),
        ("remaining", "{} left", 'The phrase "remaining" has no {}. Write {time}.'),
        ("number_of", "{n}", 'The phrase "number_of" has no {n}. Write {number} or {steps}.'),
        ("half", "Half of {time}.", 'The phrase "half" has no {time}. Write it without braces.'),
        ("seconds", "{n} s", 'The phrase "seconds" has no {n}. Write {number} or {number_f} or {number_m}.'),
    ],
)
def test_phrases_from_a_script_are_checked(key: str, text: str, message: str | None) -> None:
    assert check_phrase(key, text) == message


TIMED = {
    "en": ("Three.", "And two.", "3", "Ten seconds left.", "Half a minute to go.", "Three, two, one, and release.",
           "In one minute we switch sides.", "Last minute.", "One second.", "Halfway."),
    "de": ("Drei.", "Und eins.", "Noch 10 s.", "Noch eine halbe Minute.", "Halbzeit."),
    "es": ("Tres.", "Y uno.", "Quedan diez segundos.", "Medio minuto más.", "A la mitad."),
    "fr": ("Trois.", "Et un.", "Encore dix secondes.", "Plus qu'une minute.", "À mi-parcours."),
}  # fmt: skip
UNTIMED = {
    "en": ("One more breath.", "One hand on the belly.", "Two more.", "Change hands.", "",
           "Take a minute to feel how warm the foot has become.", "Now the second side.", "2nd foot."),
    "de": ("Noch ein Atemzug.", "Eine Hand auf den Bauch."),
    "es": ("Una respiración más.", "Cambia de mano.", "Ahora el segundo pie."),
    "fr": ("Encore une respiration.", "Une dernière fois.", "La seconde main."),
}  # fmt: skip


@pytest.mark.parametrize("code", LANGUAGES)
def test_text_that_is_true_at_one_moment_only_names_a_time(code: str) -> None:
    phrases = load_phrases(code)
    assert [text for text in TIMED[code] if not phrases.names_time(text)] == []
    assert [text for text in UNTIMED[code] if phrases.names_time(text)] == []


def test_a_replaced_half_phrase_names_a_time() -> None:
    assert load_phrases("en", {"half": "You are in the middle now, dear."}).names_time(
        "you are in the middle now, dear"
    )
