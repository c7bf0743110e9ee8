"""Overrides: changes to a routine for one session, set on the command line or web page, in a variant or in Python.

The order of overrides does not matter. Each target can have only one length, and the most specific target wins.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from pathlib import Path

from voiceguide.errors import OverrideError
from voiceguide.script.model.inline_markup import normalize_name
from voiceguide.script.model.routine import BedChoice, ChimeChoice, Routine, Variant
from voiceguide.script.parsing.nodes import join_or, quoted
from voiceguide.timeline.model import BedSettings, ChimeSettings
from voiceguide.units import DurationError, format_duration, parse_duration, seconds_to_samples

__all__ = [
    "Overrides",
    "merge_variants",
    "parse_length",
    "parse_lengths",
    "resolve_bed",
    "resolve_chime",
    "suggest_names",
]


@dataclass(frozen=True)
class Overrides:
    """The overrides for one session. If a field is None or empty, the script's own value applies."""

    set: Mapping[str, int] = field(default_factory=dict)
    """Maps targets to lengths in samples. A target is STEP, STAGE/STEP or STAGE, and STAGE can also be a stage tag."""
    total: int | None = None
    """Length of the whole session in samples."""
    skip: tuple[str, ...] = ()
    detail: str | None = None
    voice: str | None = None
    room: str | None = None
    pace: float | None = None
    bed: str | None = None
    bed_files: Mapping[str, Path] = field(default_factory=dict)
    """The audio files of the bed, by name. Unlike files named in a script, they can be in any folder."""
    bed_level_db: float | None = None
    bed_duck_db: float | None = None
    allowed_paths: tuple[Path, ...] = ()
    """Files and folders outside the script's own folder that the script may use. Symbolic links are resolved."""


def suggest_names(name: str, known: Iterable[str]) -> str:
    """Suggest the three known names closest to a mistyped one. If none is close, list up to 12 of them.

    If several spellings of a name are known, such as those of a stage and its only step, only one is suggested.
    """
    from rapidfuzz import fuzz, process

    spellings: dict[str, str] = {}
    for spelling in known:
        spellings.setdefault(normalize_name(spelling), spelling)
    names = list(spellings.values())
    similar = [match[0] for match in process.extract(name, names, processor=normalize_name, score_cutoff=60)]
    if similar:
        ranked = process.extract(name, similar, scorer=fuzz.ratio, processor=normalize_name, limit=3)
        return f"Did you mean {join_or([quoted(match) for match, _, _ in ranked])}?"
    shown = ", ".join(f'"{known_name}"' for known_name in names[:12])
    return f"Available: {shown}{' and others' if len(names) > 12 else ''}." if names else "This routine has none."


def parse_lengths(entries: Iterable[tuple[str, str | timedelta]]) -> dict[str, int]:
    """Return the length of each target in samples. Each entry is a `(target, duration)` pair.

    Raises:
        OverrideError: A target is empty or has two different durations, or a duration is invalid or zero.
    """
    result: dict[str, int] = {}
    for target, duration in entries:
        shown = f"{target}={duration}"
        if not target.strip():
            raise OverrideError("set", shown, 'write a step and a duration, such as "soak=3m".')
        samples = parse_length("set", duration, shown)
        if samples == 0:
            raise OverrideError("set", shown, "a length cannot be zero. Use a longer duration, or skip the stage.")
        _add_target(result, target.strip(), samples)
    return result


def parse_length(option: str, duration: str | timedelta, shown: str = "") -> int:
    """Convert a timedelta, or a duration in script notation, to samples.

    `shown` is the value to show in the error message.

    Raises:
        OverrideError: The text is not a duration, or the timedelta is negative.
        TypeError: The duration is neither a string nor a timedelta. A bare number could mean seconds or minutes.
    """
    if isinstance(duration, timedelta):
        if duration < timedelta(0):
            raise OverrideError(option, shown or str(duration.total_seconds()), "a length cannot be negative.")
        return seconds_to_samples(duration.total_seconds())
    if not isinstance(duration, str):
        raise TypeError(f'{option}: expected a duration such as "90s" or a timedelta, not {duration!r}')
    try:
        return parse_duration(duration)
    except DurationError as error:
        raise OverrideError(option, shown, str(error)) from error


