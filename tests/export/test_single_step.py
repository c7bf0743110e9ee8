"""One step alone, with the same audio as in the session."""

from __future__ import annotations

from pathlib import Path

import pytest

import voiceguide
from tests.conftest import Run
from tests.support.long_forms import few

SCRIPT = """\
voiceguide: 1
title: Feet
bed: rain
voice: tone
stages:
  - stage: One
    steps:
      - {step: soak, say: Both feet into the water., for: 8s}
      - {step: dry, say: Dry them well., for: 6s, cues: [{at: 4s, say: "{remaining} left."}]}
  - stage: Two
    steps: [{step: dry, say: Dry the other one., for: 5s}]
"""


@pytest.mark.parametrize(
    ("name", "length_s", "text"), [("dry", 6, "Dry them well."), ("Two/dry", 5, "Dry the other one.")]
)
@pytest.mark.parametrize("extension", few(1, ["mp3", "flac"]))
def test_a_step_is_a_verified_file(name: str, length_s: int, text: str, extension: str, tmp_path: Path) -> None:
    session = voiceguide.loads(SCRIPT).build(tmp_path / f"a.{extension}", step=name, sidecars=["vtt"])
    assert voiceguide.verify(session.path).ok
    assert voiceguide.info(session.path).timeline.total == length_s * 48_000
    assert (session.timeline.title, session.timeline.cues[0].text) == ("Feet: dry", text)
    assert text in (tmp_path / "a.vtt").read_text("utf-8")


def test_the_name_is_checked_before_anything_is_spoken(tmp_path: Path) -> None:
    reports: list[voiceguide.Progress] = []
    with pytest.raises(voiceguide.OverrideError, match="wet: no such step"):
        voiceguide.loads(SCRIPT).build(tmp_path / "a.mp3", step="wet", progress=reports.append)
    assert reports == []


def test_an_unknown_step_names_the_steps(run: Run, tmp_path: Path) -> None:
    (tmp_path / "feet.yaml").write_text(SCRIPT)
    done = run("build", "feet.yaml", "--step", "wet", "-o", "a.mp3", status=1)
    assert done.stderr.endswith("--step wet: no such step. The steps are: soak, dry.\n")
    assert "--step needs -o FILE" in run("build", "feet.yaml", "--step", "dry", status=2).stderr
    assert "cannot be combined" in run("build", "feet.yaml", "--step", "dry", "--split", "-o", "a.mp3", status=2).stderr


def test_a_long_list_of_steps_does_not_end_with_four_dots(run: Run, tmp_path: Path) -> None:
    steps = "".join(f"      - {{step: s{number}, for: 3s}}\n" for number in range(1, 10))
    (tmp_path / "many.yaml").write_text(
        f"voiceguide: 1\ntitle: T\nvoice: tone\nstages:\n  - stage: A\n    steps:\n{steps}", encoding="utf-8"
    )
    done = run("build", "many.yaml", "--step", "wet", "-o", "a.mp3", status=1)
    assert done.stderr.endswith("--step wet: no such step. The steps are: s1, s2, s3, s4, s5, s6, s7, s8 and others.\n")
