"""Find the audio in a finished file and the data after it, and calculate the audio checksum.

Tags are not part of the audio, because other programs may rewrite them.
"""

from __future__ import annotations

import os
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from voiceguide.metadata.id3_reader import id3v2_end

__all__ = [
    "AudioData",
    "Container",
    "crc32_of_range",
    "find_audio",
    "is_audio_file",
    "iter_chunks",
    "iter_flac_blocks",
    "iter_ogg_packets",
    "opus_checksum",
]

Container = Literal["mp3", "mp4", "flac", "ogg", "wav"]
_CHUNK_BYTES = 1 << 20
_ID3V1_BYTES = 128
_APE_FOOTER_BYTES = 32
_APE_HAS_HEADER = 0x8000_0000
_LYRICS_END_BYTES = 15
"""Size of the footer of a Lyrics3v2 tag: six digits and nine letters."""
_MAX_FLAC_FRAME_BYTES = 1 << 17
_FLAC_PADDINGS = (b"", b"\0", b"\0\0")
"""Zeros after a FLAC frame that may belong to the CRC of the frame. Appended zeros leave a CRC of zero unchanged."""
_FLAC_SYNC = re.compile(rb"\xff[\xf8\xf9][\x10-\xff][\x00-\xaf]")
"""Matches the start of a FLAC frame: the sync code, the block size, the sample rate and the channels."""
_UNIQUE_CHUNKS = {b"RIFF", b"RF64", b"data", b"ftyp", b"moov"}
"""Chunks and boxes that a file contains at most once. An MP4 file may have several `mdat` boxes."""
_MAX_PACKET_BYTES = 1 << 26
_OGG_END_OF_STREAM = 4


@dataclass(frozen=True)
class AudioData:
    """The audio of a finished file."""

    container: Container
    offset: int
    """Position of the audio in the file. In an MP3, this is the Info frame."""
    size: int
    """Size in bytes, including the headers of Ogg pages and FLAC frames."""
    tags_after: tuple[str, ...]
    """Names of the tags that other programs have added after the audio."""
    unknown_bytes: int
    """Number of bytes after the audio that are neither audio nor tags. In an MP3, such bytes are counted as audio."""


def find_audio(path: Path) -> AudioData:
    """Find the audio of a file in any supported container. A file of unknown type is assumed to be an MP3.

    Raises:
        OSError: If the file cannot be read.
    """
    with open(path, "rb") as file:
        start = id3v2_end(file)
        end, tags = _strip_tags_after(file, file.seek(0, os.SEEK_END))
        file.seek(start)
        header = file.read(12)
        if header[:4] in (b"RIFF", b"RF64"):
            return AudioData("wav", *_find_chunk(file, 12, end, "<4sI", b"data"), tags, end - _riff_end(file, end))
        if header[4:8] == b"ftyp":
            return AudioData("mp4", *_find_chunk(file, 0, end, ">I4s", b"mdat"), tags, end - _boxes_end(file, end))
        if header[:4] == b"fLaC":
            offset = _flac_audio_start(file, start)
            return AudioData("flac", offset, end - offset, tags, _bytes_after_flac(file, offset, end))
        if header[:4] == b"OggS":
            first, stop = _ogg_audio(file, start, end)
            return AudioData("ogg", first, stop - first, tags, end - stop)
        return AudioData("mp3", start, max(end - start, 0), tags, 0)


def is_audio_file(path: Path) -> bool:
    """Return whether a file is a regular file that starts like a supported container, regardless of its name."""
    try:
        if not path.is_file():
            return False
        with open(path, "rb") as file:
            head = file.read(12)
    except OSError:  # opening it for reading will report the reason
        return False
    is_mp3 = head[:4] in (b"ID3\3", b"ID3\4") or head[:2] == b"\xff\xfb"
    return is_mp3 or head[:4] in (b"fLaC", b"OggS") or head[4:8] == b"ftyp" or head[8:] == b"WAVE"


