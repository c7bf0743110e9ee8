"""MP3 frames, for the tests that compare them."""

from __future__ import annotations

from voiceguide.encode.mp3_frame_format import frame_bytes

__all__ = ["split_frames"]


def split_frames(data: bytes, bit_rate: int) -> list[bytes]:
    """Return the frames one by one."""
    size = frame_bytes(bit_rate)
    return [data[at : at + size] for at in range(0, len(data), size)]
