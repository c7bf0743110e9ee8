"""What comes from others: every licence told, every package pinned for CI, every bound there."""

from __future__ import annotations

import os
import re
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.reliability.licences import EXTRAS, LOCK, ROOT, TABLE, needed, table

PROJECT = (ROOT / "pyproject.toml").read_text("utf-8")


@pytest.mark.skipif(
    sys.platform != "linux" or sys.version_info[:2] != (3, 11), reason="the table is of Python 3.11 on Linux, as CI has"
)
def test_the_table_of_licences_is_current() -> None:
    assert TABLE.read_text("utf-8") == table(), "run python -m tests.reliability.licences"


def test_every_package_is_locked_for_ci() -> None:
    locked = set(re.findall(r"^([\w.-]+)==[\w.!+-]+$", LOCK.read_text("utf-8"), re.MULTILINE))
    newer_python_only = {"audioop-lts"}
    older_python_only = {"exceptiongroup", "tomli", "async-timeout"}
    tools = ("test", "check") if find_spec("mypy") or os.environ.get("CI") else ("test",)  # `make test` needs no others
    wanted = set(needed("voiceguide", (*EXTRAS, *tools))) - newer_python_only - older_python_only
    assert sorted(wanted - locked) == [], "run python -m tests.reliability.licences"


def test_every_dependency_of_a_user_has_a_lower_bound() -> None:
    (block,) = re.findall(r"^dependencies = \[(.*?)^\]", PROJECT, re.MULTILINE | re.DOTALL)
    wishes = re.findall(r'"([^"]+)"', block)
    assert len(wishes) > 10
    assert [wish for wish in wishes if not re.match(r"[\w.-]+(>=|==)\d", wish)] == []


def test_no_package_lacks_a_licence() -> None:
    rows = [line for line in Path(TABLE).read_text("utf-8").splitlines() if line.startswith("| ")]
    assert len(rows) > 20
    assert [row for row in rows if "| not stated |" in row or "UNKNOWN" in row] == []
