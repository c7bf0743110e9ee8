"""How heart says the words of the field, and words whose place in the sentence decides how they are said."""

from __future__ import annotations

from pathlib import Path

import pytest
from hibari import Hibari

from voiceguide import languages
from voiceguide.languages import LANGUAGES, field_words
from voiceguide.speech.engines.hibari.engine import HibariEngine
from voiceguide.speech.text_normalization import normalize_text

PLACES = [
    ("Bow forward slowly, then bow down.", "[Bow](/bˈW/) forward slowly, then [bow](/bˈW/) down."),
    ("Stretch like a bow.", "Stretch like a bow."),
    ("Alternate sides.", "[Alternate](/ˈɔltəɹnˌAt/) sides."),
    ("Alternate nostril breathing.", "Alternate nostril breathing."),
    ("Contract the calf.", "[Contract](/kəntɹˈækt/) the calf."),
    ("Sign the contract.", "Sign the contract."),
    ("Polish the nails.", "[Polish](/pˈɑlɪʃ/) the nails."),
    ("a minute movement", "a [minute](/mˌInˈut/) movement"),
    ("Rest a minute. Then move.", "Rest a minute. Then move."),
    ("Be content with it.", "Be [content](/kəntˈɛnt/) with it."),
    ("the content of the session", "the content of the session"),
    ("Progress to the next level.", "[Progress](/pɹəɡɹˈɛs/) to the next level."),
    ("Note your progress.", "Note your progress."),
    ("Do not abuse the joint.", "Do not [abuse](/əbjˈuz/) the joint."),
    ("a lead weight", "a [lead](/lˈɛd/) weight"),
    ("Lead with the heel.", "Lead with the heel."),
    ("the bass tones", "the [bass](/bˈAs/) tones"),
    ("a towel wound around the foot", "a towel [wound](/wˈWnd/) around the foot"),
    ("Cover the wound.", "Cover the wound."),
    ("Shhh, rest.", "[Shhh](/ʃʃʃ/), rest."),
]


@pytest.fixture(scope="module")
def model() -> Hibari:
    return Hibari(voice="heart")


@pytest.mark.parametrize(("text", "read"), PLACES)
def test_the_place_in_the_sentence_decides(text: str, read: str) -> None:
    assert normalize_text(text, "en-US", takes_ipa=True) == read
    assert normalize_text(read, "en-US", takes_ipa=True) == read


def test_heart_has_every_phoneme_of_the_dictionary(model: Hibari) -> None:
    words = field_words("en")
    assert len(words) >= 300
    phonemes = [spoken.strip("/") for spoken in words.values()]
    phonemes += [spoken for _, spoken in LANGUAGES["en"].heteronyms]
    assert [spoken for spoken in phonemes if not set(spoken) <= set(model.vocab)] == []


def test_the_figure_in_the_dictionary_is_current(model: Hibari) -> None:
    """The header says for how many rows heart needs no help."""
    own = [
        word
        for word, spoken in field_words("en").items()
        if model.phonemize(f"The {word}.")[0].split(maxsplit=1)[1] == f"{spoken.strip('/')}."
    ]
    header = Path(languages.__file__).with_name("field_words_en.tsv").read_text("utf-8").partition("\nmyofascial")[0]
    assert f"For {len(own)}\n# rows" in header


def test_heart_says_a_word_as_in_the_dictionary(model: Hibari) -> None:
    for word, spoken in field_words("en").items():
        (phonemes,) = model.phonemize(normalize_text(f"The {word}.", "en", takes_ipa=True))
        assert phonemes.split(maxsplit=1)[1] == f"{spoken.strip('/')}.", word


def test_a_word_of_the_script_comes_first() -> None:
    assert normalize_text("tai chi", "en", {"chi": "/kI/"}, takes_ipa=True) == "tai [chi](/kI/)"
    assert normalize_text("Piriformis", "en", {"piriformis": "the deep one"}, takes_ipa=True) == "the deep one"


def test_an_engine_without_phonemes_gets_plain_words() -> None:
    assert normalize_text("Bow forward in Tadasana.", "en") == "Bow forward in Tadasana."


def test_breath_sounds_are_spoken() -> None:
    for text in ("Shhh.", "Ssss."):
        speech = HibariEngine().synthesize(normalize_text(text, "en", takes_ipa=True), "heart", 1.0, "en")
        assert abs(speech.samples).max() > 0.01, text


def test_a_language_without_a_dictionary_has_none() -> None:
    assert field_words("de") == {}
