"""Resolve the paths of files named in a script.

A script might not be trustworthy, so it can use only files in its own folder and subfolders, and
files that the user allows.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from voiceguide.errors import AudioFileError

__all__ = ["resolve_asset_path"]


def resolve_asset_path(folder: Path, name: str, allowed_paths: Sequence[Path] = ()) -> Path:
    """Return the resolved path of a file named in a script.

    `folder` is the folder that contains the script. `allowed_paths` are the resolved paths of any additional files and
    folders that the user allows the script to read.

    Raises:
        AudioFileError: The file does not exist, or its path after resolving links is not in an allowed folder.
    """
    try:
        home = folder.resolve()
        path = (home / name).resolve(strict=True)
    except FileNotFoundError as error:
        raise AudioFileError(f'File "{name}" not found in the script folder. Check its name.') from error
    except PermissionError as error:
        raise AudioFileError(f'"{name}" cannot be read: {error.strerror}. Check its permissions.') from error
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise AudioFileError(f'"{name[:80]}" cannot be used as a file name: {reason}. Choose another name.') from error
    if not any(path.is_relative_to(allowed) for allowed in (home, *allowed_paths)):
        raise AudioFileError(
            f'"{name}" is outside the script folder. Copy it into that folder, or allow access to its path.'
        )
    if not path.is_file():
        raise AudioFileError(f'"{name}" is not a file. Check its name.')
    return path