def _target_key(target: str) -> tuple[str, ...]:
    """Return a key that is the same for all spellings of a target."""
    return tuple(normalize_name(part) for part in target.split("/"))


def _add_target(result: dict[str, int], target: str, samples: int) -> None:
    for other, other_samples in result.items():
        if _target_key(other) == _target_key(target) and other_samples != samples:
            lengths = f"{format_duration(other_samples)} and {format_duration(samples)}"
            raise OverrideError("set", f'"{target}"', f"given two different lengths, {lengths}. Keep one.")
    result[target] = samples


def merge_variants(
    given: Overrides, names: Iterable[str], routine: Routine, preferred: Variant | None = None
) -> Overrides:
    """Merge the given overrides with the overrides in the named variants.

    The given overrides take precedence over variants. If variants conflict, the last one in the script wins. A
    `preferred` variant, which is not in the script, wins over all of them.

    Raises:
        OverrideError: The routine has no such variant.
    """
    variant_names = {_find_variant_name(name, routine) for name in names}
    result = Overrides()
    for name, variant in routine.variants.items():
        if name in variant_names:
            result = _merge_overrides(_variant_overrides(variant), result)
    if preferred is not None:
        result = _merge_overrides(_variant_overrides(preferred), result)
    return _merge_overrides(given, result)


def _find_variant_name(name: str, routine: Routine) -> str:
    for known in routine.variants:
        if normalize_name(known) == normalize_name(name):
            return known
    raise OverrideError("variant", name, f"no such variant. {suggest_names(name, routine.variants)}")


def _variant_overrides(variant: Variant) -> Overrides:
    bed = variant.bed
    return Overrides(
        set=dict(variant.set),
        total=variant.total,
        skip=variant.skip,
        detail=variant.detail,
        voice=variant.voice,
        room=variant.room,
        pace=variant.pace,
        bed=bed.sound if bed else None,
        bed_level_db=variant.bed_level if variant.bed_level is not None else (bed.level if bed else None),
        bed_duck_db=bed.duck if bed else None,
    )


def _merge_overrides(preferred: Overrides, fallback: Overrides) -> Overrides:
    """Merge two sets of overrides. Skips are combined and `set` is merged by target. For all other fields, the
    preferred value wins.
    """
    preferred_keys = {_target_key(target) for target in preferred.set}
    fallback_set = {
        target: samples for target, samples in fallback.set.items() if _target_key(target) not in preferred_keys
    }
    result = replace(
        fallback,
        set={**fallback_set, **preferred.set},
        skip=tuple(sorted(set(fallback.skip) | set(preferred.skip))),
    )
    single_values = {field.name for field in fields(Overrides)} - {"set", "skip"}
    return replace(result, **{name: value for name in single_values if (value := getattr(preferred, name)) is not None})


def resolve_bed(choice: BedChoice | None, routine: Routine, overrides: Overrides) -> BedSettings:
    """Return the bed of a stage. Overrides take precedence over the stage's bed, which takes precedence over the
    routine's bed.
    """
    stage_bed, defaults = choice or routine.bed, BedSettings()

    def first(*levels: float | None) -> float:
        return next(level for level in levels if level is not None)

    return BedSettings(
        sound=overrides.bed or stage_bed.sound,
        level_db=first(overrides.bed_level_db, stage_bed.level, routine.bed.level, defaults.level_db),
        duck_db=first(overrides.bed_duck_db, stage_bed.duck, routine.bed.duck, defaults.duck_db),
    )


def resolve_chime(choice: ChimeChoice, routine: Routine) -> ChimeSettings:
    """Return a chime of the script. A chime without a level of its own has the level of the routine's chime."""
    level = routine.chime.level if choice.level is None else choice.level
    return ChimeSettings(choice.sound) if level is None else ChimeSettings(choice.sound, level)
