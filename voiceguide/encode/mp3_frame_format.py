"""MP3 frames: MPEG-1 Layer III at 48 kHz and a constant bit rate, so that every frame takes up a whole number of bytes.

The header is defined in ISO/IEC 11172-3, 2.4.2.3. The Info frame is in LAME's format
(gabriel.mp3-tech.org/mp3infotag.html). With the Info frame, decoders return exactly the samples that were encoded.
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
]

BIT_RATES = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
"""Supported bit rates in kb/s. The header stores the 1-based index into this tuple."""
ENCODER_DELAY_SAMPLES = 576
"""Number of samples of silence that LAME adds before the audio. Decoders add another 529."""
_SEEK_TABLE_OFFSET = 16
_LAME_TAG_OFFSET = 120
_INFO_BYTES = 156
"""Number of bytes from the `Info` marker to the end of the LAME tag."""


def check_bit_rate(bit_rate: int) -> int:
    """Return the bit rate, in kb/s, if MP3 supports it.

    Raises:
        ExportError: If MP3 does not support it. The message lists the supported bit rates.
    """
    if bit_rate not in BIT_RATES:
        supported = ", ".join(str(rate) for rate in BIT_RATES[:-1])
        raise ExportError(f"MP3 does not support {bit_rate} kb/s. Choose one of {supported} or {BIT_RATES[-1]}.")
    return bit_rate


def frame_bytes(bit_rate: int) -> int:
    """Return the size of a frame in bytes, including the header."""
    return 3 * bit_rate


def frames_for_samples(samples: int) -> int:
    """Return the number of frames LAME writes.

    LAME adds its encoder delay before the audio and at least 576 samples after the audio.
    """
    return -(-(samples + 2 * ENCODER_DELAY_SAMPLES) // MP3_FRAME_SAMPLES)


def count_frames(data: bytes, bit_rate: int, channels: int) -> int:
    """Check the header of each frame in `data` and return the number of frames.

    Raises:
        ExportError: If the data is not a series of complete frames at 48 kHz with this bit rate and channel count.
    """
    size = frame_bytes(bit_rate)
    header = bytes([0xFF, 0xFB, (BIT_RATES.index(bit_rate) + 1) << 4 | 0b0100])
    for at in range(0, len(data), size):
        mono = at + 3 < len(data) and data[at + 3] >> 6 == 0b11
        if len(data) - at < size or data[at : at + 3] != header or mono != (channels == 1):
            layout = "mono" if channels == 1 else "stereo"
            raise ExportError(
                f"ffmpeg did not return a {layout} MP3 frame at {bit_rate} kb/s and 48 kHz at byte {at}. "
                "Unset VOICEGUIDE_FFMPEG to use the ffmpeg that comes with voiceguide."
            )
    return len(data) // size


def build_info_frame(samples: int, bit_rate: int, channels: int, leading_silence: int = 0) -> bytes:
    """Return the first frame of a file, which decoders do not play.

    It contains the number of frames and bytes, a seek table, and the number of samples to skip at each end so that
    exactly `samples` samples are played. `leading_silence` is the number of encoded samples to skip before the session
    starts.
    """
    frames = frames_for_samples(leading_silence + samples)
    side_info_bytes = 17 if channels == 1 else 32
    info_offset = 4 + side_info_bytes
    rate = next(rate for rate in BIT_RATES if rate >= bit_rate and frame_bytes(rate) >= info_offset + _INFO_BYTES)
    frame = bytearray(frame_bytes(rate))
    total_bytes = len(frame) + frames * frame_bytes(bit_rate)
    mode = 0b11000000 if channels == 1 else 0b01000000
    frame[:4] = bytes([0xFF, 0xFB, (BIT_RATES.index(rate) + 1) << 4 | 0b0100, mode | 0b0100])
    info = memoryview(frame)[info_offset:]
    info[:_SEEK_TABLE_OFFSET] = struct.pack(">4sIII", b"Info", 0b1111, frames, total_bytes & 0xFFFFFFFF)
    info[_SEEK_TABLE_OFFSET : _SEEK_TABLE_OFFSET + 100] = bytes(percent * 256 // 100 for percent in range(100))
    struct.pack_into(">I", info, _SEEK_TABLE_OFFSET + 100, 57)
    info[_LAME_TAG_OFFSET : _LAME_TAG_OFFSET + 36] = _lame_tag(
        ENCODER_DELAY_SAMPLES + leading_silence, frames * MP3_FRAME_SAMPLES - samples, total_bytes, min(bit_rate, 255)
    )
    struct.pack_into(">H", info, _INFO_BYTES - 2, _crc16(bytes(frame[: info_offset + _INFO_BYTES - 2])))
    return bytes(frame)


def _lame_tag(delay_samples: int, skipped_samples: int, total_bytes: int, bit_rate: int) -> bytes:
    """Return the LAME tag without its checksum.

    `skipped_samples` is the total number of samples to skip: `delay_samples` at the start and the rest at the end. Each
    of these two numbers is stored in 12 bits.
    """
    delay_and_padding = (delay_samples << 12 | (skipped_samples - delay_samples)).to_bytes(3, "big")
    constant_bit_rate = 1
    total_bytes &= 0xFFFFFFFF
    return struct.pack(
        ">9sB10xB3s4xIHH", b"LAME3.100", constant_bit_rate, bit_rate, delay_and_padding, total_bytes, 0, 0
    )


def _crc16(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return crc
