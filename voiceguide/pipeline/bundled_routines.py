"""The routines that ship with the package."""

from __future__ import annotations

import os
from pathlib import Path

from voiceguide.errors import VoiceguideError
from voiceguide.script.parsing.nodes import join_or, quoted
from voiceguide.script.path_lookup import kind_at

__all__ = ["find_routine", "list_bundled_routines"]

SEARCH_FOLDERS = (Path(__file__).parents[1] / "routines", Path(__file__).parents[2] / "scripts")
"""The folder of bundled routines in an installed package, and in a clone of the repository."""

MAIN_ROUTINE = "foot-massage"
"""The routine that most people look for first."""


def list_bundled_routines() -> dict[str, Path]:
    """Return the paths of all bundled routines by name, in alphabetical order after MAIN_ROUTINE."""
    for place in SEARCH_FOLDERS:
        paths = sorted(place.glob("*.yaml"), key=lambda path: (path.stem != MAIN_ROUTINE, path.stem))
        found = {path.stem: path for path in paths}
        if found:
            return found
    return {}


def find_routine(name_or_path: str) -> Path:
    """Return the path of a script, given a file or a bundled routine name. `-` (standard input) is returned as is.

    Raises:
        VoiceguideError: There is no such file or routine, and the message suggests similar names, or the user may not
            look at the path.
    """
    path = Path(name_or_path)
    if name_or_path == "-" or kind_at(path) or os.path.islink(path):
        return path
    bundled = list_bundled_routines()
    if name_or_path in bundled:
        return bundled[name_or_path]
    from rapidfuzz import process

    close = [match[0] for match in process.extract(path.stem, list(bundled), limit=3, score_cutoff=60)]
    hint = (
        f"Did you mean {join_or([quoted(name) for name in close])}?"
        if close
        else f"Bundled routines: {', '.join(bundled)}."
    )
    raise VoiceguideError(f'No file or bundled routine named "{name_or_path}". {hint}')
