"""ID3v2.3 tags (id3.org/id3v2.3.0, id3.org/id3v2-chapters-1.0): written with their chapters in time order, and the
private plan read back."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

from voiceguide.metadata.plan_codec import pack_plan, unpack_plan
from voiceguide.metadata.tags import Chapter, Tags, clipped, language_code
from voiceguide.units import SAMPLE_RATE

__all__ = ["id3_tag", "read_id3_plan", "read_id3_sum", "sum_place"]

_OWNER = b"voiceguide\0"
_SUM_OWNER = b"voiceguide sum\0"
_NO_OFFSET = 0xFFFFFFFF
_MOST_CHILDREN = 255
_HEADER = 10


def id3_tag(tags: Tags, chapters: Sequence[Chapter], cover: bytes | None, total: int) -> bytes:
    """A whole tag, header included. `total` is the samples of the session; `cover` a JPEG or PNG file."""
    language = language_code(tags.language).encode("ascii") if tags.language else b""
    frames = [
        _text(b"TIT2", tags.title),
        _text(b"TPE1", tags.artist),
        _text(b"TALB", tags.album),
        _text(b"TCON", tags.genre),
        _text(b"TLAN", language.decode("ascii")),
        _text(b"TLEN", str(_milliseconds(total))),
        _comment(tags.comment, language or b"und"),
        _plan(tags.plan),
        _frame(b"PRIV", _SUM_OWNER + bytes(4)) if tags.plan is not None else b"",
        *_contents(len(chapters)),
        *(_chapter(number, chapter) for number, chapter in enumerate(chapters)),
        _picture(cover),
    ]
    body = b"".join(frames)
    return b"ID3\x03\x00\x00" + _syncsafe(len(body)) + body


def read_id3_plan(path: Path) -> bytes | None:
    """The plan in the tag of an MP3 file, or None where there is no tag, no plan, or a damaged one."""
    packed = _private(path, _OWNER)
    return None if packed is None else unpack_plan(packed)


def read_id3_sum(path: Path) -> int | None:
    """The sum of the sound in the tag of an MP3 file, or None where there is none."""
    found = _private(path, _SUM_OWNER)
    return None if found is None or len(found) != 4 else int.from_bytes(found, "big")


def sum_place(tag: bytes) -> int | None:
    """Where in a tag the four bytes of the sum are, to be written when the sound is; None where there is no plan."""
    at = tag.find(b"\0" + _SUM_OWNER)
    return None if at < 0 else at + 1 + len(_SUM_OWNER)


def _private(path: Path, owner: bytes) -> bytes | None:
    with open(path, "rb") as file:
        header = file.read(_HEADER)
        if len(header) < _HEADER or header[:5] != b"ID3\x03\x00":
            return None
        body = file.read(_from_syncsafe(header[6:10]))
    at = 0
    while at + _HEADER <= len(body) and body[at] != 0:
        name, size, _ = struct.unpack_from(">4sIH", body, at)
        content = body[at + _HEADER : at + _HEADER + size]
        if name == b"PRIV" and content.startswith(owner):
            return content[len(owner) :]
        at += _HEADER + size
    return None


def _frame(name: bytes, content: bytes) -> bytes:
    return struct.pack(">4sIH", name, len(content), 0) + content


def _encoded(text: str) -> tuple[bytes, bytes]:
    """The number of the encoding and the text in it: Latin-1 where it will do, else UTF-16."""
    text = clipped(text)
    try:
        return b"\x00", text.encode("latin-1")
    except UnicodeEncodeError:
        return b"\x01", b"\xff\xfe" + text.encode("utf-16-le", "replace")


def _text(name: bytes, text: str) -> bytes:
    encoding, content = _encoded(text)
    return _frame(name, encoding + content) if content else b""


def _comment(text: str, language: bytes) -> bytes:
    encoding, content = _encoded(text)
    no_description = b"\x00" if encoding == b"\x00" else b"\xff\xfe\x00\x00"
    return _frame(b"COMM", encoding + language + no_description + content) if content else b""


def _plan(plan: bytes | None) -> bytes:
    return b"" if plan is None else _frame(b"PRIV", _OWNER + pack_plan(plan))


def _picture(cover: bytes | None) -> bytes:
    if cover is None:
        return b""
    kind = b"image/png" if cover.startswith(b"\x89PNG") else b"image/jpeg"
    front_cover = b"\x03"
    return _frame(b"APIC", b"\x00" + kind + b"\x00" + front_cover + b"\x00" + cover)


def _contents(count: int) -> list[bytes]:
    """The table of contents: some players show no chapter without it. A table holds 255 names; more than that go into
    tables of their own, and these into the top one."""
    names = [_name(number) for number in range(count)]
    if not names:
        return []
    if count <= _MOST_CHILDREN:
        return [_table(b"toc", names, top=True)]
    groups = [names[at : at + _MOST_CHILDREN] for at in range(0, count, _MOST_CHILDREN)]
    titles = [b"toc%d" % number for number in range(len(groups))]
    lower = [_table(title, group, top=False) for title, group in zip(titles, groups, strict=True)]
    return [_table(b"toc", titles, top=True), *lower]


def _table(name: bytes, children: Sequence[bytes], *, top: bool) -> bytes:
    ordered, top_level = 0b01, 0b10
    flags = ordered | (top_level if top else 0)
    return _frame(b"CTOC", name + b"\0" + bytes([flags, len(children)]) + b"".join(child + b"\0" for child in children))


def _chapter(number: int, chapter: Chapter) -> bytes:
    times = struct.pack(">4I", _milliseconds(chapter.start), _milliseconds(chapter.stop), _NO_OFFSET, _NO_OFFSET)
    return _frame(b"CHAP", _name(number) + b"\0" + times + _text(b"TIT2", chapter.title))


def _name(number: int) -> bytes:
    return b"chp%d" % number


def _milliseconds(samples: int) -> int:
    return (samples * 1000 + SAMPLE_RATE // 2) // SAMPLE_RATE


def _syncsafe(size: int) -> bytes:
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))


def _from_syncsafe(data: bytes) -> int:
    return data[0] << 21 | data[1] << 14 | data[2] << 7 | data[3]
