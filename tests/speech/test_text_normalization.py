"""Text normalization in any language. tests/languages has the expected words of each language."""

from __future__ import annotations

import subprocess
import sys
import unicodedata

import pytest
from hypothesis import example, given, settings, strategies as st

from tests.support.long_forms import few
from tests.support.timing import assert_linear
from voiceguide.languages import LANGUAGES
from voiceguide.speech.text_normalization import has_speech, normalize_text, split_into_chunks
from voiceguide.speech.text_normalization.number_words import cardinal_words
from voiceguide.speech.text_normalization.pronunciation import mask_phonemes, unmask_phonemes
from voiceguide.speech.text_normalization.punctuation import normalize_punctuation
from voiceguide.speech.text_normalization.unicode_cleanup import clean_unicode


@pytest.mark.parametrize("text", ["", " ", "🙂", "...", "?!", "\u200b", "—", "()", "\ud800", "\x00"])
def test_text_without_anything_to_say_becomes_empty(text: str) -> None:
    assert normalize_text(text, "en") == ""
    assert not has_speech(text)


def test_a_single_sign_with_words_is_spoken() -> None:
    assert normalize_text("&", "fr") == "et"


@pytest.mark.parametrize("text", ["你好", "Здравствуйте", "สวัสดี", "नमस्ते"])
def test_letters_of_every_script_stay(text: str) -> None:
    assert normalize_text(text, "en") == text
    assert has_speech(text)


def test_a_language_without_a_file_gets_the_stages_that_need_no_data() -> None:
    assert normalize_text("Andiamo — ora (sì) 30 s…", "qaa-IT") == "Andiamo, ora, sì, 30 s."


@pytest.mark.parametrize("tag", ["de", "de-AT", "DE_at", "de-Latn-DE"])
def test_the_region_does_not_matter(tag: str) -> None:
    assert normalize_text("1 min", tag) == "eine Minute"


PRONUNCIATIONS = {
    "effleurage": "eff-luh-rahj",
    "deep effleurage": "slow strokes",
    "qi": "/tʃˈiː/",
    "Tui": "tway",
    "Tui Na": "tway nah",
}


@pytest.mark.parametrize(
    ("text", "plain", "phonemes"),
    [
        ("Use Effleurage.", "Use eff-luh-rahj.", "Use eff-luh-rahj."),
        ("DEEP effleurage", "slow strokes", "slow strokes"),
        ("effleurages", "effleurages", "effleurages"),
        ("tui and tui  na", "tway and tway nah", "tway and tway nah"),
        ("Qi, then tui na", "Qi, then tway nah", "[Qi](/tʃˈiː/), then tway nah"),
        ("Qi's flow", "Qi's flow", "[Qi](/tʃˈiː/)'s flow"),
        ("(qi)", "qi", "[qi](/tʃˈiː/)"),
        ("[qi](/kiː/) and 2 qi", "qi and two qi", "[qi](/kiː/) and two [qi](/tʃˈiː/)"),
    ],
)
def test_words_are_pronounced_as_the_script_says(text: str, plain: str, phonemes: str) -> None:
    assert normalize_text(text, "en", PRONUNCIATIONS) == plain
    assert normalize_text(text, "en", PRONUNCIATIONS, takes_ipa=True) == phonemes


def test_replacements_are_not_replaced_again() -> None:
    assert normalize_text("sun moon", "en", {"sun": "moon", "moon": "sun"}) == "moon sun"


@pytest.mark.parametrize(
    "pronunciations", [{"": "x"}, {"🙂": "smile"}, {"(": "bracket"}, {"qi": "/)(/"}, {"qi": "//"}, {"qi": ""}]
)
def test_unusual_pronunciations_are_harmless(pronunciations: dict[str, str]) -> None:
    spoken = normalize_text("the qi flows", "en", pronunciations, takes_ipa=True)
    assert spoken in ("the qi flows", "the flows", "the // flows")


def test_phonemes_stay_unchanged() -> None:
    assert normalize_text("[lead](/lɛd 2-3 & - ː/) it", "en", takes_ipa=True) == "[lead](/lɛd 2-3 & - ː/) it"


SIGNS = "( ) [ ] { } < > <b> / & ~ # $ € ' \" “ ’ « » ! ? ; _ * • ² | ^ \\ @ + = - – — . ... … , : % ° ½ ①"
NUMERIC = "1 2 0 30 1.5 2,5 1/2 1:30 min min. s °C x × m h 1h30 Uhr a.m. pm st 1st 2e º ª er"
WORDY = "e.g. etc. usw. No. n° ca. w/ und to a A left der am y é \u0301 \u200d ß İ 你 [a](/b/) ]("
ODD = ["\ud800", "\ue000", "\U000f0000", "\x00", "🙂", "\ufe0f", " ", "  ", "\n", "\n\n", "\t"]
PIECES = st.sampled_from([*f"{SIGNS} {NUMERIC} {WORDY}".split(), *ODD])
ANY_TEXT = st.one_of(st.text(), st.lists(PIECES, max_size=9).map("".join))
CODES = st.sampled_from([*LANGUAGES, "ja"])


