"""What is said where playing is not possible."""

from __future__ import annotations

import sys

import pytest

from voiceguide.errors import SoundError
from voiceguide.play.device import check_device


def test_without_miniaudio_the_command_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "miniaudio", None)
    with pytest.raises(SoundError) as caught:
        check_device()
    assert str(caught.value) == "Playing needs miniaudio. Install it with: pip install 'voiceguide[play]'"
