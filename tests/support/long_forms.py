"""Long forms of tests, which `make check` and CI run, and `make test` leaves out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

__all__ = ["few", "long"]

long = pytest.mark.long
"""Mark of a test that takes long and tests an unusual event or combination: `@long`."""


def few(count: int, cases: Iterable[Any]) -> list[Any]:
    """Return the cases of a parametrized test, all but the first few marked as long."""
    return [
        case if index < count else pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=long)
        for index, case in enumerate(cases)
    ]
