"""The audio formats that can be written, and everything that differs between them. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

__all__ = ["FORMATS", "Format", "format_for_file_name"]


@dataclass(frozen=True)
class Format:
    """One audio format. Its name is also its file extension."""

    name: str
    media_type: str
    encoder: str
    """ffmpeg's name for it."""
    encoder_options: tuple[str, ...] = ()
    muxer: tuple[str, ...] = ()
    default_kbps: dict[int, int] | None = None
    """Bit rate by number of channels, if none is asked for; None for a lossless format."""
    metadata: Literal["id3", "mp4", "vorbis", "wav"] = "id3"
    """The way in which chapters, cover and plan are stored."""
    cover_stream: bool = False
    """Whether the cover is a video stream of its own."""
    has_chapters: bool = True
    extra_samples: int = 0
    """How many samples a decoder may return after the end; 0 for formats that are exact."""
    chapter_tolerance_s: float = 0.0015
    """Chapters are stored in whole milliseconds."""
    aliases: tuple[str, ...] = ()
    """Other extensions under which players know such a file."""

    @property
    def extensions(self) -> tuple[str, ...]:
        """Extensions of such files, with the dot; the first is ours."""
        return tuple(f".{name}" for name in (self.name, *self.aliases))


FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        Format("mp3", "audio/mpeg", "libmp3lame", default_kbps={1: 64, 2: 128}),
        Format(
            "m4b",
            "audio/mp4",
            "aac",
            muxer=("-movflags", "+faststart", "-f", "ipod"),
            default_kbps={1: 64, 2: 128},
            metadata="mp4",
            cover_stream=True,
            extra_samples=1024,
            aliases=("m4a",),
        ),
        Format(
            "opus",
            "audio/ogg",
            "libopus",
            muxer=("-f", "opus"),
            default_kbps={1: 48, 2: 96},
            metadata="vorbis",
            chapter_tolerance_s=0.008,  # the last chapter is read as ending with the pre-skip
            aliases=("ogg",),
        ),
        Format(
            "flac",
            "audio/flac",
            "flac",
            encoder_options=("-sample_fmt", "s16"),
            muxer=("-f", "flac"),
            metadata="vorbis",
            cover_stream=True,
        ),
        Format(
            "wav",
            "audio/wav",
            "pcm_s16le",
            muxer=("-rf64", "auto", "-f", "wav"),
            metadata="wav",
            has_chapters=False,
        ),
    )
}
"""By name."""


def format_for_file_name(file_name: str) -> Format | None:
    """The format of a file by the extension of its name, in any case, or None."""
    extension = PurePath(file_name).suffix.lower()
    return next((each for each in FORMATS.values() if extension in each.extensions), None)
