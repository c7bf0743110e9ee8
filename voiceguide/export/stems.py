"""Write the voice, the bed and the chimes of a session as separate files of the same length, for a mixing program."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from voiceguide.audio.mixer.mix import STEM_NAMES, Mix
from voiceguide.encode.ffmpeg_writer import write_float_audio
from voiceguide.system.atomic_group import atomic_group

__all__ = ["stem_paths", "write_stems"]

ENCODER = "pcm_s24le"
"""24 bits, so that the sum of the stems differs from the mix by less than -130 dB."""


def stem_paths(target: Path) -> list[Path]:
    """Return the paths of the stems of a session, in the order of `STEM_NAMES`."""
    return [target.with_name(f"{target.stem}.{name}.wav") for name in STEM_NAMES]


def write_stems(mix: Mix, target: Path, progress: Callable[[int], None] | None = None) -> list[Path]:
    """Write the stems next to `target`, and return their paths. If one of them cannot be written, none are.

    Raises:
        ExportError: If a file cannot be written.
    """
    paths = stem_paths(target)
    with atomic_group() as group:
        for path, stem in zip(paths, mix.stems(), strict=True):
            with group.write(path) as part:
                write_float_audio(stem, part, ["-c:a", ENCODER, "-rf64", "auto", "-f", "wav"], progress)
    return paths
