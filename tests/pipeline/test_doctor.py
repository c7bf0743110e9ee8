"""`voiceguide doctor`: it finds what is there, and says how to get what is not."""

from __future__ import annotations

import json
import os
import stat
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run
from tests.support.long_forms import long
from voiceguide.speech.engines.registry import engine_names


def findings(run: Run, status: int = 0) -> dict[str, dict[str, Any]]:
    data = json.loads(run("doctor", "--json", status=status).stdout)
    assert data["ready"] is (status == 0)
    assert "environment" not in data
    return by_name(data)


def by_name(data: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {finding["name"]: finding for finding in data["findings"]}


def test_it_looks_at_everything_and_verbose_adds_what_a_bug_report_needs(run: Run) -> None:
    data = json.loads(run("doctor", "--json", "-v").stdout)
    found, environment = by_name(data), data["environment"]
    assert {f"engine {name}" for name in engine_names()} <= found.keys()
    assert {"format mp3", "format m4b", "format opus", "cache", "cover font", "audio player"} <= found.keys()
    extras = set(metadata.metadata("voiceguide").get_all("Provides-Extra") or []) - {"test", "check"}
    assert {f"optional {extra}" for extra in extras} <= found.keys()
    assert found["voice heart"]["found"].startswith("speaks, hibari-tts ")
    if sys.platform.startswith("linux"):  # the other systems have voices of their own
        assert found["eSpeak library"]["found"].startswith("espeak-ng 1.")
    assert environment["numpy"] == metadata.version("numpy")
    assert environment["VOICEGUIDE_CACHE"] == os.environ["VOICEGUIDE_CACHE"]
    assert "pytest" not in environment
    shown = run("doctor", "-v").stdout
    assert ["numpy", environment["numpy"]] in [line.split() for line in shown.splitlines()]
    assert shown.endswith("\n\nReady to build.\n")
    assert "MISSING" not in shown


@long
def test_without_ffmpeg_nothing_can_be_built(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEGUIDE_FFMPEG", "/nowhere/ffmpeg")
    finding = findings(run, status=1)["ffmpeg"]
    assert finding["found"].startswith("ffmpeg could not be started: /nowhere/ffmpeg: No such file or directory.")
    assert finding["advice"] == "Run: pip install --force-reinstall voiceguide"
    shown = run("doctor", status=1).stdout
    assert "MISSING  ffmpeg" in shown
    assert shown.endswith("\n\nNot ready. Fix everything marked MISSING above.\n")


@long
@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands for ffmpeg")
def test_an_ffmpeg_without_lame_is_found_out(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lean = tmp_path / "ffmpeg"
    lean.write_text(
        '#!/bin/sh\ncase "$*" in *-version*) echo "ffmpeg version 4.4";; *) echo " A..... aac  AAC";; esac\n'
    )
    lean.chmod(lean.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("VOICEGUIDE_FFMPEG", str(lean))
    found = findings(run, status=1)
    assert found["format mp3"]["found"] == "this ffmpeg has no libmp3lame"
    assert found["format mp3"]["advice"].startswith("Unset VOICEGUIDE_FFMPEG to use the ffmpeg that comes with")
    assert (found["format m4b"]["good"], found["format opus"]["good"]) == (True, False)


@long
def test_a_cache_that_cannot_be_written_does_not_stop_a_build(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("VOICEGUIDE_CACHE", str(tmp_path / "file" / "cache"))
    finding = findings(run)["cache"]
    assert finding["good"] is False
    assert finding["found"].endswith("cannot be written: Not a directory")
    assert "Set VOICEGUIDE_CACHE to a writable folder." in finding["advice"]


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands for the player")
def test_a_player_without_an_audio_device_is_reported(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`doctor` used to look only for a player, and said "ok"."""
    player = tmp_path / "ffplay"
    player.write_text("#!/bin/sh\nexit 1\n")
    player.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    finding = findings(run)["audio player"]
    assert (finding["good"], finding["needed"]) == (False, False)
    assert finding["found"] == "ffplay failed, which usually means that there is no audio device"
    assert finding["advice"].startswith("Without one, say and bed need -o FILE. Connect an audio device,")
