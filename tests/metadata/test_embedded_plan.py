"""The timeline and the channel count, read back from a finished file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from voiceguide.errors import AudioFileError
from voiceguide.metadata.embedded_plan import read_session_info
from voiceguide.metadata.id3 import build_id3_tag
from voiceguide.metadata.tags import Tags
from voiceguide.timeline.model import TimedStage, TimedStep, Timeline

S = 48_000
TIMELINE = Timeline("Feet", "en", (TimedStage("Soak", 0, S, (TimedStep("soak", 0, S, 0, ()),)),), S)
PLAN = {**TIMELINE.to_dict(), "channels": 2}


def write_file(path: Path, plan: bytes | None) -> Path:
    path.write_bytes(build_id3_tag(Tags("Feet", plan=plan), [], None, S))
    return path


def test_timeline_and_channels_are_read_back(tmp_path: Path) -> None:
    assert read_session_info(write_file(tmp_path / "s.mp3", json.dumps(PLAN).encode())) == (TIMELINE, 2)


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "s.mp3"
    with pytest.raises(AudioFileError) as caught:
        read_session_info(path)
    assert str(caught.value) == f"{path} cannot be read: No such file or directory. Check its name."


def test_a_file_without_a_plan_is_reported(tmp_path: Path) -> None:
    path = write_file(tmp_path / "s.mp3", None)
    with pytest.raises(AudioFileError) as caught:
        read_session_info(path)
    assert str(caught.value) == (
        f"{path} contains no embedded plan. It was not built by voiceguide, or it was modified later. "
        "Use another player."
    )


@pytest.mark.parametrize(
    ("plan", "reason"),
    [
        ({**PLAN, "stages": []}, "it has no steps"),
        ({**PLAN, "channels": None}, "int() argument must be"),
        ({"title": "Feet"}, "'stages'"),
    ],
)
def test_an_unreadable_plan_is_reported(plan: dict[str, object], reason: str, tmp_path: Path) -> None:
    path = write_file(tmp_path / "s.mp3", json.dumps(plan).encode())
    with pytest.raises(AudioFileError) as caught:
        read_session_info(path)
    assert str(caught.value).startswith(f"The embedded plan of {path} is invalid: {reason}")
    assert str(caught.value).endswith(". Build the file again.")
