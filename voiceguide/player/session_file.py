"""A finished session as a score: its plan from inside the file, its sound as ffmpeg decodes it, from anywhere in it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np

from voiceguide.encode.formats import format_for_file_name
from voiceguide.metadata.embedded_plan import read_session_info
from voiceguide.player.playback_source import PlaybackSource, Samples
from voiceguide.system.ffmpeg import start_decoder
from voiceguide.units import SAMPLE_RATE, samples_to_seconds
from voiceguide.verification.decoding import decoder_arguments

__all__ = ["FileAudio", "is_audio_file", "open_session_file"]


def is_audio_file(name: str) -> bool:
    """Whether what somebody named is a finished file rather than a routine."""
    return format_for_file_name(name) is not None


def open_session_file(name: str) -> tuple[PlaybackSource, FileAudio]:
    """The score of a file that voiceguide built, and its sound, to be closed.

    Raises:
        AudioFileError: when it cannot be read, or has no plan inside.
    """
    path = Path(name)
    timeline, channels = read_session_info(path)
    sound = FileAudio(path, channels)
    return PlaybackSource(timeline, sound, timeline.total), sound


class FileAudio:
    """The sound of a file; asked for in order it is decoded once, asked for elsewhere ffmpeg begins anew there."""

    def __init__(self, path: Path, channels: int) -> None:
        self.channels = channels
        self._path = path
        self._ffmpeg: subprocess.Popen[bytes] | None = None
        self._next_sample = 0

    def render(self, start: int, stop: int) -> Samples:
        """The samples from start to stop, shape (stop - start, channels); silence behind the end of the file."""
        if self._ffmpeg is None or start != self._next_sample:
            self._start_ffmpeg(start)
        assert self._ffmpeg is not None
        assert self._ffmpeg.stdout is not None
        width = 4 * self.channels
        data = self._ffmpeg.stdout.read((stop - start) * width)
        self._next_sample = stop
        sound = np.frombuffer(data[: len(data) // width * width], "<f4").reshape(-1, self.channels)
        return np.pad(sound, ((0, stop - start - len(sound)), (0, 0)))

    def close(self) -> None:
        """End ffmpeg."""
        if self._ffmpeg is not None:
            self._ffmpeg.kill()
            self._ffmpeg.wait()
            if self._ffmpeg.stdout:
                self._ffmpeg.stdout.close()
            self._ffmpeg = None

    def _start_ffmpeg(self, start: int) -> None:
        self.close()
        source = [
            *decoder_arguments(self._path),
            "-ss",
            f"{samples_to_seconds(start):.6f}",
            "-i",
            f"file:{self._path.absolute()}",
            "-map",
            "0:a:0",
        ]
        result = ["-ac", str(self.channels), "-ar", str(SAMPLE_RATE), "-f", "f32le", "pipe:1"]
        quiet = ["-v", "error", "-protocol_whitelist", "file,pipe"]
        self._ffmpeg = start_decoder([*quiet, *source, *result], messages=subprocess.DEVNULL)
        self._next_sample = start
