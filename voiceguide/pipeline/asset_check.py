"""Check the voices and files used in a script. Those that cannot be used are reported with their line in the script."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from voiceguide.builtin_names import is_file_name
from voiceguide.errors import AudioFileError, Problem, ScriptError, VoiceguideError
from voiceguide.script.asset_paths import resolve_asset_path
from voiceguide.script.dictionary_file import load_pronunciations
from voiceguide.script.loader import Script
from voiceguide.script.model.bed_layers import bed_files
from voiceguide.script.model.routine import Stage, StageGroup, Step
from voiceguide.speech.engines.registry import check_voice

__all__ = [
    "asset_file_states",
    "check_assets",
    "find_asset_files",
    "list_asset_files",
    "list_asset_names",
    "list_named_files",
    "recording_problem",
]

_PLACEHOLDERS = re.compile(r"(?:\{[^}]*\})+")


def check_assets(script: Script, allowed_paths: Sequence[Path] = ()) -> None:
    """Check that every voice and file used in a script exists, and that every bed and chime can be played.

    Recordings are decoded when the session is scheduled, because their lengths are needed then.

    `allowed_paths` lists files and folders outside the script's own folder that the script may use.

    Raises:
        ScriptError: A voice or file is missing or cannot be used. The error lists every problem.
    """
    problems: list[Problem] = []
    for path, value in _iter_assets(script):
        try:
            if path.endswith("voice"):
                check_voice(value, script.routine.language)
            elif path == "words":
                load_pronunciations(script, allowed_paths)
            elif "{" not in value:
                _check_audio(path, resolve_asset_path(script.folder, value, allowed_paths))
        except ScriptError as error:
            problems += error.problems
        except VoiceguideError as error:
            problems.append(script.problem_at(path, str(error)))
    if problems:
        raise ScriptError(problems)


def recording_problem(script: Script, audio: str, error: AudioFileError) -> ScriptError | AudioFileError:
    """Return an error about a recording with the line in the script that names it, or the error itself."""
    named = [path for path, value in _iter_assets(script) if path.endswith("audio") and value == audio]
    return ScriptError([script.problem_at(named[0], str(error))]) if named else error


def _check_audio(path: str, file: Path) -> None:
    if path.endswith("audio"):
        return
    state = file.stat()
    if error := _playback_error(file, path.endswith("bed"), state.st_mtime_ns, state.st_size):
        raise AudioFileError(error)


@lru_cache(maxsize=256)
def _playback_error(file: Path, is_bed: bool, _modified_ns: int, _size: int) -> str:
    """Return why a bed or chime cannot be played, or "". Decoding a bed takes half a second, so it is not repeated."""
    from voiceguide.audio.beds.from_file import check_bed_file
    from voiceguide.audio.recording import load_recording

    try:
        check_bed_file(file) if is_bed else load_recording(file)
    except AudioFileError as error:
        return str(error)
    return ""


def list_asset_files(script: Script) -> set[Path]:
    """Return every recording, bed file, chime file and dictionary named in a script, including missing ones."""
    return find_asset_files(script.folder, list_asset_names(script))


def list_asset_names(script: Script) -> list[tuple[str, bool]]:
    """Return the files named in a script: a path relative to its folder and False, or a glob pattern and True."""
    names: dict[tuple[str, bool], None] = {}
    for path, value in _iter_assets(script):
        if not path.endswith("voice"):
            pattern = "{" in value and path != "words" and not Path(value).anchor
            names["*".join(map(glob.escape, _PLACEHOLDERS.split(value))) if pattern else value, pattern] = None
    return list(names)


def find_asset_files(folder: Path, names: Iterable[tuple[str, bool]]) -> set[Path]:
    """Return the files for the result of `list_asset_names`."""
    return {file for name, pattern in names for file in (folder.glob(name) if pattern else (folder / name,))}


def asset_file_states(script: Script) -> set[tuple[Path, int, int]]:
    """Return the modification time and size of each file named in a script, which change when the file is replaced."""
    states = set()
    for file in list_asset_files(script):
        with suppress(OSError):
            state = file.stat()
            states.add((file, state.st_mtime_ns, state.st_size))
    return states


def list_named_files(script: Script) -> set[Path]:
    """Return every recording, bed file, chime file and dictionary whose name in the script has no placeholders."""
    named = ((path, value) for path, value in _iter_assets(script) if not path.endswith("voice"))
    return {script.folder / value for path, value in named if path == "words" or "{" not in value}


def _iter_assets(script: Script) -> Iterator[tuple[str, str]]:
    """Yield the YAML path and the value of every voice, recording, bed file, chime file and dictionary in a script."""
    routine = script.routine
    if isinstance(routine.words, str):
        yield "words", routine.words
    yield from _iter_named_assets("", routine.voice, None, routine.bed.sound, routine.chime.sound)
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
        bed, chime = part.bed.sound if part.bed else None, part.chime.sound if part.chime else None
        yield from _iter_named_assets(f"{here}.", part.voice, None, bed, chime)
        for number, step in enumerate(part.steps):
            yield from _iter_step_assets(step, f"{here}.steps[{number}].")


def _iter_step_assets(step: Step, path: str) -> Iterator[tuple[str, str]]:
    yield from _iter_named_assets(path, step.voice, step.audio, None)
    if step.switch:
        yield from _iter_named_assets(f"{path}switch.", None, step.switch.audio, None)
    for number, cue in enumerate(step.cues):
        chime = cue.chime.sound if cue.chime else None
        yield from _iter_named_assets(f"{path}cues[{number}].", cue.voice, cue.audio, None, chime)


def _iter_named_assets(
    path: str, voice: str | None, audio: str | None, bed: str | None, chime: str | None = None
) -> Iterator[tuple[str, str]]:
    if voice:
        yield f"{path}voice", voice
    if audio:
        yield f"{path}audio", audio
    for file in bed_files(bed) if bed else ():
        yield f"{path}bed", file
    if chime and is_file_name(chime):
        yield f"{path}chime", chime
