"""A finished session as a score: its plan from inside the file, its sound as ffmpeg decodes it, from anywhere in it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np

from voiceguide.encode.formats import format_of
from voiceguide.errors import AudioFileError
from voiceguide.metadata.embedded_plan import read_plan
from voiceguide.player.playback_source import Samples, Score
from voiceguide.system.ffmpeg import start_decoder
from voiceguide.timeline.serialization import timeline_from_data
from voiceguide.units import SAMPLE_RATE, samples_to_seconds
from voiceguide.verification.decoding import decoder_of

__all__ = ["FileSound", "is_sound_file", "open_file"]


def is_sound_file(name: str) -> bool:
    """Whether what somebody named is a finished file rather than a routine."""
    return format_of(name) is not None


def open_file(name: str) -> tuple[Score, FileSound]:
    """The score of a file that voiceguide built, and its sound, to be closed.

    Raises:
        SoundError: when it cannot be read, or has no plan inside.
    """
    path = Path(name)
    try:
        plan = read_plan(path)
    except OSError as error:
        raise AudioFileError(f"{name} cannot be read: {error.strerror or error}. Check its name.") from error
    if plan is None:
        raise AudioFileError(
            f"{name} has no plan inside: it was not built by voiceguide, or was changed since. Play it elsewhere."
        )
    try:
        data = json.loads(plan)
        timeline, channels = timeline_from_data(data), int(data["channels"])
    except (ValueError, KeyError, TypeError) as error:
        raise AudioFileError(f"{name} has a plan inside that cannot be read: {error}. Build it again.") from error
    sound = FileSound(path, channels)
    return Score(timeline, sound, timeline.total), sound


class FileSound:
    """The sound of a file; asked for in order it is decoded once, asked for elsewhere ffmpeg begins anew there."""

    def __init__(self, path: Path, channels: int) -> None:
        self.channels = channels
        self._path = path
        self._child: subprocess.Popen[bytes] | None = None
        self._at = 0

    def render(self, start: int, stop: int) -> Samples:
        """The samples from start to stop, shape (stop - start, channels); silence behind the end of the file."""
        if self._child is None or start != self._at:
            self._begin(start)
        assert self._child is not None
        assert self._child.stdout is not None
        width = 4 * self.channels
        data = self._child.stdout.read((stop - start) * width)
        self._at = stop
        sound = np.frombuffer(data[: len(data) // width * width], "<f4").reshape(-1, self.channels)
        return np.pad(sound, ((0, stop - start - len(sound)), (0, 0)))

    def close(self) -> None:
        """End ffmpeg."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            if self._child.stdout:
                self._child.stdout.close()
            self._child = None

    def _begin(self, start: int) -> None:
        self.close()
        source = [
            *decoder_of(self._path),
            "-ss",
            f"{samples_to_seconds(start):.6f}",
            "-i",
            f"file:{self._path.absolute()}",
            "-map",
            "0:a:0",
        ]
        result = ["-ac", str(self.channels), "-ar", str(SAMPLE_RATE), "-f", "f32le", "pipe:1"]
        quiet = ["-v", "error", "-protocol_whitelist", "file,pipe"]
        self._child = start_decoder([*quiet, *source, *result], messages=subprocess.DEVNULL)
        self._at = start
