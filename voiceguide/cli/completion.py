"""Shell completion of values: routines (with their steps, stages, variants and times), voices, languages and beds.

Names are offered in lower case with hyphens, because shells split words at spaces. Every command accepts names in this
form.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from voiceguide.api import Routine
    from voiceguide.timeline.model import Timeline

__all__ = [
    "complete_bed",
    "complete_language",
    "complete_playable",
    "complete_routine",
    "complete_skip",
    "complete_start",
    "complete_step",
    "complete_step_length",
    "complete_variant",
    "complete_voice",
]


def complete_routine(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return completions for a ROUTINE: bundled routines, scripts, and folders."""
    return _routines_and_files(incomplete, (".yaml", ".yml"))


def complete_playable(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return completions for a routine or a finished file."""
    from voiceguide.encode.formats import FORMATS

    extensions = [extension for form in FORMATS.values() for extension in form.extensions]
    return _routines_and_files(incomplete, (".yaml", ".yml", *extensions))


def complete_bed(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return completions for a bed: the built-in beds, and audio files."""
    from voiceguide.builtin_names import BED_NAMES, BEDS

    names = tuple(BEDS) if isinstance(parameter, click.Argument) else BED_NAMES
    before, plus, _ = incomplete.rpartition("+")
    if plus:
        used = {part.partition(":")[0] for part in before.split("+")}
        names = tuple(f"{before}+{name}" for name in BEDS if name not in used)
    return [*_starting_with(incomplete, names), *_files(incomplete, (".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a"))]


def complete_voice(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return completions for an installed voice."""
    from voiceguide.speech.engines.registry import ENGINE_FOR_VOICE, list_voices

    voices = [voice for voice in list_voices()[0] if voice.installed]
    short = [voice.name for voice in voices if voice.name in ENGINE_FOR_VOICE]
    return _starting_with(incomplete, [*short, *(voice.full_name for voice in voices)])


def complete_language(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return completions for a language: the script languages first, then those that only voices speak."""
    from voiceguide.languages import LANGUAGES
    from voiceguide.speech.engines.registry import list_voices

    spoken = sorted({voice.language for voice in list_voices()[0]} - {"mul", ""})
    return _starting_with(incomplete, [*LANGUAGES, *spoken])


def complete_variant(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return completions for a variant of the routine on the command line."""
    return _starting_with(incomplete, [_typed(name) for routine in _routines(context) for name in routine.variants])


def complete_skip(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return completions for a stage or tag."""
    from voiceguide.script.loader import load_script

    def tags(item: object) -> Iterator[str]:
        yield from getattr(item, "tags", ())
        for part in (*getattr(item, "stages", ()), *getattr(item, "steps", ())):
            yield from tags(part)

    found = [tag for path in _script_paths(context) for tag in tags(load_script(path).routine)]
    titles = [stage.title for timeline in _timelines(context) for stage in timeline.stages]
    return _starting_with(incomplete, map(_typed, [*found, *titles]))


def complete_step_length(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return completions for STEP=DURATION. DURATION is the current length, which the user can then edit."""
    from voiceguide.units import SAMPLE_RATE, format_duration

    lengths: dict[str, str] = {}
    for timeline in _timelines(context):
        for stage in timeline.stages:
            for step in stage.steps:
                if step.yaml_path.startswith("stages"):
                    seconds = max(step.length // SAMPLE_RATE, 1)
                    lengths.setdefault(_typed(step.name), format_duration(seconds * SAMPLE_RATE))
            seconds = max(stage.length // SAMPLE_RATE, 1)
            lengths.setdefault(_typed(stage.title), format_duration(seconds * SAMPLE_RATE))
    return _starting_with(incomplete, [f"{name}={length}" for name, length in lengths.items()])


def complete_step(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return completions for a single step."""
    stages = [stage for timeline in _timelines(context) for stage in timeline.stages]
    return _starting_with(incomplete, [_typed(step.name) for stage in stages for step in stage.steps])


def complete_start(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return completions for the stage at which playback starts."""
    titles = [_typed(stage.title) for timeline in _timelines(context) for stage in timeline.stages]
    return _starting_with(incomplete, titles)


def _starting_with(incomplete: str, names: Iterable[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if name.startswith(incomplete)]


def _typed(name: str) -> str:
    """Return a name in a form that can be typed without quotation marks."""
    from voiceguide.script.model.inline_markup import normalize_name

    return "/".join(normalize_name(part).replace(" ", "-") for part in name.split("/"))


def _routines_and_files(incomplete: str, extensions: tuple[str, ...]) -> list[str]:
    from voiceguide.pipeline.bundled_routines import list_bundled_routines

    return [*_starting_with(incomplete, list_bundled_routines()), *_files(incomplete, extensions)]


def _files(incomplete: str, extensions: tuple[str, ...]) -> list[str]:
    """Return the files with these extensions, then the folders."""
    folder, _, _ = incomplete.rpartition("/")
    before = f"{folder}/" if "/" in incomplete else ""
    try:
        found = sorted(Path(before or ".").iterdir())
    except OSError:
        return []
    files = [f"{before}{path.name}" for path in found if path.suffix.lower() in extensions and os.path.isfile(path)]
    folders = [f"{before}{path.name}/" for path in found if os.path.isdir(path) and not path.name.startswith(".")]
    return _starting_with(incomplete, [*files, *folders])


def _script_paths(context: click.Context) -> Iterator[Path]:
    """Yield the paths of the scripts on the incomplete command line, except those that cannot be read."""
    import voiceguide

    given = [context.params.get(name) for name in ("routine", "routines")]
    names = [name for value in given for name in ([value] if isinstance(value, str) else value or ())]
    for name in [*names, *context.args]:  # click leaves arguments unparsed before an option that lacks its value
        if name != "-":  # during completion, standard input belongs to the shell
            with contextlib.suppress(voiceguide.VoiceguideError, OSError):
                yield voiceguide.load(name).path


def _routines(context: click.Context) -> Iterator[Routine]:
    import voiceguide

    return map(voiceguide.load, _script_paths(context))


def _timelines(context: click.Context) -> Iterator[Timeline]:
    import voiceguide

    for routine in _routines(context):
        with contextlib.suppress(voiceguide.VoiceguideError, OSError):
            yield routine.plan()
