"""Parse and check the override options from the command line or the API, and open a session builder with them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voiceguide.builtin_names import BED_NAMES, DETAIL_LEVELS, MAX_PACE, MIN_PACE
from voiceguide.errors import OverrideError, SpeechError
from voiceguide.script.model.bed_layers import bed_files, one_sound, parse_bed
from voiceguide.script.model.routine import Routine
from voiceguide.script.model.value_parsers import parse_number, parse_room
from voiceguide.script.path_lookup import kind_at
from voiceguide.script.variant_file import VariantFile, load_variant_file
from voiceguide.timeline.arrangement.overrides import Overrides, merge_variants, parse_length, parse_lengths

if TYPE_CHECKING:
    from voiceguide.pipeline.session_builder import ProgressCallback, SessionBuilder
    from voiceguide.script.loader import Script
    from voiceguide.timeline.model import Timeline

__all__ = ["OPTIONS", "fallback_voice_note", "open_builder", "parse_bed_override", "parse_overrides", "parse_pace"]

OPTIONS = (
    "set",
    "total",
    "skip",
    "variants",
    "variant_file",
    "detail",
    "voice",
    "room",
    "pace",
    "bed",
    "bed_level_db",
    "allow_paths",
)
"""The names of the overrides in the Python API. The types of these overrides are declared in
`voiceguide.api.OverrideOptions`."""


@contextmanager
def open_builder(
    script: Script, options: Mapping[str, Any], progress: ProgressCallback | None = None, use_cache: bool = True
) -> Iterator[SessionBuilder]:
    """Open a session builder for a script with these overrides.

    Without `use_cache`, a temporary folder is used instead of the cache and is removed when the context exits.

    Raises:
        OverrideError: An override cannot be parsed, or does not match anything in the script.
    """
    from voiceguide.pipeline.session_builder import open_builder_for_script
    from voiceguide.system.disk_cache import open_cache
    from voiceguide.system.temp_dirs import make_temp_dir

    overrides = parse_overrides(script, options)
    with (
        nullcontext() if use_cache else make_temp_dir() as folder,
        open_cache(Path(folder) if folder else None) as cache,
    ):
        with open_builder_for_script(script, overrides, cache, progress) as builder:
            yield builder
        cache.trim()


def parse_overrides(script: Script, options: Mapping[str, Any]) -> Overrides:
    """Return the overrides for a script, with its variants merged in. Options that are None are ignored.

    Raises:
        OverrideError: A value cannot be parsed, or does not match anything in the script.
        TypeError: An option has an unknown name, or a value of the wrong type.
    """
    unknown = [name for name in options if name not in OPTIONS]
    if unknown:
        raise TypeError(f'"{unknown[0]}" is not an override. Overrides: {", ".join(OPTIONS)}')
    given = {name: value for name, value in options.items() if value is not None}
    lengths = given.get("set", {})
    bed, files = parse_bed_override(os.fspath(given["bed"])) if "bed" in given else (None, {})
    overrides = Overrides(
        set=parse_lengths(lengths.items() if isinstance(lengths, Mapping) else lengths),
        total=_parse_given(given, "total", lambda total: parse_length("total", total)),
        skip=_texts(given, "skip"),
        detail=_parse_given(given, "detail", _check_detail),
        voice=_parse_given(given, "voice", lambda voice: _check_voice(voice, script.routine)),
        room=_parse_given(given, "room", parse_room),
        pace=_parse_given(given, "pace", parse_pace),
        bed=bed,
        bed_files=files,
        bed_level_db=_parse_given(given, "bed_level_db", _parse_bed_level),
        allowed_paths=tuple(_parse_allowed_path(os.fspath(path)) for path in given.get("allow_paths", ())),
    )
    names, file = (
        _texts(given, "variants"),
        _parse_given(given, "variant_file", lambda path: _load_variant(path, script)),
    )
    if file is not None and file.variant is not None:
        names = (*names, file.variant)
    return merge_variants(overrides, names, script.routine, file)


def parse_pace(pace: str | float) -> float:
    """Parse a speaking rate, given as a number or as text.

    Raises:
        OverrideError: The rate is not a number from 0.5 to 2.
    """
    try:
        return parse_number(str(pace), MIN_PACE, MAX_PACE, "a pace (1.0 is the voice's normal speed)")
    except ValueError as error:
        raise OverrideError("pace", "", str(error)) from error


def fallback_voice_note(timeline: Timeline) -> str | None:
    """Return a note about the engine in use if no voice is set and the default voice does not speak the language."""
    from voiceguide.speech.voice_languages import fallback_engine_note

    unnamed = any(line.voice == "" and not line.audio for line in timeline.unique_lines)
    return fallback_engine_note(timeline.language) if unnamed else None


def _parse_given(options: Mapping[str, Any], name: str, parse: Callable[[Any], Any]) -> Any:
    try:
        return parse(options[name]) if name in options else None
    except ValueError as error:  # from the parsers that are also used for scripts
        raise OverrideError(name.removesuffix("_db"), "", str(error)) from error


def _texts(options: Mapping[str, Any], name: str) -> tuple[str, ...]:
    texts = options.get(name, ())
    if isinstance(texts, str):
        raise TypeError(f'{name}: expected a list of strings, not the string "{texts}"')
    return tuple(texts)


def _load_variant(path: str | os.PathLike[str], script: Script) -> VariantFile:
    """Load a variant file. The file may not be trustworthy, so it can use only what a script can use."""
    variant = load_variant_file(os.fspath(path))
    if variant.voice is None:
        return variant
    return variant.model_copy(update={"voice": _check_voice(variant.voice, script.routine, allow_path=False)})


def _check_detail(detail: str) -> str:
    if detail not in DETAIL_LEVELS:
        raise OverrideError("detail", detail, f"no such level of detail. Use one of {', '.join(DETAIL_LEVELS)}.")
    return detail


def _parse_bed_level(level: str | float) -> float:
    return parse_number(str(level), -60, 0, "a level in decibels")


def parse_bed_override(bed: str) -> tuple[str, dict[str, Path]]:
    """Return a bed and its audio files. Paths are relative to the current folder, not the script's folder.

    Raises:
        OverrideError: The bed or one of its files does not exist.
        VoiceguideError: The user may not look at a file.
    """
    unknown = f"no such bed or file. Available beds: {', '.join(BED_NAMES)}."
    if bed not in BED_NAMES and kind_at(bed) == "file":
        bed = one_sound(bed)
    elif "+" in bed:
        try:
            bed = parse_bed(bed)
        except ValueError as error:
            raise OverrideError("bed", bed, str(error)) from error
    elif bed not in BED_NAMES:
        raise OverrideError("bed", bed, unknown)
    for file in bed_files(bed):
        if kind_at(file) != "file":
            raise OverrideError("bed", file, unknown)
    return bed, {file: Path(file).resolve() for file in bed_files(bed)}


def _check_voice(name: str, routine: Routine, allow_path: bool = True) -> str:
    """Return the voice that a name stands for in the routine's `voices`, or the name itself."""
    voice = routine.voices.get(name, name)
    from voiceguide.speech.engines.registry import check_voice

    try:
        if voice:
            check_voice(voice, routine.language, allow_path=allow_path)
    except SpeechError as error:
        raise OverrideError("voice", voice, str(error)) from error
    return voice


def _parse_allowed_path(path: str) -> Path:
    try:
        return Path(path).resolve(strict=True)
    except PermissionError as error:
        raise OverrideError("allow_path", path, "permission denied. Check its permissions.") from error
    except (OSError, ValueError, RuntimeError) as error:
        raise OverrideError("allow_path", path, "no such folder or file. Check its name.") from error
