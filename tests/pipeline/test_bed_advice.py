"""Tests for the advice about the background of a session."""

from __future__ import annotations

from pathlib import Path

import pytest

import voiceguide

SCRIPT = """\
voiceguide: 1
title: T
voice: tone
safety: [Leave out any place that hurts.]
{routine_bed}
variants:
  brook: {{bed: stream}}
stages:
  - stage: A
    {first_bed}
    steps:
      - {{say: Press the sole., for: 11m}}
  - stage: B
    {second_bed}
    steps:
      - {{say: Let go., for: 11m}}
"""
STREAM = "A stream plays for {} of this massage. Running water makes some people need the toilet. Use rain."


@pytest.mark.parametrize(
    ("routine_bed", "first_bed", "second_bed", "overrides", "line", "path", "minutes"),
    [
        ("bed: stream", "", "", {}, 5, "bed", "22m"),
        ("bed: rain", "", "bed: stream", {}, 14, "stages[1].bed", "11m"),
        ("", "bed: [pads, stream]", "bed: none", {}, 10, "stages[0].bed", "11m"),
        ("bed: rain", "bed: waves", "bed: stream", {"variants": ["brook"]}, 7, "variants.brook.bed", "22m"),
        ("bed: rain", "", "bed: waves", {"bed": "rain+stream"}, 1, "", "22m"),
    ],
    ids=["routine", "stage", "list", "variant", "override"],
)
def test_the_advice_about_a_stream_points_at_the_bed(
    routine_bed: str,
    first_bed: str,
    second_bed: str,
    overrides: dict[str, list[str] | str],
    line: int,
    path: str,
    minutes: str,
    tmp_path: Path,
) -> None:
    """It always pointed at the bed of the routine, which could be rain."""
    script = SCRIPT.format(routine_bed=routine_bed, first_bed=first_bed, second_bed=second_bed)
    found = voiceguide.loads(script, base_dir=tmp_path).plan(**overrides).warnings  # type: ignore[arg-type]
    assert [(problem.line, problem.path, problem.message) for problem in found] == [
        (line, path, STREAM.format(minutes))
    ]
