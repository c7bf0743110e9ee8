"""Voices and files that a script names: there, or a problem at its line."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest

import voiceguide
from tests.conftest import Run
from tests.support.long_forms import long
from voiceguide.errors import OverrideError
from voiceguide.script.model import routine
from voiceguide.speech.engines.piper.voice_files import find_piper_voice
from voiceguide.speech.engines.registry import cached_engine_voices
from voiceguide.speech.preview import encode_wav

HEAD = "voiceguide: 1\ntitle: T\n"
STAGES = "stages:\n  - stage: A\n    steps:\n      - say: Hi there.\n"


MISSING = [
    (f"{HEAD}voice: hart\n{STAGES}", ':3:8: voice: Unknown voice "hart". Did you mean "heart"?'),
    (
        f"{HEAD}voice: hibari/nobody\n{STAGES}",
        ':3:8: voice: hibari has no voice "nobody". Available voices: heart, emma, fenrir, fable, kore.',
    ),
    (
        f"{HEAD}{STAGES}        voice: pyttsx3/gmw/dee\n",
        ':7:16: stages[0].steps[0].voice: pyttsx3 has no voice "gmw/dee". Similar: gmw/de',
    ),
    (
        f"{HEAD}bed: no.mp3\n{STAGES}",
        ':3:6: bed: File "no.mp3" not found in the script folder. Check its name.',
    ),
    (
        f"{HEAD}{STAGES}        audio: no.wav\n",
        ':7:16: stages[0].steps[0].audio: File "no.wav" not found in the script folder.',
    ),
    (
        f"{HEAD}{STAGES}        for: 9s\n        cues: [{{at: half, chime: no.wav}}]\n",
        ':8:34: stages[0].steps[0].cues[0].chime: File "no.wav" not found in the script folder.',
    ),
    (
        f"{HEAD}{STAGES}    chime: no.wav\n",
        ':7:12: stages[0].chime: File "no.wav" not found in the script folder.',
    ),
    (
        f"{HEAD}{STAGES}        audio: ../s.yaml\n",
        ':7:16: stages[0].steps[0].audio: File "../s.yaml" not found in the script folder.',
    ),
    (
        f"{HEAD}{STAGES}        audio: out.wav\n",
        ':7:16: stages[0].steps[0].audio: "out.wav" is outside the script folder.',
    ),
    (
        f"{HEAD}{STAGES}        audio: folder\n",
        ':7:16: stages[0].steps[0].audio: "folder" is not a file. Check its name.',
    ),
    (
        f"{HEAD}words: no.yaml\n{STAGES}",
        ':3:8: words: File "no.yaml" not found in the script folder.',
    ),
    (f"{HEAD}words: out.wav\n{STAGES}", ':3:8: words: "out.wav" is outside the script folder.'),
    (f"{HEAD}words: ./folder\n{STAGES}", ':3:8: words: "./folder" is not a file. Check its name.'),
    (
        f"{HEAD}variants: {{a: {{voice: tune}}}}\n{STAGES}",
        ':3:23: variants.a.voice: Unknown voice "tune". Did you mean "tone"?',
    ),
]


def test_what_is_not_there_is_said_with_its_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.symlink("/etc/hostname", tmp_path / "out.wav")
    (tmp_path / "s.yaml").write_text(HEAD + STAGES, encoding="utf-8")
    names = [f"s{number}.yaml" for number in range(len(MISSING))]
    for name, (script, _) in zip(names, MISSING, strict=True):
        (tmp_path / name).write_text(script, encoding="utf-8")
    found = run("check", *names, status=1).stderr.splitlines()
    for name, line, (_, message) in zip(names, found, MISSING, strict=True):
        assert line.startswith(name + message)


DICTIONARIES = [
    (
        b"qi: chee\n\nreiki: [ray, key]\nyin:\n'': x\nqi: key\n",
        [
            "3:8: reiki: reiki takes a single value, but this is a list. Put text that starts with [ or ",
            "4:5: yin: This is empty. Write a value, or remove it.",
            '5:1: [""]: The word before the colon is missing. Write one, or remove this line.',
            '6:1: qi: Duplicate key "qi", first used on line 1. Keep only one of them.',
        ],
    ),
    (b"yin: &a x\n", ['1:6: yin: "&" starts a YAML anchor, so the word after it would be lost. Put the text in q']),
    (b"title:\n", ["1:7: title: This is empty. Write a value, or remove it."]),
    (b"a: b: c\n", ["1:5: This line has a second colon."]),
    (b"# qi\n", ["1:1: The dictionary is empty. Write one word: pronunciation per line, such as effleurage: eff-"]),
    (
        b"- qi\n",
        ["1:1: This is not a dictionary. Write one word: pronunciation per line, such as effleurage: eff-"],
    ),
    (
        b"voiceguide: 1\nstages: [{}]\n",
        ["2:1: stages: This is a script, not a dictionary. Write one word: pronunciation"],
    ),
    (b"a\0b", ["1:1: This is not a text file. Save it as plain text, in UTF-8."]),
    (b"x" * (1 << 21), ["1:1: The file is larger than 1 MiB"]),
]


def test_a_problem_in_a_dictionary_is_said_with_its_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    expected = []
    for number, (dictionary, messages) in enumerate(DICTIONARIES):
        (tmp_path / "below" / f"{number}.yaml").write_bytes(dictionary)
        script = f"{HEAD}words: below/{number}.yaml\nbed: no.mp3\n{STAGES}"
        (tmp_path / f"s{number}.yaml").write_text(script, encoding="utf-8")
        expected += [*(f"below/{number}.yaml:{message}" for message in messages), f"s{number}.yaml:4:6: bed: "]
    found = run("check", *(f"s{number}.yaml" for number in range(len(DICTIONARIES))), status=1).stderr.splitlines()
    assert [line[: len(start)] for line, start in zip(found, expected, strict=True)] == expected


def test_a_dictionary_changes_what_is_spoken(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A word in the dictionary also settles how it is read, as in a map."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "home").mkdir()
    script = f"{HEAD}safety: [Stop at pain.]\nvoice: tone\nwords: ../words.yaml\n{STAGES}".replace(
        "Hi there", "Mmm, qi"
    )
    (tmp_path / "home" / "s.yaml").write_text(script, encoding="utf-8")
    lengths = []
    for dictionary in ("qi: chee\n", "qi: the breath of all life\nMmm: hum\n"):
        (tmp_path / "words.yaml").write_text(dictionary, encoding="utf-8")
        timeline = voiceguide.load("home/s.yaml").plan(exact=True, allow_paths=["words.yaml"])
        lengths.append(timeline.duration_s)
        assert ("is a sound" in str(timeline.warnings)) == ("Mmm" not in dictionary)
    assert lengths[0] < lengths[1]
    assert run("check", "home/s.yaml", status=1).stderr.endswith("or allow access to its path.\n")
    (tmp_path / "home" / "own.yaml").write_text(script.replace("../words", "./{words}"), encoding="utf-8")
    (tmp_path / "home" / "{words}.yaml").write_text("qi: chee\nstages: stay jiz\n", encoding="utf-8")
    assert voiceguide.load("home/own.yaml").pronunciations == {"qi": "chee", "stages": "stay jiz"}
    assert Path("home/{words}.yaml") in voiceguide.load("home/own.yaml").input_files


def test_everything_missing_is_said_at_once(run: Run, tmp_path: Path) -> None:
    script = f"{HEAD}voice: hart\nbed: no.mp3\nchime: ../no.wav\n{STAGES}        audio: no.wav\n"
    (tmp_path / "s.yaml").write_text(script, encoding="utf-8")
    assert run("check", "s.yaml", status=1).stderr.count("\n") == 4


def test_the_person_at_the_keyboard_may_name_any_file_as_a_bed(run: Run, tmp_path: Path) -> None:
    """A script may only use what lies beside it; whoever types the command may use what is theirs."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "s.yaml").write_text(f"{HEAD}voice: tone\n{STAGES}        pause: 9s\n", encoding="utf-8")
    run("build", "a/s.yaml", "-o", "music.wav")
    run("build", "a/s.yaml", "--bed", "music.wav", "-o", "mixed.mp3")
    done = run("plan", "a/s.yaml", "--bed", "nothere.wav", status=1)
    assert done.stderr.startswith("--bed nothere.wav: no such bed or file. Available beds: rain, waves,")


