"""`voiceguide diff`: what a change to a script does to its timeline, in words; not what only moves along."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import pytest

from tests.conftest import Run

SCRIPT = """\
voiceguide: 1
title: Tired feet
voice: tone
chime: none
announce_quiet: no
stages:
  - stage: Soak
    steps:
      - step: soak
        say: Both feet into the water.
        for: 2m
        cues:
          - {at: half, say: Halfway.}
          - {at: 30s left, say: Thirty seconds more.}
      - step: dry
        say: Dry them well.
        for: 20s
  - stage: Rest
    steps:
      - step: rest
        say: Rest now.
        for: 40s
"""

RAIN = "  bed: none, now rain at -20 dB, ducked by -6 dB"


def changes(run: Run, tmp_path: Path, *replacements: tuple[str, str]) -> list[str]:
    changed = SCRIPT
    for old, new in replacements:
        assert old in changed
        changed = changed.replace(old, new)
    (tmp_path / "a.yaml").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(changed, encoding="utf-8")
    return run("diff", "a.yaml", "b.yaml").stdout.splitlines()


def test_a_routine_does_not_differ_from_itself(run: Run, tmp_path: Path) -> None:
    assert changes(run, tmp_path) == ["The timelines do not differ."]


def test_stages_stand_side_by_side_with_their_lengths(run: Run, tmp_path: Path) -> None:
    """Both cues of the soak keep their places, half and 30s left, so they are not told of."""
    assert changes(run, tmp_path, ("for: 2m", "for: 3m")) == [
        "       a.yaml  b.yaml",
        "Soak     2:20    3:20  +1:00",
        "Rest     0:40    0:40",
        "total    3:00    4:00  +1:00",
        "",
        "Soak",
        "  soak: 2m, now 3m",
    ]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("say: Rest now.", "say: Lie down.", 'Rest\n  rest: "Rest now.", now "Lie down."'),
        ("step: rest", "step: end", 'Rest\n  rest: removed, 40s, "Rest now."\n  end: added, 40s, "Rest now."'),
        ("chime: none", "bed: rain\nchime: none", f"Soak\n{RAIN}\nRest\n{RAIN}"),
        ("title: Tired feet", "title: Happy feet", "title: Tired feet, now Happy feet"),
        ("voice: tone", "voice: tone\npace: 0.8", "pace: 1, now 0.8"),
        ("voice: tone", "voice: tone\nroom: small", "room: none, now small"),
        ("at: half", "at: 25%", 'Soak\n  soak: "Halfway." after 1m, now after 30s'),
        ("          - {at: half, say: Halfway.}\n", "", 'Soak\n  soak: removed "Halfway." after 1m'),
        (
            "say: Halfway.",
            "chime: wood",
            'Soak\n  soak: removed "Halfway." after 1m\n  soak: added chime wood after 1m',
        ),
        (
            "  - stage: Rest",
            "  - stage: End",
            'Rest: removed, 40s\n  rest: removed, 40s, "Rest now."\nEnd: added, 40s\n  rest: added, 40s, "Rest now."',
        ),
    ],
    ids=["words", "name", "bed", "title", "pace", "room", "cue moved", "cue gone", "cue changed", "stage"],
)
def test_each_kind_of_change_has_its_words(old: str, new: str, told: str, run: Run, tmp_path: Path) -> None:
    shown = changes(run, tmp_path, (old, new))
    assert "\n".join(shown[shown.index("") + 1 :]) == told


def test_a_side_without_a_voice_has_none(run: Run, tmp_path: Path) -> None:
    """The room and the pace of a routine that only plays recordings or chimes were empty: "room: , now small"."""
    silent = "voiceguide: 1\ntitle: T\nstages:\n  - {stage: A, steps: [{audio: a.wav, for: 9s}]}\n"
    run("say", "Sit.", "--voice", "tone", "-o", "a.wav")
    (tmp_path / "a.yaml").write_text(silent, encoding="utf-8")
    spoken = silent.replace("title: T", "title: T\nvoice: tone\nroom: small\npace: 0.8").replace(
        "audio: a.wav", "say: Sit."
    )
    (tmp_path / "b.yaml").write_text(spoken, encoding="utf-8")
    lines = run("diff", "a.yaml", "b.yaml").stdout.splitlines()
    assert lines[lines.index("") + 1 :][:2] == ["voice: none, now tone", "room: none, now small"]
    assert not any(line.startswith("pace") for line in lines)
    (tmp_path / "b.yaml").write_text(spoken.replace("room: small\n", ""), encoding="utf-8")
    assert "room" not in run("diff", "b.yaml", "a.yaml").stdout


def test_a_step_put_in_between_is_the_only_change(run: Run, tmp_path: Path) -> None:
    more = "      - step: oil\n        say: Oil your hands.\n        for: 10s\n      - step: dry"
    assert changes(run, tmp_path, ("      - step: dry", more))[-2:] == ["Soak", '  oil: added, 10s, "Oil your hands."']


def test_as_json(run: Run, tmp_path: Path) -> None:
    changes(run, tmp_path, ("for: 40s", "for: 50s"))
    data = json.loads(run("diff", "a.yaml", "b.yaml", "--json").stdout)
    assert data["stages"][1] == {"stage": "Rest", "before": 40.0, "after": 50.0}
    assert data["stages"][-1] == {"stage": "total", "before": 180.0, "after": 190.0}
    assert data["changes"] == ["Rest", "rest: 40s, now 50s"]


def test_what_cannot_be_read_is_told_of(run: Run) -> None:
    done = run("diff", "foot-massage", "gone.yaml", status=1)
    assert done.stderr.startswith('No file or bundled routine named "gone.yaml".')


def test_recordings_without_a_caption_are_called_by_their_files(run: Run, tmp_path: Path) -> None:
    """Another recording made no difference, and a removed cue was called ""."""
    for name in ("a.wav", "b.wav"):
        with wave.open(str(tmp_path / name), "wb") as file:
            file.setparams((1, 2, 48_000, 0, "NONE", ""))
            file.writeframes(bytes(range(250)) * 384)
    old = SCRIPT.replace("say: Rest now.", "audio: a.wav").replace("say: Halfway.", "audio: a.wav")
    (tmp_path / "a.yaml").write_text(old, encoding="utf-8")
    new = old.replace("          - {at: half, audio: a.wav}\n", "").replace("audio: a.wav", "audio: b.wav")
    (tmp_path / "b.yaml").write_text(new, encoding="utf-8")
    shown = run("diff", "a.yaml", "b.yaml").stdout.splitlines()
    assert [line for line in shown if '"' in line] == [
        '  soak: removed "a.wav" after 1m',
        '  rest: "a.wav", now "b.wav"',
    ]
