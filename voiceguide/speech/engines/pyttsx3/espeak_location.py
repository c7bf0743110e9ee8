"""Find the eSpeak library on Linux: in espeakng-loader's wheel, otherwise in the operating system."""

from __future__ import annotations

import ctypes
import importlib.metadata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from voiceguide.errors import SpeechError

__all__ = ["EspeakLibraryInfo", "find_espeak_library"]

_SYSTEM_LIBRARY_NAMES = ("libespeak-ng.so.1", "/usr/local/lib/libespeak-ng.so.1", "libespeak.so.1")
"""The names that pyttsx3 2.99 itself tries on Linux, in the same order."""


@dataclass(frozen=True)
class EspeakLibraryInfo:
    """An eSpeak library that can be loaded."""

    path: str
    """The path or name to pass to the dynamic loader."""
    data_folder: str
    """The folder that contains `phontab`, or an empty string if the library finds its own data."""
    version: str
    """eSpeak's version, such as 1.52.0."""
    origin: str
    """`wheel` or `system`."""

    def describe_version(self) -> str:
        """Return the part of the engine version that identifies this library."""
        return f"espeak-ng {self.version} ({self.origin})"


@lru_cache(maxsize=1)
def find_espeak_library() -> EspeakLibraryInfo:
    """Return the wheel's library if it loads, so that every machine renders the same audio; otherwise the system's.

    Raises:
        SpeechError: if neither can be loaded.
    """
    errors: list[str] = []
    for find in (_find_in_wheel, _find_on_system):
        try:
            return find()
        except OSError as error:
            errors.append(str(error))
    raise SpeechError(
        f"pyttsx3 cannot find eSpeak: {'; '.join(errors)}. "
        "Run pip install --force-reinstall espeakng-loader, or install your system's espeak-ng package."
    )


def _find_in_wheel() -> EspeakLibraryInfo:
    try:
        package = importlib.metadata.distribution("espeakng-loader").locate_file("espeakng_loader")
    except importlib.metadata.PackageNotFoundError as error:
        raise OSError("the package espeakng-loader is not installed") from error
    folder = Path(str(package))
    data_folder = folder / "espeak-ng-data"
    # libespeak-ng terminates the whole process if its data is missing.
    if not (data_folder / "phontab").is_file():
        raise OSError(f"{data_folder} contains no phontab")
    path = str(folder / "libespeak-ng.so")
    return EspeakLibraryInfo(path, str(data_folder), _read_version(path), "wheel")


def _find_on_system() -> EspeakLibraryInfo:
    failure = OSError("no system library was tried")
    for name in _SYSTEM_LIBRARY_NAMES:
        try:
            return EspeakLibraryInfo(name, "", _read_version(name), "system")
        except OSError as error:
            failure = error
    raise failure


def _read_version(path: str) -> str:
    """Return the version reported by the library. Raise OSError if it cannot be loaded.

    `espeak_Info` needs no initialization.
    """
    info = ctypes.CDLL(path).espeak_Info
    info.restype = ctypes.c_char_p
    info.argtypes = [ctypes.c_void_p]
    answer: bytes | None = info(None)
    return (answer or b"unknown").decode("ascii", "replace").split(" ")[0]
