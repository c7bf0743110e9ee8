"""The sound card, through miniaudio."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any

from voiceguide.errors import AudioFileError
from voiceguide.player.transport import Player
from voiceguide.units import SAMPLE_RATE

__all__ = ["open_playback_device", "require_miniaudio"]

BUFFER_MS = 40
MINIAUDIO_MISSING_MESSAGE = "Playing needs miniaudio. Install it with: pip install 'voiceguide[play]'"
NO_DEVICE_MESSAGE = (
    "There is no sound device to play on ({reason}). Connect one, or make a file with voiceguide build and play that "
    "elsewhere."
)


def require_miniaudio() -> None:
    """See that miniaudio is installed, before anything is made.

    Raises:
        SoundError: when it is not.
    """
    _import_miniaudio()


@contextmanager
def open_playback_device(device_name: str, player: Player, on_device_lost: Callable[[], None]) -> Iterator[None]:
    """Hand a player's sound to a device: `default`, or `null`, which nobody hears. `lost` is called when it stops by
    itself.

    Raises:
        SoundError: when there is none.
    """
    miniaudio = _import_miniaudio()
    backends = [miniaudio.Backend.NULL] if device_name == "null" else _audible_backends(miniaudio)
    try:
        with _suppress_native_stderr():
            device = miniaudio.PlaybackDevice(
                output_format=miniaudio.SampleFormat.FLOAT32,
                nchannels=player.channels,
                sample_rate=SAMPLE_RATE,
                buffersize_msec=BUFFER_MS,
                backends=backends,
                app_name="voiceguide",
            )
        feed = _sample_generator(player)
        next(feed)
        device.start(feed)
    except miniaudio.MiniaudioError as error:
        raise AudioFileError(NO_DEVICE_MESSAGE.format(reason=str(error.args[0]))) from error
    device.stop_callback = on_device_lost
    try:
        yield
    finally:
        device.stop_callback = None
        device.close()


@contextmanager
def _suppress_native_stderr() -> Iterator[None]:
    """ALSA and its like write pages to stderr where there is no sound card; our own sentence says it."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _sample_generator(player: Player) -> Generator[Any, int, None]:
    frames = yield b""
    while True:
        frames = yield player.read_frames(frames)


def _audible_backends(miniaudio: Any) -> list[Any]:
    """Every way to a sound card; without this list, sound that nobody hears would do."""
    silent = (miniaudio.Backend.NULL, miniaudio.Backend.CUSTOM)
    return [backend for backend in miniaudio.Backend if backend not in silent]


def _import_miniaudio() -> Any:
    try:
        import miniaudio
    except ImportError as error:
        raise AudioFileError(MINIAUDIO_MISSING_MESSAGE) from error
    return miniaudio
