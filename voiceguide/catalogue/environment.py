"""The versions of everything that the sound of a session depends on, apart from its script."""

from __future__ import annotations

import os
import re
from importlib import metadata

from voiceguide import __version__
from voiceguide.speech.engines.command.config import config_path
from voiceguide.system.disk_cache import digest

__all__ = ["describe_environment", "environment_id"]

PACKAGES = ("hibari-tts", "espeakng-loader", "py-nanotts", "piper-tts", "imageio-ffmpeg", "num2words")


def describe_environment() -> dict[str, str]:
    """Return the version of each package that makes sound: voiceguide, engines, and what encodes and writes numbers."""
    names = {*PACKAGES, *(point.dist.name for point in metadata.entry_points(group="voiceguide.engines") if point.dist)}
    versions = {"voiceguide": __version__}
    for name in sorted(re.sub(r"[-_.]+", "-", name).lower() for name in names - {"voiceguide"}):
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = ""
    versions["VOICEGUIDE_FFMPEG"] = os.environ.get("VOICEGUIDE_FFMPEG", "")
    try:
        versions["config.yaml"] = digest(config_path().read_bytes())
    except OSError:
        versions["config.yaml"] = ""
    return versions


def environment_id() -> str:
    """Return a digest of `describe_environment`. Machines with the same one build the same sessions."""
    return digest(*(f"{name} {version}" for name, version in describe_environment().items()))
