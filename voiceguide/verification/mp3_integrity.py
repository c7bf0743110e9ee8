"""Are all frames of an MP3 there, whole and of one kind? Read from the file, without decoding."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from voiceguide.encode.mp3_frames import build_info_frame, frame_bytes, frames_for_samples

__all__ = ["check_mp3_frames"]

FRAMES_PER_READ = 50_000
CONSTANT_HEADER_BITS = np.array([0xFF, 0xFF, 0xFF, 0xC0], np.uint8)
"""Bits of a header that are alike in every frame; the rest of the last byte is the frame's own stereo coding."""


def check_mp3_frames(
    path: Path, total_samples: int, bit_rate: int, channels: int, leading_silence: int = 0
) -> tuple[int, list[str]]:
    """The byte at which the frames of sound begin, and what is wrong with them, in whole sentences. `total` samples are
    to be heard, and before them `quiet` that are not."""
    info = build_info_frame(total_samples, bit_rate, channels, leading_silence)
    size = frame_bytes(bit_rate)
    with path.open("rb") as file:
        begin = _id3v2_size_bytes(file.read(10))
        file.seek(begin)
        if file.read(len(info)) != info:
            return 0, ["The Info frame, which tells players the exact length, is not what it should be."]
        begin += len(info)
        length = path.stat().st_size - begin
        if length != (wanted_frames := frames_for_samples(leading_silence + total_samples)) * size:
            return 0, [f"The file holds {length / size:.2f} frames of sound and should hold {wanted_frames}."]
        wanted = None
        while data := file.read(FRAMES_PER_READ * size):
            heads = np.frombuffer(data, np.uint8).reshape(-1, size)[:, :4] & CONSTANT_HEADER_BITS
            wanted = heads[0] if wanted is None else wanted
            if (heads != wanted).any() or wanted[0] != 0xFF:
                return 0, ["A frame of sound in the file is damaged."]
    return begin, []


def _id3v2_size_bytes(head: bytes) -> int:
    """Bytes of the ID3v2 tag that a file begins with, from the four 7-bit bytes of its length."""
    if head[:3] != b"ID3" or len(head) < 10:
        return 0
    return 10 + sum(byte << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