PATHS_AS_VOICES = """\
voiceguide: 1
title: Stranger
voice: piper/{folder}/x.onnx
variants:
  calm: {{voice: piper/../x.onnx}}
stages:
  - stage: A
    voice: Piper/~/x.onnx
    steps:
      - say: Hi there.
        voice: piper/x.onnx
        cues: [{{at: half, say: Halfway., voice: hum/../x}}]
  - stages:
      - stage: B
        voice: 'piper/.\\x.onnx'
        steps: [{{say: Hi there., voice: 'pyttsx3//x', for: 9s}}]
"""
VOICE_KEYS = {
    "voice": "piper/{folder}/x.onnx",
    "variants.calm.voice": "piper/../x.onnx",
    "stages[0].voice": "Piper/~/x.onnx",
    "stages[0].steps[0].voice": "piper/x.onnx",
    "stages[1].stages[0].voice": "piper/.\\x.onnx",
    "stages[1].stages[0].steps[0].voice": "pyttsx3//x",
}


@pytest.fixture
def voice_file(tmp_path: Path) -> Path:
    """The path of a piper voice that is not installed under this name."""
    installed = find_piper_voice("en_US-joe-medium", "en-US").model_path
    (tmp_path / "x.onnx").symlink_to(installed)
    (tmp_path / "x.onnx.json").symlink_to(f"{installed}.json")
    return tmp_path / "x.onnx"


