"""Playback on an audio device, using miniaudio."""

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
MINIAUDIO_MISSING_MESSAGE = 'Playback requires miniaudio. Install it with: pip install "voiceguide[play]"'
NO_DEVICE_MESSAGE = (
    "No audio device is available ({reason}). Connect one, or build an audio file and play it on another device."
)


def require_miniaudio() -> Any:
    """Import miniaudio and return the module.

    Raises:
        AudioFileError: miniaudio is not installed.
    """
    try:
        import miniaudio
    except ImportError as error:
        raise AudioFileError(MINIAUDIO_MISSING_MESSAGE) from error
    return miniaudio


@contextmanager
def open_playback_device(device_name: str, player: Player, on_device_lost: Callable[[], None]) -> Iterator[None]:
    """Play a player's audio on a device while the context is active.

    Args:
        device_name: `default`, or `null` for no audible output.
        player: The player to read frames from.
        on_device_lost: Called when the device stops unexpectedly.

    Raises:
        AudioFileError: No audio device is available, or miniaudio is not installed.
    """
    miniaudio = require_miniaudio()
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
        samples = _sample_generator(player)
        next(samples)
        device.start(samples)
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
    """Discard stderr output from native libraries. Without an audio device, ALSA alone prints pages of messages."""
    sys.stderr.flush()
    saved_stderr, devnull = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(devnull, 2)
        yield
    finally:
        os.dup2(saved_stderr, 2)
        os.close(saved_stderr)
        os.close(devnull)


def _sample_generator(player: Player) -> Generator[Any, int, None]:
    frames = yield b""
    while True:
        frames = yield player.read_frames(frames)


def _audible_backends(miniaudio: Any) -> list[Any]:
    """Return all backends with audible output. By default, miniaudio falls back to a silent backend."""
    silent = (miniaudio.Backend.NULL, miniaudio.Backend.CUSTOM)
    return [backend for backend in miniaudio.Backend if backend not in silent]
