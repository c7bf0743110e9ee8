"""MP3 frames: MPEG-1 Layer III at 48 kHz and a constant bit rate, where every frame is a whole number of bytes.

The header's fields are those of ISO/IEC 11172-3, 2.4.2.3; the Info frame is the one LAME writes
(gabriel.mp3-tech.org/mp3infotag.html): with it, every decoder gives exactly the samples that went in.
"""

from __future__ import annotations

import struct

from voiceguide.errors import ExportError
from voiceguide.units import MP3_FRAME_SAMPLES

__all__ = [
    "BIT_RATES",
    "build_info_frame",
    "check_bit_rate",
    "count_frames",
    "frame_bytes",
    "frames_for_samples",
    "split_frames",
]

BIT_RATES = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
"""Kilobits a second, in the order of their number in the header, from 1."""
ENCODER_DELAY_SAMPLES = 576
"""Samples of quiet that LAME puts before the sound; a decoder adds 529 of its own."""
_SEEK_TABLE_OFFSET = 16
_LAME_TAG_OFFSET = 120
_INFO_BYTES = 156
"""From the word Info to the end of the LAME part."""


def check_bit_rate(bit_rate: int) -> int:
    """The bit rate, in kilobits a second, if there is such a one.

    Raises:
        EncodeError: there is not; the sentence names those there are.
    """
    if bit_rate not in BIT_RATES:
        known = ", ".join(str(rate) for rate in BIT_RATES[:-1])
        raise ExportError(f"There is no MP3 of {bit_rate} kb/s. Choose one of {known} or {BIT_RATES[-1]}.")
    return bit_rate


def frame_bytes(bit_rate: int) -> int:
    """Bytes of a frame, its header included."""
    return 3 * bit_rate


def frames_for_samples(samples: int) -> int:
    """How many frames LAME makes of that many samples: its delay before them, and at least 576 samples after them."""
    return -(-(samples + 2 * ENCODER_DELAY_SAMPLES) // MP3_FRAME_SAMPLES)


def count_frames(data: bytes, bit_rate: int, channels: int) -> int:
    """How many frames `data` is, after a look at the header of each.

    Raises:
        EncodeError: it is something else than whole frames of that bit rate and that many channels at 48 kHz.
    """
    size = frame_bytes(bit_rate)
    start = bytes([0xFF, 0xFB, (BIT_RATES.index(bit_rate) + 1) << 4 | 0b0100])
    for at in range(0, len(data), size):
        mono = at + 3 < len(data) and data[at + 3] >> 6 == 0b11
        if len(data) - at < size or data[at : at + 3] != start or mono != (channels == 1):
            kind = "mono" if channels == 1 else "stereo"
            raise ExportError(
                f"ffmpeg gave something else than {kind} MP3 frames of {bit_rate} kb/s at 48 kHz, at byte {at}. "
                "Unset VOICEGUIDE_FFMPEG to use the one that comes with voiceguide."
            )
    return len(data) // size


def split_frames(data: bytes, bit_rate: int) -> list[bytes]:
    """Whole frames, one by one."""
    size = frame_bytes(bit_rate)
    return [data[at : at + size] for at in range(0, len(data), size)]


def build_info_frame(samples: int, bit_rate: int, channels: int, leading_silence: int = 0) -> bytes:
    """The frame before all others: how many frames and bytes there are, where to seek, and what to leave out at both
    ends so that exactly `samples` are heard; before them come `quiet` that are not. It is silent itself, and no decoder
    plays it."""
    frames = frames_for_samples(leading_silence + samples)
    side = 17 if channels == 1 else 32
    rate = next(rate for rate in BIT_RATES if rate >= bit_rate and frame_bytes(rate) >= 4 + side + _INFO_BYTES)
    frame = bytearray(frame_bytes(rate))
    total = len(frame) + frames * frame_bytes(bit_rate)
    mode = 0b11000000 if channels == 1 else 0b01000000
    frame[:4] = bytes([0xFF, 0xFB, (BIT_RATES.index(rate) + 1) << 4 | 0b0100, mode | 0b0100])
    info = memoryview(frame)[4 + side :]
    info[:_SEEK_TABLE_OFFSET] = struct.pack(">4sIII", b"Info", 0b1111, frames, total & 0xFFFFFFFF)
    info[_SEEK_TABLE_OFFSET : _SEEK_TABLE_OFFSET + 100] = bytes(percent * 256 // 100 for percent in range(100))
    struct.pack_into(">I", info, _SEEK_TABLE_OFFSET + 100, 57)
    info[_LAME_TAG_OFFSET : _LAME_TAG_OFFSET + 36] = _lame_tag(
        ENCODER_DELAY_SAMPLES + leading_silence, frames * MP3_FRAME_SAMPLES - samples, total, min(bit_rate, 255)
    )
    struct.pack_into(">H", info, _INFO_BYTES - 2, _crc16(bytes(frame[: 4 + side + _INFO_BYTES - 2])))
    return bytes(frame)


def _lame_tag(delay_samples: int, skipped_samples: int, total: int, bit_rate: int) -> bytes:
    """The LAME part, its checksum still to come. `surplus` is the samples in the frames that are not to be heard, of
    which `delay` come before those that are. Both have twelve bits."""
    gaps = delay_samples << 12 | (skipped_samples - delay_samples)
    constant_bit_rate = 1
    return struct.pack(
        ">9sB10xB3s4xIHH", b"LAME3.100", constant_bit_rate, bit_rate, gaps.to_bytes(3, "big"), total & 0xFFFFFFFF, 0, 0
    )


def _crc16(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return crc
