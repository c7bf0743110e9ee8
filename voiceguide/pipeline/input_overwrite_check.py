"""Before a build starts, find the files it reads and writes, and check that it overwrites none of its inputs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from voiceguide.export.input_protection import check_not_inputs
from voiceguide.export.sidecars import sidecar_path
from voiceguide.export.stage_files import playlist_path, stage_file_path
from voiceguide.export.stems import stem_paths
from voiceguide.pipeline.asset_check import list_named_files
from voiceguide.script.loader import Script
from voiceguide.script.model.bed_layers import bed_files
from voiceguide.speech.engines.command.config import config_path
from voiceguide.timeline.arrangement.model import Arrangement
from voiceguide.timeline.model import Timeline

__all__ = ["check_outputs", "list_input_files", "list_timeline_files"]


def list_input_files(script: Script) -> tuple[Path, ...]:
    """Return the script, every file named in it, and the user's configuration.

    Paths with placeholders are not included, because their files are not known until the routine is unrolled.
    """
    own = Path("/dev/stdin" if script.file == "<stdin>" else script.file)
    return (own, *list_named_files(script), config_path())


def check_outputs(
    script: Script,
    arrangement: Arrangement,
    bed_override: Mapping[str, Path],
    variant_file: Path | None,
    target: Path,
    split: bool,
    sidecars: Iterable[str],
    stems: bool = False,
) -> None:
    """Check that a build does not overwrite one of its inputs.

    `bed_override` contains the audio files of the bed given as an override, by name.

    Raises:
        ExportError: An output file is an input file, or two output files are the same file.
    """
    inputs = [*list_input_files(script), *_unrolled_files(script.folder, arrangement, bed_override)]
    inputs += [variant_file] if variant_file else []
    outputs = [*_list_outputs(arrangement, target, split, sidecars), *(stem_paths(target) if stems else ())]
    check_not_inputs(outputs, inputs)


def list_timeline_files(folder: Path, timeline: Timeline, bed_override: Mapping[str, Path]) -> set[Path]:
    """Return the recordings and beds of a timeline. The arguments are those of `check_outputs`."""
    beds = {file for stage in timeline.stages for file in bed_files(stage.bed.sound)}
    recordings = {folder / line.audio for line in timeline.unique_lines if line.audio}
    return {bed_override.get(file, folder / file) for file in beds} | recordings


def _unrolled_files(folder: Path, arrangement: Arrangement, bed_override: Mapping[str, Path]) -> Iterator[Path]:
    """Yield the recordings and beds of the unrolled routine, with placeholders filled in."""
    for stage in arrangement.stages:
        yield from (bed_override.get(file, folder / file) for file in bed_files(stage.bed.sound))
        for step in stage.steps:
            recordings = [step.audio, *(cue.audio for cue in step.cues)]
            yield from (folder / name for name in recordings if name)


def _list_outputs(arrangement: Arrangement, target: Path, split: bool, sidecars: Iterable[str]) -> Iterator[Path]:
    if split:
        stages = enumerate(arrangement.stages, 1)
        yield from (stage_file_path(target, number, stage.title) for number, stage in stages)
        yield playlist_path(target)
    else:
        yield target
    yield from (sidecar_path(target, kind) for kind in sidecars)
