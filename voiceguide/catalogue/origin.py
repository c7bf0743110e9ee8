"""Which catalogue has made a session, where several of the same file name share an output."""

from __future__ import annotations

import os
from pathlib import Path

from voiceguide.catalogue.config.loader import CatalogueFile
from voiceguide.catalogue.store import is_bucket

__all__ = ["catalogue_origin"]


def catalogue_origin(file: CatalogueFile) -> str:
    """Return where a catalogue is, in a way that does not change if a project is moved or checked out elsewhere.

    This is its place relative to the output, if the output is given relative to it. Otherwise, it is its place in its
    Git repository, together with the name of that, or its path if there is none.
    """
    path = file.path.resolve()
    output = file.catalogue.output
    if not is_bucket(output) and not Path(output).is_absolute():
        return _relative(path, (file.folder / output).resolve())
    top = next((folder for folder in path.parents if os.path.exists(folder / ".git")), None)
    return f"{top.name}/{_relative(path, top)}" if top else path.as_posix()


def _relative(path: Path, folder: Path) -> str:
    try:
        return os.path.relpath(path, folder).replace(os.sep, "/")
    except ValueError:  # on another drive
        return path.as_posix()
