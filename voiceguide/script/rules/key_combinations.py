"""Rules about keys that require or exclude each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from voiceguide.builtin_names import NONE
from voiceguide.script.model.routine import BedChoice, CueSpec, Step
from voiceguide.script.parsing.nodes import Loc, MapNode, Node
from voiceguide.script.rules.traversal import Issue, Section
from voiceguide.units import SAMPLE_RATE, format_duration

__all__ = ["check_key_combinations"]

_STEP_KEYS = {field.alias or name for name, field in Step.model_fields.items()}
_CUE_KEYS = {field.alias or name for name, field in CueSpec.model_fields.items()}

_MIN_BREATH_SAMPLES, _MAX_BREATH_SAMPLES = SAMPLE_RATE, 10 * SAMPLE_RATE
_MAX_BREATH_PART_SAMPLES = 120 * SAMPLE_RATE
"""A tone is held in memory as a whole."""


def check_key_combinations(sections: Sequence[Section]) -> Iterator[Issue]:
    """Find missing keys and conflicting keys."""
    for section in sections:
        if section.kind in ("step", "switch"):
            yield from _check_for_and_pause(section)
        if section.kind == "step":
            yield from _check_step(section)
        elif section.kind == "cue":
            yield from _check_cue(section)
        if "switch" in section.node and "each" not in section.node and section.kind in ("group", "stage", "step"):
            message = "switch plays between the repetitions of an each. Add each, or remove switch."
            yield _issue_at_key(section, "switch", message)
        yield from _check_bed_has_sound(section)


def _issue_at_key(section: Section, key: str, message: str) -> Issue:
    return Issue((*section.loc, key), message, at_key=True)


def _check_for_and_pause(section: Section) -> Iterator[Issue]:
    keys = section.node
    if "for" in keys and "pause" in keys:
        later = max(("for", "pause"), key=lambda key: keys.key_positions[key])
        message = "for sets the whole length, but pause sets only the silence after the speech. Remove one of them."
        yield _issue_at_key(section, later, message)


def _check_step(section: Section) -> Iterator[Issue]:
    keys = section.node
    if not keys.keys() & {"say", "audio", "for", "pause", "breathe"} and keys.keys() <= _STEP_KEYS:
        yield Issue(section.loc, "A step needs speech or a duration. Write say, audio, for or pause.")
    if "breathe" in keys:
        yield from _check_breathe(section)
    if "gap" in keys and ("for" in keys or "pause" in keys):
        yield _issue_at_key(section, "gap", "gap applies only to steps without for or pause. Remove it here.")
    for bound in ("min", "max"):
        if bound in keys and section.flag("fixed"):
            message = f"The length of a fixed step never changes, so {bound} has no effect. Remove one of them."
            yield _issue_at_key(section, bound, message)
    yield from _check_min_max(section)


def _check_breathe(section: Section) -> Iterator[Issue]:
    for key in ("say", "audio"):
        if key in section.node:
            message = f"{key} cannot be used with breathe. Put it in a step of its own before this one."
            yield _issue_at_key(section, key, message)
    for key in ("pause", "gap", "fit"):
        if key in section.node:
            message = f"{key} depends on the speech of the step, but breathe replaces it. Remove {key}, or use for."
            yield _issue_at_key(section, key, message)
    breathe, length = section.breathe, section.duration_samples("for")
    if breathe is None:
        return
    loc = (*section.loc, "breathe")
    for part, samples in breathe.parts:
        if samples < SAMPLE_RATE:
            yield Issue((*loc, part), "Each part of a breath must last at least a second. Write 1s or more.")
        elif samples > _MAX_BREATH_PART_SAMPLES:
            yield Issue((*loc, part), "A part of a breath can last at most 2m. Write a shorter duration.")
    if length is not None and length < breathe.length:
        message = f"One breath lasts {format_duration(breathe.length)}. Make for at least as long, or remove for."
        yield Issue((*section.loc, "for"), message)


def _check_min_max(section: Section) -> Iterator[Issue]:
    length, shortest, longest = (section.duration_samples(key) for key in ("for", "min", "max"))
    if shortest is not None and longest is not None and shortest > longest:
        yield _issue_at_key(section, "min", "min is longer than max. Swap them.")
        return
    if length is not None and shortest is not None and shortest > length:
        yield _issue_at_key(section, "min", "min is longer than for. Shorten min, or lengthen for.")
    if length is not None and longest is not None and longest < length:
        yield _issue_at_key(section, "max", "max is shorter than for. Lengthen max, or shorten for.")


def _check_cue(section: Section) -> Iterator[Issue]:
    keys = section.node
    has_unknown_keys = bool(keys.keys() - _CUE_KEYS)
    if "at" in keys and "every" in keys:
        later = max(("at", "every"), key=lambda key: keys.key_positions[key])
        yield _issue_at_key(section, later, "at and every cannot be used in the same cue. Remove one of them.")
    elif not keys.keys() & {"at", "every"} and not has_unknown_keys:
        yield Issue(section.loc, "A cue needs a time, such as at: half or every: 30s.")
    for bound in ("from", "until"):
        if bound in keys and "every" not in keys:
            message = f"{bound} can only be used with every. Add every, such as every: 30s, or remove {bound}."
            yield _issue_at_key(section, bound, message)
    every = section.duration_samples("every")
    if every is not None and 0 < every < SAMPLE_RATE:
        message = "A cue cannot play more than once a second. Write every: 1s or longer."
        yield Issue((*section.loc, "every"), message)
    if not keys.keys() & {"say", "audio", "chime", "breath"} and not has_unknown_keys:
        yield Issue(section.loc, "A cue needs something to play. Write say, audio, chime or breath.")
    spoken = next((key for key in ("say", "audio") if key in keys), None)
    if spoken and "chime" in keys and section.text("chime") != NONE:
        yield _issue_at_key(section, "chime", f"chime cannot be used with {spoken}. Put it in a cue of its own.")
    yield from _check_breath(section)


def _check_breath(section: Section) -> Iterator[Issue]:
    breath = section.node.get("breath")
    if breath is None:
        return
    for key in ("say", "audio", "chime"):
        if key in section.node:
            yield _issue_at_key(section, key, f"{key} cannot be used with breath. Put it in a cue of its own.")
    if isinstance(breath, MapNode):
        length = Section("breath", (*section.loc, "breath"), breath).duration_samples("for")
        if length is not None and not _MIN_BREATH_SAMPLES <= length <= _MAX_BREATH_SAMPLES:
            yield Issue((*section.loc, "breath", "for"), "The sound of a breath lasts from 1s to 10s.")


def _check_bed_has_sound(section: Section) -> Iterator[Issue]:
    """Find beds that set a level but no sound. Such a bed would be off, with nothing to indicate why."""
    beds: list[tuple[Loc, Node | None]] = [((*section.loc, "bed"), section.node.get("bed"))]
    variants = section.node.get("variants") if section.kind == "routine" else None
    if isinstance(variants, MapNode):
        for name, variant in variants.items():
            bed = variant.get("bed") if isinstance(variant, MapNode) else None
            beds.append((("variants", name, "bed"), bed))
    for loc, bed in beds:
        if isinstance(bed, MapNode) and bed and "sound" not in bed and bed.keys() <= BedChoice.model_fields.keys():
            yield Issue(loc, "This bed has no sound. Add one, such as sound: rain.")
