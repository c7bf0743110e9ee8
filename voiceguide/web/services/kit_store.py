"""A store for kits and their frames. The store is part of the cache, so its contents survive a restart."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from voiceguide.system.disk_cache import DiskCache, cache_folder, digest, open_cache
from voiceguide.system.temp_dirs import make_temp_dir

__all__ = ["KitStore", "frame_ids", "open_kit_store"]

_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


def frame_ids(kit: dict[str, Any]) -> list[str]:
    """Return the IDs of all loops and pieces of a kit, in the order in which they are needed."""
    return [each["id"] for each in (*kit["loops"], *kit["pieces"])]


@contextmanager
def open_kit_store() -> Iterator[KitStore]:
    """Open the store in the cache folder.

    If that folder is not writable, use a temporary one until the context exits.
    """
    with ExitStack() as stack:
        folder = cache_folder()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
        except OSError:
            folder = Path(stack.enter_context(make_temp_dir()))
        yield KitStore(stack.enter_context(open_cache(folder)))


def _opening_of(name: str) -> str:
    return digest("opening", name)[: len(name)]


class KitStore:
    """A store of kits by name, and of frames of loops and pieces by ID."""

    def __init__(self, cache: DiskCache) -> None:
        self._cache = cache
        self.folder = cache.folder

    def kit(self, name: str) -> dict[str, Any] | None:
        """Return a kit, or None if the kit or any of its frames are missing."""
        if not _ID.fullmatch(name) or (data := self._cache.get(digest("kit", name))) is None:
            return None
        kit = dict(json.loads(data))
        return kit if not self.missing(frame_ids(kit)) else None

    def opening(self, name: str) -> dict[str, Any] | None:
        """Return the opening of a kit, or None if the opening or any of its frames are missing."""
        return self.kit(_opening_of(name)) if _ID.fullmatch(name) else None

    def put_opening(self, name: str, kit: dict[str, Any]) -> None:
        """Store the opening of a kit. All of its frames must be stored already."""
        self.put_kit(_opening_of(name), kit)

    def put_kit(self, name: str, kit: dict[str, Any]) -> None:
        """Store a kit. All of its frames must be stored already."""
        self._cache.put(digest("kit", name), json.dumps(kit).encode())

    def frames(self, frame_id: str) -> bytes | None:
        """Return the frames of a loop or piece, or None."""
        return self._cache.get(digest("kit frames", frame_id)) if _ID.fullmatch(frame_id) else None

    def put_frames(self, frame_id: str, frames: bytes) -> None:
        """Store the frames of a loop or piece."""
        self._cache.put(digest("kit frames", frame_id), frames)

    def missing(self, frame_ids: Iterable[str]) -> list[str]:
        """Return the IDs whose frames are missing or damaged."""
        return [each for each in frame_ids if self.frames(each) is None]