def test_a_script_cannot_use_the_path_of_a_voice_file(
    voice_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Native code read any file that a script named: a file of 1.5 GB took 3 GB of memory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.yaml").write_text(PATHS_AS_VOICES.format(folder=tmp_path), encoding="utf-8")
    problems = {problem.path: problem.message for problem in voiceguide.check("s.yaml")}
    cue = problems.pop("stages[0].steps[0].cues[0].voice")
    assert cue.startswith('Unknown voice "hum/../x".')
    assert problems == {
        key: f'"{voice.format(folder=tmp_path)}" is a path, not the name of a voice. '
        "A script can only name installed voices. To use a file, set the voice as an override."
        for key, voice in VOICE_KEYS.items()
    }


def test_the_voice_of_every_part_of_a_script_is_checked() -> None:
    """The script above has a voice in each of them. Extend it, and `_iter_assets`, when a new part has a voice."""
    models = [value for value in vars(routine).values() if hasattr(value, "model_fields")]
    with_voice = {model.__name__ for model in models if "voice" in model.model_fields}
    assert with_voice == {"Routine", "Variant", "Stage", "Step", "CueSpec"}


def test_a_path_in_a_script_is_not_even_looked_at(
    voice_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the file exists must not change the answer."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.yaml").write_text(f"{HEAD}voice: piper/x.onnx\n{STAGES}", encoding="utf-8")
    before = voiceguide.check("s.yaml")
    voice_file.unlink()
    assert before == voiceguide.check("s.yaml") != []


@long
def test_the_user_can_choose_any_voice_file(voice_file: Path, tmp_path: Path, run: Run) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "s.yaml").write_text(f"{HEAD}{STAGES}", encoding="utf-8")
    run("plan", "a/s.yaml", "--voice", "piper/x.onnx")
    run("build", "a/s.yaml", "--voice", f"piper/{voice_file}", "-o", "s.wav", "-q")
    run("say", "Hi there.", "--voice", "piper/./x.onnx", "-o", "say.wav")
    with pytest.raises(OverrideError) as caught:
        voiceguide.load(tmp_path / "a" / "s.yaml").plan(voice=f"piper/{tmp_path}/y.onnx")
    assert str(caught.value) == (
        f"voice piper/{tmp_path}/y.onnx: The piper voice {tmp_path}/y.onnx is incomplete. "
        "Missing: y.onnx and y.onnx.json. A voice needs a .onnx and a .onnx.json file."
    )


