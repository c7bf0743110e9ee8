"""What `pip install` brings: every folder of code, every data file, nothing forgotten."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = (ROOT / "pyproject.toml").read_text("utf-8")


def test_every_package_is_listed() -> None:
    """They are named one by one because scripts/ is shipped as one of them; a new folder must not be left at home."""
    (block,) = re.findall(r"^packages = \[(.*?)\]", PROJECT, re.MULTILINE | re.DOTALL)
    listed = set(re.findall(r'"([\w.]+)"', block))
    folders = {path.parent.relative_to(ROOT) for path in (ROOT / "voiceguide").rglob("__init__.py")}
    assert listed == {".".join(folder.parts) for folder in folders} | {"voiceguide.routines"}


def test_every_data_file_is_shipped() -> None:
    found = {path.suffix for path in (ROOT / "voiceguide").rglob("*") if path.is_file() and path.suffix != ".pyc"}
    assert found <= {".py", ".json", ".typed", "", ".html", ".css", ".js", ".png", ".webmanifest"}
    assert '"voiceguide.web" = ["static/*"]' in PROJECT
    assert '"voiceguide.routines" = ["*.yaml"]' in PROJECT


def test_the_repository_names_no_machine() -> None:
    """No path of the machine it was written on stands in what is shipped."""
    texts = [*(ROOT / "voiceguide").rglob("*.py"), *(ROOT / "scripts").glob("*.yaml"), *(ROOT / "docs").glob("*")]
    for path in texts:
        assert not re.search(r"(^|[^\w.])/(root|home/\w+)/", path.read_text("utf-8")), path
