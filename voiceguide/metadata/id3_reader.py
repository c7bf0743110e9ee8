"""Read private frames from ID3v2.3 and ID3v2.4 tags, whichever program saved them.

The formats are specified at id3.org/id3v2.3.0 and id3.org/id3v2.4.0-structure.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

__all__ = ["id3v2_end", "read_private_frame"]

_HEADER_BYTES = 10
_UNSYNCHRONIZED, _EXTENDED = 0x80, 0x40
_V4_GROUPED, _V4_PACKED, _V4_UNSYNCHRONIZED, _V4_LENGTH = 0x40, 0x0C, 0x02, 0x01
_V3_PACKED, _V3_GROUPED = 0xC0, 0x20
_MAX_TAG_BYTES = 1 << 26


def id3v2_end(file: BinaryIO) -> int:
    """Return the offset of the first byte after the ID3v2 tags of a file. Some programs add a second tag."""
    return max((offset + size for offset, size in _iter_tags(file)), default=0)


def read_private_frame(path: Path, owner: bytes) -> bytes | None:
    """Return the contents of the first PRIV frame that belongs to `owner`, or None if there is none."""
    with open(path, "rb") as file:
        for offset, size in _iter_tags(file):
            file.seek(offset)
            for name, content in _iter_frames(file.read(min(size, _MAX_TAG_BYTES))):
                if name == b"PRIV" and content.startswith(owner + b"\0"):
                    return content[len(owner) + 1 :]
    return None


def _iter_tags(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """Yield the offset and the size, including the header, of each tag."""
    offset = 0
    while True:
        file.seek(offset)
        header = file.read(_HEADER_BYTES)
        if header[:3] != b"ID3" or len(header) < _HEADER_BYTES:
            return
        footer = _HEADER_BYTES if header[3] == 4 and header[5] & 0x10 else 0
        size = _HEADER_BYTES + _syncsafe(header[6:10]) + footer
        yield offset, size
        offset += size


def _iter_frames(tag: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the name and the contents of each frame that is neither compressed nor encrypted."""
    version, flags, body = tag[3], tag[5], tag[_HEADER_BYTES:]
    if version not in (3, 4):
        return
    if version == 3 and flags & _UNSYNCHRONIZED:
        body = _resynchronize(body)
    offset = 0
    if flags & _EXTENDED:
        offset = _syncsafe(body[:4]) if version == 4 else 4 + int.from_bytes(body[:4], "big")
    while offset + _HEADER_BYTES <= len(body) and body[offset] != 0:
        name, size, status = struct.unpack_from(">4sIH", body, offset)
        offset += _HEADER_BYTES
        if version == 4:
            size = _syncsafe(body[offset - 6 : offset - 2])
        content = body[offset : offset + size]
        offset += size
        decoded = _decode_v4(content, status, flags) if version == 4 else _decode_v3(content, status)
        if decoded is not None:
            yield name, decoded


def _decode_v3(content: bytes, status: int) -> bytes | None:
    if status & _V3_PACKED:
        return None
    return content[1:] if status & _V3_GROUPED else content


def _decode_v4(content: bytes, status: int, tag_flags: int) -> bytes | None:
    if status & _V4_PACKED:
        return None
    content = content[1:] if status & _V4_GROUPED else content
    content = content[4:] if status & _V4_LENGTH else content
    return _resynchronize(content) if status & _V4_UNSYNCHRONIZED or tag_flags & _UNSYNCHRONIZED else content


def _resynchronize(data: bytes) -> bytes:
    """Remove the zeros that were inserted after each 0xFF so that no player mistakes the tag for audio."""
    return data.replace(b"\xff\x00", b"\xff")


def _syncsafe(data: bytes) -> int:
    return sum((byte & 0x7F) << shift for byte, shift in zip(data, (21, 14, 7, 0), strict=False))
