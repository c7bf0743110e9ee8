"""A short soak test, and the seeds that once found a bug."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.reliability.soak import build_and_verify
from tests.support.long_forms import few, long
from voiceguide.system.ffmpeg import run_ffmpeg


@long
def test_a_pure_tone_in_opus_is_no_louder_in_players_that_decode_with_ffmpegs_own_decoder(
    tmp_path: Path,
) -> None:
    """In a speech mode of libopus, that decoder was 16 dB louder."""
    assert build_and_verify(2030, tmp_path) == "good"
    data = run_ffmpeg(["-i", str(tmp_path / "s.opus"), "-f", "f32le", "pipe:1"], action="decode")
    assert np.abs(np.frombuffer(data, "<f4")).max() < 0.3


@pytest.mark.parametrize("seed", few(2, [0, 148, 1, 3]))
def test_a_random_session_is_what_it_says_or_is_refused(seed: int, tmp_path: Path) -> None:
    """In seed 148 a word is repeated, and the verifier looked for it at the second position."""
    assert build_and_verify(seed, tmp_path) in ("good", "refused")