def crc32_of_range(path: Path, offset: int, size: int, checksum: int = 0) -> int:
    """Return the CRC-32 of a part of a file, continuing from an earlier `checksum`."""
    with open(path, "rb") as file:
        file.seek(offset)
        while size > 0 and (data := file.read(min(_CHUNK_BYTES, size))):
            checksum = zlib.crc32(data, checksum)
            size -= len(data)
    return checksum


def opus_checksum(path: Path) -> int:
    """Return the CRC-32 of all audio packets in an Ogg Opus file, no matter how they are divided into pages."""
    checksum = 0
    with open(path, "rb") as file:
        for number, packet in enumerate(iter_ogg_packets(file)):
            if number >= 2:  # the first two packets are headers
                checksum = zlib.crc32(packet, checksum)
    return checksum


def iter_ogg_packets(file: BinaryIO) -> Iterator[bytes]:
    """Yield the packets of an Ogg stream, starting at the current position of the file."""
    packet = bytearray()
    while len(head := file.read(27)) == 27 and head[:4] == b"OggS":
        sizes = file.read(head[26])
        body, at = file.read(sum(sizes)), 0
        for size in sizes:
            packet += body[at : at + size]
            at += size
            if len(packet) > _MAX_PACKET_BYTES:
                return
            if size < 255:
                yield bytes(packet)
                packet.clear()


def _strip_tags_after(file: BinaryIO, end: int) -> tuple[int, tuple[str, ...]]:
    """Return the position of the tags at the end of a file, and their names."""
    names: list[str] = []
    while True:
        file.seek(max(end - _ID3V1_BYTES, 0))
        tail = file.read(min(_ID3V1_BYTES, end))
        footer = tail[-_APE_FOOTER_BYTES:]
        if len(tail) == _ID3V1_BYTES and tail.startswith(b"TAG"):
            name, size = "ID3v1", _ID3V1_BYTES
        elif footer.startswith(b"APETAGEX") and len(footer) == _APE_FOOTER_BYTES:
            content, _, flags = struct.unpack_from("<3I", footer, 12)
            name, size = "APE", content + (_APE_FOOTER_BYTES if flags & _APE_HAS_HEADER else 0)
        elif tail.endswith(b"LYRICS200") and tail[-_LYRICS_END_BYTES:-9].isdigit():
            name, size = "Lyrics3", int(tail[-_LYRICS_END_BYTES:-9]) + _LYRICS_END_BYTES
        else:
            return end, tuple(reversed(names))
        if not 0 < size <= end:
            return end, tuple(reversed(names))
        names.append(name)
        end -= size


def _find_chunk(file: BinaryIO, offset: int, end: int, header_format: str, name: bytes) -> tuple[int, int]:
    """Return the offset and length of the first box or chunk called `name`, excluding its header."""
    for found, content, length in iter_chunks(file, offset, end, header_format):
        if found == name:
            return content, min(length, end - content)
    return end, 0


def iter_chunks(file: BinaryIO, offset: int, end: int, header_format: str) -> Iterator[tuple[bytes, int, int]]:
    """Yield the name, the content position and the content length of each chunk (RIFF) or box (MP4) in a file.

    If the length is not known, the content extends to the end. In an RF64 file, the `ds64` chunk contains the length of
    the audio.
    """
    is_mp4, audio_length = header_format == ">I4s", 0
    while offset + 8 <= end:
        file.seek(offset)
        fields = struct.unpack(header_format, file.read(8))
        name, size = fields if isinstance(fields[0], bytes) else fields[::-1]
        content, length = offset + 8, size - 8 if is_mp4 else size
        if is_mp4 and size == 1:
            content, length = offset + 16, int.from_bytes(file.read(8), "big") - 16
        if name == b"ds64" and not is_mp4:
            audio_length = int.from_bytes(file.read(16)[8:], "little")
        if size == (0 if is_mp4 else 0xFFFFFFFF):
            length = audio_length or end - content
        if length < 0:
            return
        yield name, content, length
        offset = content + length + (0 if is_mp4 else length % 2)


