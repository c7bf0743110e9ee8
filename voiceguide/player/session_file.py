"""A finished session as a score: its plan from inside the file, its sound as ffmpeg decodes it, from anywhere in it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np

from voiceguide.errors import SoundError
from voiceguide.metadata.embedded_plan import read_plan
from voiceguide.player.playback_source import Samples, Score
from voiceguide.system.ffmpeg import ffmpeg_path
from voiceguide.timeline.model import Cue, Line, TimedStage, TimedStep, Timeline
from voiceguide.units import SAMPLE_RATE, samples_to_seconds, seconds_to_samples
from voiceguide.verification.decoding import decoder_of

__all__ = ["FileSound", "is_sound_file", "open_file"]

ENDINGS = (".mp3", ".m4b", ".m4a", ".opus", ".ogg", ".flac", ".wav")


def is_sound_file(name: str) -> bool:
    """Whether what somebody named is a finished file rather than a routine."""
    return Path(name).suffix.lower() in ENDINGS


def open_file(name: str) -> tuple[Score, FileSound]:
    """The score of a file that voiceguide built, and its sound, to be closed.

    Raises:
        SoundError: when it cannot be read, or has no plan inside.
    """
    path = Path(name)
    try:
        plan = read_plan(path)
    except OSError as error:
        raise SoundError(f"{name} cannot be read: {error.strerror or error}. Check its name.") from error
    if plan is None:
        raise SoundError(
            f"{name} has no plan inside: it was not built by voiceguide, or was changed since. Play it elsewhere."
        )
    try:
        data = json.loads(plan)
        timeline, channels = _timeline(data), int(data["channels"])
    except (ValueError, KeyError, TypeError) as error:
        raise SoundError(f"{name} has a plan inside that cannot be read: {error}. Build it again.") from error
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
        quiet = ["-nostdin", "-v", "error", "-protocol_whitelist", "file,pipe"]
        self._child = subprocess.Popen(
            [ffmpeg_path(), *quiet, *source, *result],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._at = start


def _timeline(data: Any) -> Timeline:
    stages = tuple(_stage(stage) for stage in data["stages"])
    if not stages or not all(stage.steps for stage in stages):
        raise ValueError("it has no steps")
    return Timeline(str(data["title"]), str(data.get("language", "en")), stages, seconds_to_samples(data["total"]))


def _stage(data: Any) -> TimedStage:
    steps = tuple(_step(step) for step in data["steps"])
    return TimedStage(str(data["title"]), seconds_to_samples(data["start"]), seconds_to_samples(data["end"]), steps)


def _step(data: Any) -> TimedStep:
    cues = [_cue(cue) for cue in data["cues"]]
    start, speech = seconds_to_samples(data["start"]), seconds_to_samples(data["speech"])
    if cues and speech and cues[0].kind == "say":
        cues[0] = Cue(cues[0].at, "say", cues[0].length, cues[0].line, main=True)
    return TimedStep(str(data["name"]), start, seconds_to_samples(data["end"]), speech, tuple(cues))


def _cue(data: Any) -> Cue:
    at, length, text = seconds_to_samples(data["at"]), seconds_to_samples(data["length"]), str(data["text"])
    if data["kind"] == "say":
        return Cue(at, "say", length, line=Line((text,), "", 1.0, ""))
    return Cue(at, "chime", length, chime=text)
