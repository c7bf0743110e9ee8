"""`pip install` installs every package and every data file."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = (ROOT / "pyproject.toml").read_text("utf-8")


def test_every_package_is_listed() -> None:
    """Packages are listed one by one because scripts/ is installed as one of them, so a new one is easily forgotten."""
    (block,) = re.findall(r"^packages = \[(.*?)\]", PROJECT, re.MULTILINE | re.DOTALL)
    listed = set(re.findall(r'"([\w.]+)"', block))
    folders = {path.parent.relative_to(ROOT) for path in (ROOT / "voiceguide").rglob("__init__.py")}
    assert listed == {".".join(folder.parts) for folder in folders} | {"voiceguide.routines"}


def test_every_data_file_is_shipped() -> None:
    found = {path.suffix for path in (ROOT / "voiceguide").rglob("*") if path.is_file() and path.suffix != ".pyc"}
    assert found <= {".py", ".json", ".typed", "", ".html", ".css", ".js", ".png", ".tsv", ".webmanifest"}
    assert '"voiceguide.languages" = ["*.tsv"]' in PROJECT
    assert '"voiceguide.web" = ["static/*", "static/studio/*"]' in PROJECT
    assert '"voiceguide.routines" = ["*.yaml"]' in PROJECT


def test_no_file_contains_a_path_of_the_development_machine() -> None:
    texts = [*(ROOT / "voiceguide").rglob("*.py"), *(ROOT / "scripts").glob("*.yaml"), *(ROOT / "docs").glob("*.*")]
    for path in (path for path in texts if path.suffix != ".png"):
        assert not re.search(r"(^|[^\w.])/(root|home/\w+)/", path.read_text("utf-8")), path
