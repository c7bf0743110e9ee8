"""Formats other than MP3: the whole mix streamed through ffmpeg, a few seconds at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from voiceguide.audio.mixer.source import Mixed
from voiceguide.encode.formats import FORMATS, Format
from voiceguide.errors import ExportError
from voiceguide.metadata.embedded_plan import append_plan
from voiceguide.metadata.ffmetadata import ffmetadata, vorbis_comments
from voiceguide.metadata.tags import Chapter, Tags, language_code
from voiceguide.system.atomic_file import file_errors
from voiceguide.system.ffmpeg import Child
from voiceguide.system.temp_dirs import scratch_folder
from voiceguide.units import SAMPLE_RATE

__all__ = ["write_stream"]

BLOCK = 5 * SAMPLE_RATE
LEAST_CELT = 32
"""Kilobits a channel with which Opus sounds as well without its modes for speech. Given the choice it takes them in
quiet passages, and what they make of a pure tone is 16 dB too loud in players that decode with ffmpeg's own decoder."""
AUDIOBOOK = {"media_type": "2"}
"""Players of MP4 files remember the place in an audiobook, and show its chapters."""


def write_stream(
    mixed: Mixed,
    path: Path,
    kind: str,
    *,
    bit_rate: int | None = None,
    chapters: Sequence[Chapter] = (),
    tags: Tags,
    cover: bytes | None = None,
    progress: Callable[[int], None] | None = None,
    turn_down_db: float = 0.0,
) -> None:
    """Write the whole session as `m4b`, `opus`, `flac` or `wav`, softer by `turn_down_db` than the mix; the other
    arguments are those of `write_mp3`.

    Decoded, the file has exactly the session's samples; only for `m4b`, decoders that do not look at its edit list add
    up to 1,023 of quiet. WAV holds no chapters and no cover.

    Raises:
        EncodeError: the sound could not be encoded or the file not written.
    """
    form = FORMATS[kind]
    if mixed.total <= 0:
        raise ExportError(f"{path} could not be written: the session has no length. Give it a step.")
    with scratch_folder() as folder, file_errors(path):
        arguments = _arguments(form, mixed, Path(folder), bit_rate, chapters, tags, cover)
        softer = ["-af", f"volume={-turn_down_db:.2f}dB:precision=float"] if turn_down_db else []
        with Child([*arguments, *softer, f"file:{path.absolute()}"], doing=f"write {path}") as child:
            for start, block in _blocks(mixed):
                child.write(block)
                if progress:
                    progress(min(start + BLOCK, mixed.total))
            child.finish()
        if tags.plan is not None and form.metadata != "vorbis":
            append_plan(path, tags.plan)


def _blocks(mixed: Mixed) -> Iterator[tuple[int, memoryview]]:
    for start in range(0, mixed.total, BLOCK):
        block = mixed.render(start, min(start + BLOCK, mixed.total))
        yield start, np.ascontiguousarray(block, "<f4").reshape(-1).data


def _arguments(
    form: Format,
    mixed: Mixed,
    folder: Path,
    bit_rate: int | None,
    chapters: Sequence[Chapter],
    tags: Tags,
    cover: bytes | None,
) -> list[str]:
    """All of ffmpeg's arguments but the file to write; what it reads beside the sound is put into `folder`."""
    vorbis = form.metadata == "vorbis"
    own_picture = None if form.cover_stream else cover
    extra = vorbis_comments(chapters, tags.plan, own_picture) if vorbis else AUDIOBOOK
    metadata = folder / "metadata"
    metadata.write_text(ffmetadata(tags, [] if vorbis else chapters, extra), "utf-8")
    inputs = [*_source(mixed), "-f", "ffmetadata", "-i", str(metadata)]
    maps = ["-map", "0:a", "-map_metadata", "1", "-map_chapters", "1"]
    if tags.language:
        maps += ["-metadata:s:a:0", f"language={language_code(tags.language)}"]
    if cover is not None and form.cover_stream:
        picture = folder / "cover"
        picture.write_bytes(cover)
        demuxer = "png_pipe" if cover.startswith(b"\x89PNG") else "jpeg_pipe"
        inputs += ["-f", demuxer, "-i", str(picture)]
        maps += ["-map", "2:v", "-c:v", "copy", "-disposition:v:0", "attached_pic"]
        maps += ["-metadata:s:v:0", "comment=Cover (front)"]
    rate = form.default_kbps and (bit_rate or form.default_kbps[mixed.channels])
    codec = ["-c:a", form.encoder, *form.encoder_options, *(["-b:a", f"{rate}k"] if rate else [])]
    if rate and form.name == "opus" and rate >= LEAST_CELT * mixed.channels:
        codec += ["-application", "lowdelay"]
    return [*inputs, *maps, *codec, "-flags:a", "+bitexact", "-fflags", "+bitexact", "-y", *form.muxer]


def _source(mixed: Mixed) -> list[str]:
    """Only files named here and the pipe are read, whatever the metadata may say."""
    raw = ["-f", "f32le", "-ar", str(SAMPLE_RATE), "-ac", str(mixed.channels)]
    return ["-protocol_whitelist", "file,pipe", *raw, "-i", "pipe:0"]
