"""docs/reliability.md names only tests that exist, and names every file of reliability tests."""

from __future__ import annotations

import re

from tests.reliability.builds import ROOT

PAGE = (ROOT / "docs" / "reliability.md").read_text("utf-8")
NAMED = set(re.findall(r"`([\w/]*test_\w+\.py)::(\w+)`", PAGE))


def test_every_named_test_exists() -> None:
    assert len(NAMED) > 30
    for file, name in NAMED:
        assert f"def {name}(" in (ROOT / "tests" / file).read_text("utf-8"), f"{file}::{name}"


def test_every_reliability_test_file_is_named() -> None:
    files = {f"reliability/{path.name}" for path in (ROOT / "tests" / "reliability").glob("test_*.py")}
    assert files - {file for file, _ in NAMED} == {"reliability/test_page.py"}


def test_the_results_are_filled_in() -> None:
    assert "FIGURES" not in PAGE
    assert "1,000 builds stopped" in PAGE
