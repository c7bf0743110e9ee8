"""Loading valid scripts, and reporting every problem of invalid ones at once."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from voiceguide.errors import Problem, ScriptError, VoiceguideError
from voiceguide.script.loader import Script, load_script
from voiceguide.script.model.routine import Stage, StageGroup
from voiceguide.script.model.value_parsers import StepPosition
from voiceguide.script.parsing.yaml_reader import parse_yaml
from voiceguide.units import SAMPLE_RATE

HERE = Path(__file__).parents[1] / "data"
DESIGN = HERE / "good_scripts" / "design.yaml"
HEAD = "voiceguide: 1\ntitle: T\n"
EMPTY = "The script is empty. Start with voiceguide: 1, title: and stages:, or copy a bundled routine."


@dataclass(frozen=True)
class BadScript:
    name: str
    text: str
    messages: tuple[str, ...]


def bad_scripts() -> Iterator[BadScript]:
    for file in sorted((HERE / "bad_scripts").glob("*.txt")):
        for case in re.split(r"^=== ", file.read_text("utf-8"), flags=re.MULTILINE)[1:]:
            name, _, rest = case.partition("\n")
            lines = rest.split("\n")
            messages = tuple(line.removeprefix(">>> ") for line in lines if line.startswith(">>> "))
            yield BadScript(name, "\n".join(line for line in lines if not line.startswith(">>> ")), messages)


BAD = list(bad_scripts())


def problems(text: str | bytes) -> list[str]:
    data = text.encode() if isinstance(text, str) else text
    with pytest.raises(ScriptError) as caught:
        load_script("s.yaml", data)
    return [str(problem) for problem in caught.value.problems]


def loaded(text: str) -> Script:
    return load_script("s.yaml", text.encode())


def stage(steps: str, more: str = "") -> str:
    return f"{HEAD}{more}stages:\n  - stage: A\n    steps:\n{steps}"


def test_there_are_many_bad_scripts_and_each_has_messages() -> None:
    assert len(BAD) >= 60
    assert all(bad.messages for bad in BAD)


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_every_problem_is_reported_with_its_position(bad: BadScript) -> None:
    assert problems(bad.text) == [f"s.yaml:{message}" for message in bad.messages]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_both_parsers_report_the_same(bad: BadScript) -> None:
    c_result, python_result = (
        parse_yaml(bad.text.encode(), "s.yaml", parser) for parser in (yaml.CSafeLoader, yaml.SafeLoader)
    )
    assert [(problem.line, problem.column, problem.message) for problem in c_result.problems] == [
        (problem.line, problem.column, problem.message) for problem in python_result.problems
    ]


def test_a_message_has_file_line_column_and_path() -> None:
    text = f"""{HEAD}stages:
  - {{stage: A, steps: [{{say: x}}]}}
  - stage: B
    steps:
      - say: Soak
        for: 3 mins
"""
    expected = 's.yaml:8:14: stages[1].steps[0].for: "3 mins" is not a duration. Write 3m or 180s.'
    assert problems(text) == [expected]


def test_the_example_script_loads_with_every_value() -> None:
    script = load_script(DESIGN)
    routine = script.routine
    assert script.file == str(DESIGN)
    assert script.folder == DESIGN.parent
    assert script.warnings == (), "ordinary comments after values are not lost text"
    assert (routine.title, routine.language, routine.voice, routine.pace) == (
        "Home foot massage",
        "en-US",
        "heart",
        0.9,
    )
    assert (routine.bed.sound, routine.chime.sound, routine.gap) == ("rain", "bell", SAMPLE_RATE)
    assert routine.needs == ("massage oil or lotion", "two towels", "a basin of warm water")
    assert routine.variants["short"].total == 600 * SAMPLE_RATE
    assert routine.variants["short"].skip == ("soak",)
    soak, sides = routine.stages
    assert isinstance(soak, Stage)
    assert isinstance(sides, StageGroup)
    assert [step.duration for step in soak.steps] == [300 * SAMPLE_RATE, None]
    assert soak.steps[1].pause == 20 * SAMPLE_RATE
    assert [cue.at for cue in soak.steps[0].cues][1] == StepPosition("left", samples=30 * SAMPLE_RATE)
    assert sides.each is not None
    assert (sides.each.name, sides.each.values) == ("side", ("left", "right"))
    stroke, sole = sides.stages
    assert isinstance(stroke, Stage)
    assert isinstance(sole, Stage)
    assert stroke.steps[0].say is not None
    assert stroke.steps[0].say.text_at_detail("brief") == "Long strokes, toes to ankle."
    assert stroke.steps[0].min == 30 * SAMPLE_RATE
    assert stroke.steps[1].repeat == 2
    assert sole.steps[0].duration == 90 * SAMPLE_RATE


def test_texts_stay_as_written() -> None:
    script = loaded(
        f"""{HEAD}author: no
