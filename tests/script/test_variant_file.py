"""A variant in a file of its own."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

import voiceguide
from tests.conftest import Run
from voiceguide.errors import OverrideError, VoiceguideError
from voiceguide.script.variant_file import load_variant_file

SCRIPT = """\
voiceguide: 1
title: Feet
voice: tone
variants:
  short: {total: 40s, detail: brief}
stages:
  - stage: Soak
    steps:
      - {step: soak, say: {full: Both feet into the warm water., brief: Feet in.}, for: 40s}
  - stage: Rest
    steps:
      - {step: rest, say: Rest., for: 30s}
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "feet.yaml"
    path.write_text(SCRIPT, encoding="utf-8")
    return path


def variant(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "evening.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_what_a_phone_copied_gives_the_same_lengths(script: Path, tmp_path: Path) -> None:
    text = '# Evening: voiceguide build feet --variant-file FILE\nset:\n  "Soak/soak": 1m23.472s\nskip: ["Rest"]\n'
    timeline = voiceguide.load(script).plan(variant_file=variant(tmp_path, text))
    assert [(stage.title, stage.length) for stage in timeline.stages] == [("Soak", 83_472 * 48)]


def test_it_starts_from_a_variant_of_the_script_and_options_win(script: Path, tmp_path: Path) -> None:
    file = variant(tmp_path, "variant: short\nset: {rest: 25s}\n")
    routine = voiceguide.load(script)
    timeline = routine.plan(variant_file=file)
    assert (timeline.duration_s, timeline.stages[1].duration_s) == (40, 25)
    assert timeline.cues[0].text == "Feet in."
    timeline = routine.plan(variant_file=file, total=timedelta(seconds=50), detail="full")
    assert (timeline.duration_s, timeline.cues[0].text) == (50, "Both feet into the warm water.")


def test_a_variant_and_an_override_can_use_the_names_of_the_script(tmp_path: Path) -> None:
    """`voice: anna` in a variant file was an unknown voice, although the script defines `anna`."""
    script = tmp_path / "feet.yaml"
    script.write_text(SCRIPT.replace("voice: tone\n", "voices: {anna: tone/tone}\n"), encoding="utf-8")
    routine = voiceguide.load(script)
    for timeline in (routine.plan(variant_file=variant(tmp_path, "voice: anna\n")), routine.plan(voice="anna")):
        assert {cue.line.voice for cue in timeline.cues if cue.line} == {"tone/tone"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("set: {soak: 3 mins}\n", ':1:13: set.soak: "3 mins" is not a duration.'),
        ("totl: 3m\n", ':1:1: totl: Unknown key "totl". Did you mean "total"?'),
        (
            "- soak\n",
            ":1:1: This is not a variant. Write the keys of a variant, such as set: {soak: 3m} or total: 20m.",
        ),
        (SCRIPT, ":6:1: stages: This is a script. A variant file has the keys of a variant"),
        ("set: {soak: 90}\n", ":1:13: set.soak: "),
        ("\n", ":1:1: The file is empty. Write the keys of a variant"),
        ("# nothing yet\n", ":1:1: The file is empty. Write the keys of a variant"),
        ("total: *x\n", ":1:8: "),
    ],
)
def test_a_mistake_is_shown_with_its_position(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(VoiceguideError) as caught:
        load_variant_file(variant(tmp_path, text))
    assert message in str(caught.value)


def test_it_can_do_no_more_than_a_script(script: Path, tmp_path: Path) -> None:
    with pytest.raises(OverrideError, match="voice"):
        voiceguide.load(script).plan(variant_file=variant(tmp_path, "voice: piper//any/path.onnx\n"))
    (tmp_path.parent / "outside.wav").write_bytes(b"")
    with pytest.raises(VoiceguideError):
        voiceguide.load(script).build(tmp_path / "a.mp3", variant_file=variant(tmp_path, "bed: ../outside.wav\n"))


def test_on_the_command_line(run: Run, script: Path, tmp_path: Path) -> None:
    variant(tmp_path, "total: 1m30s\n")
    assert "1:30" in run("plan", "feet.yaml", "--variant-file", "evening.yaml").stdout
    done = run("plan", "feet.yaml", "--variant-file", "none.yaml", status=1)
    assert done.stderr == "none.yaml does not exist. Check its name, or use a bundled routine.\n"
