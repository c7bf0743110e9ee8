"""Whatever is tapped on the phone page, the computer makes the same session from it."""

from __future__ import annotations

from pathlib import Path

from tests.reliability.phone_taps import walk
from tests.support.long_forms import long


@long
def test_the_phone_and_the_computer_agree_after_every_tap(shared_cache: Path) -> None:
    """A variant lost its total and its lengths, and a total changed the breaths only on the computer."""
    assert walk(1, 10, shared_cache) == []
