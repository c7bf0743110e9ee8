"""Write ID3v2.3 tags with chapters, the embedded plan and the audio checksum.

The formats are specified at id3.org/id3v2.3.0 and id3.org/id3v2-chapters-1.0.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

from voiceguide.metadata.id3_reader import read_private_frame
from voiceguide.metadata.plan_codec import compress_plan, decompress_plan
from voiceguide.metadata.tags import Chapter, Tags, clip_tag_text, iso_639_2_code
from voiceguide.units import samples_to_ms

__all__ = ["build_id3_tag", "checksum_offset", "read_id3_checksum", "read_id3_plan"]

_PLAN_OWNER = b"voiceguide"
_CHECKSUM_OWNER = b"voiceguide sum"
_NO_OFFSET = 0xFFFFFFFF
_MAX_TOC_CHILDREN = 255


def build_id3_tag(tags: Tags, chapters: Sequence[Chapter], cover: bytes | None, total_samples: int) -> bytes:
    """Return a complete tag with its header.

    `cover` is a JPEG file, and `total_samples` is the length of the session. The checksum field is zero. It is filled
    in at `checksum_offset` after the audio has been written.
    """
    language = iso_639_2_code(tags.language).encode("ascii") if tags.language else b""
    frames = [
        _text_frame(b"TIT2", tags.title),
        _text_frame(b"TPE1", tags.artist),
        _text_frame(b"TALB", tags.album),
        _text_frame(b"TCON", tags.genre),
        _text_frame(b"TLAN", language.decode("ascii")),
        _text_frame(b"TLEN", str(samples_to_ms(total_samples))),
        _comment_frame(tags.comment, language or b"und"),
        _plan_frame(tags.plan),
        _frame(b"PRIV", _CHECKSUM_OWNER + bytes(5)) if tags.plan is not None else b"",
        *_toc_frames(len(chapters)),
        *(_chapter_frame(number, chapter) for number, chapter in enumerate(chapters)),
        _picture_frame(cover),
    ]
    body = b"".join(frames)
    syncsafe_size = bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\x00\x00" + syncsafe_size + body


def read_id3_plan(path: Path) -> bytes | None:
    """Return the plan from the tag of an MP3 file, or None if it is missing or damaged."""
    packed = read_private_frame(path, _PLAN_OWNER)
    return None if packed is None else decompress_plan(packed)


def read_id3_checksum(path: Path) -> int | None:
    """Return the audio checksum from the tag of an MP3 file, or None if it has none."""
    checksum = read_private_frame(path, _CHECKSUM_OWNER)
    return None if checksum is None or len(checksum) != 4 else int.from_bytes(checksum, "big")


def checksum_offset(tag: bytes) -> int | None:
    """Return the offset of the four checksum bytes in a tag, or None if the tag has no plan and therefore no
    checksum."""
    owner = b"\0" + _CHECKSUM_OWNER + b"\0"
    offset = tag.find(owner)
    return None if offset < 0 else offset + len(owner)


def _frame(name: bytes, content: bytes) -> bytes:
    return struct.pack(">4sIH", name, len(content), 0) + content


def _encode_text(text: str) -> tuple[bytes, bytes]:
    """Return the encoding number and the encoded text: Latin-1 if possible, otherwise UTF-16."""
    text = clip_tag_text(text)
    try:
        return b"\x00", text.encode("latin-1")
    except UnicodeEncodeError:
        return b"\x01", b"\xff\xfe" + text.encode("utf-16-le", "replace")


def _text_frame(name: bytes, text: str) -> bytes:
    encoding, content = _encode_text(text)
    return _frame(name, encoding + content) if content else b""


def _comment_frame(text: str, language: bytes) -> bytes:
    encoding, content = _encode_text(text)
    no_description = b"\x00" if encoding == b"\x00" else b"\xff\xfe\x00\x00"
    return _frame(b"COMM", encoding + language + no_description + content) if content else b""


def _plan_frame(plan: bytes | None) -> bytes:
    return b"" if plan is None else _frame(b"PRIV", _PLAN_OWNER + b"\0" + compress_plan(plan))


def _picture_frame(cover: bytes | None) -> bytes:
    if cover is None:
        return b""
    front_cover = b"\x03"
    return _frame(b"APIC", b"\x00image/jpeg\x00" + front_cover + b"\x00" + cover)


def _toc_frames(count: int) -> list[bytes]:
    """Return the table of contents. Some players need it to show chapters.

    A table holds at most 255 entries. If there are more chapters, they are divided among several tables, which are
    listed in a top-level table.
    """
    ids = [_chapter_id(number) for number in range(count)]
    if not ids:
        return []
    if count <= _MAX_TOC_CHILDREN:
        return [_toc_frame(b"toc", ids, top=True)]
    groups = [ids[first : first + _MAX_TOC_CHILDREN] for first in range(0, count, _MAX_TOC_CHILDREN)]
    group_ids = [b"toc%d" % number for number in range(len(groups))]
    lower = [_toc_frame(group_id, group, top=False) for group_id, group in zip(group_ids, groups, strict=True)]
    return [_toc_frame(b"toc", group_ids, top=True), *lower]


def _toc_frame(toc_id: bytes, children: Sequence[bytes], *, top: bool) -> bytes:
    ordered, top_level = 0b01, 0b10
    flags = ordered | (top_level if top else 0)
    return _frame(
        b"CTOC", toc_id + b"\0" + bytes([flags, len(children)]) + b"".join(child + b"\0" for child in children)
    )


def _chapter_frame(number: int, chapter: Chapter) -> bytes:
    times = struct.pack(">4I", samples_to_ms(chapter.start), samples_to_ms(chapter.stop), _NO_OFFSET, _NO_OFFSET)
    return _frame(b"CHAP", _chapter_id(number) + b"\0" + times + _text_frame(b"TIT2", chapter.title))


def _chapter_id(number: int) -> bytes:
    return b"chp%d" % number
