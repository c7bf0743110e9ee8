"""Voices and files that a script names: there, or a problem at its line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.conftest import Run

HEAD = "voiceguide: 1\ntitle: T\n"
STAGES = "stages:\n  - stage: A\n    steps:\n      - say: Hi there.\n"


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (f"{HEAD}voice: hart\n{STAGES}", 's.yaml:3:8: voice: Unknown voice "hart". Did you mean heart?'),
        (
            f"{HEAD}voice: hibari/nobody\n{STAGES}",
            's.yaml:3:8: voice: hibari has no voice "nobody". Available voices: heart, emma, fenrir, fable, kore.',
        ),
        (
            f"{HEAD}{STAGES}        voice: pyttsx3/gmw/dee\n",
            's.yaml:7:16: stages[0].steps[0].voice: pyttsx3 has no voice "gmw/dee". Similar: gmw/de',
        ),
        (
            f"{HEAD}bed: no.mp3\n{STAGES}",
            's.yaml:3:6: bed: File "no.mp3" not found in the script folder. Check its name.',
        ),
        (
            f"{HEAD}{STAGES}        audio: no.wav\n",
            's.yaml:7:16: stages[0].steps[0].audio: File "no.wav" not found in the script folder.',
        ),
        (
            f"{HEAD}{STAGES}        audio: ../s.yaml\n",
            's.yaml:7:16: stages[0].steps[0].audio: File "../s.yaml" not found in the script folder.',
        ),
        (
            f"{HEAD}{STAGES}        audio: out.wav\n",
            's.yaml:7:16: stages[0].steps[0].audio: "out.wav" is outside the script folder.',
        ),
        (
            f"{HEAD}{STAGES}        audio: folder\n",
            's.yaml:7:16: stages[0].steps[0].audio: "folder" is not a file. Specify an audio file.',
        ),
        (
            f"{HEAD}variants: {{a: {{voice: tune}}}}\n{STAGES}",
            's.yaml:3:23: variants.a.voice: Unknown voice "tune". Did you mean tone?',
        ),
    ],
)
def test_what_is_not_there_is_said_with_its_line(script: str, message: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.symlink("/etc/hostname", tmp_path / "out.wav")
    (tmp_path / "s.yaml").write_text(script, encoding="utf-8")
    done = run("check", "s.yaml", status=1)
    assert done.stderr.startswith(message)
    assert done.stderr.count("\n") == 1


def test_everything_missing_is_said_at_once(run: Run, tmp_path: Path) -> None:
    script = f"{HEAD}voice: hart\nbed: no.mp3\n{STAGES}        audio: no.wav\n"
    (tmp_path / "s.yaml").write_text(script, encoding="utf-8")
    assert run("check", "s.yaml", status=1).stderr.count("\n") == 3


def test_the_person_at_the_keyboard_may_name_any_file_as_a_bed(run: Run, tmp_path: Path) -> None:
    """A script may only use what lies beside it; whoever types the command may use what is theirs."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "s.yaml").write_text(f"{HEAD}voice: tone\n{STAGES}        pause: 9s\n", encoding="utf-8")
    run("build", "a/s.yaml", "-o", "music.wav")
    run("build", "a/s.yaml", "--bed", "music.wav", "-o", "mixed.mp3")
    done = run("plan", "a/s.yaml", "--bed", "nothere.wav", status=1)
    assert done.stderr.startswith("--bed nothere.wav: no such bed or file. Available beds: rain, waves,")


def test_a_voice_of_another_language_is_advised_against(run: Run, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(f"{HEAD}language: de\nvoice: heart\n{STAGES}", encoding="utf-8")
    told = run("check", "s.yaml").stderr
    assert told.startswith(
        "warning: s.yaml:8:9: stages[0].steps[0]: The voice hibari/heart speaks en, but the text is in de."
    )


def test_a_language_that_the_default_voice_does_not_speak_says_who_does(run: Run, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(f"{HEAD}language: de\n{STAGES}", encoding="utf-8")
    note = "note: heart does not speak de, so pyttsx3 is used instead. The list of voices shows other choices.\n"
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
