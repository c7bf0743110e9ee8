"""Where a bed comes from: its name or its file, and the store that keeps a loop once it is made."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from voiceguide import __version__
from voiceguide.errors import SoundError
from voiceguide.sound.beds import BEDS, make_bed
from voiceguide.sound.session import BedSource
from voiceguide.store import Store, digest

__all__ = ["bed_source"]


def bed_source(sound: str, find: Callable[[str], Path], store: Store) -> BedSource:
    """The loop of a bed that a script or a command names: one of our own, or a sound file, which `find` finds.

    Raises:
        SoundError: when there is no such bed or file, or when the file cannot be used.
    """
    if sound in BEDS:
        key = digest("bed", sound, __version__, np.__version__)
        return _kept(key, store) or _keep(key, store, make_bed(sound))
    if "." not in sound and "/" not in sound:
        raise SoundError(f'There is no bed "{sound}". There is {", ".join(BEDS)}, none, or the name of a sound file.')
    from voiceguide.sound.beds.own import load_bed

    path = find(sound)
    key = digest("own bed", _digest(path), __version__)
    return _kept(key, store) or _keep(key, store, load_bed(path))


def _digest(path: Path) -> str:
    total = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            total.update(block)
    return total.hexdigest()


def _kept(key: str, store: Store) -> BedSource | None:
    data = store.get(key)
    return BedSource(np.frombuffer(data, "<f4").reshape(-1, 2), key) if data else None


def _keep(key: str, store: Store, loop: npt.NDArray[np.float32]) -> BedSource:
    loop = np.ascontiguousarray(loop, "<f4")
    store.put(key, loop.tobytes())
    return BedSource(loop, key)
