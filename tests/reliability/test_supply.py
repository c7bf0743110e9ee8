"""Dependencies: every license is listed, every package is locked for CI, every requirement has a lower bound."""

from __future__ import annotations

import os
import re
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.reliability.licenses import EXTRAS, LOCK, ROOT, TABLE, required_packages, table

PROJECT = (ROOT / "pyproject.toml").read_text("utf-8")


@pytest.mark.skipif(
    sys.platform != "linux" or sys.version_info[:2] != (3, 11), reason="the table is for Python 3.11 on Linux, like CI"
)
def test_the_table_of_licenses_is_current() -> None:
    assert TABLE.read_text("utf-8") == table(), "run python -m tests.reliability.licenses"


def test_every_package_is_locked_for_ci() -> None:
    locked = set(re.findall(r"^([\w.-]+)==[\w.!+-]+$", LOCK.read_text("utf-8"), re.MULTILINE))
    newer_python_only = {"audioop-lts"}
    older_python_only = {"exceptiongroup", "tomli", "async-timeout"}
    tools = ("test", "check") if find_spec("mypy") or os.environ.get("CI") else ("test",)  # `make test` skips "check"
    required = set(required_packages("voiceguide", (*EXTRAS, *tools))) - newer_python_only - older_python_only
    assert sorted(required - locked) == [], "run python -m tests.reliability.licenses"


def test_every_dependency_of_a_user_has_a_lower_bound() -> None:
    (block,) = re.findall(r"^dependencies = \[(.*?)^\]", PROJECT, re.MULTILINE | re.DOTALL)
    requirements = re.findall(r'"([^"]+)"', block)
    assert len(requirements) > 10
    assert [text for text in requirements if not re.match(r"[\w.-]+(>=|==)\d", text)] == []


def test_no_package_lacks_a_license() -> None:
    rows = [line for line in Path(TABLE).read_text("utf-8").splitlines() if line.startswith("| ")]
    assert len(rows) > 20
    assert [row for row in rows if "| not stated |" in row or "UNKNOWN" in row] == []
