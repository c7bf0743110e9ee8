"""The pages in docs/ say what is so: code that is shown is the code that the tests run, links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("name", ["hum_engine.py", "pyproject.toml"])
def test_the_engine_that_is_shown_is_the_one_that_is_tested(name: str) -> None:
    page = (ROOT / "docs" / "voices.md").read_text("utf-8")
    assert (ROOT / "tests" / "third_party_engine" / name).read_text("utf-8") in page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8"))
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert not missing


def test_the_readme_script_is_one_that_plans(tmp_path: Path) -> None:
    from voiceguide.script.load import load_routine

    (script,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    routine = load_routine("readme.yaml", script.encode()).routine
    assert routine.title == "Tired feet"