def _riff_end(file: BinaryIO, end: int) -> int:
    """Return the end of the last valid chunk of a RIFF file, or `end` if the audio is cut short."""
    position, seen = 12, {b"RIFF", b"RF64"}
    for name, content, length in iter_chunks(file, 12, end, "<4sI"):
        if _starts_another_file(name, seen):
            return position
        if not name.isascii() or not name.decode().isprintable() or content + length > end:
            return end if name == b"data" else position
        position = min(content + length + length % 2, end)
    return position


def _boxes_end(file: BinaryIO, end: int) -> int:
    """Return the end of the last valid box of an MP4 file, or `end` if the audio is cut short."""
    position, seen = 0, set[bytes]()
    for name, content, length in iter_chunks(file, 0, end, ">I4s"):
        if _starts_another_file(name, seen):
            return position
        printable = all(32 <= byte < 127 or byte == 0xA9 for byte in name)
        if not printable or content + length > end:
            return end if name == b"mdat" else position
        position = content + length
    return position


def _starts_another_file(name: bytes, seen: set[bytes]) -> bool:
    """Return whether a chunk or box belongs to a file that was appended to this one, and add its name to `seen`."""
    is_repeated = name in _UNIQUE_CHUNKS and name in seen
    seen.add(name)
    return is_repeated


def _ogg_audio(file: BinaryIO, start: int, end: int) -> tuple[int, int]:
    """Return the start of the first page with audio in an Ogg stream, and the end of the last page."""
    first, offset = start, start
    while offset < end:
        file.seek(offset)
        head = file.read(27)
        if len(head) < 27 or head[:4] != b"OggS":
            break
        offset += 27 + head[26] + sum(file.read(head[26]))
        if not int.from_bytes(head[6:14], "little"):  # header pages have position 0
            first = offset
        if head[5] & _OGG_END_OF_STREAM:
            break
    return min(first, end), min(offset, end)


def iter_flac_blocks(file: BinaryIO, start: int) -> Iterator[tuple[int, int, int]]:
    """Yield the type, the content position and the content length of each metadata block of a FLAC stream."""
    offset, is_last = start + 4, False
    while not is_last:
        file.seek(offset)
        head = file.read(4)
        if len(head) < 4:
            return
        is_last, length = bool(head[0] & 0x80), int.from_bytes(head[1:], "big")
        yield head[0] & 0x7F, offset + 4, length
        offset += 4 + length


def _flac_audio_start(file: BinaryIO, start: int) -> int:
    return max((content + length for _, content, length in iter_flac_blocks(file, start)), default=start + 4)


def _bytes_after_flac(file: BinaryIO, start: int, end: int) -> int:
    """Return the number of bytes after the last FLAC frame.

    A frame does not contain its own length, but the CRC-16 of a whole frame, including its checksum, is zero.
    """
    first = max(start, end - _MAX_FLAC_FRAME_BYTES)
    file.seek(first)
    tail = file.read(end - first)
    last_end = 0
    for match in reversed(list(_FLAC_SYNC.finditer(tail))):
        frame_ends = list(_flac_frame_ends(tail, match.start()))
        if frame_ends and tail[frame_ends[-1] :] in _FLAC_PADDINGS:
            return 0
        last_end = max([last_end, *frame_ends])
    return len(tail) - last_end


def _flac_frame_ends(data: bytes, start: int) -> Iterator[int]:
    """Yield the positions at which a frame that starts at `start` can end, not counting zeros at the end of its CRC."""
    checksum = 0
    for position in range(start, len(data)):
        previous, checksum = checksum, (checksum << 8 & 0xFFFF) ^ _CRC16_TABLE[checksum >> 8 ^ data[position]]
        if previous and not checksum:
            yield position + 1


def _crc16_entry(byte: int) -> int:
    value = byte << 8
    for _ in range(8):
        value = (value << 1 ^ 0x8005 if value & 0x8000 else value << 1) & 0xFFFF
    return value


_CRC16_TABLE = [_crc16_entry(byte) for byte in range(256)]
"""Table for the CRC-16 of FLAC frames: polynomial 0x8005, initial value 0."""
