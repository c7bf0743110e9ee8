"""Dependencies: every license is listed, every package is locked for CI, every requirement has a lower bound."""

from __future__ import annotations

import os
import re
import sys
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.reliability.licenses import ELSEWHERE, EXTRAS, LOCK, TABLE, required_packages, table


@pytest.mark.skipif(
    sys.platform != "linux" or sys.version_info[:2] != (3, 11), reason="the table is for Python 3.11 on Linux, like CI"
)
def test_the_table_of_licenses_is_current() -> None:
    assert TABLE.read_text("utf-8") == table(), "run python -m tests.reliability.licenses"


def test_every_package_is_locked_for_ci() -> None:
    locked = set(re.findall(r"^([\w.-]+)==[\w.!+-]+$", LOCK.read_text("utf-8"), re.MULTILINE))
    for_tests_with_old_python = {"tomli", "async-timeout"}
    tools = ("test", "check") if find_spec("mypy") or os.environ.get("CI") else ("test",)  # `make test` skips "check"
    extras = [name for name in EXTRAS if name != "otio" or find_spec("opentimelineio")]  # no wheel for Python 3.14
    required = set(required_packages("voiceguide", (*extras, *tools))) - set(ELSEWHERE) - for_tests_with_old_python
    assert sorted(required - locked) == [], "run python -m tests.reliability.licenses"


def test_every_dependency_has_a_lower_bound() -> None:
    """Those of users, of each extra and of the tests."""
    requirements = [Requirement(text) for text in metadata.requires("voiceguide") or []]
    assert len(requirements) > 40
    unbounded = [one.name for one in requirements if not {">=", "=="} & {each.operator for each in one.specifier}]
    assert set(unbounded) <= {"voiceguide"}


def test_no_package_lacks_a_license() -> None:
    rows = [line for line in Path(TABLE).read_text("utf-8").splitlines() if line.startswith("| ")]
    assert len(rows) > 20
    assert [row for row in rows if "| not stated |" in row or "UNKNOWN" in row] == []
