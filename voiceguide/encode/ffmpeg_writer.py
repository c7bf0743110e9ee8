"""Formats other than MP3: the whole mix streamed through ffmpeg, a few seconds at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from voiceguide.audio.mixer.source import AudioSource
from voiceguide.encode.formats import FORMATS, Format
from voiceguide.errors import ExportError
from voiceguide.metadata.embedded_plan import append_embedded_plan
from voiceguide.metadata.ffmetadata import build_vorbis_comments, format_ffmetadata
from voiceguide.metadata.tags import Chapter, Tags, iso_639_2_code
from voiceguide.system.atomic_file import convert_write_errors
from voiceguide.system.ffmpeg import FfmpegProcess
from voiceguide.system.temp_dirs import make_temp_dir
from voiceguide.units import SAMPLE_RATE

__all__ = ["write_with_ffmpeg"]

BLOCK_SAMPLES = 5 * SAMPLE_RATE
MIN_CELT_KBPS_PER_CHANNEL = 32
"""Kilobits a channel with which Opus sounds as well without its modes for speech. Given the choice it takes them in
quiet passages, and what they make of a pure tone is 16 dB too loud in players that decode with ffmpeg's own decoder."""
AUDIOBOOK_TAGS = {"media_type": "2"}
"""Players of MP4 files remember the place in an audiobook, and show its chapters."""


def write_with_ffmpeg(
    source: AudioSource,
    path: Path,
    format_name: str,
    *,
    bit_rate: int | None = None,
    chapters: Sequence[Chapter] = (),
    tags: Tags,
    cover: bytes | None = None,
    progress: Callable[[int], None] | None = None,
    attenuation_db: float = 0.0,
) -> None:
    """Write the whole session as `m4b`, `opus`, `flac` or `wav`, softer by `turn_down_db` than the mix; the other
    arguments are those of `write_mp3`.

    Decoded, the file has exactly the session's samples; only for `m4b`, decoders that do not look at its edit list add
    up to 1,023 of quiet. WAV holds no chapters and no cover.

    Raises:
        EncodeError: the sound could not be encoded or the file not written.
    """
    form = FORMATS[format_name]
    if source.total <= 0:
        raise ExportError(f"{path} could not be written: the session has no length. Give it a step.")
    with make_temp_dir() as folder, convert_write_errors(path):
        arguments = _ffmpeg_arguments(form, source, Path(folder), bit_rate, chapters, tags, cover)
        softer = ["-af", f"volume={-attenuation_db:.2f}dB:precision=float"] if attenuation_db else []
        with FfmpegProcess([*arguments, *softer, f"file:{path.absolute()}"], action=f"write {path}") as child:
            for start, block in _render_blocks(source):
                child.write(block)
                if progress:
                    progress(min(start + BLOCK_SAMPLES, source.total))
            child.read_all()
        if tags.plan is not None and form.metadata != "vorbis":
            append_embedded_plan(path, tags.plan)


def _render_blocks(source: AudioSource) -> Iterator[tuple[int, memoryview]]:
    for start in range(0, source.total, BLOCK_SAMPLES):
        block = source.render(start, min(start + BLOCK_SAMPLES, source.total))
        yield start, np.ascontiguousarray(block, "<f4").reshape(-1).data


def _ffmpeg_arguments(
    audio_format: Format,
    source: AudioSource,
    folder: Path,
    bit_rate: int | None,
    chapters: Sequence[Chapter],
    tags: Tags,
    cover: bytes | None,
) -> list[str]:
    """All of ffmpeg's arguments but the file to write; what it reads beside the sound is put into `folder`."""
    vorbis = audio_format.metadata == "vorbis"
    own_picture = None if audio_format.cover_stream else cover
    extra = build_vorbis_comments(chapters, tags.plan, own_picture) if vorbis else AUDIOBOOK_TAGS
    metadata = folder / "metadata"
    metadata.write_text(format_ffmetadata(tags, [] if vorbis else chapters, extra), "utf-8")
    inputs = [*_input_arguments(source), "-f", "ffmetadata", "-i", str(metadata)]
    maps = ["-map", "0:a", "-map_metadata", "1", "-map_chapters", "1"]
    if tags.language:
        maps += ["-metadata:s:a:0", f"language={iso_639_2_code(tags.language)}"]
    if cover is not None and audio_format.cover_stream:
        picture = folder / "cover"
        picture.write_bytes(cover)
        demuxer = "png_pipe" if cover.startswith(b"\x89PNG") else "jpeg_pipe"
        inputs += ["-f", demuxer, "-i", str(picture)]
        maps += ["-map", "2:v", "-c:v", "copy", "-disposition:v:0", "attached_pic"]
        maps += ["-metadata:s:v:0", "comment=Cover (front)"]
    rate = audio_format.default_kbps and (bit_rate or audio_format.default_kbps[source.channels])
    codec = ["-c:a", audio_format.encoder, *audio_format.encoder_options, *(["-b:a", f"{rate}k"] if rate else [])]
    if rate and audio_format.name == "opus" and rate >= MIN_CELT_KBPS_PER_CHANNEL * source.channels:
        codec += ["-application", "lowdelay"]
    return [*inputs, *maps, *codec, "-flags:a", "+bitexact", "-fflags", "+bitexact", "-y", *audio_format.muxer]


def _input_arguments(source: AudioSource) -> list[str]:
    """Only files named here and the pipe are read, whatever the metadata may say."""
    raw = ["-f", "f32le", "-ar", str(SAMPLE_RATE), "-ac", str(source.channels)]
    return ["-protocol_whitelist", "file,pipe", *raw, "-i", "pipe:0"]
