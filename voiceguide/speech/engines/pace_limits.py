"""Check that a voice can speak at the requested pace."""

from __future__ import annotations

import math

from voiceguide.errors import SpeechError

__all__ = ["check_pace"]


def check_pace(voice: str, pace: float, min_pace: float, max_pace: float) -> None:
    """Raise SpeechError unless `pace` is within a voice's limits. The message shows them to two decimal places."""
    if not min_pace <= pace <= max_pace:  # also true for NaN
        shown_min, shown_max = math.ceil(min_pace * 100) / 100, math.floor(max_pace * 100) / 100
        raise SpeechError(f"{voice} cannot speak at pace {pace:g}. Choose a pace from {shown_min:g} to {shown_max:g}.")
