"""A sound is played, or the error says why not."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from voiceguide.errors import SpeechError
from voiceguide.speech.audio_player import find_working_player, play_wav
from voiceguide.speech.preview import encode_wav

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="shell scripts stand for the players")
SOUND = encode_wav(np.zeros(48_000, np.float32), 48_000)
FFPLAY_WITHOUT_DEVICE = "echo 'No more combinations to try, audio open failed' >&2; sleep 1; exit 0"


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Return a function that installs a player. No other is installed."""
    needed = [Path(str(shutil.which(name))).parent for name in ("sleep", "cp")]
    folder = tmp_path / "bin"
    folder.mkdir()
    for place, name in zip(needed, ("sleep", "cp"), strict=True):
        (folder / name).symlink_to(place / name)
    monkeypatch.setenv("PATH", str(folder))

    def add(name: str, script: str) -> None:
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)

    return add


def failure() -> str:
    with pytest.raises(SpeechError) as caught:
        play_wav(SOUND)
    return str(caught.value)


def test_the_first_player_that_works_plays_the_file(install, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    install("aplay", "exit 1")
    install("mpv", f'for last; do :; done; cp "$last" {tmp_path}/heard.wav; sleep 1')
    assert play_wav(SOUND) == "mpv"
    assert (tmp_path / "heard.wav").read_bytes() == SOUND
    assert find_working_player() == "mpv"


def test_what_a_player_prints_is_not_our_output(install, capfd: pytest.CaptureFixture[str]) -> None:  # type: ignore[no-untyped-def]
    """ffplay prints an empty line, which was the first line of `doctor`."""
    install("ffplay", "echo; sleep 1")
    assert play_wav(SOUND) == "ffplay"
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("script", ["exit 1", "exit 0", FFPLAY_WITHOUT_DEVICE])
def test_a_player_without_a_device_is_an_error(install, script: str) -> None:  # type: ignore[no-untyped-def]
    """ffplay exits with status 0 without a device, so `say` was silent and successful."""
    install("ffplay", script)
    assert failure() == (
        "Cannot play audio on this computer: ffplay failed, which usually means that there is no audio device. "
        "Write it to a file instead."
    )


def test_without_a_player(install) -> None:  # type: ignore[no-untyped-def]
    assert failure() == "Cannot play audio on this computer: no audio player is installed. Write it to a file instead."
