"""Check the voices, recordings and beds used in a script. Missing items are reported with their line in the script."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from voiceguide.builtin_names import is_file_name
from voiceguide.errors import AudioFileError, ScriptError, SpeechError
from voiceguide.script.asset_paths import resolve_asset_path
from voiceguide.script.loader import Script
from voiceguide.script.model.routine import Stage, StageGroup, Step
from voiceguide.speech.engines.registry import check_voice

__all__ = ["check_assets", "list_asset_files", "list_named_files"]

_PLACEHOLDERS = re.compile(r"(?:\{[^}]*\})+")


def check_assets(script: Script, allowed_paths: Sequence[Path] = ()) -> None:
    """Check that every voice and file used in a script exists.

    `allowed_paths` lists files and folders outside the script's own folder that the script may use.

    Raises:
        ScriptError: A voice or file is missing. Each missing item is a separate problem.
    """
    problems = []
    for path, value in _iter_assets(script):
        try:
            if path.endswith("voice"):
                check_voice(value, script.routine.language)
            elif "{" not in value:
                resolve_asset_path(script.folder, value, allowed_paths)
        except (SpeechError, AudioFileError) as error:
            problems.append(script.problem_at(path, str(error)))
    if problems:
        raise ScriptError(problems)


def list_asset_files(script: Script) -> set[Path]:
    """Return every recording, bed file and chime file named in a script, including missing ones."""
    files: set[Path] = set()
    for path, value in _iter_assets(script):
        if path.endswith("voice"):
            continue
        pattern = "*".join(map(glob.escape, _PLACEHOLDERS.split(value)))
        filled_in = "{" in value and not Path(value).anchor
        files |= set(script.folder.glob(pattern)) if filled_in else {script.folder / value}
    return files


def list_named_files(script: Script) -> set[Path]:
    """Return every recording, bed file and chime file whose name in the script has no placeholders."""
    named = _iter_assets(script)
    return {script.folder / value for path, value in named if not path.endswith("voice") and "{" not in value}


def _iter_assets(script: Script) -> Iterator[tuple[str, str]]:
    """Yield the YAML path and the value of every voice, recording, bed file and chime file in the script."""
    routine = script.routine
    yield from _iter_named_assets("", routine.voice, None, routine.bed.sound, routine.chime)
    for name, variant in routine.variants.items():
        yield from _iter_named_assets(
            f"variants.{name}.", variant.voice, None, variant.bed.sound if variant.bed else None
        )
    yield from _iter_stage_assets(routine.stages, "stages")


def _iter_stage_assets(stages: tuple[Stage | StageGroup, ...], path: str) -> Iterator[tuple[str, str]]:
    for index, part in enumerate(stages):
        here = f"{path}[{index}]"
        if part.switch:
            yield from _iter_named_assets(f"{here}.switch.", None, part.switch.audio, None)
        if isinstance(part, StageGroup):
            yield from _iter_stage_assets(part.stages, f"{here}.stages")
            continue
        yield from _iter_named_assets(f"{here}.", part.voice, None, part.bed.sound if part.bed else None, part.chime)
        for number, step in enumerate(part.steps):
            yield from _iter_step_assets(step, f"{here}.steps[{number}].")


def _iter_step_assets(step: Step, path: str) -> Iterator[tuple[str, str]]:
    yield from _iter_named_assets(path, step.voice, step.audio, None)
    if step.switch:
        yield from _iter_named_assets(f"{path}switch.", None, step.switch.audio, None)
    for number, cue in enumerate(step.cues):
        yield from _iter_named_assets(f"{path}cues[{number}].", cue.voice, cue.audio, None, cue.chime)


def _iter_named_assets(
    path: str, voice: str | None, audio: str | None, bed: str | None, chime: str | None = None
) -> Iterator[tuple[str, str]]:
    if voice:
        yield f"{path}voice", voice
    if audio:
        yield f"{path}audio", audio
    if bed and is_file_name(bed):
        yield f"{path}bed", bed
    if chime and is_file_name(chime):
        yield f"{path}chime", chime
