"""Sidecar files: written next to the session under its name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.export.test_captions import timeline
from voiceguide.errors import ExportError
from voiceguide.export.captions import format_lrc
from voiceguide.export.sidecars import SIDECARS, write_sidecars
from voiceguide.export.timeline_svg import render_timeline_svg


def test_every_kind_is_written_under_the_name_of_the_session(tmp_path: Path) -> None:
    written = write_sidecars(timeline(), tmp_path / "feet.mp3", SIDECARS)
    names = ["feet.lrc", "feet.vtt", "feet.srt", "feet.labels.txt", "feet.transcript.txt", "feet.ssml"]
    names += ["feet.chapters.json", "feet.html", "feet.svg"]
    assert [path.name for path in written] == names
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)
    assert (tmp_path / "feet.lrc").read_text("utf-8") == format_lrc(timeline())
    assert (tmp_path / "feet.svg").read_text("utf-8") == render_timeline_svg(timeline())
    assert json.loads((tmp_path / "feet.chapters.json").read_text("utf-8"))["title"] == timeline().title


def test_only_the_requested_kinds_are_written(tmp_path: Path) -> None:
    target = tmp_path / "feet.mp3"
    assert write_sidecars(timeline(), target, ["vtt"]) == [tmp_path / "feet.vtt"]
    assert [path.name for path in tmp_path.iterdir()] == ["feet.vtt"]


def test_a_missing_folder_is_reported(tmp_path: Path) -> None:
    target = tmp_path / "missing" / "feet.mp3"
    with pytest.raises(ExportError, match=r"feet\.lrc could not be written"):
        write_sidecars(timeline(), target, ["lrc"])