def test_a_configured_name_can_look_like_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user has chosen the name of this program, so a script may use it."""
    config = tmp_path / "config.yaml"
    voice = {"command": [sys.executable], "language": "en"}
    config.write_text(json.dumps({"commands": {"../x.onnx": voice}}), encoding="utf-8")
    monkeypatch.setenv("VOICEGUIDE_CONFIG", str(config))
    (tmp_path / "s.yaml").write_text(f"{HEAD}voice: command/../x.onnx\n{STAGES}", encoding="utf-8")
    cached_engine_voices.cache_clear()
    try:
        assert voiceguide.check(tmp_path / "s.yaml") == []
    finally:
        cached_engine_voices.cache_clear()


def test_a_voice_of_another_language_is_advised_against(run: Run, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(f"{HEAD}language: de\nvoice: heart\n{STAGES}", encoding="utf-8")
    told = run("check", "s.yaml").stderr
    assert told.startswith(
        "warning: s.yaml:8:9: stages[0].steps[0]: The voice hibari/heart speaks en, but the text is in de."
    )


def test_a_language_that_the_default_voice_does_not_speak_says_who_does(run: Run, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(f"{HEAD}language: de\n{STAGES}", encoding="utf-8")
    note = (
        "note: heart does not speak de, so pico is used instead. "
        "For a natural voice: voiceguide voices --get de_DE-thorsten-medium\n"
    )
    assert run("plan", "s.yaml").stderr == note
    assert run("check", "s.yaml", "s.yaml").stderr == note
    assert run("build", "s.yaml", "-o", "s.wav").stderr.startswith(note)


def test_words_that_cannot_be_spoken_are_said_with_their_line(run: Run, tmp_path: Path) -> None:
    script = HEAD + STAGES + "      - say: 你好\n"
    (tmp_path / "s.yaml").write_text(script, encoding="utf-8")
    told = run("build", "s.yaml", status=1).stderr
    assert told.startswith(
        's.yaml:7:9: stages[0].steps[1]: "你好" could not be spoken. hibari speaks only English and cannot'
    )
    assert not (tmp_path / "output" / "s.mp3").exists()


UNPLAYABLE = {
    "text.wav": "is not an audio file in a supported format.",
    "none.wav": "cannot be decoded.",
    "silent.wav": "is silent.",
}
"""Files that are there, but cannot be played, and why."""


@pytest.mark.parametrize("command", ["check", "build"])
def test_files_that_cannot_be_played_are_said_with_their_lines(run: Run, tmp_path: Path, command: str) -> None:
    """`check` found no problem with a bed or a chime, and `build` named no line after it had spoken everything."""
    for name, samples in {"none.wav": 0, "silent.wav": 48000}.items():
        (tmp_path / name).write_bytes(encode_wav(np.zeros(samples, np.float32), 48000))
    (tmp_path / "text.wav").write_text("voiceguide: 1\n", encoding="utf-8")
    for name, reason in UNPLAYABLE.items():
        script = (
            f"{HEAD}voice: tone\nbed: {name}\n{STAGES}        for: 9s\n        cues: [{{at: half, chime: {name}}}]\n"
        )
        (tmp_path / "s.yaml").write_text(script, encoding="utf-8")
        told = run(command, "s.yaml", status=1).stderr.splitlines()
        assert [line.split(f'"{name}" {reason}')[0] for line in told] == [
            "s.yaml:4:6: bed: ",
            "s.yaml:10:34: stages[0].steps[0].cues[0].chime: ",
        ]
        (tmp_path / "s.yaml").write_text(f"{HEAD}voice: tone\n{STAGES}        audio: {name}\n", encoding="utf-8")
        told = run(command, "s.yaml", status=1).stderr.splitlines()
        assert [line.split(f'"{name}" {reason}')[0] for line in told] == ["s.yaml:8:16: stages[0].steps[0].audio: "]
