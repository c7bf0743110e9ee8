"""Playback of a finished file. The timeline is read from the embedded plan. ffmpeg decodes the audio."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np

from voiceguide.metadata.embedded_plan import read_session_info
from voiceguide.player.playback_source import PlaybackSource, Samples
from voiceguide.system.ffmpeg import start_decoder
from voiceguide.units import SAMPLE_RATE, samples_to_seconds
from voiceguide.verification.decoding import decoder_arguments

__all__ = ["FileAudio", "open_session_file"]


def open_session_file(name: str) -> tuple[PlaybackSource, FileAudio]:
    """Open a file built by voiceguide. Return its playback source and its audio, which the caller must close.

    Raises:
        AudioFileError: The file cannot be read or contains no valid embedded plan.
    """
    path = Path(name)
    timeline, channels = read_session_info(path)
    audio = FileAudio(path, channels)
    return PlaybackSource(timeline, audio, timeline.total), audio


class FileAudio:
    """Audio decoded from a file by ffmpeg.

    Consecutive calls to `render` read from one ffmpeg process. Any other start position starts a new process.
    """

    def __init__(self, path: Path, channels: int) -> None:
        self.channels = channels
        self._path = path
        self._ffmpeg: subprocess.Popen[bytes] | None = None
        self._next_sample = 0

    def render(self, start: int, stop: int) -> Samples:
        """Return the samples from `start` to `stop`, shape (stop - start, channels). Samples past the end are zero."""
        if self._ffmpeg is None or start != self._next_sample:
            self._start_ffmpeg(start)
        assert self._ffmpeg is not None
        assert self._ffmpeg.stdout is not None
        frame_bytes = 4 * self.channels
        data = self._ffmpeg.stdout.read((stop - start) * frame_bytes)
        self._next_sample = stop
        samples = np.frombuffer(data[: len(data) // frame_bytes * frame_bytes], "<f4").reshape(-1, self.channels)
        return np.pad(samples, ((0, stop - start - len(samples)), (0, 0)))

    def close(self) -> None:
        """Stop ffmpeg."""
        if self._ffmpeg is not None:
            self._ffmpeg.kill()
            self._ffmpeg.wait()
            if self._ffmpeg.stdout:
                self._ffmpeg.stdout.close()
            self._ffmpeg = None

    def _start_ffmpeg(self, start: int) -> None:
        self.close()
        seek = ["-ss", f"{samples_to_seconds(start):.6f}"]
        source = [*decoder_arguments(self._path), *seek, "-i", f"file:{self._path.absolute()}", "-map", "0:a:0"]
        result = ["-ac", str(self.channels), "-ar", str(SAMPLE_RATE), "-f", "f32le", "pipe:1"]
        limits = ["-v", "error", "-protocol_whitelist", "file,pipe"]
        self._ffmpeg = start_decoder([*limits, *source, *result], messages=subprocess.DEVNULL)
        self._next_sample = start
