"""The first sessions of the corpus in `honest.py`, with 40 recordings of all kinds. `make soak` builds 200."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reliability.honest import build_honest
from tests.support.long_forms import few


@pytest.mark.parametrize("seed", few(1, range(20)))
def test_no_recording_and_no_setting_is_refused(seed: int, tmp_path: Path) -> None:
    """Of 100 sessions with bells, claps, noise and loud beds, 60 were built and then refused by our own check.

    It looked for the speech without the bed, and expected the variation of speech.
    """
    assert build_honest(seed, tmp_path) == ""
