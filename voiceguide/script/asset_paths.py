"""Files that a script names: they lie beside it or below. Scripts come from strangers; file names are no orders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from voiceguide.errors import AudioFileError

__all__ = ["resolve_asset_path"]


def resolve_asset_path(folder: Path, name: str, allowed_paths: Sequence[Path] = ()) -> Path:
    """The real path of a file that a script names. `allowed` are other folders and files, links followed, that the
    person at the keyboard trusts its author with.

    Raises:
        SoundError: when it lies elsewhere, links followed, or is not there.
    """
    try:
        home = folder.resolve()
        path = (home / name).resolve(strict=True)
    except FileNotFoundError as error:
        raise AudioFileError(f'There is no file "{name}" beside the script. Check its name.') from error
    except (OSError, ValueError, RuntimeError) as error:
        raise AudioFileError(f'"{name[:80]}" cannot be a file here: {error}.') from error
    if not any(path.is_relative_to(place) for place in (home, *allowed_paths)):
        raise AudioFileError(
            f'"{name}" lies outside the folder of the script. '
            "Copy it beside the script or below, or allow its folder with --allow-path."
        )
    if not path.is_file():
        raise AudioFileError(f'"{name}" is not a file. Name a recording or a piece of music.')
    return path