needs: [yes, 010, 1:30, null, ~, 2024-01-02, 1e3, .nan]
stages:
  - stage: on
    steps:
      - say: |
          Two lines
          become one.
        voice: 0x1F
      - {{say: "{{count}}", audio: "my  voice.wav", for: 1:30}}
"""
    )
    assert script.routine.author == "no"
    assert script.routine.needs == ("yes", "010", "1:30", "null", "~", "2024-01-02", "1e3", ".nan")
    on = script.routine.stages[0]
    assert isinstance(on, Stage)
    assert on.stage == "on"
    assert on.steps[0].say is not None
    assert on.steps[0].say.full == "Two lines become one."
    assert on.steps[0].voice == "0x1F"
    assert on.steps[1].duration == 90 * SAMPLE_RATE, "1:30 is a minute and a half, not the number 90"
    assert on.steps[1].audio == "my  voice.wav", "spaces in a file name are significant"


@pytest.mark.parametrize(
    ("written", "comment"),
    [
        ("Find point #1 well", "#1 well"),
        ("Find point # 1 well", "# 1 well"),
        ("Find point  # the first one", ""),
        ('"Find point #1"', ""),
        ('"Find" #1', ""),
    ],
)
def test_text_lost_after_a_hash_gives_a_warning(written: str, comment: str) -> None:
    script = loaded(stage(f"      - say: {written}\n"))
    message = (
        f'"{comment}" is a comment and will not be spoken. If it is part of the text, put the whole text in quotes.'
    )
    expected = [Problem("s.yaml", 6, 14, "stages[0].steps[0].say", message, "warning")] if comment else []
    assert list(script.warnings) == expected


def test_text_that_looks_like_a_pause_gives_a_warning() -> None:
    script = loaded(stage("      - say: Breathe in. [wait a little] Breathe out.\n"))
    expected = '6:14: stages[0].steps[0].say: "[wait a little]" will be spoken as text. Write a pause as [2s].'
    assert [str(warning) for warning in script.warnings] == [f"s.yaml:{expected}"]


FLOW = '{title: T, voiceguide: 1, words: {"e.g.": for}, stages: [{stage: A, steps: [{say: soak}, {say: y, for: 3s}]}]}'


@pytest.mark.parametrize(
    ("path", "text", "shown"),
    [
        ("", "{title", ""),
        ("title", "T,", "title"),
        ("stages[0].steps[1].for", "3s", "stages[0].steps[1].for"),
        ("stages[0].steps[1].pause", "{say: y", "stages[0].steps[1]"),
        ("stages[0].steps[7].for", "[{say", "stages[0].steps"),
        ("stages[0].steps[0].say.full", "soak", "stages[0].steps[0].say"),
        ('words["e.g."]', "for}", 'words["e.g."]'),
        ("nonsense[3].x", "{title", ""),
        ("]][[", "{title", ""),
    ],
)
def test_a_problem_is_at_its_path_or_the_closest_ancestor(path: str, text: str, shown: str) -> None:
    assert loaded(FLOW).problem_at(path, "So.") == Problem("s.yaml", 1, FLOW.index(text) + 1, shown, "So.")


def test_problems_come_in_reading_order_without_duplicates() -> None:
    messages = problems(stage("      - {say: x, for: 9, pause: 9}\n      - {say: y, for: 9}\n", "pace: 9\n"))
    positions = [tuple(map(int, line.split(":")[1:3])) for line in messages]
    assert positions == sorted(positions)
    assert len(set(messages)) == len(messages) == 5


def test_the_number_of_problems_is_limited() -> None:
    messages = problems(stage("      - {fro: 1}\n" * 500))
    assert len(messages) == 200
    assert messages[0] == "s.yaml:1:1: The script has 200 or more problems. Fix the ones listed below first."


def test_a_script_with_many_warnings_is_valid() -> None:
    assert len(loaded(stage("      - say: point #1\n" * 500)).warnings) == 200


SAFE = "safety: [Stop where it hurts.]\n"


def test_brief_words_are_the_shorter_ones() -> None:
    words = "{full: Rest now., brief: Rest for as long as you like.}"
    (advice,) = loaded(stage(f"      - say: {words}\n", SAFE)).warnings
    assert str(advice) == (
        "s.yaml:7:39: stages[0].steps[0].say.brief: The brief text has 7 words, but the full text has only 2. "
        "Shorten or remove the brief text."
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("one " * 25 + "end.", "This sentence has 26 words. Split it, because listeners cannot reread it."),
        ("one " * 24 + "end.", ""),
        ("one " * 20 + "end. " + "two " * 20 + "end.", ""),
        ("one " * 20 + "[2s] " + "two " * 20, ""),
        ("साँस " * 9 + "लें। " + "फिर " * 9 + "छोड़ दें।", ""),
    ],
)
def test_long_sentences_are_pointed_out(words: str, told: str) -> None:
    script = loaded(stage(f"      - say: {words}\n", SAFE))
    expected = [f"s.yaml:7:14: stages[0].steps[0].say: {told}"] if told else []
    assert [str(advice) for advice in script.warnings] == expected


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en-US", "Press the sole."),
        ("en", "Knead it."),
        ("de", "Drücke die Sohle."),
        ("es-MX", "Masajea el pie."),
        ("fr", "Appuyez ici."),
        ("qaa", "Massage."),
    ],
)
def test_pressure_without_a_caution_is_pointed_out(language: str, words: str) -> None:
    sentence = "This routine uses pressure but has no caution. Write safety: [Leave out any place that hurts.]."
    script = loaded(stage(f"      - say: {words}\n", f"language: {language}\n"))
    assert [str(warning) for warning in script.warnings] == [f"s.yaml:2:8: title: {sentence}"]
    assert loaded(stage(f"      - say: {words}\n", f"language: {language}\n{SAFE}")).warnings == ()


def test_gentle_words_need_no_caution() -> None:
    assert loaded(stage("      - say: Do not rush; express yourself, then press play.\n")).warnings == ()


LIMIT = 10_000


def test_ten_thousand_cues_are_allowed_and_not_one_more() -> None:
    cues = "[{{every: 1s, chime: wood}}, {{at: half, say: half}}, {{at: end, say: y}}]"
    step = "      - {{say: x, repeat: {}, for: 8s, cues: " + cues + "}}\n"
    assert loaded(stage(step.format(LIMIT // 10)))
    more = stage(step.format(LIMIT // 10) + "      - {say: x}\n")
    message = "The session would have 10,001 steps and cues. The limit is 10,000. Use fewer repetitions."
    assert problems(more) == [f"s.yaml:7:9: stages[0].steps[1]: {message}"]


def test_a_day_is_allowed_and_not_one_second_more() -> None:
    assert loaded(stage("      - {say: x, repeat: 24, for: 1h}\n"))
    message = "The session would last 24h1s. The limit is 24h. Shorten it, or use fewer repetitions."
    expected = f"s.yaml:7:9: stages[0].steps[1]: {message}"
    assert problems(stage("      - {say: x, repeat: 24, for: 1h}\n      - say: y\n")) == [expected]


def test_switches_count_between_all_repetitions() -> None:
    text = f"""{HEAD}stages:
  - each: {{side: [left, right, both]}}
    repeat: 2
    switch: {{say: Change., for: 5h}}
    stages:
      - {{stage: "A {{side}}", steps: [{{say: x, for: 1s}}]}}
