"""The soak test in small, and its seeds that found something, again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.reliability.soak import one
from voiceguide.system.ffmpeg import run_ffmpeg


def test_a_pure_tone_in_opus_is_no_louder_in_players_that_decode_with_ffmpegs_own_decoder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one of the modes for speech, libopus and that decoder differed by 16 dB."""
    monkeypatch.setenv("VOICEGUIDE_CACHE", str(tmp_path / "cache"))
    assert one(2030, tmp_path) == "good"
    data = run_ffmpeg(["-i", str(tmp_path / "s.opus"), "-f", "f32le", "pipe:1"], action="decode")
    assert np.abs(np.frombuffer(data, "<f4")).max() < 0.3


@pytest.mark.parametrize("seed", [*range(6), 148])
def test_a_random_session_is_what_it_says_or_is_refused(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In 148 a word is said twice in a row, and was looked for at the second place."""
    monkeypatch.setenv("VOICEGUIDE_CACHE", str(tmp_path / "cache"))
    assert one(seed, tmp_path) in ("good", "refused")
