"""The routines that come with the package, by name."""

from __future__ import annotations

from pathlib import Path

from voiceguide.errors import VoiceguideError

__all__ = ["find_routine", "list_bundled_routines"]

SEARCH_FOLDERS = (Path(__file__).parents[1] / "routines", Path(__file__).parents[2] / "scripts")
"""Where an installed package keeps them, and where a clone does."""


def list_bundled_routines() -> dict[str, Path]:
    """Every bundled script by its name, in order of name."""
    for place in SEARCH_FOLDERS:
        found = {path.stem: path for path in sorted(place.glob("*.yaml"))}
        if found:
            return found
    return {}


def find_routine(name_or_path: str) -> Path:
    """The script that a command's ROUTINE means: a file, or the name of a bundled routine. `-` stays as it is.

    Raises:
        VoiceguideError: where there is neither, with the near names.
    """
    path = Path(name_or_path)
    if name_or_path == "-" or path.exists() or path.is_symlink():
        return path
    bundled = list_bundled_routines()
    if name_or_path in bundled:
        return bundled[name_or_path]
    from rapidfuzz import process

    close = [match[0] for match in process.extract(path.stem, list(bundled), limit=2, score_cutoff=60)]
    hint = "Did you mean " + " or ".join(close) + "?" if close else f"Bundled are {', '.join(bundled)}."
    raise VoiceguideError(f'There is no file and no bundled routine "{name_or_path}". {hint}')
