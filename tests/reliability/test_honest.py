"""The first sessions of the corpus in `honest.py`. `make soak` builds 200."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reliability.honest import build_honest


@pytest.mark.parametrize("first", range(0, 40, 10))
def test_no_recording_and_no_setting_is_refused(first: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 100 sessions with bells, claps, noise and loud beds, 60 were built and then refused by our own check.

    It looked for the speech without the bed, and expected the variation of speech.
    """
    monkeypatch.setenv("VOICEGUIDE_CACHE", str(tmp_path / "cache"))
    assert [failure for seed in range(first, first + 10) if (failure := build_honest(seed, tmp_path))] == []
