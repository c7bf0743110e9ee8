"""Make a script from a recording: cut the recording at its long pauses, and write a step that plays each part."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from voiceguide.audio.array_type import Samples
from voiceguide.audio.file_decoder import decode_blocks
from voiceguide.audio.recording import MAX_RECORDING_S
from voiceguide.audio.speech_spans import find_speech_spans, frame_levels
from voiceguide.drafting import script_of_recording
from voiceguide.drafting.formats.reading_result import Entry, Heading, Reading, Silence, Speech
from voiceguide.errors import AudioFileError, ExportError, VoiceguideError
from voiceguide.system.atomic_file import convert_write_errors
from voiceguide.system.ffmpeg import FfmpegProcess
from voiceguide.units import SAMPLE_RATE
from voiceguide.verification.chapter_reader import read_file_tags

__all__ = ["ImportedRecording", "import_recording"]

IntSamples = npt.NDArray[np.int16]
MIN_PAUSE_S = 1.5
"""Minimum length of a pause at which the recording is cut."""
MAX_LENGTH_S = 4 * 3600
MAX_PARTS = 2000
BLOCK_SAMPLES = 10 * SAMPLE_RATE


@dataclass(frozen=True)
class ImportedRecording:
    """A script made from a recording."""

    script: str
    folder: Path
    """The new folder with the parts of the recording."""
    parts: int
    stages: int
    """The number of chapters that became stages."""
    comments: int
    """The number of chapters that became comments because they contain no part of their own."""


def import_recording(recording: Path, script_file: Path, title: str) -> ImportedRecording:
    """Cut a recording into parts, and return a script that plays them with the pauses of the recording.

    The chapters of the recording become stages. The parts are FLAC files, which are lossless, in a new folder next to
    `script_file`.

    Raises:
        AudioFileError: The recording cannot be decoded, is too long, or contains no speech.
        ExportError: The folder for the parts already exists, or a part cannot be written.
    """
    folder = script_file.with_name(f"{script_file.stem}-audio")
    if os.path.lexists(folder):
        raise ExportError(f"{folder} already exists and was not changed. Choose another name for the script.")
    levels, total = _measure(recording)
    if total > MAX_LENGTH_S * SAMPLE_RATE:
        raise AudioFileError(f'"{recording.name}" is longer than 4 hours. Split it into shorter recordings.')
    spans = find_speech_spans(levels, total, MIN_PAUSE_S, MAX_RECORDING_S - 10) if total else []
    if not spans:
        raise AudioFileError(f'"{recording.name}" contains no speech. Check its level in an audio editor.')
    if len(spans) > MAX_PARTS:
        raise AudioFileError(
            f'"{recording.name}" has more than {MAX_PARTS:,} pauses. Split it into shorter recordings.'
        )
    names = [f"{folder.name}/{number:03}.flac" for number in range(1, len(spans) + 1)]
    chapters = _chapters(recording)
    entries = tuple(_entries(spans, names, total, chapters))
    script = script_of_recording(Reading(entries, keeps_quiet=True), title)
    _write_parts(recording, spans, folder)
    stages = sum(isinstance(a, Heading) and not isinstance(b, Heading) for a, b in pairwise(entries))
    return ImportedRecording(script, folder, len(spans), stages, len(chapters) - stages)


def _measure(recording: Path) -> tuple[Samples, int]:
    """Return the level of each frame of a recording, and the length of the recording in samples."""
    total = 0

    def iter_blocks() -> Iterator[Samples]:
        nonlocal total
        for block in decode_blocks(recording, MAX_LENGTH_S + 1, BLOCK_SAMPLES):
            total += len(block)
            yield block.astype(np.float32) / np.float32(32768)

    levels = frame_levels(iter_blocks())
    return levels, total


def _chapters(recording: Path) -> list[tuple[int, str]]:
    """Return the start (in samples) and the title of each chapter."""
    try:
        found = read_file_tags(recording).chapters
    except VoiceguideError:
        return []
    return [(chapter.start, chapter.title) for chapter in found]


def _entries(
    spans: Sequence[tuple[int, int]], names: Sequence[str], total: int, chapters: Sequence[tuple[int, str]]
) -> Iterator[Entry]:
    """Yield the parts, the pauses between them, and each chapter title before the first part in that chapter."""
    pending = list(chapters)
    # The first words of a session start one second into their step.
    lead_s = max(spans[0][0] / SAMPLE_RATE - 1, 0)
    ends = [*(start for start, _ in spans[1:]), total]
    for number, ((start, end), name, following) in enumerate(zip(spans, names, ends, strict=True)):
        while pending and pending[0][0] <= start + SAMPLE_RATE:
            yield Heading(pending.pop(0)[1])
        if not number and lead_s:
            yield Silence(round(lead_s, 3))
        yield Speech("", audio=name)
        yield Silence(round((following - end) / SAMPLE_RATE, 3))
    yield from (Heading(chapter) for _, chapter in pending)


def _write_parts(recording: Path, spans: Sequence[tuple[int, int]], folder: Path) -> None:
    """Write each part as a FLAC file. If a file cannot be written, the whole folder is removed."""
    with convert_write_errors(folder):
        folder.mkdir()
    try:
        for number, samples in enumerate(_iter_parts(recording, spans), 1):
            _write_flac(folder / f"{number:03}.flac", samples)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _iter_parts(recording: Path, spans: Sequence[tuple[int, int]]) -> Iterator[IntSamples]:
    """Yield the samples of each part, decoding the recording only once."""
    remaining = list(spans)
    collected: list[IntSamples] = []
    position = 0
    for block in decode_blocks(recording, MAX_LENGTH_S + 1, BLOCK_SAMPLES):
        stop = position + len(block)
        while remaining and remaining[0][0] < stop:
            start, end = remaining[0]
            collected.append(block[max(start - position, 0) : end - position])
            if end > stop:
                break
            yield np.concatenate(collected)
            collected = []
            remaining.pop(0)
        position = stop


def _write_flac(path: Path, samples: IntSamples) -> None:
    source = ["-protocol_whitelist", "file,pipe", "-f", "s16le", "-ar", str(SAMPLE_RATE), "-ac", "1", "-i", "pipe:0"]
    output = ["-c:a", "flac", "-flags:a", "+bitexact", "-fflags", "+bitexact", "-f", "flac", "-y"]
    arguments = [*source, *output, f"file:{path.absolute()}"]
    with convert_write_errors(path), FfmpegProcess(arguments, action=f"write {path}") as process:
        process.write(samples.tobytes())
        process.read_all()
