"""The audio formats that voiceguide can write, and the differences between them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

from voiceguide.metadata.audio_data import Container

__all__ = ["FORMATS", "Format", "format_for_file_name", "format_of_container"]


@dataclass(frozen=True)
class Format:
    """An audio format. Its name is also its file extension."""

    name: str
    media_type: str
    encoder: str
    """ffmpeg's name for the encoder."""
    encoder_options: tuple[str, ...] = ()
    muxer: tuple[str, ...] = ()
    default_kbps: dict[int, int] | None = None
    """Default bit rate by number of channels. None for a lossless format."""
    metadata: Literal["id3", "mp4", "vorbis", "wav"] = "id3"
    """How the chapters, cover and plan are stored."""
    cover_stream: bool = False
    """Whether the cover is stored as a video stream."""
    has_chapters: bool = True
    extra_samples: int = 0
    """Maximum number of extra samples that a decoder may return at the end, or 0 if the length is exact."""
    chapter_tolerance_s: float = 0.0015
    """Maximum error of a chapter time. Most formats store whole milliseconds."""
    balance_tolerance_db: float = 0.3
    """Maximum change in channel balance that the encoder may cause in 120 ms of audio below 1 kHz, at about its default
    bit rate. Twice the largest change measured in 46 sessions. For lossless formats, it allows for rounding."""
    aliases: tuple[str, ...] = ()
    """Alternative file extensions, without the dot."""

    @property
    def extensions(self) -> tuple[str, ...]:
        """All file extensions, with the dot. The first is used for new files."""
        return tuple(f".{name}" for name in (self.name, *self.aliases))

    def bit_rate_for(self, channels: int, requested: int | None) -> int:
        """Return the requested or default bit rate in kb/s, or 0 for a lossless format."""
        return (requested or self.default_kbps[channels]) if self.default_kbps else 0


FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        Format("mp3", "audio/mpeg", "libmp3lame", default_kbps={1: 64, 2: 128}, balance_tolerance_db=0.5),
        Format(
            "m4b",
            "audio/mp4",
            "aac",
            encoder_options=("-aac_is", "0"),  # intensity stereo drops parts of lines over a loud bed
            muxer=("-movflags", "+faststart", "-f", "ipod"),
            default_kbps={1: 64, 2: 128},
            metadata="mp4",
            cover_stream=True,
            extra_samples=1024,
            balance_tolerance_db=1.5,
            aliases=("m4a",),
        ),
        Format(
            "opus",
            "audio/ogg",
            "libopus",
            muxer=("-f", "opus"),
            default_kbps={1: 48, 2: 96},
            metadata="vorbis",
            balance_tolerance_db=1.2,
            chapter_tolerance_s=0.008,  # ffmpeg adds the pre-skip to the end of the last chapter
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
            muxer=("-rf64", "auto", "-write_bext", "1", "-f", "wav"),
            metadata="wav",
            has_chapters=False,
        ),
    )
}
"""All formats by name."""


def format_of_container(container: Container) -> Format:
    """Return the format that uses the given container."""
    return FORMATS[{"mp4": "m4b", "ogg": "opus"}.get(container, container)]


def format_for_file_name(file_name: str) -> Format | None:
    """Return the format for a file name's extension, ignoring case, or None if it is unknown."""
    extension = PurePath(file_name).suffix.lower()
    return next((each for each in FORMATS.values() if extension in each.extensions), None)
