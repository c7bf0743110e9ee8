"""What several machines share: the scripts with their files, spoken clips and backgrounds, by content."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from voiceguide.catalogue.script_facts import InputFile, hash_file
from voiceguide.catalogue.store import ANY_VERSION, Store
from voiceguide.errors import ExportError, VoiceguideError
from voiceguide.system.disk_cache import DiskCache, digest

__all__ = ["SharedCache", "fetch_inputs", "share_inputs"]

INPUT_FOLDER, CACHE_FOLDER = ".voiceguide/inputs/", ".voiceguide/cache/"
BINARY = "application/octet-stream"


class SharedCache(DiskCache):
    """A cache on this machine that also looks for entries in a store, and adds its own to it.

    The store only saves time: if it does not answer, the entry is made again.
    """

    def __init__(self, folder: Path, store: Store) -> None:
        super().__init__(folder)
        self._store = store

    def get(self, key: str) -> bytes | None:
        data = super().get(key)
        if data is None:
            with contextlib.suppress(ExportError):
                raw = self._store.read(f"{CACHE_FOLDER}{key}")
                if raw is not None and raw[:64] == digest(key, raw[64:]).encode():
                    data = raw[64:]
                    super().put(key, data)
        return data

    def put(self, key: str, data: bytes) -> None:
        super().put(key, data)
        with contextlib.suppress(ExportError):
            self._store.write(f"{CACHE_FOLDER}{key}", digest(key, data).encode() + data, BINARY, ANY_VERSION)


def share_inputs(store: Store, files: Iterable[InputFile]) -> None:
    """Put files into the store that other machines need, unless they are there already."""
    present = store.list()
    for checksum, path in {file.sha256: file.path for file in files if file.sha256}.items():
        if f"{INPUT_FOLDER}{checksum}" not in present:
            store.write(f"{INPUT_FOLDER}{checksum}", Path(path), BINARY, ANY_VERSION)


def fetch_inputs(store: Store, files: Iterable[InputFile], folder: Path) -> dict[str, Path]:
    """Write shared files into a folder, in the same places relative to each other. Return the new path of each.

    Raises:
        VoiceguideError: A file is missing in the store or damaged.
    """
    present = [file for file in files if file.sha256]
    root = os.path.commonpath([os.path.dirname(os.path.abspath(file.path)) for file in present])
    paths = {}
    for file in present:
        path = folder / os.path.relpath(os.path.abspath(file.path), root)
        path.parent.mkdir(parents=True, exist_ok=True)
        data = store.read(f"{INPUT_FOLDER}{file.sha256}")
        path.write_bytes(data or b"")
        if data is None or hash_file(path) != file.sha256:
            raise VoiceguideError(f"{file.path} is missing or damaged in {store.address}. Run the catalogue again.")
        paths[file.path] = path
    return paths
