"""What every file in `voiceguide/languages` must supply. A new language is tested without a change here."""

from __future__ import annotations

import re
import subprocess
import sys
import unicodedata
from pathlib import Path
from string import Formatter

import pytest

from voiceguide.drafting.text.language_guess import guess_language
from voiceguide.languages import LANGUAGES, language_for, primary_language
from voiceguide.languages.model import PHRASES, Language
from voiceguide.metadata.tags import iso_639_2_code
from voiceguide.script.loader import load_script
from voiceguide.speech.phrases import check_phrase, load_phrases
from voiceguide.speech.phrases.phrasebook import PLACEHOLDER
from voiceguide.speech.text_normalization import normalize_text
from voiceguide.speech.text_normalization.number_words import cardinal_words, ordinal_words
from voiceguide.timeline.model import Line
from voiceguide.timeline.speech_estimate import estimate_speech_length
from voiceguide.units import SAMPLE_RATE, DurationError, parse_duration

REQUIRED_UNITS = ("s", "min", "h", "m", "x", "×", "%", "°", "$", "€", "£")
SIGNS = re.compile(r"[0-9%°$€£&+=@#<>/{}\[\]]")
"""Never spoken: what is left of them is a number or a sign without words."""
VALUES: dict[str, str | int] = {"number": 3, "steps": 7, "number_m": "X", "number_f": "X"}


@pytest.fixture(params=list(LANGUAGES))
def language(request: pytest.FixtureRequest) -> Language:
    return LANGUAGES[request.param]


def script(language: Language, text: str) -> bytes:
    """A script of one step."""
    head = f"voiceguide: 1\ntitle: T\nlanguage: {language.code}\n"
    return f"{head}stages: [{{stage: A, steps: [{{say: {text}, for: 30s}}]}}]".encode()


def genders(language: Language) -> set[str]:
    return {unit.gender for unit in language.units.values()}


def test_the_code_is_the_name_of_the_file(language: Language) -> None:
    assert LANGUAGES[language.code] is language
    assert primary_language(language.draft_tag or language.code) == language.code
    assert (Path(__file__).parent / f"wording_{language.code}.py").exists()


def test_a_region_does_not_matter(language: Language) -> None:
    code = language.code
    assert [language_for(tag) for tag in (code.upper(), f"{code}-XX", f"{code}_xx", f"{code}-Latn-XX")] == [
        language
    ] * 4


def test_finished_files_carry_its_three_letters(language: Language) -> None:
    assert re.fullmatch("[a-z]{3}", language.iso_639_2)
    assert iso_639_2_code(language.code) == language.iso_639_2


def test_phrases_are_complete_and_in_order(language: Language) -> None:
    assert list(language.phrases) == list(PHRASES)


@pytest.mark.parametrize("key", PHRASES)
def test_phrase(language: Language, key: str) -> None:
    """It uses the placeholders of its key, and with these filled it is a sentence that the program would not change."""
    phrase = language.phrases[key]
    used = {name.partition("_")[0] for name in PLACEHOLDER.findall(phrase)}
    assert used == {name.partition("_")[0] for name in PHRASES[key]}
    assert check_phrase(key, phrase) is None
    sentence = load_phrases(language.code).sentence(key, **{name: VALUES.get(name, name) for name in PHRASES[key]})
    assert not SIGNS.search(sentence)
    assert not sentence[:1].islower()
    spoken = normalize_text(sentence, language.code)
    assert re.findall(r"\w+", spoken) == re.findall(r"\w+", sentence)


def test_joining_phrases_have_their_spaces(language: Language) -> None:
    assert all(re.fullmatch(r"(?:,| \w+) ", language.phrases[key]) for key in ("join", "time_join"))
    assert language.adapt_joiner(language.phrases["join"], "mmm") == language.phrases["join"]


def test_every_duration_has_words(language: Language) -> None:
    phrases = load_phrases(language.code)
    durations = {phrases.spoken_duration(seconds) for seconds in range(60, 601, 5)}
    assert len(durations) == 109
    assert not any(SIGNS.search(duration) for duration in durations)
    assert not any(SIGNS.search(phrases.spoken_duration(seconds)) for seconds in range(0, 90_000, 17))


@pytest.mark.parametrize("unit", REQUIRED_UNITS)
def test_the_units_that_the_program_asks_for_exist(language: Language, unit: str) -> None:
    assert unit in language.units


def test_every_unit_is_read_with_one_and_with_several(language: Language) -> None:
    for written, unit in language.units.items():
        stays_singular = language.keeps_written_singular and written == unit.singular
        for number, noun in ((1, unit.singular), (5, unit.singular if stays_singular else unit.plural)):
            expected = f"{cardinal_words(number, language, unit.gender)} {noun}"
            if unit == language.units["x"] and language.multiplicatives:
                expected = language.multiplicatives.get(str(number), expected)
            assert normalize_text(f"{number} {written} ok", language.code) == f"{expected} ok", written


