"""Write M4B, Opus, FLAC and WAV files by streaming the mix through ffmpeg, a few seconds at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from voiceguide.audio.mixer.source import AudioSource
from voiceguide.encode.formats import FORMATS, Format
from voiceguide.errors import ExportError
from voiceguide.metadata.embedded_plan import append_embedded_plan, patch_checksum_comment
from voiceguide.metadata.ffmetadata import build_vorbis_comments, format_ffmetadata
from voiceguide.metadata.tags import Chapter, Tags, iso_639_2_code
from voiceguide.metadata.wav_markers import append_markers
from voiceguide.system.atomic_file import convert_write_errors
from voiceguide.system.ffmpeg import FfmpegProcess
from voiceguide.system.temp_dirs import make_temp_dir
from voiceguide.units import SAMPLE_RATE

__all__ = ["write_float_audio", "write_with_ffmpeg"]

BLOCK_SAMPLES = 5 * SAMPLE_RATE
MIN_CELT_KBPS_PER_CHANNEL = 32
"""At or above this bit rate, Opus sounds just as good without its speech modes, so they are disabled.

libopus uses these modes in quiet passages. ffmpeg's native decoder and players based on it then play pure tones 16 dB
too loud.
"""
AUDIOBOOK_TAGS = {"media_type": "2"}
"""Tags that mark the file as an audiobook, so that MP4 players remember the position and show chapters."""


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
    markers: Sequence[Chapter] = (),
) -> None:
    """Write the whole session as `m4b`, `opus`, `flac` or `wav`.

    The other arguments are the same as for `write_mp3`. The decoded file has exactly as many samples as the session.
    For `m4b`, however, decoders that ignore the edit list add up to 1,023 samples of silence. WAV files have no cover,
    and contain `markers` instead of chapters.

    Raises:
        ExportError: If the audio cannot be encoded or the file cannot be written.
    """
    audio_format = FORMATS[format_name]
    if source.total <= 0:
        raise ExportError(f"{path} could not be written: the session is empty. Add a step to the script.")
    with make_temp_dir() as folder, convert_write_errors(path):
        arguments = _ffmpeg_arguments(audio_format, source, Path(folder), bit_rate, chapters, tags, cover)
        with FfmpegProcess([*arguments, f"file:{path.absolute()}"], action=f"write {path}") as process:
            _write_blocks(process, source, progress)
        if audio_format.metadata == "wav":
            append_markers(path, markers)
        if tags.plan is not None and audio_format.metadata == "vorbis":
            patch_checksum_comment(path)
        elif tags.plan is not None:
            append_embedded_plan(path, tags.plan)


def write_float_audio(
    source: AudioSource, path: Path, output: Sequence[str], progress: Callable[[int], None] | None = None
) -> None:
    """Write only the audio, without metadata. `output` contains ffmpeg's arguments for the encoder and the container.

    Raises:
        ExportError: If the audio cannot be encoded or the file cannot be written.
    """
    arguments = [*_input_arguments(source), *output, "-flags:a", "+bitexact", "-fflags", "+bitexact", "-y"]
    with (
        convert_write_errors(path),
        FfmpegProcess([*arguments, f"file:{path.absolute()}"], action=f"write {path}") as process,
    ):
        _write_blocks(process, source, progress)


def _write_blocks(process: FfmpegProcess, source: AudioSource, progress: Callable[[int], None] | None) -> None:
    """Write the whole session to ffmpeg and wait until ffmpeg has finished."""
    for start in range(0, source.total, BLOCK_SAMPLES):
        stop = min(start + BLOCK_SAMPLES, source.total)
        process.write(np.ascontiguousarray(source.render(start, stop), "<f4").reshape(-1).data)
        if progress:
            progress(stop)
    process.read_all()


def _ffmpeg_arguments(
    audio_format: Format,
    source: AudioSource,
    folder: Path,
    bit_rate: int | None,
    chapters: Sequence[Chapter],
    tags: Tags,
    cover: bytes | None,
) -> list[str]:
    """Return all ffmpeg arguments except the output file. Write the metadata and the cover to `folder`."""
    vorbis = audio_format.metadata == "vorbis"
    comment_cover = None if audio_format.cover_stream else cover
    extra = build_vorbis_comments(chapters, tags.plan, comment_cover) if vorbis else AUDIOBOOK_TAGS
    metadata = folder / "metadata"
    metadata.write_text(format_ffmetadata(tags, [] if vorbis else chapters, extra), "utf-8")
    inputs = [*_input_arguments(source), "-f", "ffmetadata", "-i", str(metadata)]
    maps = ["-map", "0:a", "-map_metadata", "1", "-map_chapters", "1"]
    if audio_format.metadata == "wav":
        maps += ["-metadata", f"description={tags.title}", "-metadata", "originator=voiceguide"]
        maps += ["-metadata", "time_reference=0"]
    if tags.language:
        maps += ["-metadata:s:a:0", f"language={iso_639_2_code(tags.language)}"]
    if cover is not None and audio_format.cover_stream:
        picture = folder / "cover"
        picture.write_bytes(cover)
        inputs += ["-f", "jpeg_pipe", "-i", str(picture)]
        maps += ["-map", "2:v", "-c:v", "copy", "-disposition:v:0", "attached_pic"]
        maps += ["-metadata:s:v:0", "comment=Cover (front)"]
    rate = audio_format.bit_rate_for(source.channels, bit_rate)
    codec = ["-c:a", audio_format.encoder, *audio_format.encoder_options, *(["-b:a", f"{rate}k"] if rate else [])]
    if rate and audio_format.name == "opus" and rate >= MIN_CELT_KBPS_PER_CHANNEL * source.channels:
        codec += ["-application", "lowdelay"]
    return [*inputs, *maps, *codec, "-flags:a", "+bitexact", "-fflags", "+bitexact", "-y", *audio_format.muxer]


def _input_arguments(source: AudioSource) -> list[str]:
    """Return the arguments for the audio input. ffmpeg can read only local files, regardless of the metadata."""
    raw = ["-f", "f32le", "-ar", str(SAMPLE_RATE), "-ac", str(source.channels)]
    return ["-protocol_whitelist", "file,pipe", *raw, "-i", "pipe:0"]
