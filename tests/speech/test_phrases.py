"""The built-in phrases: the same in every language, grammatical, and safe to fill in."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import voiceguide.speech.phrases as phrases_package
from voiceguide.speech.phrases import (
    PhraseError,
    Phrases,
    check_phrase,
    load_phrases,
    phrase_keys,
    phrase_languages,
    phrase_placeholders,
)
from voiceguide.speech.phrases.phrasebook import PLACEHOLDER
from voiceguide.speech.text_normalization.languages.tables import LANGUAGES_WITH_TABLES

FOLDER = Path(phrases_package.__file__).parent
VALUES: dict[str, str | int] = {
    "items": "oil",
    "time": "one minute",
    "value": "left",
    "number": 3,
    "steps": 7,
    "next": "Soak",
}
NUMBERS: dict[str, str | int] = {"number_m": "tres", "number_f": "tres"}


def written(language: str) -> dict[str, str]:
    loaded = yaml.load((FOLDER / f"{language}.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    assert isinstance(loaded, dict)
    return loaded


def test_every_data_file_has_tables_for_its_numbers_and_the_other_way_round() -> None:
    assert phrase_languages() == LANGUAGES_WITH_TABLES


@pytest.mark.parametrize("language", phrase_languages())
def test_each_language_has_the_same_phrases_in_the_same_order(language: str) -> None:
    assert tuple(written(language)) == phrase_keys()


@pytest.mark.parametrize("language", phrase_languages())
def test_each_language_uses_the_placeholders_of_english(language: str) -> None:
    def meant(text: str) -> set[str]:
        return {name.partition("_")[0] for name in PLACEHOLDER.findall(text)}

    english = written("en")
    for key, text in written(language).items():
        assert meant(text) == meant(english[key]), key
        assert check_phrase(key, text) is None


@pytest.mark.parametrize("language", phrase_languages())
def test_each_phrase_fills_and_leaves_no_brace(language: str) -> None:
    phrases = load_phrases(language)
    for key in phrase_keys():
        said = phrases.sentence(key, **VALUES, **NUMBERS)
        assert "{" not in said
        assert not said[:1].islower()


def test_a_region_has_the_phrases_of_its_language() -> None:
    assert load_phrases("en-US").templates == load_phrases("en").templates
    assert load_phrases("ES_mx").sentence("half") == "A la mitad."


def test_an_unknown_language_names_those_there_are() -> None:
    with pytest.raises(PhraseError) as caught:
        load_phrases("pt-BR")
    assert str(caught.value) == (
        'There are no built-in phrases for the language "pt-BR". There are some for de, en, es, fr.'
    )


SPOKEN_TIMES = {
    "en": {
        0: "zero seconds",
        1: "one second",
        9: "nine seconds",
        12: "ten seconds",
        30: "thirty seconds",
        45: "forty-five seconds",
        58: "one minute",
        60: "one minute",
        75: "one minute, fifteen seconds",
        90: "a minute and a half",
        97: "a minute and a half",
        100: "one minute, forty seconds",
        120: "two minutes",
        150: "two and a half minutes",
        597: "ten minutes",
        614: "ten minutes",
        615: "ten and a half minutes",
        3600: "one hour",
        3660: "one hour, one minute",
        5400: "an hour and a half",
        9000: "two and a half hours",
        86400: "twenty-four hours",
    },
    "de": {
        1: "eine Sekunde",
        30: "dreißig Sekunden",
        60: "eine Minute",
        75: "eine Minute, fünfzehn Sekunden",
        90: "eineinhalb Minuten",
        120: "zwei Minuten",
        150: "zweieinhalb Minuten",
        1260: "einundzwanzig Minuten",
        3600: "eine Stunde",
        5400: "eineinhalb Stunden",
    },
    "es": {
        1: "un segundo",
        30: "treinta segundos",
        60: "un minuto",
        75: "un minuto y quince segundos",
        90: "un minuto y medio",
        150: "dos minutos y medio",
        1260: "veintiún minutos",
        1860: "treinta y un minutos",
        3600: "una hora",
        5400: "una hora y media",
        75600: "veintiuna horas",
    },
    "fr": {
        1: "une seconde",
        30: "trente secondes",
        60: "une minute",
        75: "une minute et quinze secondes",
        90: "une minute et demie",
        150: "deux minutes et demie",
        1260: "vingt et une minutes",
        3600: "une heure",
        5400: "une heure et demie",
        75600: "vingt et une heures",
    },
}


@pytest.mark.parametrize(
    ("language", "seconds", "said"),
    [(language, seconds, said) for language, table in SPOKEN_TIMES.items() for seconds, said in table.items()],
)
def test_spoken_time(language: str, seconds: int, said: str) -> None:
    assert load_phrases(language).spoken_duration(seconds) == said


@given(st.integers(12, 119).map(lambda fives: fives * 5))
def test_whole_fives_of_seconds_below_ten_minutes_keep_their_own_words(seconds: int) -> None:
    english = load_phrases("en")
    assert english.spoken_duration(seconds + 0.0004) == english.spoken_duration(seconds)
    assert english.spoken_duration(seconds) != english.spoken_duration(seconds + 5)


@given(st.sampled_from(phrase_languages()), st.floats(0, 90_000))
def test_every_length_has_words_without_digits_or_braces(language: str, seconds: float) -> None:
    said = load_phrases(language).spoken_duration(seconds)
    assert said
    assert not any(character.isdigit() or character in "{}" for character in said)


@pytest.mark.parametrize(
    ("language", "seconds", "said"),
    [
        ("en", 10, "Keep going, one quiet minute."),
        ("en", 74, "Keep going, one quiet minute."),
        ("en", 75, "Keep going, a quiet minute and a half."),
        ("en", 120, "Keep going, two quiet minutes."),
        ("en", 150, "Keep going, two and a half quiet minutes."),
        ("de", 60, "Einfach weitermachen, eine stille Minute."),
        ("de", 150, "Einfach weitermachen, zweieinhalb stille Minuten."),
        ("es", 90, "Seguimos así, un minuto y medio en silencio."),
        ("es", 1260, "Seguimos así, veintiún minutos en silencio."),
        ("fr", 120, "Continuez, deux minutes de silence."),
        ("fr", 1290, "Continuez, vingt et une minutes et demie de silence."),
    ],
)
def test_quiet_is_announced_to_the_half_minute(language: str, seconds: float, said: str) -> None:
    assert load_phrases(language).silence_announcement(seconds) == said


@pytest.mark.parametrize(
    ("language", "items", "said"),
    [
        ("en", [], ""),
        ("en", ["oil."], "oil"),
        ("en", ["oil", "two towels"], "oil and two towels"),
        ("en", ["oil", " two towels. ", "", "a basin"], "oil, two towels and a basin"),
        ("de", ["Öl", "Tuch", "Wasser"], "Öl, Tuch und Wasser"),
        ("es", ["aceite", "agua"], "aceite y agua"),
        ("es", ["aceite", "incienso"], "aceite e incienso"),
        ("es", ["aceite", "higos"], "aceite e higos"),
        ("es", ["agua", "hielo"], "agua y hielo"),
        ("es", ["agua", "yogur"], "agua y yogur"),
        ("fr", ["huile", "eau"], "huile et eau"),
    ],
)
def test_lists_are_joined_as_people_do(language: str, items: list[str], said: str) -> None:
    assert load_phrases(language).join_list(items) == said


@pytest.mark.parametrize(
    ("language", "key", "values", "said"),
    [
        ("en", "remaining", {"time": "thirty seconds"}, "Thirty seconds left."),
        ("en", "number_of", {"number": 3, "steps": 7}, "Step three of seven."),
        ("en", "switch", {"value": "left"}, "Now the left side."),
        ("en", "needs", {"items": "oil and water"}, "You will need: oil and water."),
        ("en", "opening_title", {}, "Before you begin"),
        ("de", "number_of", {"number": 1, "steps": 21}, "Schritt eins von einundzwanzig."),
        ("de", "remaining", {"time": "eine Minute"}, "Noch eine Minute."),
        ("es", "remaining", {"time": "un minuto"}, "Un minuto más."),
        ("fr", "elapsed", {"time": "une minute"}, "Déjà une minute."),
    ],
)
def test_sentences(language: str, key: str, values: dict[str, str | int], said: str) -> None:
    assert load_phrases(language).sentence(key, **values) == said


def test_what_is_filled_in_is_not_filled_in_again() -> None:
    english = load_phrases("en")
    assert english.sentence("next", next="{next} {0.__class__} %s") == "Next: {next} {0.__class__} %s."


@given(st.text())
def test_any_text_can_be_filled_in_and_stays_as_it_is(text: str) -> None:
    assert load_phrases("en").sentence("next", next=text) == f"Next: {text}."


def overridden(**overrides: str) -> Phrases:
    return load_phrases("en-US", overrides)


def test_a_routine_can_have_its_own_phrases() -> None:
    own = overridden(remaining="only {time} to go.", quiet="Stay as you are for {time}.")
    assert own.sentence("remaining", time="a minute") == "Only a minute to go."
    assert own.silence_announcement(120) == "Stay as you are for two quiet minutes."
    assert own.sentence("half") == "Halfway."
    assert load_phrases("en-US").sentence("remaining", time="a minute") == "A minute left."


@pytest.mark.parametrize(
    ("key", "text", "message"),
    [
        ("neds", "x", '"neds" is not a phrase. Did you mean "needs"?'),
        ("remaining", "{tme} left", 'The phrase "remaining" has no {tme}. Write {time}.'),
        ("remaining", "{} left", 'The phrase "remaining" has no {}. Write {time}.'),
        ("number_of", "{n}", 'The phrase "number_of" has no {n}. Write {number} or {steps}.'),
        ("half", "Half of {time}.", 'The phrase "half" has no {time}. Write it without braces.'),
        ("seconds", "{n} s", 'The phrase "seconds" has no {n}. Write {number} or {number_f} or {number_m}.'),
    ],
)
def test_a_phrase_that_cannot_be_used_is_refused(key: str, text: str, message: str) -> None:
    assert check_phrase(key, text) == message
    with pytest.raises(PhraseError) as caught:
        load_phrases("de", {key: text})
    assert str(caught.value) == message


def test_a_key_like_no_other_is_answered_with_all_of_them() -> None:
    assert check_phrase("zzzz", "") == f'"zzzz" is not a phrase. Write one of {", ".join(phrase_keys())}.'


def test_placeholders_are_known_by_phrase() -> None:
    assert phrase_placeholders("needs") == ("items",)
    assert phrase_placeholders("half") == ()
    assert phrase_placeholders("minutes") == ("number", "number_f", "number_m")
