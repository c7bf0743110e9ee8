"""Load beds by name or from a file, with a disk cache for finished loops."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voiceguide import __version__
from voiceguide.audio.array_type import Samples
from voiceguide.audio.beds import make_bed
from voiceguide.builtin_names import BED_NAMES, BEDS, NONE, BedJoins, is_file_name
from voiceguide.errors import AudioFileError
from voiceguide.system.disk_cache import DiskCache, digest, get_or_make
from voiceguide.system.python_child import module_command

__all__ = ["BedLoop", "are_beds_cached", "load_bed_loop", "prefetch_main", "prefetching_beds"]

BED_REVISION = "bed 4"
"""Part of every key. Increment when the audio of a bed changes, so that older cached loops are not used."""
PREFETCH_TIMEOUT_S = 20.0
"""How long to wait for the child process after the `with` body ends. A bed takes 3 s to build on a slow machine."""


@dataclass(frozen=True)
class BedLoop:
    """A loop at LOOP_LUFS."""

    loop: Samples
    content_key: str
    """Cache key that identifies the loop's audio."""
    joins: BedJoins = "even"
    """Where the bed can jump to another place in its loop."""


def load_bed_loop(bed_name: str, resolve_path: Callable[[str], Path], cache: DiskCache) -> BedLoop:
    """Return the loop of a built-in bed or an audio file. `resolve_path` maps the name of the file to its path.

    Raises:
        AudioFileError: the bed or file does not exist, or the file cannot be used.
    """
    if bed_name in BEDS:
        return _load_builtin(bed_name, cache)
    if not is_file_name(bed_name):
        raise AudioFileError(f'Unknown bed "{bed_name}". Use an audio file or one of: {", ".join(BED_NAMES)}.')
    from voiceguide.audio.beds.from_file import load_bed_file
    from voiceguide.audio.file_type import identify_audio_file

    path = resolve_path(bed_name)
    identify_audio_file(path)  # must run first: hashing a device would never end
    key = digest(BED_REVISION, "own bed", _file_digest(path), __version__)
    return _cached_loop(key, cache, lambda: load_bed_file(path), joins="none")


@contextmanager
def prefetching_beds(bed_names: Iterable[str], cache: DiskCache) -> Iterator[None]:
    """Build uncached built-in beds in a child process while the `with` body runs.

    A child process is used because the current process is busy with speech synthesis and already uses a lot of memory.
    If the child fails, beds are built when they are loaded, and any error is reported then.
    """
    missing = [name for name in dict.fromkeys(bed_names) if name in BEDS and cache.get(_builtin_key(name)) is None]
    if not missing:
        yield
        return
    command = module_command("voiceguide.audio.beds.loader", str(cache.folder), *missing)
    devnull = subprocess.DEVNULL
    try:
        child = subprocess.Popen(command, stdin=devnull, stdout=devnull, stderr=devnull)
    except OSError:
        yield
        return
    with child:
        try:
            yield
            with suppress(subprocess.TimeoutExpired):
                child.wait(PREFETCH_TIMEOUT_S)
        finally:
            child.kill()


def are_beds_cached(bed_names: Iterable[str], cache: DiskCache) -> bool:
    """Return whether all these beds can be loaded without building or decoding them first."""
    return all(name == NONE or (name in BEDS and cache.get(_builtin_key(name)) is not None) for name in set(bed_names))


def prefetch_main(folder: str, *bed_names: str) -> None:
    """Build beds and store them in the cache in `folder`. This is the entry point of the child process."""
    for name in bed_names:
        _load_builtin(name, DiskCache(Path(folder)))


def _builtin_key(bed_name: str) -> str:
    return digest(BED_REVISION, bed_name, __version__, np.__version__)


def _load_builtin(bed_name: str, cache: DiskCache) -> BedLoop:
    key = _builtin_key(bed_name)
    return _cached_loop(key, cache, lambda: make_bed(bed_name), BEDS[bed_name].joins)


def _file_digest(path: Path) -> str:
    total = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            total.update(block)
    return total.hexdigest()


def _cached_loop(key: str, cache: DiskCache, make: Callable[[], Samples], joins: BedJoins) -> BedLoop:
    data = get_or_make(cache, key, lambda: np.ascontiguousarray(make(), "<f4").tobytes())
    return BedLoop(np.frombuffer(data, "<f4").reshape(-1, 2), key, joins)


if __name__ == "__main__":
    prefetch_main(*sys.argv[1:])
