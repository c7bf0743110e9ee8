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
from voiceguide.system.disk_cache import DiskCache, digest, get_or_make

__all__ = ["BedLoop", "are_beds_cached", "load_bed_loop", "prefetch_main", "prefetching_beds"]

BED_REVISION = "bed 3"
"""Changes whenever what a bed sounds like does, so that no loop of the old kind is used."""
PREFETCH_TIMEOUT_S = 20.0
"""Seconds after which it is not waited for; on a slow machine a bed takes three."""
_PREFETCH_CODE = (
    "import sys; sys.path[:] = [folder for folder in sys.path if folder] + [sys.argv[1]]; "
    "from voiceguide.audio.beds.loader import keep_beds; keep_beds(*sys.argv[2:])"
)
"""What the process runs; nothing of the folder the user happens to stand in is imported."""


@dataclass(frozen=True)
class BedLoop:
    """A loop at LOOP_LUFS and the key of all that its sound depends on."""

    loop: npt.NDArray[np.float32]
    content_key: str
    can_jump: bool = True
    """Whether any place of it may follow any other; in music that would be heard."""


def load_bed_loop(bed_name: str, resolve_path: Callable[[str], Path], store: DiskCache) -> BedLoop:
    """The loop of a bed that a script or a command names: one of our own, or a sound file, which `find` finds.

    Raises:
        SoundError: when there is no such bed or file, or when the file cannot be used.
    """
    if bed_name in BEDS:
        return _load_builtin(bed_name, store)
    if "." not in bed_name and "/" not in bed_name:
        raise AudioFileError(
            f'There is no bed "{bed_name}". There is {", ".join(BEDS)}, none, or the name of a sound file.'
        )
    from voiceguide.audio.beds.from_file import load_bed_file
    from voiceguide.audio.file_type import identify_audio_file

    path = resolve_path(bed_name)
    identify_audio_file(
        path
    )  # before all of it is read for its digest, which a file without end would make last for ever
    key = digest(BED_REVISION, "own bed", _file_digest(path), __version__)
    return _cached_loop(key, store, lambda: load_bed_file(path), can_jump=False)


@contextmanager
def prefetching_beds(bed_names: Iterable[str], store: DiskCache) -> Iterator[None]:
    """Make those of our own beds that are not in the store yet while something else is done.

    In a process of its own, since one that speaks has its hands and its memory full. Should it fail, the bed is made
    when it is asked for, and whatever is wrong is told then.
    """
    wanted = [sound for sound in dict.fromkeys(bed_names) if sound in BEDS and store.get(_builtin_key(sound)) is None]
    if not wanted:
        yield
        return
    arguments = [sys.executable, "-c", _PREFETCH_CODE, str(Path(__file__).parents[3]), str(store.folder), *wanted]
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
                maker.wait(PREFETCH_TIMEOUT_S)
        finally:
            maker.kill()


def are_beds_cached(bed_names: Iterable[str], store: DiskCache) -> bool:
    """Whether none of these beds would have to be made or decoded first."""
    return all(
        sound == "none" or (sound in BEDS and store.get(_builtin_key(sound)) is not None) for sound in set(bed_names)
    )


def prefetch_main(folder: str, *bed_names: str) -> None:
    """Make beds and keep them in the store of that folder."""
    for sound in bed_names:
        _load_builtin(sound, DiskCache(Path(folder)))


def _builtin_key(bed_name: str) -> str:
    return digest(BED_REVISION, bed_name, __version__, np.__version__)


def _load_builtin(bed_name: str, store: DiskCache) -> BedLoop:
    key = _builtin_key(bed_name)
    return _cached_loop(key, store, lambda: make_bed(bed_name), BEDS[bed_name].can_jump)


def _file_digest(path: Path) -> str:
    total = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            total.update(block)
    return total.hexdigest()


def _cached_loop(key: str, store: DiskCache, make: Callable[[], npt.NDArray[np.float32]], can_jump: bool) -> BedLoop:
    data = get_or_make(store, key, lambda: np.ascontiguousarray(make(), "<f4").tobytes())
    return BedLoop(np.frombuffer(data, "<f4").reshape(-1, 2), key, can_jump)
