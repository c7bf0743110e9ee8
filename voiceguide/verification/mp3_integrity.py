"""Check that all frames of an MP3 are present and well-formed, without decoding them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from voiceguide.encode.mp3_frame_format import build_info_frame, frame_bytes, frames_for_samples
from voiceguide.metadata.id3_reader import id3v2_end

__all__ = ["check_mp3_frames"]

FRAMES_PER_READ = 50_000
CONSTANT_HEADER_BITS = np.array([0xFF, 0xFF, 0xFF, 0xC0], np.uint8)
"""Header bits that are identical in all frames. The other bits of the last byte contain the frame's stereo coding."""


def check_mp3_frames(
    path: Path, total_samples: int, bit_rate: int, channels: int, leading_silence: int = 0
) -> tuple[int, list[str]]:
    """Return the offset of the first audio frame and a list of errors as complete sentences.

    `total_samples` is the length of the session. Players skip the `leading_silence` samples that precede the session.
    """
    info = build_info_frame(total_samples, bit_rate, channels, leading_silence)
    size = frame_bytes(bit_rate)
    with path.open("rb") as file:
        offset = id3v2_end(file)
        file.seek(offset)
        if file.read(len(info)) != info:
            return 0, ["The Info frame, which tells players the exact length, is wrong."]
        offset += len(info)
        length = path.stat().st_size - offset
        if length != (planned_frames := frames_for_samples(leading_silence + total_samples)) * size:
            return 0, [f"The file has {length / size:.2f} audio frames instead of {planned_frames}."]
        expected = None
        while data := file.read(FRAMES_PER_READ * size):
            headers = np.frombuffer(data, np.uint8).reshape(-1, size)[:, :4] & CONSTANT_HEADER_BITS
            expected = headers[0] if expected is None else expected
            if (headers != expected).any() or expected[0] != 0xFF:
                return 0, ["An audio frame in the file is damaged."]
    return offset, []
