"""Where each format keeps the plan of a session and the sum of its sound, and how they are found again."""

from __future__ import annotations

import base64
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from voiceguide.metadata.audio_checksum import audio_checksum
from voiceguide.metadata.ffmetadata import PLAN_COMMENT
from voiceguide.metadata.id3 import read_id3_checksum, read_id3_plan
from voiceguide.metadata.plan_codec import compress_plan, decompress_plan

__all__ = ["append_embedded_plan", "read_embedded_checksum", "read_embedded_plan"]

_PLAN_BOX_UUID = bytes.fromhex("766f696365677569646520706c616e01")
_PLAN_CHUNK_ID = b"vgpl"
_MAX_READ_BYTES = 1 << 26
"""Bytes of a comment or chunk beyond which it is not looked at."""


def append_embedded_plan(path: Path, plan: bytes) -> None:
    """Put the plan behind a finished MP4 or WAV file, after the sum of its sound: a `uuid` box, a chunk of our own.
    Players skip both."""
    packed = struct.pack(">I", audio_checksum(path)) + compress_plan(plan)
    with open(path, "r+b") as file:
        kind = file.read(4)
        file.seek(0, os.SEEK_END)
        if kind not in (b"RIFF", b"RF64"):
            file.write(struct.pack(">I4s16s", 24 + len(packed), b"uuid", _PLAN_BOX_UUID) + packed)
            return
        file.write(struct.pack("<4sI", _PLAN_CHUNK_ID, len(packed)) + packed + bytes(len(packed) % 2))
        size = file.tell() - 8
        file.seek(4 if kind == b"RIFF" else 20)
        file.write(struct.pack("<I" if kind == b"RIFF" else "<Q", size))


def read_embedded_plan(path: Path) -> bytes | None:
    """The plan inside a file this program wrote, in any of its formats; None where there is none that can be read.

    Raises:
        OSError: the file cannot be read.
    """
    with open(path, "rb") as file:
        start = file.read(12)
        file.seek(0)
        if start[:4] == b"fLaC":
            return _plan_from_vorbis_comments(_read_flac_comments(file))
        if start[:4] == b"OggS":
            return _plan_from_vorbis_comments(_read_opus_tags(file))
        appended = _read_appended_payload(file, start)
    return read_id3_plan(path) if appended is None else decompress_plan(appended[4:])


def read_embedded_checksum(path: Path) -> int | None:
    """The sum of its sound that an MP3, MP4 or WAV file of ours carries, or None.

    Raises:
        OSError: the file cannot be read.
    """
    with open(path, "rb") as file:
        start = file.read(12)
        appended = _read_appended_payload(file, start)
    if appended is None:
        return read_id3_checksum(path)
    return int.from_bytes(appended[:4], "big") if len(appended) > 4 else None


def _read_appended_payload(file: BinaryIO, header: bytes) -> bytes | None:
    """What `append_plan` put behind a file of a kind it knows, empty where there is nothing; None for other kinds."""
    file.seek(0)
    if header[:4] in (b"RIFF", b"RF64"):
        return _read_riff_plan_chunk(file)
    return _read_mp4_plan_box(file) if header[4:8] == b"ftyp" else None


def _read_riff_plan_chunk(file: BinaryIO) -> bytes:
    """RIFF: chunks after the first twelve bytes, each padded to an even length. In an RF64 file, the size of the sound
    stands in the first chunk."""
    file.seek(12)
    sound = 0
    while len(head := file.read(8)) == 8:
        name, size = struct.unpack("<4sI", head)
        if name == _PLAN_CHUNK_ID:
            return file.read(min(size, _MAX_READ_BYTES))
        if name == b"ds64" and size >= 16:
            sound = struct.unpack("<8xQ", file.read(16))[0]
            size -= 16
        elif name == b"data" and size == 0xFFFFFFFF:
            size = sound
        file.seek(size + size % 2, os.SEEK_CUR)
    return b""


def _read_mp4_plan_box(file: BinaryIO) -> bytes:
    while len(head := file.read(8)) == 8:
        size, name = struct.unpack(">I4s", head)
        rest = size - 8
        if size == 1:
            rest = int.from_bytes(file.read(8), "big") - 16
        if rest < 0:
            return b""
        if name == b"uuid" and file.read(16) == _PLAN_BOX_UUID:
            return file.read(min(rest - 16, _MAX_READ_BYTES))
        file.seek(rest - (16 if name == b"uuid" else 0), os.SEEK_CUR)
    return b""


def _read_flac_comments(file: BinaryIO) -> bytes:
    file.seek(4)
    vorbis_comment, last = 4, 0x80
    while len(head := file.read(4)) == 4:
        size = int.from_bytes(head[1:], "big")
        if head[0] & 0x7F == vorbis_comment:
            return file.read(size)
        if head[0] & last:
            break
        file.seek(size, os.SEEK_CUR)
    return b""


def _read_opus_tags(file: BinaryIO) -> bytes:
    """The second packet of an Ogg Opus stream, without its eight letters."""
    packets = _iter_ogg_packets(file)
    next(packets, b"")
    packet = next(packets, b"")
    return packet[8:] if packet.startswith(b"OpusTags") else b""


def _iter_ogg_packets(file: BinaryIO) -> Iterator[bytes]:
    packet = bytearray()
    while len(head := file.read(27)) == 27 and head[:4] == b"OggS":
        for size in file.read(head[26]):
            packet += file.read(size)
            if len(packet) > _MAX_READ_BYTES:
                return
            if size < 255:
                yield bytes(packet)
                packet.clear()


def _plan_from_vorbis_comments(data: bytes) -> bytes | None:
    """Vorbis comments: lengths are little-endian; the maker's name comes first."""
    try:
        at = 4 + struct.unpack_from("<I", data)[0]
        (count,) = struct.unpack_from("<I", data, at)
        at += 4
        for _ in range(count):
            (size,) = struct.unpack_from("<I", data, at)
            name, _, value = data[at + 4 : at + 4 + size].partition(b"=")
            if name.upper() == PLAN_COMMENT.encode("ascii"):
                return decompress_plan(base64.b64decode(value, validate=True))
            at += 4 + size
    except (struct.error, ValueError):
        return None
    return None
