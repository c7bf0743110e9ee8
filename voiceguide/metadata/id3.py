"""ID3v2.3 tags (id3.org/id3v2.3.0, id3.org/id3v2-chapters-1.0): written with their chapters in time order, and the
private plan read back."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

from voiceguide.metadata.plan_codec import compress_plan, decompress_plan
from voiceguide.metadata.tags import Chapter, Tags, clip_tag_text, iso_639_2_code
from voiceguide.units import SAMPLE_RATE

__all__ = ["build_id3_tag", "checksum_offset", "read_id3_checksum", "read_id3_plan"]

_PLAN_OWNER = b"voiceguide\0"
_CHECKSUM_OWNER = b"voiceguide sum\0"
_NO_OFFSET = 0xFFFFFFFF
_MAX_TOC_CHILDREN = 255
_HEADER_BYTES = 10


def build_id3_tag(tags: Tags, chapters: Sequence[Chapter], cover: bytes | None, total_samples: int) -> bytes:
    """A whole tag, header included. `total` is the samples of the session; `cover` a JPEG or PNG file."""
    language = iso_639_2_code(tags.language).encode("ascii") if tags.language else b""
    frames = [
        _text_frame(b"TIT2", tags.title),
        _text_frame(b"TPE1", tags.artist),
        _text_frame(b"TALB", tags.album),
        _text_frame(b"TCON", tags.genre),
        _text_frame(b"TLAN", language.decode("ascii")),
        _text_frame(b"TLEN", str(_samples_to_ms(total_samples))),
        _comment_frame(tags.comment, language or b"und"),
        _plan_frame(tags.plan),
        _frame(b"PRIV", _CHECKSUM_OWNER + bytes(4)) if tags.plan is not None else b"",
        *_toc_frames(len(chapters)),
        *(_chapter_frame(number, chapter) for number, chapter in enumerate(chapters)),
        _picture_frame(cover),
    ]
    body = b"".join(frames)
    return b"ID3\x03\x00\x00" + _encode_syncsafe(len(body)) + body


def read_id3_plan(path: Path) -> bytes | None:
    """The plan in the tag of an MP3 file, or None where there is no tag, no plan, or a damaged one."""
    packed = _read_private_frame(path, _PLAN_OWNER)
    return None if packed is None else decompress_plan(packed)


def read_id3_checksum(path: Path) -> int | None:
    """The sum of the sound in the tag of an MP3 file, or None where there is none."""
    found = _read_private_frame(path, _CHECKSUM_OWNER)
    return None if found is None or len(found) != 4 else int.from_bytes(found, "big")


def checksum_offset(tag: bytes) -> int | None:
    """Where in a tag the four bytes of the sum are, to be written when the sound is; None where there is no plan."""
    at = tag.find(b"\0" + _CHECKSUM_OWNER)
    return None if at < 0 else at + 1 + len(_CHECKSUM_OWNER)


def _read_private_frame(path: Path, owner: bytes) -> bytes | None:
    with open(path, "rb") as file:
        header = file.read(_HEADER_BYTES)
        if len(header) < _HEADER_BYTES or header[:5] != b"ID3\x03\x00":
            return None
        body = file.read(_decode_syncsafe(header[6:10]))
    at = 0
    while at + _HEADER_BYTES <= len(body) and body[at] != 0:
        name, size, _ = struct.unpack_from(">4sIH", body, at)
        content = body[at + _HEADER_BYTES : at + _HEADER_BYTES + size]
        if name == b"PRIV" and content.startswith(owner):
            return content[len(owner) :]
        at += _HEADER_BYTES + size
    return None


def _frame(name: bytes, content: bytes) -> bytes:
    return struct.pack(">4sIH", name, len(content), 0) + content


def _encode_text(text: str) -> tuple[bytes, bytes]:
    """The number of the encoding and the text in it: Latin-1 where it will do, else UTF-16."""
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
    return b"" if plan is None else _frame(b"PRIV", _PLAN_OWNER + compress_plan(plan))


def _picture_frame(cover: bytes | None) -> bytes:
    if cover is None:
        return b""
    kind = b"image/png" if cover.startswith(b"\x89PNG") else b"image/jpeg"
    front_cover = b"\x03"
    return _frame(b"APIC", b"\x00" + kind + b"\x00" + front_cover + b"\x00" + cover)


def _toc_frames(count: int) -> list[bytes]:
    """The table of contents: some players show no chapter without it. A table holds 255 names; more than that go into
    tables of their own, and these into the top one."""
    names = [_chapter_id(number) for number in range(count)]
    if not names:
        return []
    if count <= _MAX_TOC_CHILDREN:
        return [_toc_frame(b"toc", names, top=True)]
    groups = [names[at : at + _MAX_TOC_CHILDREN] for at in range(0, count, _MAX_TOC_CHILDREN)]
    titles = [b"toc%d" % number for number in range(len(groups))]
    lower = [_toc_frame(title, group, top=False) for title, group in zip(titles, groups, strict=True)]
    return [_toc_frame(b"toc", titles, top=True), *lower]


def _toc_frame(name: bytes, children: Sequence[bytes], *, top: bool) -> bytes:
    ordered, top_level = 0b01, 0b10
    flags = ordered | (top_level if top else 0)
    return _frame(b"CTOC", name + b"\0" + bytes([flags, len(children)]) + b"".join(child + b"\0" for child in children))


def _chapter_frame(number: int, chapter: Chapter) -> bytes:
    times = struct.pack(">4I", _samples_to_ms(chapter.start), _samples_to_ms(chapter.stop), _NO_OFFSET, _NO_OFFSET)
    return _frame(b"CHAP", _chapter_id(number) + b"\0" + times + _text_frame(b"TIT2", chapter.title))


def _chapter_id(number: int) -> bytes:
    return b"chp%d" % number


def _samples_to_ms(samples: int) -> int:
    return (samples * 1000 + SAMPLE_RATE // 2) // SAMPLE_RATE


def _encode_syncsafe(size: int) -> bytes:
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))


def _decode_syncsafe(data: bytes) -> int:
    return data[0] << 21 | data[1] << 14 | data[2] << 7 | data[3]
