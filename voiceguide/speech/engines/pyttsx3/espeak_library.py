"""Which eSpeak library speaks on Linux: the one shipped by espeakng-loader, or else the system's."""

from __future__ import annotations

import ctypes
import importlib.metadata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from voiceguide.errors import SpeechError

__all__ = ["EspeakLibrary", "find_espeak_library"]

_SYSTEM_LIBRARY_NAMES = ("libespeak-ng.so.1", "/usr/local/lib/libespeak-ng.so.1", "libespeak.so.1")
"""The names pyttsx3 2.99 itself looks for on Linux, in its order."""


@dataclass(frozen=True)
class EspeakLibrary:
    """A libespeak that loads."""

    path: str
    """What the dynamic loader is given."""
    data_folder: str
    """The folder that holds `phontab`; empty where the library knows its own."""
    version: str
    """eSpeak's own, such as 1.52.0."""
    origin: str
    """`wheel` or `system`."""

    def describe_version(self) -> str:
        """All that this library adds to the sound of a clip, in words."""
        return f"espeak-ng {self.version} ({self.origin})"


@lru_cache(maxsize=1)
def find_espeak_library() -> EspeakLibrary:
    """The wheel's library wherever it loads, so that every machine makes the same sound; the system's otherwise.

    Raises:
        SpeechError: where neither loads.
    """
    problems: list[str] = []
    for find in (_find_in_wheel, _find_on_system):
        try:
            return find()
        except OSError as error:
            problems.append(str(error))
    raise SpeechError(
        f"pyttsx3 finds no eSpeak to speak with: {'; '.join(problems)}. "
        "Run pip install --force-reinstall espeakng-loader, or install the package espeak-ng of your system."
    )


def _find_in_wheel() -> EspeakLibrary:
    try:
        package = importlib.metadata.distribution("espeakng-loader").locate_file("espeakng_loader")
    except importlib.metadata.PackageNotFoundError as error:
        raise OSError("the package espeakng-loader is not installed") from error
    folder = Path(str(package))
    data_folder = folder / "espeak-ng-data"
    # libespeak-ng ends the whole process where its data is not: look before it does.
    if not (data_folder / "phontab").is_file():
        raise OSError(f"{data_folder} holds no phontab")
    path = str(folder / "libespeak-ng.so")
    return EspeakLibrary(path, str(data_folder), _read_version(path), "wheel")


def _find_on_system() -> EspeakLibrary:
    problem = OSError("no library of the system was tried")
    for name in _SYSTEM_LIBRARY_NAMES:
        try:
            return EspeakLibrary(name, "", _read_version(name), "system")
        except OSError as error:
            problem = error
    raise problem


def _read_version(path: str) -> str:
    """The version told by the library itself, which also shows that it loads. `espeak_Info` needs no initialising."""
    info = ctypes.CDLL(path).espeak_Info
    info.restype = ctypes.c_char_p
    info.argtypes = [ctypes.c_void_p]
    answer: bytes | None = info(None)
    return (answer or b"unknown").decode("ascii", "replace").split(" ")[0]
