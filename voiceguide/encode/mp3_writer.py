"""Writes a session as an MP3 whose cost follows its words: islands are encoded, the steady rest is copied."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from zlib import crc32

from voiceguide.audio.mixer.frame_alignment import Prerolled
from voiceguide.audio.mixer.source import Mixed
from voiceguide.encode.formats import FORMATS
from voiceguide.encode.lame_settling import Settling
from voiceguide.encode.mp3_frames import check_bit_rate, frame_bytes, frames_for, info_frame
from voiceguide.encode.smart_render import Piece, Run, plan_frames
from voiceguide.encode.span_encoder import PieceEncoder
from voiceguide.errors import ExportError
from voiceguide.metadata.id3 import id3_tag, sum_place
from voiceguide.metadata.tags import Chapter, Tags
from voiceguide.system.atomic_file import file_errors
from voiceguide.system.disk_cache import Cache
from voiceguide.units import MP3_FRAME_SAMPLES

__all__ = ["write_mp3"]

BIT_RATE = FORMATS["mp3"].default_kbps or {}
"""Kilobits a second where none are asked for, by channels."""


def write_mp3(
    mixed: Mixed,
    path: Path,
    *,
    bit_rate: int | None = None,
    chapters: Sequence[Chapter] = (),
    tags: Tags,
    cover: bytes | None = None,
    cache: Cache | None = None,
    progress: Callable[[int], None] | None = None,
    jobs: int | None = None,
    calm: int = 0,
) -> list[Run]:
    """Write the whole session. `bit_rate` is in kilobits a second, `cover` a JPEG or PNG file; `progress` is told how
    many samples are done. `calm` is the samples before each steady stretch of the mix in which nothing louder than its
    loop is heard: with them, less is encoded. The path is written straight away: give the part of a `whole_file`.
    What comes back says which frames were encoded and which are copies.

    Raises:
        EncodeError: the sound could not be encoded or the file not written.
    """
    rate = check_bit_rate(bit_rate or BIT_RATE[mixed.channels])
    if mixed.total <= 0:
        raise ExportError(f"{path} could not be written: the session has no length. Give it a step.")
    quiet = mixed.preroll % MP3_FRAME_SAMPLES
    framed = Prerolled(mixed, quiet)
    settling = Settling(framed, calm, cache)
    runs = plan_frames(framed.stretches(), framed.total, settling.run_out, settling.run_in)
    written = 0
    with PieceEncoder(framed, rate, cache, jobs) as encoder, file_errors(path), open(path, "wb") as file:
        tag, info = id3_tag(tags, chapters, cover, mixed.total), info_frame(mixed.total, rate, mixed.channels, quiet)
        file.write(tag + info)
        total = crc32(info)
        for frames in _laid(runs, encoder, frame_bytes(rate)):
            file.write(frames)
            total = crc32(frames, total)
            written += len(frames) // frame_bytes(rate)
            if progress:
                progress(min(written * MP3_FRAME_SAMPLES, mixed.total))
        if (place := sum_place(tag)) is not None:
            file.seek(place)
            file.write(total.to_bytes(4, "big"))
    assert written == frames_for(framed.total), "the runs tile the session"
    return runs


def _laid(runs: Sequence[Run], encoder: PieceEncoder, size: int) -> Iterator[bytes]:
    """All frames in order, `size` bytes each, in handy lots. Only the frames of loops are kept, once each."""
    encoded = encoder.encode(list(_to_encode(runs)))
    loops: dict[Piece, bytes] = {}
    for run in runs:
        if isinstance(run, Piece):
            yield next(encoded)
            continue
        for piece, start, stop in run.pieces():
            if piece not in loops:
                loops[piece] = next(encoded)
            yield loops[piece][start * size : stop * size]


def _to_encode(runs: Sequence[Run]) -> Iterator[Piece]:
    """What must be encoded, in the order in which it is laid: a piece of a loop where it is first heard."""
    seen: set[Piece] = set()
    for run in runs:
        for piece in [run] if isinstance(run, Piece) else [piece for piece, _, _ in run.pieces()]:
            if piece not in seen:
                seen.add(piece)
                yield piece
