"""The sound of a finished file again: all of it through ffmpeg, or stretches of an MP3 whose frames stand alone."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from voiceguide.encode.ffmpeg import ffmpeg_path, run_ffmpeg
from voiceguide.encode.frames import FRAME_SAMPLES, frame_bytes
from voiceguide.errors import VerifyError
from voiceguide.units import SAMPLE_RATE

__all__ = ["Whole", "decode_whole", "mp3_stretches"]

Samples = npt.NDArray[np.float32]

BLOCK = 10 * SAMPLE_RATE
DECODER_DELAY = 576 + 529
"""Samples that come before the session's first, of LAME and of the decoder."""
AT_ONCE = 2500
"""Frames decoded by one ffmpeg, a minute: its start costs little against them, and memory stays flat."""
RUN_IN = 3
"""Frames decoded before those that are wanted: each frame needs the one before it."""


@dataclass
class Whole:
    """What was found out about the whole of a file while its stretches were handed out."""

    samples: int = 0
    peak: float = 0.0


def decode_whole(path: Path, spans: Sequence[tuple[int, int]], channels: int, whole: Whole) -> Iterator[Samples]:
    """The mono sound of each span, in order of their starts; the rest is decoded too, for `whole`, in flat memory."""
    kept = np.zeros((0, channels), np.float32)
    begin = 0
    blocks = _blocks(path, channels)
    for start, stop in spans:
        while begin + len(kept) < stop and (block := next(blocks, None)) is not None:
            _count(whole, block)
            kept = np.concatenate([kept[max(start - begin, 0) :], block])
            begin = whole.samples - len(kept)
        yield _mono(kept[max(start - begin, 0) : max(stop - begin, 0)], stop - start)
    for block in blocks:
        _count(whole, block)


def _count(whole: Whole, block: Samples) -> None:
    whole.samples += len(block)
    whole.peak = max(whole.peak, float(np.abs(block).max(initial=0.0)))


def _mono(samples: Samples, length: int) -> Samples:
    mono = samples.mean(axis=1) if len(samples) else np.zeros(0, np.float32)
    return np.pad(mono, (0, length - len(mono)))


def _blocks(path: Path, channels: int) -> Iterator[Samples]:
    source = [
        "-nostdin",
        "-v",
        "error",
        "-protocol_whitelist",
        "file",
        "-i",
        f"file:{path.absolute()}",
        "-map",
        "0:a:0",
    ]
    result = ["-ac", str(channels), "-ar", str(SAMPLE_RATE), "-f", "f32le", "pipe:1"]
    with tempfile.TemporaryFile() as told:
        child = subprocess.Popen(
            [ffmpeg_path(), *source, *result], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=told
        )
        assert child.stdout is not None
        try:
            while data := child.stdout.read(BLOCK * channels * 4):
                yield np.frombuffer(data[: len(data) // (4 * channels) * 4 * channels], "<f4").reshape(-1, channels)
            if child.wait(60):
                told.seek(0)
                reason = told.read(2000).decode("utf-8", "replace").strip().splitlines()
                raise VerifyError(f"{path} cannot be decoded: {reason[-1] if reason else 'no reason given'}.")
        finally:
            child.kill()
            child.wait()
            child.stdout.close()


def mp3_stretches(
    path: Path, begin: int, bit_rate: int, channels: int, spans: Sequence[tuple[int, int]], whole: Whole
) -> Iterator[Samples]:
    """The mono sound of each span of one of our own MP3s; only their frames are decoded, and counted in `whole`.

    `begin` is the byte after the Info frame.
    """
    size = frame_bytes(bit_rate)
    cuts: list[tuple[int, bytes]] = []
    waiting: list[tuple[int, int]] = []
    with path.open("rb") as file:
        for start, stop in spans:
            first = max((start + DECODER_DELAY) // FRAME_SAMPLES - RUN_IN, 0)
            last = -(-(stop + DECODER_DELAY) // FRAME_SAMPLES) + 1
            file.seek(begin + first * size)
            cuts.append((first, file.read((last - first) * size)))
            waiting.append((start, stop))
            if sum(len(data) for _, data in cuts) > AT_ONCE * size:
                yield from _decoded_cuts(cuts, size, channels, waiting, whole)
                cuts, waiting = [], []
    if cuts:
        yield from _decoded_cuts(cuts, size, channels, waiting, whole)


def _decoded_cuts(
    cuts: Sequence[tuple[int, bytes]], size: int, channels: int, spans: Sequence[tuple[int, int]], whole: Whole
) -> Iterator[Samples]:
    arguments = ["-f", "mp3", "-i", "pipe:0", "-ac", str(channels), "-ar", str(SAMPLE_RATE), "-f", "f32le", "pipe:1"]
    sound = np.frombuffer(run_ffmpeg(arguments, doing="decode the session", feed=[data for _, data in cuts]), "<f4")
    frames = sum(len(data) // size for _, data in cuts)
    if sound.size != frames * FRAME_SAMPLES * channels:
        raise VerifyError(f"The encoded session is damaged: {frames} frames did not decode to their samples.")
    sound = sound.reshape(-1, channels)
    _count(whole, sound)
    at = 0
    for (first, data), (start, stop) in zip(cuts, spans, strict=True):
        offset = at + start + DECODER_DELAY - first * FRAME_SAMPLES
        yield _mono(sound[offset : offset + stop - start], stop - start)
        at += len(data) // size * FRAME_SAMPLES