def test_every_gender_has_its_half_and_fractions(language: Language) -> None:
    templates = (*language.half_unit_templates.values(), language.and_half_template, language.mixed_number_template)
    known = {"number", "many", "unit", "half", "one", "link", "part"}
    for template in (*templates, language.fraction_of_unit_template):
        assert {name for _, name, _, _ in Formatter().parse(template) if name} <= known
    for unit in language.units.values():
        spoken = language.half_unit_templates[unit.gender].format(one=unit.singular, link=language.link(unit.singular))
        assert unit.singular in spoken
    assert (1, 2) in language.fraction_words
    if "{half}" in language.and_half_template:
        assert genders(language) <= set(language.half_words or {})


@pytest.mark.parametrize(
    "text", ["1:30", "0:05", "1:02:30", "1h30", "1m30s", "½ h", "1.5 min", "3/4 l", "2 1/2", "1-2 s"]
)
def test_durations_and_fractions_are_words(language: Language, text: str) -> None:
    spoken = normalize_text(text, language.code)
    assert spoken
    assert not SIGNS.search(spoken)
    assert normalize_text(spoken, language.code) == spoken


def test_numbers_differ_from_each_other(language: Language) -> None:
    """One word for two numbers would be a wrong number."""
    for gender in ("", *genders(language)):
        words = [cardinal_words(number, language, gender) for number in range(1000)]
        assert len(set(words)) == 1000
        assert not any(character.isdigit() for word in words for character in word)
    assert len({ordinal_words(number, language) for number in range(1, 100)}) == 99


def test_separators_are_not_confused(language: Language) -> None:
    separator, point = language.thousands_separators[0], language.decimal_separators[0]
    assert separator != point
    assert normalize_text(f"1{separator}000", language.code) == cardinal_words(1000, language)
    assert normalize_text(f"2{point}5", language.code).split()[1] == language.point_word


def test_every_abbreviation_prefix_and_sign_becomes_words(language: Language) -> None:
    for written, words in language.abbreviations.items():
        assert not SIGNS.search(words)
        assert normalize_text(f"{written} ok", language.code).casefold() == f"{words} ok".casefold(), written
    for written, words in language.number_prefixes.items():
        assert normalize_text(f"{written} 5", language.code) == f"{words} {cardinal_words(5, language)}", written
    for sign, words in language.symbol_words.items():
        assert len(sign) == 1
        assert normalize_text(f"ok {sign} ok", language.code) == f"ok {words} ok", sign
    assert language.closing_abbreviations <= {written.lower() for written in language.abbreviations}


def test_data_is_composed_unicode(language: Language) -> None:
    """Text is composed before it is compared with these tables."""
    tables = (language.phrases, language.abbreviations, language.units, language.symbol_words, language.number_prefixes)
    written = [*(key for table in tables for key in table), *language.phrases.values(), language.common_words]
    assert [text for text in written if text != unicodedata.normalize("NFC", text)] == []


def test_the_language_is_recognized_by_its_common_words(language: Language) -> None:
    words = language.common_words
    assert words == words.lower()
    assert len(set(words.split())) == len(words.split()) >= 12
    assert guess_language(words) == (language.draft_tag or language.code)
    assert guess_language(" ".join(language.phrases.values())) == (language.draft_tag or language.code)


def test_a_line_lasts_as_long_as_people_take(language: Language) -> None:
    """14 words, 74 characters: between two and four words a second."""
    line = "Long, flowing strokes from the toes to the ankle, lighter on the way back."
    assert 3.5 * SAMPLE_RATE < estimate_speech_length(Line((line,), "", 1.0, language.code)).samples < 7 * SAMPLE_RATE


@pytest.mark.parametrize("unit", ["s", "min", "h"])
def test_a_written_out_unit_of_time_is_recognized(language: Language, unit: str) -> None:
    with pytest.raises(DurationError, match=rf"is not a duration\. Write 5{unit[0]}"):
        parse_duration(f"5 {language.units[unit].plural}")


def test_work_with_pressure_needs_a_caution(language: Language) -> None:
    for pattern in language.pressure_words:
        beginning = re.sub(r"\(\?.*|\[(.).*", r"\1", pattern)
        warnings = load_script("s.yaml", script(language, f"ok {beginning}ok")).warnings
        assert [warning for warning in warnings if "pressure" in warning.message], pattern
    assert load_script("s.yaml", script(language, "ok")).warnings == ()


def test_reading_a_script_imports_only_its_language(language: Language) -> None:
    program = (
        "import sys, voiceguide.cli.main\n"
        "from voiceguide.script.loader import load_script\n"
        "from voiceguide.speech.phrases import load_phrases\n"
        "from voiceguide.speech.text_normalization import normalize_text\n"
        f"files = {[f'voiceguide.languages.{code}' for code in LANGUAGES]}\n"
        "assert not set(files) & set(sys.modules)\n"
        f"load_script('s.yaml', {script(language, 'ok')!r})\n"
        f"load_phrases({language.code!r}), normalize_text('5 min', {language.code!r})\n"
        "print(*(name for name in files if name in sys.modules))"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert finished.stdout.split() == [f"voiceguide.languages.{language.code}"]
