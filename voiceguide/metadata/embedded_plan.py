"""Store the plan and the audio checksum in finished files, and read them from files in any format."""

from __future__ import annotations

import base64
import json
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from zlib import crc32

from voiceguide.errors import AudioFileError
from voiceguide.metadata.audio_data import (
    crc32_of_range,
    find_audio,
    iter_chunks,
    iter_flac_blocks,
    iter_ogg_packets,
    opus_checksum,
)
from voiceguide.metadata.ffmetadata import CHECKSUM_COMMENT, NO_CHECKSUM, PLAN_COMMENT
from voiceguide.metadata.id3 import read_id3_checksum, read_id3_plan
from voiceguide.metadata.id3_reader import id3v2_end
from voiceguide.metadata.plan_codec import compress_plan, decompress_plan
from voiceguide.timeline.model import Timeline

__all__ = [
    "PLAN_ERRORS",
    "append_embedded_plan",
    "describe_plan_error",
    "patch_checksum_comment",
    "read_embedded",
    "read_embedded_plan",
    "read_session_info",
]

PLAN_ERRORS = (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError)
"""Exceptions that can occur while reading a plan that voiceguide did not write."""

_PLAN_BOX_UUID = bytes.fromhex("766f696365677569646520706c616e01")
_PLAN_CHUNK_ID = b"vgpl"
_FLAC_MD5_OFFSET = 26
_VORBIS_COMMENT = 4
"""The type of the FLAC metadata block that contains the comments."""
_MAX_OGG_HEADER_BYTES = 1 << 18
"""The checksum is the first comment, so it is within this many bytes of the start of the file."""
_REVERSED_BITS = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_ALL_ONES = 0xFFFFFFFF
_MAX_READ_BYTES = 1 << 26
"""Maximum size of a comment or chunk to read, in bytes."""


def append_embedded_plan(path: Path, plan: bytes) -> None:
    """Append the audio checksum and the plan to a finished MP4 or WAV file.

    They are stored in a `uuid` box or a private chunk, which players skip.
    """
    audio = find_audio(path)
    payload = struct.pack(">I", crc32_of_range(path, audio.offset, audio.size)) + compress_plan(plan)
    with open(path, "r+b") as file:
        signature = file.read(4)
        file.seek(0, os.SEEK_END)
        if signature not in (b"RIFF", b"RF64"):
            file.write(struct.pack(">I4s16s", 24 + len(payload), b"uuid", _PLAN_BOX_UUID) + payload)
            return
        file.write(struct.pack("<4sI", _PLAN_CHUNK_ID, len(payload)) + payload + bytes(len(payload) % 2))
        size = file.tell() - 8
        file.seek(4 if signature == b"RIFF" else 20)
        file.write(struct.pack("<I" if signature == b"RIFF" else "<Q", size))


def patch_checksum_comment(path: Path) -> None:
    """Fill in the audio checksum in the comments of a finished FLAC or Ogg Opus file.

    For FLAC, the checksum is the start of the MD5 of the decoded samples, which the encoder has stored in the file.
    """
    with open(path, "r+b") as file:
        head = file.read(_MAX_OGG_HEADER_BYTES)
        placeholder = f"{CHECKSUM_COMMENT}={NO_CHECKSUM}".encode("ascii")
        offset = head.index(placeholder) + len(placeholder) - len(NO_CHECKSUM)
        if head[:4] == b"fLaC":
            file.seek(offset)
            file.write(head[_FLAC_MD5_OFFSET : _FLAC_MD5_OFFSET + 4].hex().encode("ascii"))
            return
        page = head.rfind(b"OggS", 0, offset)
        size = 27 + head[page + 26] + sum(head[page + 27 : page + 27 + head[page + 26]])
        changed = bytearray(head[page : page + size])
        changed[offset - page : offset - page + 8] = f"{opus_checksum(path):08x}".encode("ascii")
        changed[22:26] = bytes(4)
        changed[22:26] = _ogg_crc(changed).to_bytes(4, "little")
        file.seek(page)
        file.write(changed)


def _ogg_crc(data: bytearray) -> int:
    """Return the checksum of an Ogg page: CRC-32 with the polynomial 0x04c11db7, not reflected, initial value 0.

    zlib's CRC-32 is the reflected one, so the bits of each byte are reversed first, and those of the result again.
    """
    reflected = crc32(data.translate(_REVERSED_BITS), _ALL_ONES) ^ _ALL_ONES  # zlib inverts both values
    return int(f"{reflected:032b}"[::-1], 2)