@settings(deadline=None)  # the first example imports num2words
@given(ANY_TEXT, CODES, st.booleans())
@example("0\u0300", "en", False)
@example("0/0", "en", False)
@example("MIN.²", "en", False)
@example("1" * 5000, "en", False)
def test_any_text_becomes_one_clean_line_that_stays_unchanged(text: str, language: str, takes_ipa: bool) -> None:
    spoken = normalize_text(text, language, None, takes_ipa)
    assert not any(unicodedata.category(character).startswith("C") for character in spoken)
    assert spoken == unicodedata.normalize("NFC", spoken).strip()
    assert spoken == "" or has_speech(spoken)
    assert normalize_text(spoken, language, None, takes_ipa) == spoken


@given(st.text(), st.sampled_from(list(LANGUAGES)))
def test_no_digit_is_left_to_the_engine(text: str, language: str) -> None:
    assert not any(character in "0123456789" for character in normalize_text(text, language))


@given(st.text(), st.dictionaries(st.text(max_size=4), st.text(max_size=6), max_size=4), st.booleans())
def test_any_pronunciations_give_a_clean_line(text: str, words: dict[str, str], takes_ipa: bool) -> None:
    spoken = normalize_text(f"{text} {' '.join(words)}", "en", words, takes_ipa)
    assert not any(unicodedata.category(character).startswith("C") for character in spoken)


@given(st.text(alphabet="aZéßЖΩ你ก한 \t\u200b🙂"))
def test_cleaning_keeps_every_letter(text: str) -> None:
    words = text.replace("\u200b", "").replace("🙂", " ").split()
    assert clean_unicode(text) == unicodedata.normalize("NFC", " ".join(words))


@pytest.mark.parametrize(
    "piece", few(5, ["1 ", "(", ".", "<a ", "der 1. ", "[", "-", "…", "1:", "1/", "a(", "\n", "«"])
)
def test_normalization_takes_linear_time(piece: str) -> None:
    """20,000 dots or brackets used to take half a minute: the patterns backtracked from each of them."""
    assert_linear(lambda size: normalize_text(piece * (size // len(piece)), "de"), 2_500)


def test_a_line_without_numbers_does_not_import_num2words() -> None:
    program = (
        "import sys; from voiceguide.speech.text_normalization import normalize_text;"
        "normalize_text('Rest & breathe, e.g. here.', 'en');"
        "print('num2words' in sys.modules, 'numpy' in sys.modules);"
        "normalize_text('2', 'en'); print('num2words' in sys.modules)"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert finished.stdout.split() == ["False", "False", "True"]


def test_negative_numbers() -> None:
    assert cardinal_words(-3, LANGUAGES["fr"]) == "moins trois"


def test_masked_phonemes_are_restored() -> None:
    text, hidden = mask_phonemes("a [b](/c/) d [e](/f/)")
    assert text == "a \U000f0000 d \U000f0001"
    assert unmask_phonemes(text, hidden) == "a [b](/c/) d [e](/f/)"


@pytest.mark.parametrize(
    ("text", "spoken"),
    [("a , b", "a, b"), (",. a", "a"), ("a,,. b", "a. b"), ("a -- b", "a, b"), ("a [b] c", "a, b, c"), ("()", "")],
)
def test_punctuation(text: str, spoken: str) -> None:
    assert normalize_punctuation(text) == spoken


@pytest.mark.parametrize(
    ("text", "max_chars", "chunks"),
    [
        ("", 10, []),
        ("Rest.", 10, ["Rest."]),
        ("Rest. Rise. Go.", 12, ["Rest. Rise.", "Go."]),
        ("Lift both feet, then let them drop.", 20, ["Lift both feet,", "then let them drop."]),
        ("Lift both feet", 9, ["Lift both", "feet"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
        ('He said "Rest." Then rose', 16, ['He said "Rest."', "Then rose"]),
        ("休。起きる。", 3, ["休。", "起きる", "。"]),
        ("साँस लें। फिर छोड़ दें॥रुकें।", 14, ["साँस लें।", "फिर छोड़ दें॥", "रुकें।"]),
        ("try [tui na](/tweɪ nɑː/) now", 23, ["try", "[tui na](/tweɪ nɑː/)", "now"]),
        ("now try it [tui na](/tweɪ nɑː/)", 28, ["now try it", "[tui na](/tweɪ nɑː/)"]),
    ],
)
def test_chunks(text: str, max_chars: int, chunks: list[str]) -> None:
    assert split_into_chunks(text, max_chars) == chunks


@given(ANY_TEXT, st.integers(1, 40))
def test_chunks_lose_only_spaces(text: str, max_chars: int) -> None:
    chunks = split_into_chunks(text, max_chars)
    assert all(0 < len(chunk) <= max_chars and chunk == chunk.strip() for chunk in chunks)
    assert "".join("".join(chunks).split()) == "".join(text.split())


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^A limit of 0 characters leaves no room for text\.$"):
        split_into_chunks("a", 0)
