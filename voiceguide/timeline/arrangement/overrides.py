"""Overrides: the changes for one evening, from the command line, a variant or the phone page, in one form.

Whatever order they are given in, the result is the same: each can be said once, and the more specific name wins.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from pathlib import Path

from voiceguide.errors import OverrideError
from voiceguide.script.model.inline_markup import normalize_name
from voiceguide.script.model.routine import BedChoice, Routine, Variant
from voiceguide.timeline.model import BedSettings
from voiceguide.units import DurationError, format_duration, parse_duration, seconds_to_samples

__all__ = ["Overrides", "merge_variants", "parse_length", "parse_lengths", "resolve_bed", "suggest_names"]


@dataclass(frozen=True)
class Overrides:
    """What is to be different. `None` and empty mean: as the script says."""

    set: Mapping[str, int] = field(default_factory=dict)
    """Samples by target: a step, STAGE/STEP, or a stage."""
    total: int | None = None
    """Samples of the whole session."""
    skip: tuple[str, ...] = ()
    detail: str | None = None
    voice: str | None = None
    pace: float | None = None
    bed: str | None = None
    bed_file: Path | None = None
    """Where that bed is, when the person at the keyboard named a file: theirs may lie anywhere, a script's may not."""
    bed_level_db: float | None = None
    bed_duck_db: float | None = None
    allowed_paths: tuple[Path, ...] = ()
    """Folders and files, links followed, where what the script names may lie beside its own folder."""


def suggest_names(name: str, known: Iterable[str], limit: int = 3) -> str:
    """The known names nearest to a mistyped one, for a message; all of them where they are few."""
    from rapidfuzz import process

    names = list(dict.fromkeys(known))
    close = [match[0] for match in process.extract(name, names, processor=normalize_name, limit=limit, score_cutoff=60)]
    if close:
        return "Did you mean " + " or ".join(f'"{name}"' for name in close) + "?"
    end = " ..." if len(names) > 12 else "."
    return f"Available: {', '.join(names[:12])}{end}" if names else "There are none."


def parse_lengths(entries: Iterable[tuple[str, str | timedelta]]) -> dict[str, int]:
    """Return the samples by target of pairs of a target and a duration.

    Raises:
        OverrideError: A target is empty, a duration is bad, or a target has two durations.
    """
    result: dict[str, int] = {}
    for target, duration in entries:
        shown = f"{target}={duration}"
        if not target.strip():
            raise OverrideError("set", shown, 'write a step and a duration, such as "soak=3m".')
        samples = parse_length("set", duration, shown)
        if samples == 0:
            raise OverrideError("set", shown, "a step cannot have no length. Use a longer duration, or skip its stage.")
        _add_target(result, target.strip(), samples)
    return result


def parse_length(option: str, duration: str | timedelta, shown: str = "") -> int:
    """Return the samples of a duration that is a text, as in a script, or a timedelta.

    Raises:
        OverrideError: The text is not a duration.
        TypeError: It is neither; a bare number could mean seconds or minutes.
    """
    if isinstance(duration, timedelta):
        return seconds_to_samples(duration.total_seconds())
    if not isinstance(duration, str):
        raise TypeError(f'{option}: expected a duration such as "90s" or a timedelta, not {duration!r}')
    try:
        return parse_duration(duration)
    except DurationError as error:
        raise OverrideError(option, shown, str(error)) from error


def _target_key(target: str) -> tuple[str, ...]:
    """Equal for targets that are the same name, however it is written."""
    return tuple(normalize_name(part) for part in target.split("/"))


def _add_target(result: dict[str, int], target: str, samples: int) -> None:
    for known, given in result.items():
        if _target_key(known) == _target_key(target) and given != samples:
            raise OverrideError(
                "set", f'"{target}"', f"given twice: {format_duration(given)} and {format_duration(samples)}. Keep one."
            )
    result[target] = samples


def merge_variants(given: Overrides, names: Iterable[str], routine: Routine) -> Overrides:
    """The overrides of the named variants, in the script's own order, under the given ones, which win key by key."""
    wanted = {_find_variant_name(name, routine) for name in names}
    result = Overrides()
    for name, variant in routine.variants.items():
        if name in wanted:
            result = _merge_overrides(_variant_overrides(variant), result)
    return _merge_overrides(given, result)


def _find_variant_name(name: str, routine: Routine) -> str:
    for known in routine.variants:
        if normalize_name(known) == normalize_name(name):
            return known
    raise OverrideError("variant", name, f"this routine has no such variant. {suggest_names(name, routine.variants)}")


def _variant_overrides(variant: Variant) -> Overrides:
    bed = variant.bed
    return Overrides(
        set=dict(variant.set),
        total=variant.total,
        skip=variant.skip,
        detail=variant.detail,
        voice=variant.voice,
        pace=variant.pace,
        bed=bed.sound if bed else None,
        bed_level_db=variant.bed_level if variant.bed_level is not None else (bed.level if bed else None),
        bed_duck_db=bed.duck if bed else None,
    )


def _merge_overrides(preferred: Overrides, fallback: Overrides) -> Overrides:
    """Both, the upper winning where both speak; sets are merged by target, skips joined."""
    own = {_target_key(target) for target in preferred.set}
    merged = {target: samples for target, samples in fallback.set.items() if _target_key(target) not in own}
    result = replace(
        fallback,
        set={**merged, **preferred.set},
        skip=tuple(sorted(set(fallback.skip) | set(preferred.skip))),
    )
    plain = {f.name for f in fields(Overrides)} - {"set", "skip"}
    return replace(result, **{name: value for name in plain if (value := getattr(preferred, name)) is not None})


def resolve_bed(choice: BedChoice | None, routine: Routine, overrides: Overrides) -> BedSettings:
    """A stage's bed over the routine's, the overrides over both."""
    whole, plain = routine.bed, BedSettings()
    own = choice or whole

    def first(*levels: float | None) -> float:
        return next(level for level in levels if level is not None)

    return BedSettings(
        sound=overrides.bed or own.sound,
        level_db=first(overrides.bed_level_db, own.level, whole.level, plain.level_db),
        duck_db=first(overrides.bed_duck_db, own.duck, whole.duck, plain.duck_db),
    )
