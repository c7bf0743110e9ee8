"""Write MP3 files by smart rendering: encode the spans in which the audio changes, and copy steady loops."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from zlib import crc32

from voiceguide.audio.mixer.frame_alignment import PaddedSource
from voiceguide.audio.mixer.source import AudioSource
from voiceguide.encode.formats import FORMATS
from voiceguide.encode.lame_settling import SettlingFrames
from voiceguide.encode.mp3_frame_format import build_info_frame, check_bit_rate, frame_bytes, frames_for_samples
from voiceguide.encode.smart_render import EncodeSpan, Span, plan_smart_render
from voiceguide.encode.span_encoder import SpanEncoder
from voiceguide.errors import ExportError
from voiceguide.metadata.id3 import build_id3_tag, checksum_offset
from voiceguide.metadata.tags import Chapter, Tags
from voiceguide.system.atomic_file import convert_write_errors
from voiceguide.system.disk_cache import Cache
from voiceguide.units import MP3_FRAME_SAMPLES

__all__ = ["write_mp3"]


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
    """Write the whole session and return the encoded and the copied spans.

    `bit_rate` is in kb/s, `cover` is a JPEG file, and `progress` is called with the number of samples written so far.
    `quiet_lead_samples` is the number of samples before each steady region during which the mix is no louder than the
    loop. A larger number means that fewer frames have to be encoded. The file is written in place, so pass the path
    that `atomic_write` yields.

    Raises:
        ExportError: If the audio cannot be encoded or the file cannot be written.
    """
    rate = check_bit_rate(FORMATS["mp3"].bit_rate_for(source.channels, bit_rate))
    if source.total <= 0:
        raise ExportError(f"{path} could not be written: the session is empty. Add a step to the script.")
    leading_silence = source.grid_offset % MP3_FRAME_SAMPLES
    padded = PaddedSource(source, leading_silence)
    settling = SettlingFrames(padded, quiet_lead_samples, cache)
    spans = plan_smart_render(padded.regions(), padded.total, settling.run_out_frames, settling.run_in_frames)
    frames_written = 0
    with SpanEncoder(padded, rate, cache, jobs) as encoder, convert_write_errors(path), open(path, "wb") as file:
        tag = build_id3_tag(tags, chapters, cover, source.total)
        info = build_info_frame(source.total, rate, source.channels, leading_silence)
        file.write(tag + info)
        checksum = crc32(info)
        for frames in _iter_frames(spans, encoder, frame_bytes(rate)):
            file.write(frames)
            checksum = crc32(frames, checksum)
            frames_written += len(frames) // frame_bytes(rate)
            if progress:
                progress(min(frames_written * MP3_FRAME_SAMPLES, source.total))
        if (offset := checksum_offset(tag)) is not None:
            file.seek(offset)
            file.write(checksum.to_bytes(4, "big"))
    assert frames_written == frames_for_samples(padded.total), "the spans cover the session"
    return spans


def _iter_frames(spans: Sequence[Span], encoder: SpanEncoder, frame_size: int) -> Iterator[bytes]:
    """Yield all frames in order, many at a time. Only loop frames are held in memory, and each only once."""
    encoded = encoder.encode(list(_spans_to_encode(spans)))
    loop_frames: dict[EncodeSpan, bytes] = {}
    for span in spans:
        if isinstance(span, EncodeSpan):
            yield next(encoded)
            continue
        for loop_span, start, stop, times in span.loop_spans():
            if loop_span not in loop_frames:
                loop_frames[loop_span] = next(encoded)
            yield loop_frames[loop_span][start * frame_size : stop * frame_size] * times


def _spans_to_encode(spans: Sequence[Span]) -> Iterator[EncodeSpan]:
    """Yield the spans to encode in the order in which they are needed. Each loop span is yielded only once."""
    seen: set[EncodeSpan] = set()
    for span in spans:
        for part in [span] if isinstance(span, EncodeSpan) else [part for part, _, _, _ in span.loop_spans()]:
            if part not in seen:
                seen.add(part)
                yield part
