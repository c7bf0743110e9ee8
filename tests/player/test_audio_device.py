"""What is said where playing is not possible, and where it no longer is."""

from __future__ import annotations

import io
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import miniaudio
import pytest

from tests.player.test_transport import SCRIPT, opened
from voiceguide.errors import AudioFileError
from voiceguide.player.audio_device import open_playback_device, require_miniaudio
from voiceguide.player.controller import PlaybackController
from voiceguide.player.progressive_source import ProgressiveSource
from voiceguide.player.transport import Player
from voiceguide.units import SAMPLE_RATE


def test_without_miniaudio_the_command_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "miniaudio", None)
    with pytest.raises(AudioFileError) as caught:
        require_miniaudio()
    assert str(caught.value) == "Playing needs miniaudio. Install it with: pip install 'voiceguide[play]'"


@pytest.fixture
def sitting(tmp_path: Path) -> Iterator[PlaybackController]:
    text = SCRIPT.replace("bed: brown", "bed: none")
    with opened(tmp_path, text) as session:
        live = ProgressiveSource(session)
        player = Player(live.complete_source(), live.channels)
        yield PlaybackController(player, live)
        player.close()


@contextmanager
def in_the_background(sitting: PlaybackController) -> Iterator[io.StringIO]:
    """A sitting that is going on, and what it tells."""
    out = io.StringIO()
    going = threading.Thread(target=sitting.run_plain, args=(out,), daemon=True)
    going.start()
    yield out
    going.join(10)
    assert not going.is_alive(), "it ran on"


@pytest.mark.parametrize("told", [True, False], ids=["that says so", "that says nothing"])
def test_a_device_that_vanishes_pauses(
    sitting: PlaybackController, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The device is a real one that nobody hears, and it is stopped behind the player's back, as a pulled plug does."""
    devices: list[Any] = []

    class Kept(miniaudio.PlaybackDevice):  # type: ignore[misc]
        def __init__(self, **how: Any) -> None:
            super().__init__(**how)
            devices.append(self)

    monkeypatch.setattr(miniaudio, "PlaybackDevice", Kept)
    with open_playback_device("null", sitting.player, sitting.handle_device_lost), in_the_background(sitting) as out:
        end = time.monotonic() + 10
        while sitting.player.last_status().position < SAMPLE_RATE and time.monotonic() < end:
            time.sleep(0.02)
        if not told:
            devices[0].stop_callback = None
        devices[0].stop()
    place = sitting.player.last_status()
    assert not place.playing
    assert SAMPLE_RATE <= place.position < 3 * SAMPLE_RATE
    assert out.getvalue().endswith(
        "Paused, since the sound device has gone. Connect it and start again with --resume.\n"
    )
