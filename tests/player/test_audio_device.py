"""Messages when playback is impossible or the audio device is lost."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import miniaudio
import pytest

from tests.player.test_transport import SCRIPT, open_script
from tests.support.timing import HANG_S, wait_for
from voiceguide.errors import AudioFileError
from voiceguide.player.audio_device import open_playback_device, require_miniaudio
from voiceguide.player.controller import PlaybackController
from voiceguide.player.progressive_source import ProgressiveSession
from voiceguide.player.transport import Player
from voiceguide.units import SAMPLE_RATE


def test_missing_miniaudio_names_the_install_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "miniaudio", None)
    with pytest.raises(AudioFileError) as caught:
        require_miniaudio()
    assert str(caught.value) == 'Playback requires miniaudio. Install it with: pip install "voiceguide[play]"'


@pytest.fixture
def controller(tmp_path: Path) -> Iterator[PlaybackController]:
    text = SCRIPT.replace("bed: brown", "bed: none")
    with open_script(tmp_path, text) as builder:
        progressive = ProgressiveSession(builder)
        player = Player(progressive.complete_source(), progressive.channels)
        yield PlaybackController(player, progressive)
        player.close()


@contextmanager
def run_in_background(controller: PlaybackController) -> Iterator[io.StringIO]:
    """Run the controller in a thread, and yield its output."""
    out = io.StringIO()
    thread = threading.Thread(target=controller.run_plain, args=(out,), daemon=True)
    thread.start()
    yield out
    thread.join(HANG_S)
    assert not thread.is_alive(), "playback did not stop"


@pytest.mark.parametrize("reports", [True, False], ids=["reported", "silent"])
def test_a_lost_device_pauses_playback(
    controller: PlaybackController, reports: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real null device is stopped without the player's knowledge, as if it were unplugged."""
    devices: list[Any] = []

    class RecordingDevice(miniaudio.PlaybackDevice):  # type: ignore[misc]
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            devices.append(self)

    monkeypatch.setattr(miniaudio, "PlaybackDevice", RecordingDevice)
    with (
        open_playback_device("null", controller.player, controller.handle_device_lost),
        run_in_background(controller) as out,
    ):
        wait_for(lambda: controller.player.last_status().position >= SAMPLE_RATE, "the device plays nothing")
        if not reports:
            devices[0].stop_callback = None
        devices[0].stop()
    status = controller.player.last_status()
    assert not status.playing
    assert SAMPLE_RATE <= status.position < 3 * SAMPLE_RATE
    assert out.getvalue().endswith("Paused because the audio device was lost. Reconnect it and resume playback.\n")
