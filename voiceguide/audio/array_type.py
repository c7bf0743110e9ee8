"""The array type for audio."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["Samples"]

Samples = npt.NDArray[np.float32]
"""Audio at 48 kHz, between -1 and 1: shape (frames, channels), or (frames,) for a mono clip."""
