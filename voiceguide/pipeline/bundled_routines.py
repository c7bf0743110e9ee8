"""The routines that come with the package, by name."""

from __future__ import annotations

from pathlib import Path

from voiceguide.errors import VoiceguideError

__all__ = ["bundled_routines", "find_routine"]

PLACES = (Path(__file__).parents[1] / "routines", Path(__file__).parents[2] / "scripts")
"""Where an installed package keeps them, and where a clone does."""


def bundled_routines() -> dict[str, Path]:
    """Every bundled script by its name, in order of name."""
    for place in PLACES:
        found = {path.stem: path for path in sorted(place.glob("*.yaml"))}
        if found:
            return found
    return {}


def find_routine(written: str) -> Path:
    """The script that a command's ROUTINE means: a file, or the name of a bundled routine. `-` stays as it is.

    Raises:
        VoiceguideError: where there is neither, with the near names.
    """
    path = Path(written)
    if written == "-" or path.exists() or path.is_symlink():
        return path
    bundled = bundled_routines()
    if written in bundled:
        return bundled[written]
    from rapidfuzz import process

    close = [match[0] for match in process.extract(path.stem, list(bundled), limit=2, score_cutoff=60)]
    hint = "Did you mean " + " or ".join(close) + "?" if close else f"Bundled are {', '.join(bundled)}."
    raise VoiceguideError(f'There is no file and no bundled routine "{written}". {hint}')
