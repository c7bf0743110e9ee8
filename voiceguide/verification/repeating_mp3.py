"""Decode an MP3 in which the same frames occur again and again, as in a looped bed, and decode each of them only once.

A frame sounds the same wherever it follows the same frames. The levels of every frame are compared with the plan, but
those of a copy are taken from the first occurrence.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from voiceguide.encode.mp3_frame_format import BIT_RATES, frame_bytes
from voiceguide.units import MP3_FRAME_SAMPLES as FRAME
from voiceguide.verification.decoding import FileStats, decode_frames, true_peak_amplitude
from voiceguide.verification.level_profile import (
    FRAME_COLUMNS,
    FrameLevels,
    Samples,
    downmix_to_mono,
    measure_frames,
)
from voiceguide.verification.mp3_integrity import check_mp3_frames
from voiceguide.verification.partial_mp3_decoding import CODEC_DELAY_SAMPLES, DECODER_RUN_IN_FRAMES
from voiceguide.verification.reference_plan import ReferencePlan

__all__ = ["Mp3Layout", "decode_repeating_mp3", "find_mp3_layout"]

FRAMES_PER_READ = 50_000
MAX_RUN_FRAMES = 1000
"""Number of frames to decode at a time, so that memory does not grow with the length of the session."""
MIN_COPIES = 20
"""Shorter runs of copies are decoded, because skipping them would save little."""

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)

Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Mp3Layout:
    """Where the frames of an MP3 are that has the layout of voiceguide: a constant bit rate and no bit reservoir."""

    path: Path
    offset: int
    """Position of the first frame after the Info frame."""
    bit_rate: int


def find_mp3_layout(path: Path, plan: ReferencePlan) -> Mp3Layout | None:
    """Return the layout of an MP3 whose frames are all in place, or None."""
    for bit_rate in BIT_RATES:
        offset, failures = check_mp3_frames(path, plan.total, bit_rate, plan.channels, plan.leading_silence)
        if not failures:
            return Mp3Layout(path, offset, bit_rate)
    return None


def decode_repeating_mp3(
    layout: Mp3Layout, plan: ReferencePlan, spans: Sequence[tuple[int, int]], stats: FileStats
) -> Iterator[Samples]:
    """Yield the audio of each span as mono, and add the measurements of the whole file to `stats`.

    This function yields and measures the same as `decode_file`. The spans must be sorted by start.
    """
    contexts = _hash_contexts(layout, plan)
    _, first, copy_of = np.unique(contexts, return_index=True, return_inverse=True)
    is_needed = np.zeros(len(contexts), np.bool_)
    is_needed[first] = True
    for start, stop in spans:
        is_needed[(start + plan.grid_offset) // FRAME : -(-(stop + plan.grid_offset) // FRAME)] = True
    levels = np.zeros((len(contexts), FRAME_COLUMNS), np.float32)
    blocks = _measured_blocks(layout, plan, _split_into_runs(is_needed), stats, levels)
    buffer, buffer_start = np.zeros(0, np.float32), 0
    for start, stop in spans:
        while buffer_start + len(buffer) < stop and (block := next(blocks, None)) is not None:
            block_start, mono = block
            kept = buffer[max(start - buffer_start, 0) :]
            buffer = np.concatenate([kept, mono]) if block_start == buffer_start + len(buffer) else mono
            buffer_start = block_start + len(mono) - len(buffer)
        audio = buffer[max(start - buffer_start, 0) : max(stop - buffer_start, 0)]
        yield np.pad(audio, (0, stop - start - len(audio)))
    deque(blocks, maxlen=0)
    stats.sample_count = plan.total
    stats.level_meter.add_frames(levels[first[copy_of]])


def _hash_contexts(layout: Mp3Layout, plan: ReferencePlan) -> Hashes:
    """Return a hash for each frame of the session of all bytes that affect how it sounds.

    The frames are those of the level rows. Each extends over two frames of the file, because of the delay of the codec.
    """
    hashes = np.pad(_hash_frames(layout), (DECODER_RUN_IN_FRAMES, 0))
    contexts = np.zeros(len(hashes) - DECODER_RUN_IN_FRAMES - 1, np.uint64)
    for offset in range(DECODER_RUN_IN_FRAMES + 2):
        contexts = contexts * _MULTIPLIER + hashes[offset : offset + len(contexts)]
    silent_frames, count = plan.grid_offset // FRAME, -(-(plan.grid_offset + plan.total) // FRAME)
    contexts = np.pad(contexts, (silent_frames, 0))[:count]
    # The first and the last frame are partly outside the session, so they differ from any copy.
    contexts[: silent_frames + 1] = np.arange(silent_frames + 1)
    contexts[-1] = count
    return contexts


def _hash_frames(layout: Mp3Layout) -> Hashes:
    size = frame_bytes(layout.bit_rate)
    factors = np.random.default_rng().integers(1 << 63, size=size // 4, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    hashes = [np.zeros(0, np.uint64)]
    with layout.path.open("rb") as file:
        file.seek(layout.offset)
        while data := file.read(FRAMES_PER_READ * size):
            words = np.frombuffer(data, "<u4").reshape(-1, size // 4)
            hashes.append(np.einsum("ij,j->i", words.astype(np.uint64), factors))
    return np.concatenate(hashes)


def _split_into_runs(is_needed: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the ranges of frames to decode. Short ranges of copies between them are decoded too."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], is_needed.astype(np.int8), [0]]))).reshape(-1, 2)
    runs: list[tuple[int, int]] = []
    for start, stop in edges.tolist():
        if runs and start - runs[-1][1] < MIN_COPIES:
            start = runs.pop()[0]
        runs.append((start, stop))
    return [(at, min(at + MAX_RUN_FRAMES, stop)) for start, stop in runs for at in range(start, stop, MAX_RUN_FRAMES)]


def _measured_blocks(
    layout: Mp3Layout, plan: ReferencePlan, runs: Sequence[tuple[int, int]], stats: FileStats, levels: FrameLevels
) -> Iterator[tuple[int, Samples]]:
    """Decode the runs, and yield the first sample of each and its audio as mono. The measurements go to `levels`."""
    silent_frames = plan.grid_offset // FRAME
    file_runs = [
        (max(start - silent_frames - DECODER_RUN_IN_FRAMES, 0), stop - silent_frames + 1) for start, stop in runs
    ]
    size = frame_bytes(layout.bit_rate)
    data = (_read(layout, first * size, (last - first) * size) for first, last in file_runs)
    for (start, stop), (first, _), decoded in zip(
        runs, file_runs, decode_frames(data, size, plan.channels), strict=True
    ):
        begin, end = start * FRAME - plan.grid_offset, stop * FRAME - plan.grid_offset
        heard = max(begin, 0), min(end, plan.total)
        offset = plan.leading_silence + CODEC_DELAY_SAMPLES - first * FRAME
        audio = decoded[heard[0] + offset : heard[1] + offset]
        stats.peak_amplitude = max(stats.peak_amplitude, true_peak_amplitude(audio))
        block = np.pad(audio, ((heard[0] - begin, end - heard[1]), (0, 0)))
        levels[start:stop] = measure_frames(block)
        yield begin, downmix_to_mono(block)


def _read(layout: Mp3Layout, start: int, count: int) -> bytes:
    with layout.path.open("rb") as file:
        file.seek(layout.offset + start)
        return file.read(count)
