"""Convert overrides, such as those of a variant, to page settings that result in the same session."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from voiceguide.phone.rescheduling import SAMPLES_PER_MS
from voiceguide.pipeline.session_builder import SessionBuilder
from voiceguide.script.model.bed_layers import bed_in_script
from voiceguide.timeline.arrangement.model import ArrangedStep, Arrangement
from voiceguide.timeline.arrangement.overrides import Overrides, merge_variants
from voiceguide.timeline.arrangement.unroll import unroll_routine
from voiceguide.timeline.scheduling.scheduler import step_slots
from voiceguide.timeline.scheduling.step_lengths import Slot
from voiceguide.units import format_duration

__all__ = ["as_written", "overrides_as_variant", "page_settings", "variant_lengths", "variant_settings"]


def as_written(builder: SessionBuilder) -> SessionBuilder:
    """Return a builder for the same routine without length and total overrides, which the page sets itself.

    The page cannot change a step that consists of breaths, so such a step keeps the length that the overrides give it.
    """
    overrides = replace(builder.overrides, set={}, total=None)
    arrangement = unroll_routine(builder.script.routine, overrides, builder.phrases)
    if overrides != builder.overrides and any(step.breathes for stage in arrangement.stages for step in stage.steps):
        slots = step_slots(builder.arrangement, builder.narrator.measure, builder.phrases)
        arrangement = _with_breaths(arrangement, slots)
    return replace(builder, arrangement=arrangement, overrides=overrides)


def _with_breaths(arrangement: Arrangement, slots: Sequence[Sequence[Slot]]) -> Arrangement:
    """Return an arrangement whose steps that consist of breaths keep the lengths of `slots`, in whole milliseconds."""

    def with_length(step: ArrangedStep, slot: Slot) -> ArrangedStep:
        if not step.breathes:
            return step
        length = round(slot.length / SAMPLES_PER_MS) * SAMPLES_PER_MS
        return replace(step, duration=length, pause=None, length_locked=True)

    stages = [
        replace(stage, steps=tuple(map(with_length, stage.steps, row)))
        for stage, row in zip(arrangement.stages, slots, strict=True)
    ]
    return replace(arrangement, stages=tuple(stages))


def page_settings(written: SessionBuilder, overrides: Overrides) -> dict[str, Any] | None:
    """Return the settings for the lengths, the total and the skips in `overrides`.

    `written` is the builder of the kit. The result is None if the page cannot express the overrides as settings of the
    kit, because they change the text or the number of breaths, or leave out steps within a stage.
    """
    arrangement = unroll_routine(written.script.routine, overrides, written.phrases)
    slots = step_slots(arrangement, written.narrator.measure, written.phrases)
    if overrides.total and any(step.breathes for stage in arrangement.stages for step in stage.steps):
        arrangement = _with_breaths(arrangement, slots)
        slots = step_slots(arrangement, written.narrator.measure, written.phrases)
    before = step_slots(written.arrangement, written.narrator.measure, written.phrases)
    remaining = list(zip(arrangement.stages, slots, strict=True))
    lengths: dict[str, int | float] = {}
    given: dict[str, int | float] = {}
    skip = []
    for stage, row in zip(written.arrangement.stages, before, strict=True):
        if not remaining or remaining[0][0].title != stage.title:
            skip.append(stage.title)
            continue
        changed, changed_row = remaining.pop(0)
        if [(step.name, step.text) for step in changed.steps] != [(step.name, step.text) for step in stage.steps]:
            return None
        for step, old, new in zip(changed.steps, row, changed_row, strict=True):
            if new.length != old.length and step.breathes:
                return None
            if new.length != old.length:
                target = lengths if step.length_locked or overrides.total is None else given
                target[f"{stage.title}/{step.name}"] = new.length / SAMPLES_PER_MS
    if remaining:
        return None
    total = overrides.total // SAMPLES_PER_MS if overrides.total else None
    return {"lengths": lengths, "given": given, "skip": skip, "total": total}


def overrides_as_variant(overrides: Overrides) -> dict[str, Any]:
    """Return overrides as the keys of a variant file. An audio file given as the background is left out."""
    named, duck = None if overrides.bed_files else overrides.bed, overrides.bed_duck_db
    sound = bed_in_script(named) if named else None
    bed = sound if duck is None else {"duck": duck} if sound is None else {"sound": sound, "duck": duck}
    keys = {
        "total": overrides.total and format_duration(overrides.total),
        "set": {target: format_duration(samples) for target, samples in overrides.set.items()},
        "skip": list(overrides.skip),
        "detail": overrides.detail,
        "voice": overrides.voice,
        "room": overrides.room,
        "pace": overrides.pace,
        "bed": bed,
        "bed_level": overrides.bed_level_db,
    }
    return {key: value for key, value in keys.items() if value not in (None, {}, [])}


def variant_settings(written: SessionBuilder) -> list[dict[str, Any]]:
    """Return the name and the settings of each variant. If the settings are None, the variant needs a separate kit."""
    result = []
    for name in written.script.routine.variants:
        merged = merge_variants(written.overrides, [name], written.script.routine)
        same_words = replace(merged, set={}, total=None, skip=written.overrides.skip) == written.overrides
        result.append({"name": name, "settings": page_settings(written, merged) if same_words else None})
    return result


def variant_lengths(variants: Iterable[dict[str, Any]]) -> dict[str, set[float]]:
    """Return the lengths that the settings of variants give each step, in milliseconds by STAGE/STEP."""
    lengths: dict[str, set[float]] = {}
    for settings in (variant["settings"] for variant in variants if variant["settings"]):
        for target, length_ms in [*settings["lengths"].items(), *settings["given"].items()]:
            lengths.setdefault(target, set()).add(length_ms)
    return lengths
