"""The parsers for the scalar values of a script."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import pytest

from voiceguide.builtin_names import BEDS
from voiceguide.script.model.bed_layers import (
    BedLayer,
    bed_files,
    bed_in_script,
    bed_label,
    bed_text,
    one_sound,
    parse_bed,
    parse_bed_list,
    split_layers,
)
from voiceguide.script.model.value_parsers import (
    StepPosition,
    parse_chime,
    parse_flag,
    parse_language_tag,
    parse_number,
    parse_step_position,
)
from voiceguide.units import SAMPLE_RATE

FORMS = "Write half, 1/3, 40%, 40s, 30s left or end."


def parse_error(parse: object, text: str) -> str:
    assert callable(parse)
    with pytest.raises(ValueError) as caught:  # noqa: PT011  (the test compares the whole message)
        parse(text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("half", StepPosition("fraction", fraction=Fraction(1, 2))),
        ("Halfway ", StepPosition("fraction", fraction=Fraction(1, 2))),
        ("1/3", StepPosition("fraction", fraction=Fraction(1, 3))),
        ("2 / 4", StepPosition("fraction", fraction=Fraction(1, 2))),
        ("40%", StepPosition("fraction", fraction=Fraction(2, 5))),
        ("33.5 %", StepPosition("fraction", fraction=Fraction(335, 1000))),
        ("0%", StepPosition("fraction", fraction=Fraction(0))),
        ("100%", StepPosition("fraction", fraction=Fraction(1))),
        ("end", StepPosition("end")),
        ("40s", StepPosition("start", samples=40 * SAMPLE_RATE)),
        ("1:30", StepPosition("start", samples=90 * SAMPLE_RATE)),
        ("30s left", StepPosition("left", samples=30 * SAMPLE_RATE)),
        ("1m 30s  LEFT", StepPosition("left", samples=90 * SAMPLE_RATE)),
        ("1:30 left", StepPosition("left", samples=90 * SAMPLE_RATE)),
    ],
)
def test_positions_in_a_step(text: str, at: StepPosition) -> None:
    assert parse_step_position(text) == at


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("middle", f'"middle" is not a position in a step. {FORMS}'),
        ("", f'"" is not a position in a step. {FORMS}'),
        ("1/0", f'"1/0" is not a position in a step. {FORMS}'),
        ("-30s", f'"-30s" is not a position in a step. {FORMS}'),
        ("left", f'"left" is not a position in a step. {FORMS}'),
        ("30s before the end", f'"30s before the end" is not a position in a step. {FORMS}'),
        ("4/3", '"4/3" is outside the step. Write a value between 0% and 100%.'),
        ("101%", '"101%" is outside the step. Write a value between 0% and 100%.'),
        ("30", '"30" has no unit. Write 30s for seconds or 30m for minutes.'),
        ("30 left", '"30" has no unit. Write 30s for seconds or 30m for minutes.'),
        ("25h", '"25h" is longer than a day. A session can last at most 24h.'),
        ("x" * 90, f'"{"x" * 40}" is not a position in a step. {FORMS}'),
    ],
)
def test_invalid_positions(text: str, message: str) -> None:
    assert parse_error(parse_step_position, text) == message


@pytest.mark.parametrize(
    ("text", "length", "offset"),
    [
        ("half", 3, 2),
        ("1/3", 100, 33),
        ("end", 480, 480),
        ("1s", 48000, 48000),
        ("1s left", 96000, 48000),
        ("2s left", 48000, -48000),
    ],
)
def test_the_offset_of_a_position_depends_on_the_length_of_the_step(text: str, length: int, offset: int) -> None:
    assert parse_step_position(text).offset_samples(length) == offset


@pytest.mark.parametrize(
    ("text", "value"), [("yes", True), ("TRUE", True), (" on ", True), ("no", False), ("False", False), ("off", False)]
)
def test_yes_and_no(text: str, value: bool) -> None:
    assert parse_flag(text) is value


@pytest.mark.parametrize("text", ["", "1", "0", "y", "perhaps", "null"])
def test_neither_yes_nor_no(text: str) -> None:
    assert parse_error(parse_flag, text) == f'"{text}" is neither yes nor no. Write yes or no.'


@pytest.mark.parametrize(("text", "value"), [("-14", -14.0), ("-14 dB", -14.0), ("-6.5dB", -6.5), ("0", 0.0)])
def test_levels(text: str, value: float) -> None:
    assert parse_number(text, -60, 0, "a level in decibels") == value


@pytest.mark.parametrize("text", ["", "nan", ".inf", "1e3", "1_0", "0x1", "--1", "1,5", "-14 db!", "٣", "1" * 500])
def test_invalid_numbers(text: str) -> None:
    message = f'"{text[:40]}" is not a number. Write a level in decibels, from -60 to 0.'
    assert parse_error(lambda text: parse_number(text, -60, 0, "a level in decibels"), text) == message


def test_a_number_out_of_range() -> None:
    message = '"3" is out of range. Write a level in decibels, from -60 to 0.'
    assert parse_error(lambda text: parse_number(text, -60, 0, "a level in decibels"), "3") == message


@pytest.mark.parametrize(
    ("text", "bed"),
    [
        ("rain", "rain"),
        (" Brown ", "brown"),
        ("none", "none"),
        ("sea.mp3", "sea.mp3"),
        ("../a b", "../a b"),
        ("C:\\x", "C:\\x"),
    ],
)
def test_beds(text: str, bed: str) -> None:
    assert parse_bed(text) == bed


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("rein", 'Did you mean "rain"?'),
        ("wave", 'Did you mean "waves"?'),
        ("xyz", f"Write {', '.join(BEDS)} or none, or an audio file such as rain.mp3."),
    ],
)
def test_unknown_beds(text: str, advice: str) -> None:
    assert parse_error(parse_bed, text) == f'"{text}" is not a bed. {advice}'


@pytest.mark.parametrize(
    ("entries", "bed"),
    [
        (["rain", "Pads"], "rain+pads"),
        (["pads", {"sound": "rain", "level": "-8"}, {"sound": "birds.flac"}], "pads+rain:-8+birds.flac"),
        (["rain"], "rain"),
        (["pads", "a+b 50%.flac"], "pads+a%2Bb 50%25.flac"),
        (["pads", {"sound": "rain", "level": "-8.1234"}], "pads+rain:-8.123"),
        (["pads", {"sound": "rain", "level": "-0.00001"}], "pads+rain"),
        (["50%.flac"], "50%.flac"),
    ],
)
def test_beds_of_several_sounds(entries: list[Any], bed: str) -> None:
    assert parse_bed_list(entries) == bed
    assert bed_text(split_layers(bed)) == bed
    assert parse_bed(bed) == bed


@pytest.mark.parametrize(
    ("bed", "label"),
    [
        ("rain", "rain"),
        ("none", "none"),
        ("rain+pads:-4", "rain + pads (-4 dB)"),
        ("pads+a%2Bb 50%25.flac:-3.5", "pads + a+b 50%.flac (-3.5 dB)"),
    ],
)
def test_a_bed_as_people_read_it(bed: str, label: str) -> None:
    assert bed_label(bed) == label


def test_files_of_a_bed() -> None:
    assert bed_files("pads+a%2Bb 50%25.flac:-3.5") == ["a+b 50%.flac"]
    assert bed_files("rain+pads") == []
    assert bed_files("drums+bass.flac") == ["drums+bass.flac"]


@pytest.mark.parametrize(
    "file",
    [
        "rain+birds.flac",
        "a.mp3+b.mp3",
        "Track No.5 + Rain.mp3",
        "/tmp/my.dir+x/rain.mp3",
        "50%25.mp3",
        "a%2Bb.mp3",
        "drums+50%25.mp3",
        "C:\\a.b+c\\d.wav",
    ],
)
def test_a_file_is_one_sound_whatever_its_name(file: str) -> None:
    bed = one_sound(file)
    assert split_layers(bed) == (BedLayer(file),)
    assert bed_files(bed) == [file]
    assert parse_bed_list([file]) == bed
    written = bed_in_script(bed)
    assert (parse_bed_list(written) if isinstance(written, list) else parse_bed(written)) == bed


def test_a_bed_is_written_as_text_unless_it_looks_like_several_sounds() -> None:
    names = ("rain+pads:-8", "./50%25", "a%2Bb.mp3", "drums+bass.mp3")
    assert [bed_in_script(parse_bed(name)) for name in names] == list(names)
    assert bed_in_script(one_sound("a.mp3+b.mp3")) == ["a.mp3+b.mp3"]


@pytest.mark.parametrize("text", ["Track No.5 + Rain.mp3", "drums+50%25.mp3", "a%2Bb.mp3"])
def test_a_text_can_be_the_name_of_one_file(text: str) -> None:
    assert bed_files(parse_bed(text)) == [text]


def test_a_file_without_an_extension_is_in_a_folder() -> None:
    assert [one_sound(name) for name in ("rain", "none", "song", "rain+pads")] == [
        "rain",
        "none",
        "./song",
        "./rain+pads",
    ]


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([], "This list is empty. Write at least one sound, such as [rain, pads]."),
        (["rain", "pad"], '"pad" is not a bed. Did you mean "pads"?'),
        (["rain", "none"], '"none" cannot be mixed with other sounds. Remove it, or write bed: none.'),
        (["rain", "./sea"], '"./sea" is not the name of an audio file. Write its extension too, such as rain.mp3.'),
        (
            ["rain", {"sound": "pads", "level": "5"}],
            '"5" is out of range. Write a level in decibels, from -60 to 0.',
        ),
        (
            [{"sound": "pads", "level": "-5"}],
            "One sound cannot be softer than the others. Write bed: {sound: rain, level: -20} for its level.",
        ),
        (
            ["rain", {"name": "pads"}],
            "A bed is a list of sounds. Write [rain, pads], or {sound: rain, level: -8} for a sound with its level.",
        ),
        (["rain"] * 9, "This bed has 9 sounds. Write at most 8."),
    ],
)
def test_lists_that_are_no_bed(entries: list[Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        parse_bed_list(entries)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rain+padz", '"padz" is not a bed. Did you mean "pads"?'),
        ("rain:-70+pads", '"-70" is out of range. Write a level in decibels, from -60 to 0.'),
    ],
)
def test_texts_that_are_no_bed(text: str, message: str) -> None:
    assert parse_error(parse_bed, text) == message


def test_chimes() -> None:
    assert [parse_chime(text) for text in ("bell", "BOWL", "wood", "none")] == ["bell", "bowl", "wood", "none"]
    assert parse_error(parse_chime, "bel") == '"bel" is not a chime. Did you mean "bell"?'
    assert parse_chime(" Own/ding.wav ") == "Own/ding.wav"
    assert parse_error(parse_chime, "ding") == (
        '"ding" is not a chime. Write bell, bowl, wood or none, or an audio file such as bell.wav.'
    )


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("en-US", "en-US"),
        ("EN-us", "en-US"),
        ("de", "de"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("de-1996", "de-1996"),
    ],
)
def test_languages(text: str, tag: str) -> None:
    assert parse_language_tag(text) == tag


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("en_US", "Write en-US."),
        ("de_DE.UTF-8", "Write de-DE."),
        ("english", "Write a tag such as en-US, de or es-MX."),
        ("e", "Write a tag such as en-US, de or es-MX."),
        ("", "Write a tag such as en-US, de or es-MX."),
    ],
)
def test_invalid_languages(text: str, advice: str) -> None:
    assert parse_error(parse_language_tag, text) == f'"{text}" is not a language tag. {advice}'
