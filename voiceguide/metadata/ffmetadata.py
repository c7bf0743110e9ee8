"""Tags and chapters in the words of other formats: ffmpeg's metadata file, Vorbis comments."""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Mapping, Sequence

from voiceguide.metadata.plan_codec import compress_plan
from voiceguide.metadata.tags import Chapter, Tags, clip_tag_text, iso_639_2_code
from voiceguide.units import SAMPLE_RATE

__all__ = ["PLAN_COMMENT", "build_vorbis_comments", "format_ffmetadata"]

PLAN_COMMENT = "VOICEGUIDE_PLAN"
_FRONT_COVER = 3


def format_ffmetadata(tags: Tags, chapters: Sequence[Chapter], extra: Mapping[str, str]) -> str:
    """What ffmpeg reads as `-f ffmetadata`. `extra` is written after the tags, as it is."""
    shown = {
        "title": tags.title,
        "artist": tags.artist,
        "album": tags.album,
        "genre": tags.genre,
        "language": iso_639_2_code(tags.language) if tags.language else "",
        "comment": tags.comment,
    }
    pairs = [(key, clip_tag_text(value)) for key, value in shown.items() if clip_tag_text(value)]
    lines = [";FFMETADATA1", *(f"{key}={_escaped(value)}" for key, value in [*pairs, *extra.items()])]
    for chapter in chapters:
        lines += ["[CHAPTER]", f"TIMEBASE=1/{SAMPLE_RATE}", f"START={chapter.start}", f"END={chapter.stop}"]
        lines += [f"title={_escaped(clip_tag_text(chapter.title))}"]
    return "\n".join(lines) + "\n"


def build_vorbis_comments(chapters: Sequence[Chapter], plan: bytes | None, cover: bytes | None) -> dict[str, str]:
    """Chapters as Ogg and FLAC players know them (wiki.xiph.org/Chapter_Extension), the plan, the cover as a FLAC
    picture block."""
    comments: dict[str, str] = {}
    for number, chapter in enumerate(chapters, start=1):
        comments[f"CHAPTER{number:03}"] = _format_chapter_time(chapter.start)
        comments[f"CHAPTER{number:03}NAME"] = clip_tag_text(chapter.title)
    if plan is not None:
        comments[PLAN_COMMENT] = base64.b64encode(compress_plan(plan)).decode("ascii")
    if cover is not None:
        comments["METADATA_BLOCK_PICTURE"] = base64.b64encode(_flac_picture_block(cover)).decode("ascii")
    return comments


def _flac_picture_block(cover: bytes) -> bytes:
    """Sizes and depth are left as zero, which stands for unknown: readers look into the picture."""
    kind = b"image/png" if cover.startswith(b"\x89PNG") else b"image/jpeg"
    no_description, unknown = 0, (0, 0, 0, 0)
    head = struct.pack(">II", _FRONT_COVER, len(kind)) + kind
    return head + struct.pack(">6I", no_description, *unknown, len(cover)) + cover


def _format_chapter_time(samples: int) -> str:
    milliseconds = (samples * 1000 + SAMPLE_RATE // 2) // SAMPLE_RATE
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"


def _escaped(text: str) -> str:
    return re.sub(r"([=;#\\\n])", r"\\\1", text)
