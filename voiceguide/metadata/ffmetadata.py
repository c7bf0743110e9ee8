"""Tags and chapters in ffmpeg's metadata format and as Vorbis comments."""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Mapping, Sequence

from voiceguide.metadata.plan_codec import compress_plan
from voiceguide.metadata.tags import Chapter, Tags, clip_tag_text, iso_639_2_code
from voiceguide.units import SAMPLE_RATE, format_timestamp, samples_to_ms

__all__ = [
    "CHECKSUM_COMMENT",
    "NO_CHECKSUM",
    "PLAN_COMMENT",
    "build_vorbis_comments",
    "format_ffmetadata",
    "parse_ffmetadata",
]

PLAN_COMMENT = "VOICEGUIDE_PLAN"
CHECKSUM_COMMENT = "VOICEGUIDE_SUM"
NO_CHECKSUM = "00000000"
"""Placeholder for the checksum until the audio has been written."""
_FRONT_COVER = 3
_LINE = re.compile(r"^[^\\\n]*(?:\\.[^\\\n]*)*$", re.MULTILINE | re.DOTALL)
"""Matches one line. A line that ends with a backslash continues on the next line. Matching a character at a time would
take a hundred bytes of memory for each."""
_PAIR = re.compile(r"([^\\=]*(?:\\.[^\\=]*)*)=([^\\]*(?:\\.[^\\]*)*)", re.DOTALL)


def format_ffmetadata(tags: Tags, chapters: Sequence[Chapter], extra: Mapping[str, str]) -> str:
    """Return tags and chapters in ffmpeg's metadata format, `-f ffmetadata`.

    The `extra` pairs precede the tags and are not shortened.
    """
    texts = {
        "title": tags.title,
        "artist": tags.artist,
        "album": tags.album,
        "genre": tags.genre,
        "language": iso_639_2_code(tags.language) if tags.language else "",
        "comment": tags.comment,
    }
    pairs = [(key, clip_tag_text(value)) for key, value in texts.items() if clip_tag_text(value)]
    lines = [";FFMETADATA1", *(f"{key}={_escape(value)}" for key, value in [*extra.items(), *pairs])]
    for chapter in chapters:
        lines += ["[CHAPTER]", f"TIMEBASE=1/{SAMPLE_RATE}", f"START={chapter.start}", f"END={chapter.stop}"]
        lines += [f"title={_escape(clip_tag_text(chapter.title))}"]
    return "\n".join(lines) + "\n"


def parse_ffmetadata(text: str) -> tuple[dict[str, str], list[Chapter]]:
    """Parse ffmpeg's metadata format and return the tags and the chapters. The chapters are sorted by start.

    Raises:
        ValueError: The text is not in this format.
    """
    tags: dict[str, str] = {}
    sections: list[dict[str, str]] = []
    current = tags
    for line in _LINE.findall(text):
        if line == "[CHAPTER]":
            current = {}
            sections.append(current)
        elif line[:1] == "[":
            current = {}
        elif (match := _PAIR.fullmatch(line)) and match[1]:
            current[_unescape(match[1]).lower()] = _unescape(match[2])
    chapters = [_parse_chapter(section, number) for number, section in enumerate(sections, 1)]
    return tags, sorted(chapters, key=lambda chapter: chapter.start)


def _parse_chapter(section: Mapping[str, str], number: int) -> Chapter:
    numerator, denominator = map(int, section.get("timebase", "1/1000000000").split("/"))
    if denominator <= 0:
        raise ValueError("the time base is not a positive number")
    start, stop = (int(section.get(key, "")) * numerator * SAMPLE_RATE // denominator for key in ("start", "end"))
    return Chapter(start, stop, section.get("title", f"Chapter {number}"))


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


def build_vorbis_comments(chapters: Sequence[Chapter], plan: bytes | None, cover: bytes | None) -> dict[str, str]:
    """Return Vorbis comments with the chapters, the plan and the cover.

    The chapter format is specified at wiki.xiph.org/Chapter_Extension. The cover is a FLAC picture block.
    """
    comments: dict[str, str] = {} if plan is None else {CHECKSUM_COMMENT: NO_CHECKSUM}
    for number, chapter in enumerate(chapters, start=1):
        comments[f"CHAPTER{number:03}"] = format_timestamp(samples_to_ms(chapter.start))
        comments[f"CHAPTER{number:03}NAME"] = clip_tag_text(chapter.title)
    if plan is not None:
        comments[PLAN_COMMENT] = base64.b64encode(compress_plan(plan)).decode("ascii")
    if cover is not None:
        comments["METADATA_BLOCK_PICTURE"] = base64.b64encode(_flac_picture_block(cover)).decode("ascii")
    return comments


def _flac_picture_block(cover: bytes) -> bytes:
    """Return a FLAC picture block.

    Width, height and color depth are set to zero (unknown). Readers get them from the JPEG.
    """
    media_type = b"image/jpeg"
    no_description, unknown = 0, (0, 0, 0, 0)
    head = struct.pack(">II", _FRONT_COVER, len(media_type)) + media_type
    return head + struct.pack(">6I", no_description, *unknown, len(cover)) + cover


def _escape(text: str) -> str:
    return re.sub(r"([=;#\\\n])", r"\\\1", text)
