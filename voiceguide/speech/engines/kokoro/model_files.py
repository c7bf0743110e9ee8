"""The two files of kokoro: a model, and a table with the style of every voice. `voices --get kokoro` downloads them.

They are the files of the release model-files-v1.0 of github.com/thewh1teagle/kokoro-onnx. Their sizes and checksums are
fixed here, so no list of files needs to be read or trusted.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from voiceguide.errors import SpeechError
from voiceguide.system.atomic_file import convert_write_errors

__all__ = [
    "DOWNLOAD_BYTES",
    "LICENSE",
    "MODEL",
    "VOICES_TABLE",
    "download_url",
    "find_model_files",
    "install_model_files",
    "model_folder",
    "remove_model_files",
    "require_model_files",
]

FOLDER_ENV_VAR = "VOICEGUIDE_KOKORO_FOLDER"
DEFAULT_URL = "https://github.com/thewh1teagle/kokoro-onnx/releases/download/model-files-v1.0"
LICENSE = "Apache-2.0 (weights and voices), MIT (conversion to ONNX)"
MAX_FILE_BYTES = 512 << 20


@dataclass(frozen=True)
class ModelFile:
    """A file to download."""

    name: str
    size_bytes: int
    sha256: str


MODEL = ModelFile(
    "kokoro-v1.0.int8.onnx", 92_361_271, "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
)
VOICES_TABLE = ModelFile(
    "voices-v1.0.bin", 28_214_398, "bca610b8308e8d99f32e6fe4197e7ec01679264efed0cac9140fe9c29f1fbf7d"
)
FILES = (VOICES_TABLE, MODEL)
"""The files in the order in which they are downloaded and installed. The voices count as installed once both exist."""
DOWNLOAD_BYTES = sum(file.size_bytes for file in FILES)
GET_HINT = f"Download them with: voiceguide voices --get kokoro ({DOWNLOAD_BYTES / 1e6:.0f} MB)"


def model_folder() -> Path:
    """Return the folder of the two files: VOICEGUIDE_KOKORO_FOLDER, or one in the user data folder."""
    import platformdirs

    folder = os.environ.get(FOLDER_ENV_VAR, "")
    return Path(folder or Path(platformdirs.user_data_dir("voiceguide"), "kokoro")).expanduser().absolute()


def download_url() -> str:
    """Return the address of the folder to download from, without a trailing slash."""
    from voiceguide.speech.engines.download import base_url  # loads an HTTP client, which listing voices need not

    return base_url(DEFAULT_URL)


def find_model_files() -> tuple[Path, Path] | None:
    """Return the paths of the model and of the table of voices, or None if they are not installed."""
    model, table = model_folder() / MODEL.name, model_folder() / VOICES_TABLE.name
    return (model, table) if model.is_file() and table.is_file() else None


def require_model_files() -> tuple[Path, Path]:
    """Return the paths of the model and of the table of voices.

    Raises:
        SpeechError: if they are not installed, or so large that loading them could use up all memory.
    """
    found = find_model_files()
    if found is None:
        raise SpeechError(f"The voices of kokoro are not installed. {GET_HINT}")
    for path in found:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise SpeechError(f"{path} is too large for kokoro. Delete it. {GET_HINT}")
    return found


def install_model_files(on_progress: Callable[[int], None] = lambda done_bytes: None) -> Path:
    """Download both files and return their folder. `on_progress` gets the number of bytes so far.

    Both files are downloaded to a separate folder and moved only when both are complete and have the right checksums.
    If the download is interrupted, the next call resumes it.

    Raises:
        SpeechError: if a file cannot be downloaded, or has the wrong size or checksum.
        ExportError: if it cannot be written.
    """
    from voiceguide.speech.engines.download import download_file  # see download_url

    folder = model_folder()
    with convert_write_errors(folder / MODEL.name):
        staging = _staging_folder(folder)
        staging.mkdir(parents=True, exist_ok=True)
        before = 0
        for file in FILES:
            url = f"{download_url()}/{file.name}"
            on_bytes = partial(_add_bytes, on_progress, before)
            download_file(url, staging / file.name, file.size_bytes, file.sha256, on_bytes)
            before += file.size_bytes
        for file in FILES:
            (staging / file.name).replace(folder / file.name)
        staging.rmdir()
    return folder


def remove_model_files() -> Path:
    """Delete the downloaded or partially downloaded files, and return their folder.

    Raises:
        SpeechError: if nothing has been downloaded.
        ExportError: if a file cannot be deleted.
    """
    folder = model_folder()
    staging = _staging_folder(folder)
    paths = [place / file.name for place in (folder, staging) for file in reversed(FILES)]
    if not any(path.exists() for path in paths):
        raise SpeechError(f"kokoro was not downloaded to {folder}. The list of voices shows what is installed.")
    with convert_write_errors(folder / MODEL.name):
        for path in paths:
            path.unlink(missing_ok=True)
        if staging.exists():
            staging.rmdir()
    return folder


def _add_bytes(on_progress: Callable[[int], None], before: int, done_bytes: int) -> None:
    on_progress(before + done_bytes)


def _staging_folder(folder: Path) -> Path:
    return folder / ".part"
