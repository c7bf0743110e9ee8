"""From what somebody asks for, in words, to an open session: for commands, terminal player and phone page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voiceguide.pipeline.bundled_routines import find_routine

if TYPE_CHECKING:
    from voiceguide.errors import Problem
    from voiceguide.pipeline.session_builder import ProgressCallback, SessionBuilder
    from voiceguide.script.loader import Script
    from voiceguide.timeline.arrangement.overrides import Overrides
    from voiceguide.timeline.model import Timeline

__all__ = ["collect_warnings", "fallback_voice_note", "open_builder", "parse_overrides"]


@contextmanager
def open_builder(
    routine: str,
    make_overrides: Callable[[Script], Overrides],
    progress: ProgressCallback = lambda doing, done, total: None,
    use_cache: bool = True,
) -> Iterator[SessionBuilder]:
    """Open the session of a routine, named as on the command line.

    Without `cached` everything is made anew, in a temporary folder that goes at the end.
    """
    from voiceguide.pipeline.session_builder import open_builder_for_script
    from voiceguide.script.loader import load_script
    from voiceguide.system.disk_cache import open_cache
    from voiceguide.system.temp_dirs import make_temp_dir, remove_stale_temp_dirs

    script = load_script(find_routine(routine))
    remove_stale_temp_dirs()
    with nullcontext() if use_cache else make_temp_dir() as scratch:
        with open_cache(Path(scratch) if scratch else None) as cache:
            with open_builder_for_script(script, make_overrides(script), cache, progress) as session:
                yield session
            cache.trim()


def collect_warnings(builder: SessionBuilder, timeline: Timeline) -> list[str]:
    """Every piece of advice, the script's and the timeline's, each with its place in the file."""
    placed = {*builder.script.warnings, *(builder.script.problem_at(a.yaml_path, a.message) for a in timeline.warnings)}
    placed |= set(_check_voice_languages(builder, timeline))
    return [str(problem) for problem in sorted(placed)]


def fallback_voice_note(timeline: Timeline) -> str | None:
    """Who speaks, where the script names nobody and the default voice does not speak its language."""
    from voiceguide.speech.voice_languages import fallback_engine_note

    unnamed = any(line.voice == "" and not line.audio for line in timeline.unique_lines)
    return fallback_engine_note(timeline.language) if unnamed else None


def _check_voice_languages(builder: SessionBuilder, timeline: Timeline) -> Iterator[Problem]:
    """Advice for each voice that does not speak the routine's language."""
    from voiceguide.speech.voice_languages import language_mismatch_warning

    first = {
        cue.line.voice: cue.yaml_path for cue in reversed(timeline.cues) if cue.line is not None and not cue.line.audio
    }
    for voice, path in first.items():
        message = language_mismatch_warning(voice, timeline.language)
        if message:
            yield builder.script.problem_at(f"{path}.voice" if path else "voice", message)


def parse_overrides(script: Script, options: dict[str, Any]) -> Overrides:
    """The overrides that the options mean for this script, its variants worked in.

    The options are texts, by the names that the command line's have: `sets`, `skips`, `variants` and `allowed` are
    lists of them, `total`, `detail`, `voice`, `pace`, `bed` and `bed_level` one each. What is left out or None is not
    overridden.

    Raises:
        OverrideError: for one that cannot be read or that names nothing in the script.
    """
    from voiceguide.timeline.arrangement.overrides import Overrides, merge_variants, parse_set_options

    given = Overrides(
        set=parse_set_options(options.get("sets", ())),
        total=_parse_duration_option("--total", options.get("total")),
        skip=tuple(options.get("skips", ())),
        detail=options.get("detail"),
        voice=_check_voice_option(options.get("voice"), script.routine.language),
        pace=_parse_number_option("--pace", options.get("pace"), 0.5, 2.0, "the pace, 1.0 being the voice's own"),
        bed=options.get("bed"),
        bed_file=_resolve_bed_option(options.get("bed")),
        bed_level_db=_parse_number_option("--bed-level", options.get("bed_level"), -60, 0, "a level in decibels"),
        allowed_paths=tuple(_resolve_allowed_path(path) for path in options.get("allowed", ())),
    )
    return merge_variants(given, options.get("variants", ()), script.routine)


def _resolve_bed_option(bed: str | None) -> Path | None:
    """The file that --bed names, found from here and not from the script."""
    from voiceguide.errors import OverrideError
    from voiceguide.names import BED_NAMES

    if bed is None or bed in BED_NAMES:
        return None
    if not Path(bed).is_file():
        raise OverrideError(f"--bed {bed}: there is no such bed and no such file. There is {', '.join(BED_NAMES)}.")
    return Path(bed).resolve()


def _check_voice_option(voice: str | None, language: str) -> str | None:
    """The voice that --voice names, which must be there."""
    from voiceguide.errors import OverrideError, SpeechError
    from voiceguide.speech.engines.registry import check_voice

    try:
        if voice:
            check_voice(voice, language)
    except SpeechError as error:
        raise OverrideError(f"--voice {voice}: {error}") from error
    return voice


def _resolve_allowed_path(path: str) -> Path:
    """A folder or file that a script may use although it lies elsewhere."""
    from voiceguide.errors import OverrideError

    try:
        return Path(path).resolve(strict=True)
    except (OSError, ValueError, RuntimeError) as error:
        raise OverrideError(f"--allow-path {path}: there is no such folder or file. Check its name.") from error


def _parse_duration_option(option: str, text: str | None) -> int | None:
    from voiceguide.errors import OverrideError
    from voiceguide.units import DurationError, parse_duration

    try:
        return None if text is None else parse_duration(text)
    except DurationError as error:
        raise OverrideError(f"{option}: {error}") from error


def _parse_number_option(option: str, text: str | None, low: float, high: float, meaning: str) -> float | None:
    from voiceguide.errors import OverrideError
    from voiceguide.script.model.value_parsers import parse_number

    try:
        return None if text is None else parse_number(text, low, high, meaning)
    except ValueError as error:
        raise OverrideError(f"{option}: {error}") from error
