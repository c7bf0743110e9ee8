"""Writes a session as an MP3 whose cost follows its words: islands are encoded, the steady rest is copied."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from zlib import crc32

from voiceguide.audio.mixer.frame_alignment import PaddedSource
from voiceguide.audio.mixer.source import AudioSource
from voiceguide.encode.formats import FORMATS
from voiceguide.encode.lame_settling import LameSettling
from voiceguide.encode.mp3_frames import build_info_frame, check_bit_rate, frame_bytes, frames_for_samples
from voiceguide.encode.smart_render import EncodeSpan, Span, plan_smart_render
from voiceguide.encode.span_encoder import SpanEncoder
from voiceguide.errors import ExportError
from voiceguide.metadata.id3 import build_id3_tag, checksum_offset
from voiceguide.metadata.tags import Chapter, Tags
from voiceguide.system.atomic_file import convert_write_errors
from voiceguide.system.disk_cache import Cache
from voiceguide.units import MP3_FRAME_SAMPLES

__all__ = ["write_mp3"]

DEFAULT_BIT_RATES = FORMATS["mp3"].default_kbps or {}
"""Kilobits a second where none are asked for, by channels."""


def write_mp3(
    source: AudioSource,
    path: Path,
    *,
    bit_rate: int | None = None,
    chapters: Sequence[Chapter] = (),
    tags: Tags,
    cover: bytes | None = None,
    cache: Cache | None = None,
    progress: Callable[[int], None] | None = None,
    jobs: int | None = None,
    quiet_lead_samples: int = 0,
) -> list[Span]:
    """Write the whole session. `bit_rate` is in kilobits a second, `cover` a JPEG or PNG file; `progress` is told how
    many samples are done. `calm` is the samples before each steady stretch of the mix in which nothing louder than its
    loop is heard: with them, less is encoded. The path is written straight away: give the part of a `whole_file`.
    What comes back says which frames were encoded and which are copies.

    Raises:
        EncodeError: the sound could not be encoded or the file not written.
    """
    rate = check_bit_rate(bit_rate or DEFAULT_BIT_RATES[source.channels])
    if source.total <= 0:
        raise ExportError(f"{path} could not be written: the session has no length. Give it a step.")
    quiet = source.grid_offset % MP3_FRAME_SAMPLES
    framed = PaddedSource(source, quiet)
    settling = LameSettling(framed, quiet_lead_samples, cache)
    runs = plan_smart_render(framed.regions(), framed.total, settling.run_out_frames, settling.run_in_frames)
    written = 0
    with SpanEncoder(framed, rate, cache, jobs) as encoder, convert_write_errors(path), open(path, "wb") as file:
        tag, info = (
            build_id3_tag(tags, chapters, cover, source.total),
            build_info_frame(source.total, rate, source.channels, quiet),
        )
        file.write(tag + info)
        total = crc32(info)
        for frames in _iter_frames(runs, encoder, frame_bytes(rate)):
            file.write(frames)
            total = crc32(frames, total)
            written += len(frames) // frame_bytes(rate)
            if progress:
                progress(min(written * MP3_FRAME_SAMPLES, source.total))
        if (place := checksum_offset(tag)) is not None:
            file.seek(place)
            file.write(total.to_bytes(4, "big"))
    assert written == frames_for_samples(framed.total), "the runs tile the session"
    return runs


def _iter_frames(spans: Sequence[Span], encoder: SpanEncoder, frame_size: int) -> Iterator[bytes]:
    """All frames in order, `size` bytes each, in handy lots. Only the frames of loops are kept, once each."""
    encoded = encoder.encode(list(_spans_to_encode(spans)))
    loops: dict[EncodeSpan, bytes] = {}
    for run in spans:
        if isinstance(run, EncodeSpan):
            yield next(encoded)
            continue
        for piece, start, stop in run.loop_spans():
            if piece not in loops:
                loops[piece] = next(encoded)
            yield loops[piece][start * frame_size : stop * frame_size]


def _spans_to_encode(spans: Sequence[Span]) -> Iterator[EncodeSpan]:
    """What must be encoded, in the order in which it is laid: a piece of a loop where it is first heard."""
    seen: set[EncodeSpan] = set()
    for run in spans:
        for piece in [run] if isinstance(run, EncodeSpan) else [piece for piece, _, _ in run.loop_spans()]:
            if piece not in seen:
                seen.add(piece)
                yield piece
