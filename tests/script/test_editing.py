"""Edits of a script's text: what they change, and that they change nothing else."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from voiceguide.script.editing import Copy, Insert, Move, Operation, Remove, Set, apply, tree

FOOT_MASSAGE = Path(__file__).parents[2] / "scripts" / "foot-massage.yaml"
STEPS = """\
stages:
  - stage: Soak   # warm water
    steps:
      # The first step
      - step: soak
        say: Both feet in.
        for: 5m      # the clock
      - say: Feet out.
        pause: 20s

  - stage: Rest
    steps:
      - {say: Rest., for: 1m}   # short
"""


def changes(before: str, after: str) -> list[str]:
    """Return the lines removed and added, marked with - and +."""
    lines = list(difflib.unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True), n=0))
    return [f"{line[0]} {line[1:]}".rstrip("\n") for line in lines[2:] if line[0] in "-+"]


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (
            Set(("stages", 0, "steps", 0, "for"), "2m"),
            ["-         for: 5m      # the clock", "+         for: 2m      # the clock"],
        ),
        (
            Set(("stages", 0, "steps", 1, "step"), "dry"),
            ["-       - say: Feet out.", "+       - step: dry", "+         say: Feet out."],
        ),
        (
            Set(("stages", 1, "steps", 0, "min"), "30s"),
            ["-       - {say: Rest., for: 1m}   # short", "+       - {say: Rest., for: 1m, min: 30s}   # short"],
        ),
        (
            Insert(("stages", 0, "steps", 2), {"for": "10s", "say": "Dry them."}),
            ["+       - say: Dry them.", "+         for: 10s"],
        ),
        (
            Remove(("stages", 0, "steps", 0)),
            [
                "-       # The first step",
                "-       - step: soak",
                "-         say: Both feet in.",
                "-         for: 5m      # the clock",
            ],
        ),
        (
            Remove(("stages", 0, "steps", 0, "step")),
            ["-       - step: soak", "-         say: Both feet in.", "+       - say: Both feet in."],
        ),
        (
            Move(("stages", 0, "steps", 1), ("stages", 1, "steps", 1)),
            ["-       - say: Feet out.", "-         pause: 20s", "+       - say: Feet out.", "+         pause: 20s"],
        ),
        (Copy(("stages", 1, "steps", 0), ("stages", 0, "steps", 0)), ["+       - {say: Rest., for: 1m}   # short"]),
    ],
)
def test_an_edit_changes_only_its_own_lines(operation: Operation, expected: list[str]) -> None:
    assert changes(STEPS, apply(STEPS, operation)) == expected


def test_three_edits_of_the_bundled_foot_massage_change_three_lines() -> None:
    text = edited = FOOT_MASSAGE.read_text("utf-8")
    for operation in (
        Set(("stages", 0, "steps", 0, "for"), "4m"),
        Set(("stages", 0, "steps", 1, "say", "brief"), "Dry your feet."),
        Set(("bed",), "stream"),
    ):
        edited = apply(edited, operation)
    assert [line[0] for line in changes(text, edited)] == ["-", "+"] * 3
    assert tree(edited)["bed"] == "stream"
