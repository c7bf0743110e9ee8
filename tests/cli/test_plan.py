"""`voiceguide plan`: the table for reading; the timeline itself is tested where it is made."""

from __future__ import annotations

import re
import wave
from itertools import pairwise
from pathlib import Path

import pytest

from tests.conftest import Run

SCRIPT = """\
voiceguide: 1
title: Breath
voice: tone
chime: none
stages:
  - stage: Breathe
    steps:
      - {step: breath, repeat: 4, say: In and out., for: 8s}
      - {step: circle, repeat: 2, say: "Circle {count}.", for: 8s}
"""


def test_a_step_that_comes_over_and_over_is_shown_once(run: Run, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(SCRIPT, encoding="utf-8")
    rows = run("plan", "s.yaml").stdout.splitlines()[1:6]
    assert [row.split()[0] for row in rows] == ["0:00", "0:01", "0:08", "0:32", "0:40"]
    assert rows[2].split(maxsplit=2)[1:] == ["...", "(the same 3 more times)"]
    assert "Circle 1." in rows[3]
    assert "Circle 2." in rows[4]


def test_every_text_can_be_shown_as_it_is_spoken(run: Run, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(
        "voiceguide: 1\ntitle: T\nwords: {effleurage: eff-luh-rahj}\nstages:\n  - stage: Soak 5 min\n    steps:\n"
        "      - {say: 'Effleurage, 3x. [2s] Rest 30 s.', repeat: 2, for: 20s}\n      - {say: Step 1/2., for: 10s}\n"
    )
    assert run("plan", "s.yaml", "--spoken").stdout.splitlines() == [
        "Soak 5 min",
        "    0:01  eff-luh-rahj, three times. [2s] Rest thirty seconds.",
        "    0:40  Step one of two.",
    ]


@pytest.mark.parametrize("routine", ["fussmassage", "foot-massage", "five-minutes"])
def test_each_stage_starts_where_the_one_before_it_ends(run: Run, routine: str) -> None:
    """A stage of 0:52 at 0:00 was followed by one at 0:51."""
    stages = run("plan", routine, "--stages", "-q").stdout.partition("\n\n")[0].splitlines()
    clocks = re.compile(r"(\d+):(\d\d)")
    spans = [[60 * int(minutes) + int(seconds) for minutes, seconds in clocks.findall(line)] for line in stages]
    for (start, length), (following, _) in pairwise(spans):
        assert start + length == following


def test_a_recording_without_a_caption_is_shown_as_its_file(run: Run, tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "take.wav"), "wb") as take:
        take.setparams((1, 2, 8000, 0, "NONE", ""))
        take.writeframes(b"\1\2\1\2\1\3\1\3" * 2000)
    script = tmp_path / "take.yaml"
    script.write_text(
        SCRIPT + "      - {for: 20s, say: Listen., cues: [{at: half, audio: take.wav}]}\n", encoding="utf-8"
    )
    assert "(take.wav)" in run("plan", str(script)).stdout