"""
    message = "The session would last 25h. The limit is 24h. Shorten it, or use fewer repetitions."
    assert problems(text) == [f"s.yaml:6:13: stages[0].switch: {message}"], (
        "three values, repeated twice, give six repetitions with five switches between them"
    )


@pytest.mark.parametrize(
    "variant",
    [
        "{set: {long strokes: 3m, SOAK: 1m, Soak/Long Strokes: 2m, Stroke: 4m, 'stroke, left': 1m}}",
        "{set: {lift your feet out: 3m, circle: 10s, quiet: 3s, wet/long strokes: 9s, switch to right: 9s}}",
        "{set: {before you begin: 20s, safety 1: 4s, needs: 4s, Before you begin/needs: 3s}}",
        "{skip: [soak, wet, 'Stroke, left', stroke, rubbing, before you begin, round 2]}",
    ],
)
def test_variants_can_use_every_name_that_overrides_can(variant: str) -> None:
    assert loaded(
        f"""{HEAD}needs: [oil]
safety: [Stop where it hurts.]
variants:
  quick: {variant}
stages:
  - stage: Soak
    tags: [wet]
    steps:
      - {{step: Long strokes, say: x, for: 3m}}
      - say: Lift your feet out and dry them.
      - {{say: "Circle {{count}} of {{of}}.", repeat: 2}}
      - for: 10s
  - each: {{side: [left, right]}}
    switch: Change.
    stages:
      - {{stage: "Stroke, {{side}}", steps: [{{say: rub, tags: [rubbing]}}]}}
  - {{stage: Round, repeat: 2, steps: [{{say: y}}]}}
