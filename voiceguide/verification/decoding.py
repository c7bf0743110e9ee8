"""Decode complete files or runs of MP3 frames for verification."""

from __future__ import annotations

import hashlib
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import numpy as np

from voiceguide.audio.loudness import true_peak_db
from voiceguide.errors import VerifyError
from voiceguide.system.ffmpeg import FfmpegProcess, start_decoder
from voiceguide.system.shortages import SHORTAGES, find_shortage
from voiceguide.units import MP3_FRAME_SAMPLES, SAMPLE_RATE, db_to_gain
from voiceguide.verification.level_profile import LevelMeter, Samples, downmix_to_mono

__all__ = ["FileStats", "decode_file", "decode_frames", "decoder_arguments", "true_peak_amplitude"]

BLOCK_SAMPLES = 10 * SAMPLE_RATE
_TRUE_PEAK_THRESHOLD = db_to_gain(-3.5)
"""If all samples are below this amplitude, the true peak cannot reach full scale and is not computed."""


@dataclass
class FileStats:
    """Measurements of a whole file, collected while it is decoded."""

    level_meter: LevelMeter
    sample_count: int = 0
    peak_amplitude: float = 0.0
    """True peak as an amplitude. 1.0 is full scale."""
    md5: hashlib._Hash | None = None
    """MD5 of the decoded 16-bit samples, or None if it is not needed."""

    def feed(self, block: Samples) -> None:
        self.sample_count += len(block)
        if self.md5 is not None:
            self.md5.update(np.clip(np.rint(block * 32768), -32768, 32767).astype("<i2").tobytes())
        self.peak_amplitude = max(self.peak_amplitude, true_peak_amplitude(block))
        self.level_meter.feed(block)


def decode_file(path: Path, spans: Sequence[tuple[int, int]], channels: int, stats: FileStats) -> Iterator[Samples]:
    """Yield the audio of each span as mono, padded with silence after the end of the file.

    The spans must be sorted by start. The whole file is decoded in blocks, and its measurements are added to `stats`.
    """
    buffer = np.zeros(0, np.float32)
    buffer_start = 0
    blocks = _decode_blocks(path, channels)
    for start, stop in spans:
        while buffer_start + len(buffer) < stop and (block := next(blocks, None)) is not None:
            stats.feed(block)
            buffer = np.concatenate([buffer[max(start - buffer_start, 0) :], downmix_to_mono(block)])
            buffer_start = stats.sample_count - len(buffer)
        audio = buffer[max(start - buffer_start, 0) : max(stop - buffer_start, 0)]
        yield np.pad(audio, (0, stop - start - len(audio)))
    for block in blocks:
        stats.feed(block)


def decode_frames(runs: Iterable[bytes], frame_bytes: int, channels: int) -> Iterator[Samples]:
    """Yield the audio of each run of MP3 frames as soon as it is decoded, as an array of shape (samples, channels).

    The first two frames of a run are not decoded correctly because they depend on the preceding frames.

    Raises:
        VerifyError: If the frames cannot be decoded.
    """
    arguments = ["-f", "mp3", "-i", "pipe:0", *_float_output_arguments(channels)]
    pending: deque[int] = deque()
    with FfmpegProcess(arguments, action="decode the session") as process:
        for run in runs:
            process.write(run)
            pending.append(len(run) // frame_bytes * MP3_FRAME_SAMPLES * channels * 4)
            while pending and (audio := process.read_available(pending[0])):
                pending.popleft()
                yield np.frombuffer(audio, "<f4").reshape(-1, channels)
        rest = process.read_rest()
    if len(rest) != sum(pending):
        missing = (sum(pending) - len(rest)) // (MP3_FRAME_SAMPLES * channels * 4)
        raise VerifyError(f"The session is damaged: {missing} of its frames cannot be decoded. Build it again.")
    for end, size in zip(accumulate(pending), pending, strict=True):
        yield np.frombuffer(rest, "<f4", size // 4, end - size).reshape(-1, channels)


def decoder_arguments(path: Path) -> list[str]:
    """Return the ffmpeg arguments that precede the input. For Opus, these arguments select the reference decoder.

    ffmpeg's native decoder plays pure tones 16 dB too loud in packets that use a speech mode.
    """
    with path.open("rb") as file:
        return ["-c:a", "libopus"] if b"OpusHead" in file.read(64) else []


def true_peak_amplitude(samples: Samples) -> float:
    """Return the true peak as an amplitude, or the largest sample if the audio is far below full scale."""
    peak = float(np.abs(samples).max(initial=0.0))
    return max(peak, db_to_gain(true_peak_db(samples))) if peak > _TRUE_PEAK_THRESHOLD else peak


def _float_output_arguments(channels: int) -> list[str]:
    """Return ffmpeg arguments for float output. Large blocks avoid waking this process for every frame."""
    return ["-ac", str(channels), "-ar", str(SAMPLE_RATE), "-f", "f32le", "-flush_packets", "0", "pipe:1"]


def _decode_blocks(path: Path, channels: int) -> Iterator[Samples]:
    source = ["-v", "error", "-err_detect", "crccheck+explode", "-protocol_whitelist", "file"]
    source += [*decoder_arguments(path), "-i", f"file:{path.absolute()}", "-map", "0:a:0"]
    with tempfile.TemporaryFile() as messages:
        process = start_decoder([*source, *_float_output_arguments(channels)], messages=messages.fileno())
        assert process.stdout is not None
        try:
            while data := process.stdout.read(BLOCK_SAMPLES * channels * 4):
                yield np.frombuffer(data[: len(data) // (4 * channels) * 4 * channels], "<f4").reshape(-1, channels)
            if process.wait(60):
                messages.seek(0)
                text = messages.read(2000).decode("utf-8", "replace").strip()
                if shortage := find_shortage(text):
                    raise VerifyError(f"{path} could not be decoded. {SHORTAGES[shortage]}")
                lines = text.splitlines()
                raise VerifyError(
                    f"{path} cannot be decoded: {lines[-1] if lines else 'ffmpeg gave no reason'}. Build it again."
                )
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
