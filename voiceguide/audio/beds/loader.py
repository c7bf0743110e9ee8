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
from voiceguide.audio.beds.layers import LayerLoop, joins_of_mix, mix_layers
from voiceguide.builtin_names import BED_NAMES, BEDS, NONE, BedJoins, is_file_name
from voiceguide.errors import AudioFileError
from voiceguide.script.model.bed_layers import is_builtin_bed, split_layers
from voiceguide.system.disk_cache import DiskCache, digest, get_or_make
from voiceguide.system.python_child import module_command

__all__ = ["BedLoop", "are_beds_cached", "load_bed_loop", "prefetch_main", "prefetching_beds"]

BED_REVISION = "bed 5"
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


def load_bed_loop(bed: str, resolve_path: Callable[[str], Path], cache: DiskCache) -> BedLoop:
    """Return the loop of a bed. `resolve_path` maps the name of an audio file to its path.

    A bed of several sounds is mixed into one loop, so that everything else handles a single bed.

    Raises:
        AudioFileError: a built-in bed or file does not exist, or the file cannot be used.
    """
    layers = split_layers(bed)
    if len(layers) == 1:
        return _load_sound(layers[0].sound, resolve_path, cache)
    joins = joins_of_mix(BEDS[layer.sound].joins if layer.sound in BEDS else "none" for layer in layers)

    def mix() -> Samples:
        loaded = ((_load_sound(layer.sound, resolve_path, cache), layer.level_db) for layer in layers)
        return mix_layers([LayerLoop(each.loop, level_db, each.joins) for each, level_db in loaded])

    return _cached_loop(_bed_key(bed, resolve_path), cache, mix, joins)


def _load_sound(name: str, resolve_path: Callable[[str], Path], cache: DiskCache) -> BedLoop:
    key = _sound_key(name, resolve_path)
    if name in BEDS:
        return _cached_loop(key, cache, lambda: make_bed(name), BEDS[name].joins)
    from voiceguide.audio.beds.from_file import load_bed_file

    return _cached_loop(key, cache, lambda: load_bed_file(resolve_path(name)), joins="none")


def _bed_key(bed: str, resolve_path: Callable[[str], Path]) -> str:
    """Return the cache key of a bed."""
    layers = split_layers(bed)
    if len(layers) == 1:
        return _sound_key(layers[0].sound, resolve_path)
    return digest(BED_REVISION, *(f"{_sound_key(layer.sound, resolve_path)} {layer.level_db}" for layer in layers))


def _sound_key(name: str, resolve_path: Callable[[str], Path]) -> str:
    """Return the cache key of a single sound."""
    if name in BEDS:
        return digest(BED_REVISION, name, __version__, np.__version__)
    if not is_file_name(name):
        raise AudioFileError(f'Unknown bed "{name}". Use an audio file or one of: {", ".join(BED_NAMES)}.')
    from voiceguide.audio.file_type import identify_audio_file

    path = resolve_path(name)
    identify_audio_file(path)  # must run first: hashing a device would never end
    return digest(BED_REVISION, "own bed", _file_digest(path), __version__)


@contextmanager
def prefetching_beds(beds: Iterable[str], cache: DiskCache) -> Iterator[None]:
    """Build uncached built-in beds in a child process while the `with` body runs.

    A child process is used because the current process is busy with speech synthesis and already uses a lot of memory.
    If the child fails, beds are built when they are loaded, and any error is reported then.
    """
    missing = [bed for bed in dict.fromkeys(beds) if is_builtin_bed(bed) and not are_beds_cached([bed], cache)]
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


def are_beds_cached(beds: Iterable[str], cache: DiskCache) -> bool:
    """Return whether all these beds can be loaded without building or decoding them first."""
    return all(bed == NONE or (is_builtin_bed(bed) and cache.has(_bed_key(bed, Path))) for bed in set(beds))


def prefetch_main(folder: str, *beds: str) -> None:
    """Build beds and store them in the cache in `folder`. This is the entry point of the child process."""
    for bed in beds:
        load_bed_loop(bed, Path, DiskCache(Path(folder)))


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