"""
    )


def test_variants_are_not_checked_against_a_translated_opening_stage() -> None:
    """Only the phrases know the German name of the opening stage, so the timeline checks it later."""
    assert loaded(
        f"{HEAD}language: de\nneeds: [Öl]\nvariants: {{kurz: {{skip: [Bevor es losgeht]}}}}\n"
        "stages: [{stage: A, steps: [{say: x}]}]\n"
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", EMPTY),
        (b"\xef\xbb\xbf", EMPTY),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "This is not a text file. Save it as plain text, in UTF-8."),
        ("title: T".encode("utf-16-le"), "This is not a text file. Save it as plain text, in UTF-8."),
        ("title: T".encode("utf-32"), "The file is in UTF-32. Save it as UTF-8."),
        (b"\xff\xfet", "The file starts like UTF-16 but is not valid UTF-16. Save it as UTF-8."),
        (
            b"#" * (1024 * 1024 + 1),
            "The file is larger than 1 MiB (1,048,576 bytes), the limit. Split it.",
        ),
    ],
)
def test_files_that_are_not_scripts(data: bytes, message: str) -> None:
    assert problems(data) == [f"s.yaml:1:1: {message}"]


def test_a_byte_of_another_encoding_is_located() -> None:
    data = "title: T\r\nauthor: Zoë René".encode("latin-1")
    assert problems(data) == ["s.yaml:2:11: The byte 0xeb is not valid UTF-8. Save the file as UTF-8."]


def test_invisible_characters_are_located() -> None:
    assert problems("title: Foot\u2028massage\nauthor: a\x00b".replace("\x00", "\x85")) == [
        "s.yaml:1:12: Invisible character U+2028 (line separator). Delete it.",
        "s.yaml:2:10: Invisible character U+0085 (control character). Delete it.",
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_with_a_byte_order_mark_are_read(encoding: str) -> None:
    text = f"{HEAD}author: Zoë 你好 🙂\r\nstages: [{{stage: A, steps: [{{say: x}}]}}]\r\n"
    assert load_script("s", text.encode(encoding)).routine.author == "Zoë 你好 🙂"


def load_error(path: Path) -> str:
    with pytest.raises(VoiceguideError) as caught:
        load_script(path)
    return str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    missing, pipe = tmp_path / "missing.yaml", tmp_path / "pipe"
    assert load_error(missing) == f"{missing} does not exist. Check its name, or use a bundled routine."
    assert (
        load_error(tmp_path) == f"{tmp_path} is a folder. Specify a script in it, such as {tmp_path / 'massage.yaml'}."
    )
    os.mkfifo(pipe)
    assert load_error(pipe) == f"{pipe} is not a regular file. Specify a script file, or - for standard input."
    message = load_error(tmp_path / "pipe" / "x.yaml")
    assert message == f"{pipe}/x.yaml cannot be read: Not a directory. Check its name and permissions."
    message = load_error(Path("a\0b"))
    assert message.startswith("a\0b cannot be read: ")
    assert message.endswith(". Check its name and permissions.")


def test_the_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    text = stage("      - say: x\n        for: 3\n")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    with pytest.raises(ScriptError) as caught:
        load_script("-")
    expected = '<stdin>:7:14: stages[0].steps[0].for: "3" has no unit. Write 3s for seconds or 3m for minutes.'
    assert str(caught.value) == expected


def test_file_names_in_standard_input_are_relative_to_the_current_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stage("      - say: x\n").encode())))
    assert load_script("-").folder == Path.cwd()
