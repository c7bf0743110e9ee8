"""Check that docs/reliability.md names only existing tests and mentions every test file in this folder."""

from __future__ import annotations

import re

from tests.reliability.builds import ROOT

PAGE = (ROOT / "docs" / "reliability.md").read_text("utf-8")
NAMED = set(re.findall(r"`(\w+/test_\w+\.py)::(\w+)`", PAGE))


def test_every_test_that_is_named_exists() -> None:
    assert len(NAMED) > 30
    for file, name in NAMED:
        assert f"def {name}(" in (ROOT / "tests" / file).read_text("utf-8"), f"{file}::{name}"


def test_every_file_of_these_tests_is_named() -> None:
    there = {f"reliability/{path.name}" for path in (ROOT / "tests" / "reliability").glob("test_*.py")}
    assert there - {file for file, _ in NAMED} == {"reliability/test_page.py"}


def test_the_figures_are_there() -> None:
    assert "FIGURES" not in PAGE
    assert "1,000 builds stopped" in PAGE
