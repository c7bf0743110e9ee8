"""How accurately an encoder preserves the levels of the mix."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["Accuracy"]


class Accuracy(IntEnum):
    """How accurately the levels are preserved. The tolerances of all level checks depend on it."""

    LOW = 0
    """The bit rate is low. High frequencies may be missing."""
    MEDIUM = 1
    HIGH = 2
    """The bit rate is about the default bit rate of the format, or higher."""
