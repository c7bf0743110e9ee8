"""Distinguish voice names from file paths."""

from __future__ import annotations

import re

__all__ = ["is_path"]

MODEL_EXTENSION = ".onnx"
_PATH_START = re.compile(r"~|[a-z]:", re.ASCII | re.IGNORECASE)
_PATH_PARTS = ("", ".", "..")


def is_path(voice: str) -> bool:
    """Return whether the name of a voice, without its engine, could be a file path.

    On some operating systems, voice names contain slashes, backslashes or periods, such as `gmw/en-gb`. Such names are
    not paths. The following count as paths: an absolute path, a path that begins with a home folder or a drive, a path
    with `..`, a URL such as `http://host/x`, and the name of a model file.
    """
    parts = [part.strip() for part in re.split(r"[/\\]", voice)]
    return (
        voice.strip().lower().endswith(MODEL_EXTENSION)
        or _PATH_START.match(voice.strip()) is not None
        or any(part in _PATH_PARTS for part in parts)
    )
