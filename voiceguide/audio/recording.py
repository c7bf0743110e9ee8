"""A person's own recording in place of the engine's voice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from voiceguide.audio.file_decoder import decode_audio_file, segment_to_samples
from voiceguide.errors import AudioFileError

__all__ = ["MAX_RECORDING_S", "load_recording"]

MAX_RECORDING_S = 600.0
"""A line is words, not a concert."""


def load_recording(path: Path) -> npt.NDArray[np.float32]:
    """The sound of a recording: mono float32 at 48 kHz, shape (frames,), as it was recorded.

    Raises:
        SoundError: when it is no sound file, is damaged, or is longer than LONGEST_S.
    """
    segment = decode_audio_file(path, MAX_RECORDING_S + 1, 1)
    if segment.duration_seconds > MAX_RECORDING_S:
        raise AudioFileError(
            f'"{path.name}" is longer than {MAX_RECORDING_S / 60:.0f} minutes. Cut it into shorter recordings.'
        )
    return segment_to_samples(segment)[:, 0]
