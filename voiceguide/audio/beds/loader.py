"""Where a bed comes from: its name or its file, and the store that keeps a loop once it is made."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from voiceguide import __version__
from voiceguide.audio.beds import make_bed
from voiceguide.errors import AudioFileError
from voiceguide.names import BEDS
from voiceguide.system.disk_cache import Store, digest, remembered

__all__ = ["BedSource", "bed_source", "beds_kept", "beds_meanwhile", "keep_beds"]

FORMAT = "bed 3"
"""Changes whenever what a bed sounds like does, so that no loop of the old kind is used."""
BED_S = 20.0
"""Seconds after which it is not waited for; on a slow machine a bed takes three."""
_KEEP_BEDS = (
    "import sys; sys.path[:] = [folder for folder in sys.path if folder] + [sys.argv[1]]; "
    "from voiceguide.audio.beds.loader import keep_beds; keep_beds(*sys.argv[2:])"
)
"""What the process runs; nothing of the folder the user happens to stand in is imported."""


@dataclass(frozen=True)
class BedSource:
    """A loop at LOOP_LUFS and the key of all that its sound depends on."""

    loop: npt.NDArray[np.float32]
    key: str
    even: bool = True
    """Whether any place of it may follow any other; in music that would be heard."""


def bed_source(sound: str, find: Callable[[str], Path], store: Store) -> BedSource:
    """The loop of a bed that a script or a command names: one of our own, or a sound file, which `find` finds.

    Raises:
        SoundError: when there is no such bed or file, or when the file cannot be used.
    """
    if sound in BEDS:
        return _built_in(sound, store)
    if "." not in sound and "/" not in sound:
        raise AudioFileError(f'There is no bed "{sound}". There is {", ".join(BEDS)}, none, or the name of a sound file.')
    from voiceguide.audio.beds.from_file import load_bed
    from voiceguide.audio.file_type import identify

    path = find(sound)
    identify(path)  # before all of it is read for its digest, which a file without end would make last for ever
    key = digest(FORMAT, "own bed", _digest(path), __version__)
    return _loop(key, store, lambda: load_bed(path), even=False)


@contextmanager
def beds_meanwhile(sounds: Iterable[str], store: Store) -> Iterator[None]:
    """Make those of our own beds that are not in the store yet while something else is done.

    In a process of its own, since one that speaks has its hands and its memory full. Should it fail, the bed is made
    when it is asked for, and whatever is wrong is told then.
    """
    wanted = [sound for sound in dict.fromkeys(sounds) if sound in BEDS and store.get(_key(sound)) is None]
    if not wanted:
        yield
        return
    arguments = [sys.executable, "-c", _KEEP_BEDS, str(Path(__file__).parents[3]), str(store.folder), *wanted]
    quiet = subprocess.DEVNULL
    try:
        maker = subprocess.Popen(arguments, stdin=quiet, stdout=quiet, stderr=quiet)
    except OSError:
        yield
        return
    with maker:
        try:
            yield
            with suppress(subprocess.TimeoutExpired):
                maker.wait(BED_S)
        finally:
            maker.kill()


def beds_kept(sounds: Iterable[str], store: Store) -> bool:
    """Whether none of these beds would have to be made or decoded first."""
    return all(sound == "none" or (sound in BEDS and store.get(_key(sound)) is not None) for sound in set(sounds))


def keep_beds(folder: str, *sounds: str) -> None:
    """Make beds and keep them in the store of that folder."""
    for sound in sounds:
        _built_in(sound, Store(Path(folder)))


def _key(sound: str) -> str:
    return digest(FORMAT, sound, __version__, np.__version__)


def _built_in(sound: str, store: Store) -> BedSource:
    key = _key(sound)
    return _loop(key, store, lambda: make_bed(sound), BEDS[sound].can_jump)


def _digest(path: Path) -> str:
    total = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            total.update(block)
    return total.hexdigest()


def _loop(key: str, store: Store, make: Callable[[], npt.NDArray[np.float32]], even: bool) -> BedSource:
    data = remembered(store, key, lambda: np.ascontiguousarray(make(), "<f4").tobytes())
    return BedSource(np.frombuffer(data, "<f4").reshape(-1, 2), key, even)
