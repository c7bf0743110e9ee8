"""How accurately an encoder keeps the levels of the mix."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["Accuracy"]


class Accuracy(IntEnum):
    """How accurately the levels are kept. The tolerances of all checks of levels depend on it."""

    LOW = 0
    """The bit rate is low. High frequencies may be missing."""
    MEDIUM = 1
    HIGH = 2
    """The bit rate is about the default bit rate of the format, or higher."""
