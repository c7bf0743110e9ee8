"""What `python -m build` makes: a wheel and an sdist that install and work without the checkout."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest

from tests.support.environment import child_environment
from tests.support.long_forms import long

ROOT = Path(__file__).parents[2]


def python(*arguments: str | Path, cwd: Path, path: Path | None = None) -> str:
    environment = child_environment(PIP_NO_INDEX="1", PIP_DISABLE_PIP_VERSION_CHECK="1")
    if path is not None:
        environment["PYTHONPATH"] = str(path)
    command = [sys.executable, *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist of a copy of this checkout; building writes into the source folder."""
    folder = tmp_path_factory.mktemp("a release")
    kept = shutil.ignore_patterns(".*", "output", "build", "*.egg-info", "__pycache__", "tests")
    shutil.copytree(ROOT, folder / "source", ignore=kept)
    python("-m", "build", "--no-isolation", "--outdir", folder / "dist", folder / "source", cwd=folder)
    return folder / "dist"


@long
def test_the_wheel_works_without_the_checkout(distributions: Path, tmp_path: Path) -> None:
    (wheel,) = distributions.glob("*.whl")
    site = tmp_path / "site packages"
    python("-m", "pip", "install", "--quiet", "--no-deps", "--target", site, wheel, cwd=tmp_path)
    where = python("-c", "import voiceguide; print(voiceguide.__file__)", cwd=tmp_path, path=site)
    assert Path(where.strip()).parent == site / "voiceguide"
    options = ("--voice", "tone/tone", "--skip=Sole, right foot", "--skip=Ankle, right foot", "-o", "session.mp3", "-q")
    python("-m", "voiceguide", "build", "five-minutes", *options, cwd=tmp_path, path=site)
    assert "sample-exact" in python("-m", "voiceguide", "verify", "session.mp3", cwd=tmp_path, path=site)
    assert "hibari/heart" in python("-m", "voiceguide", "voices", "--language", "en", cwd=tmp_path, path=site)


def test_the_wheel_has_every_file_of_the_package(distributions: Path) -> None:
    """`python -m build` makes the wheel from the sdist, so a file that the sdist lacks is missing here too."""
    (wheel,) = distributions.glob("*.whl")
    entries = {entry.filename: entry.CRC for entry in zipfile.ZipFile(wheel).infolist()}
    source = {
        f"{package}/{path.relative_to(ROOT / folder).as_posix()}": zlib.crc32(path.read_bytes())
        for folder, package in (("voiceguide", "voiceguide"), ("scripts", "voiceguide/routines"))
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }
    assert {name: crc for name, crc in entries.items() if name.startswith("voiceguide/")} == source
