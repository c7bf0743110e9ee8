"""The sound of a finished file again: all of it through ffmpeg, or cuts of an MP3 whose frames stand alone."""

from __future__ import annotations

import subprocess
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import numpy as np
import numpy.typing as npt

from voiceguide.audio.loudness import true_peak_db
from voiceguide.errors import VerifyError
from voiceguide.system.ffmpeg import FfmpegProcess, find_ffmpeg
from voiceguide.units import MP3_FRAME_SAMPLES, SAMPLE_RATE, db_to_gain
from voiceguide.verification.level_profile import LevelMeter, downmix_to_mono

__all__ = ["FileStats", "decode_file", "decode_frames", "decoder_arguments", "true_peak_amplitude"]

Samples = npt.NDArray[np.float32]

BLOCK_SAMPLES = 10 * SAMPLE_RATE
_TRUE_PEAK_THRESHOLD = db_to_gain(-3.5)
"""Below this, no sample has a true peak beside it that matters."""


@dataclass
class FileStats:
    """What was found out about the whole of a file while its stretches were handed out."""

    level_meter: LevelMeter
    sample_count: int = 0
    peak_amplitude: float = 0.0
    """True peak, as an amplitude."""

    def feed(self, block: Samples) -> None:
        self.sample_count += len(block)
        self.peak_amplitude = max(self.peak_amplitude, true_peak_amplitude(block))
        self.level_meter.feed(downmix_to_mono(block))


def decode_file(path: Path, spans: Sequence[tuple[int, int]], channels: int, stats: FileStats) -> Iterator[Samples]:
    """The mono sound of each span, in order of their starts; the rest is decoded too, for `whole`, in flat memory."""
    kept = np.zeros(0, np.float32)
    begin = 0
    blocks = _decode_blocks(path, channels)
    for start, stop in spans:
        while begin + len(kept) < stop and (block := next(blocks, None)) is not None:
            stats.feed(block)
            kept = np.concatenate([kept[max(start - begin, 0) :], downmix_to_mono(block)])
            begin = stats.sample_count - len(kept)
        found = kept[max(start - begin, 0) : max(stop - begin, 0)]
        yield np.pad(found, (0, stop - start - len(found)))
    for block in blocks:
        stats.feed(block)


def decode_frames(cuts: Iterable[bytes], frame_bytes: int, channels: int) -> Iterator[Samples]:
    """The sound of each cut of MP3 frames, shape (samples, channels), as soon as it is there; the first two frames of
    each are not to be trusted, since they need those before them.

    Raises:
        VerifyError: where they cannot be decoded.
    """
    arguments = ["-f", "mp3", "-i", "pipe:0", *_float_output_arguments(channels)]
    wanted: deque[int] = deque()
    with FfmpegProcess(arguments, action="decode the session") as child:
        for cut in cuts:
            child.write(cut)
            wanted.append(len(cut) // frame_bytes * MP3_FRAME_SAMPLES * channels * 4)
            while wanted and (sound := child.read_available(wanted[0])):
                wanted.popleft()
                yield np.frombuffer(sound, "<f4").reshape(-1, channels)
        rest = child.read_rest()
    if len(rest) != sum(wanted):
        missing = (sum(wanted) - len(rest)) // (MP3_FRAME_SAMPLES * channels * 4)
        raise VerifyError(f"The session is damaged: {missing} of its frames cannot be decoded.")
    for end, size in zip(accumulate(wanted), wanted, strict=True):
        yield np.frombuffer(rest, "<f4", size // 4, end - size).reshape(-1, channels)


def decoder_arguments(path: Path) -> list[str]:
    """Arguments before ffmpeg's input: for Opus the reference decoder. Its own makes pure tones 16 dB too loud where
    a packet is in one of the modes for speech."""
    with path.open("rb") as file:
        return ["-c:a", "libopus"] if b"OpusHead" in file.read(64) else []


def true_peak_amplitude(samples: Samples) -> float:
    """The amplitude between the samples too, where it could be near full scale; of the samples where it cannot."""
    peak = float(np.abs(samples).max(initial=0.0))
    return max(peak, db_to_gain(true_peak_db(samples))) if peak > _TRUE_PEAK_THRESHOLD else peak


def _float_output_arguments(channels: int) -> list[str]:
    """ffmpeg's arguments to give samples as floats, in lots: we need not be woken for every frame."""
    return ["-ac", str(channels), "-ar", str(SAMPLE_RATE), "-f", "f32le", "-flush_packets", "0", "pipe:1"]


def _decode_blocks(path: Path, channels: int) -> Iterator[Samples]:
    source = ["-nostdin", "-v", "error", "-err_detect", "crccheck+explode", "-protocol_whitelist", "file"]
    source += [*decoder_arguments(path), "-i", f"file:{path.absolute()}", "-map", "0:a:0"]
    with tempfile.TemporaryFile() as told:
        child = subprocess.Popen(
            [find_ffmpeg(), *source, *_float_output_arguments(channels)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=told,
        )
        assert child.stdout is not None
        try:
            while data := child.stdout.read(BLOCK_SAMPLES * channels * 4):
                yield np.frombuffer(data[: len(data) // (4 * channels) * 4 * channels], "<f4").reshape(-1, channels)
            if child.wait(60):
                told.seek(0)
                reason = told.read(2000).decode("utf-8", "replace").strip().splitlines()
                raise VerifyError(f"{path} cannot be decoded: {reason[-1] if reason else 'no reason given'}.")
        finally:
            child.kill()
            child.wait()
            child.stdout.close()
