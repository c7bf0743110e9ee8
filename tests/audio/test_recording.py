"""Recordings that cannot be played are refused by name, before anything is built."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from voiceguide.audio.recording import load_recording
from voiceguide.errors import AudioFileError
from voiceguide.speech.preview import encode_wav


def save(path: Path, samples: np.ndarray) -> Path:
    path.write_bytes(encode_wav((samples / 32_767).astype(np.float32), 48_000))
    return path


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (np.zeros(48_000), '"r.wav" is silent. Record it again, or use another file.'),
        (np.full(48_000, 5), '"r.wav" is silent. Record it again, or use another file.'),
        (np.full(48_000, 9000), '"r.wav" is silent. Record it again, or use another file.'),
        (np.full(1, 9000), '"r.wav" is too short: 0.021 ms. Use at least 20 ms.'),
    ],
)
def test_a_recording_of_nothing_is_refused(samples: np.ndarray, message: str, tmp_path: Path) -> None:
    """A recording of one sample was built, and then refused because it was not found in the file."""
    with pytest.raises(AudioFileError) as caught:
        load_recording(save(tmp_path / "r.wav", samples))
    assert str(caught.value) == message


def test_a_short_and_quiet_recording_is_accepted(tmp_path: Path) -> None:
    assert load_recording(save(tmp_path / "r.wav", np.full(960, 30))).size == 960


def test_an_offset_is_removed(tmp_path: Path) -> None:
    """Opus has no constant offset, so the session was refused because the recording was missing."""
    tone = 3000 * np.sin(np.arange(48_000) * 0.05)
    loaded = load_recording(save(tmp_path / "r.wav", tone + 9000))
    assert abs(loaded.mean()) < 1e-4
    assert np.abs(loaded - tone / 32_767).max() < 0.001


def test_clicks_in_one_direction_do_not_move_the_silence_between_them(tmp_path: Path) -> None:
    """The mean was removed, which left a constant level between clicks. Opus has no such level."""
    clicks = np.zeros(48_000)
    clicks[::9600] = clicks[1::9600] = 30_000
    loaded = load_recording(save(tmp_path / "r.wav", clicks))
    assert np.median(loaded) == 0


def test_two_sides_that_cancel_each_other_are_heard(tmp_path: Path) -> None:
    """A stereo recording with one side inverted was called silent."""
    tone = 9000 * np.sin(np.arange(48_000) * 0.05)
    loaded = load_recording(save(tmp_path / "r.wav", np.column_stack([tone, -tone])))
    assert np.abs(loaded - tone / 32_767).max() < 0.001
