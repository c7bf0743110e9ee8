"""Files that a script names: they lie beside it or below. Scripts come from strangers; file names are no orders."""

from __future__ import annotations

from pathlib import Path

from voiceguide.errors import SoundError

__all__ = ["file_beside"]


def file_beside(folder: Path, name: str) -> Path:
    """The real path of a file that a script names.

    Raises:
        SoundError: when it lies elsewhere, links followed, or is not there.
    """
    try:
        home = folder.resolve()
        path = (home / name).resolve(strict=True)
    except FileNotFoundError as error:
        raise SoundError(f'There is no file "{name}" beside the script. Check its name.') from error
    except (OSError, ValueError, RuntimeError) as error:
        raise SoundError(f'"{name[:80]}" cannot be a file here: {error}.') from error
    if not path.is_relative_to(home):
        raise SoundError(f'"{name}" lies outside the folder of the script. Copy it beside the script, or below.')
    if not path.is_file():
        raise SoundError(f'"{name}" is not a file. Name a recording or a piece of music.')
    return path