def read_session_info(path: Path) -> tuple[Timeline, int]:
    """Return the timeline and the number of channels from the embedded plan of a finished file.

    Raises:
        AudioFileError: If the file or its plan cannot be read, or if it has no plan.
    """
    try:
        plan = read_embedded_plan(path)
    except OSError as error:
        raise AudioFileError(f"{path} cannot be read: {error.strerror or error}. Check its name.") from error
    if plan is None:
        raise AudioFileError(
            f"{path} contains no embedded plan. It was not built by voiceguide, or it was modified later. "
            "Use another player."
        )
    try:
        data = json.loads(plan)
        if data["channels"] not in (1, 2):
            raise ValueError("it has neither one nor two channels")
        return Timeline.from_dict(data), int(data["channels"])
    except PLAN_ERRORS as error:
        raise AudioFileError(
            f"The embedded plan of {path} is invalid: {describe_plan_error(error)}. Build the file again."
        ) from error


def describe_plan_error(error: Exception) -> str:
    """Return a description of the error in a plan, given one of the exceptions in PLAN_ERRORS."""
    match error:
        case KeyError():
            return f"{error} is missing"
        case RecursionError():
            return "it is nested too deeply"
        case _:
            return str(error)


def read_embedded_plan(path: Path) -> bytes | None:
    """Return the embedded plan of a file in any supported format, or None if it is missing or damaged.

    Raises:
        OSError: If the file cannot be read.
    """
    return read_embedded(path)[0]


def read_embedded(path: Path) -> tuple[bytes | None, int | None]:
    """Return the embedded plan and the audio checksum of a file. Each is None if it is missing or damaged.

    Raises:
        OSError: If the file cannot be read.
    """
    with open(path, "rb") as file:
        start = id3v2_end(file)
        file.seek(start)
        header = file.read(12)
        file.seek(start)
        if header[:4] == b"fLaC":
            return _read_vorbis_comments(_read_flac_comments(file))
        if header[:4] == b"OggS":
            return _read_vorbis_comments(_read_opus_tags(file))
        payload = _read_appended_payload(file, header)
    if payload is None:
        return read_id3_plan(path), read_id3_checksum(path)
    return decompress_plan(payload[4:]), int.from_bytes(payload[:4], "big") if len(payload) > 4 else None


def _read_appended_payload(file: BinaryIO, header: bytes) -> bytes | None:
    """Return the data that `append_embedded_plan` wrote (empty if none), or None if the format stores the plan
    elsewhere."""
    if header[:4] in (b"RIFF", b"RF64"):
        return _read_chunk(file, 12, "<4sI", _PLAN_CHUNK_ID)
    return _read_chunk(file, 0, ">I4s", b"uuid", _PLAN_BOX_UUID) if header[4:8] == b"ftyp" else None


def _read_chunk(file: BinaryIO, offset: int, header_format: str, name: bytes, prefix: bytes = b"") -> bytes:
    """Return the data after `prefix` in the first chunk or box called `name` that starts with it, or empty bytes."""
    end = file.seek(0, os.SEEK_END)
    for found, content, length in iter_chunks(file, offset, end, header_format):
        file.seek(content)
        if found == name and length >= len(prefix) and file.read(len(prefix)) == prefix:
            return file.read(min(length - len(prefix), _MAX_READ_BYTES))
    return b""


def _read_flac_comments(file: BinaryIO) -> bytes:
    for kind, content, length in iter_flac_blocks(file, file.tell()):
        if kind == _VORBIS_COMMENT:
            file.seek(content)
            return file.read(length)
    return b""


def _read_opus_tags(file: BinaryIO) -> bytes:
    """Return the comment packet (the second one) of an Ogg Opus stream, without its signature."""
    packets = iter_ogg_packets(file)
    next(packets, b"")
    packet = next(packets, b"")
    return packet[8:] if packet.startswith(b"OpusTags") else b""


def _read_vorbis_comments(data: bytes) -> tuple[bytes | None, int | None]:
    """Return the plan and the checksum from Vorbis comments."""
    comments = dict(_iter_vorbis_comments(data))
    try:
        packed = base64.b64decode(comments[PLAN_COMMENT], validate=True)
    except (KeyError, ValueError):
        return None, None
    try:
        return decompress_plan(packed), int(comments[CHECKSUM_COMMENT], 16)
    except (KeyError, ValueError):
        return decompress_plan(packed), None


def _iter_vorbis_comments(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the names and values of Vorbis comments, which follow the encoder's name. Lengths are little-endian."""
    try:
        offset = 4 + struct.unpack_from("<I", data)[0]
        (count,) = struct.unpack_from("<I", data, offset)
        offset += 4
        for _ in range(count):
            (size,) = struct.unpack_from("<I", data, offset)
            name, _, value = data[offset + 4 : offset + 4 + size].partition(b"=")
            yield name.decode("ascii", "replace").upper(), value
            offset += 4 + size
    except struct.error:
        return
