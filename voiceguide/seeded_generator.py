"""Random numbers that are the same on every run, for everything whose audio must not change."""

from __future__ import annotations

import numpy as np

__all__ = ["seeded_generator"]


def seeded_generator(seed: int) -> np.random.Generator:
    """Return a random number generator that gives the same results on every run and with every version of numpy."""
    return np.random.Generator(np.random.PCG64(seed))
