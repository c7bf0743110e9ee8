"""Playback of a finished file. The timeline comes from the embedded plan or the chapters. ffmpeg decodes the audio."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np

from voiceguide.errors import AudioFileError, ExportError
from voiceguide.metadata.embedded_plan import read_session_info
from voiceguide.player.playback_source import PlaybackSource, Samples
from voiceguide.system.ffmpeg import run_ffmpeg, start_decoder
from voiceguide.timeline.model import TimedStage, TimedStep, Timeline
from voiceguide.units import SAMPLE_RATE, samples_to_seconds
from voiceguide.verification.decoding import decoder_arguments

__all__ = ["FileAudio", "open_session_file"]


def open_session_file(name: str) -> tuple[PlaybackSource, FileAudio]:
    """Open a finished file. Return its playback source and its audio, which the caller must close.

    If another program has removed the embedded plan, the chapters become the stages. Most programs keep chapters.

    Raises:
        AudioFileError: The file cannot be read, or contains neither a valid embedded plan nor chapters.
    """
    path = Path(name)
    try:
        timeline, channels = read_session_info(path)
    except AudioFileError:
        found = _read_chapters(path)
        if found is None:
            raise
        timeline, channels = found, 2
    audio = FileAudio(path, channels)
    return PlaybackSource(timeline, audio, timeline.total), audio


def _read_chapters(path: Path) -> Timeline | None:
    """Return a timeline with a one-step stage for each chapter of a file, or None if the file has no chapters."""
    from voiceguide.metadata.ffmetadata import parse_ffmetadata

    try:
        source = [*decoder_arguments(path), "-protocol_whitelist", "file,pipe", "-i", f"file:{path.absolute()}"]
        text = run_ffmpeg(["-v", "error", *source, "-f", "ffmetadata", "-"], action=f"read the chapters of {path}")
        tags, chapters = parse_ffmetadata(text.decode("utf-8", "replace"))
    except (ExportError, OSError, ValueError):
        return None
    starts = [0, *[chapter.start for chapter in chapters[1:]]]
    stops = [*starts[1:], max((chapter.stop for chapter in chapters), default=0)]
    stages = tuple(
        TimedStage(chapter.title, start, stop, (TimedStep(chapter.title, start, stop, 0, ()),))
        for chapter, start, stop in zip(chapters, starts, stops, strict=True)
        if stop > start
    )
    title = tags.get("title") or path.stem
    return Timeline(title, tags.get("language", "en"), stages, stages[-1].end) if stages else None


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
