"""Keys that need one another, or exclude one another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from voiceguide.script.model.routine import BedChoice, CueSpec, Step
from voiceguide.script.parsing.nodes import Loc, MapNode, Node
from voiceguide.script.rules.traversal import Issue, Section
from voiceguide.units import SAMPLE_RATE

__all__ = ["check_key_combinations"]

_STEP_KEYS = {field.alias or name for name, field in Step.model_fields.items()}
_CUE_KEYS = set(CueSpec.model_fields)


def check_key_combinations(parts: Sequence[Section]) -> Iterator[Issue]:
    """What is missing beside a key, or too much."""
    for part in parts:
        if part.kind in ("step", "switch"):
            yield from _check_for_and_pause(part)
        if part.kind == "step":
            yield from _check_step(part)
        elif part.kind == "cue":
            yield from _check_cue(part)
        if "switch" in part.node and "each" not in part.node and part.kind in ("group", "stage", "step"):
            message = "switch goes between the turns of an each. Write each beside it, or leave switch out."
            yield _issue_at_key(part, "switch", message)
        yield from _check_bed_sounds(part)


def _issue_at_key(part: Section, key: str, message: str) -> Issue:
    return Issue((*part.loc, key), message, at_key=True)


def _check_for_and_pause(part: Section) -> Iterator[Issue]:
    keys = part.node
    if "for" in keys and "pause" in keys:
        later = max(("for", "pause"), key=lambda key: keys.key_positions[key])
        message = (
            "for is the whole length, and pause the silence after the words. Only one of them can hold: delete one."
        )
        yield _issue_at_key(part, later, message)


def _check_step(part: Section) -> Iterator[Issue]:
    keys = part.node
    if not keys.keys() & {"say", "audio", "for", "pause"} and keys.keys() <= _STEP_KEYS:
        yield Issue(part.loc, "A step needs words or time. Write say, audio, for or pause.")
    if "gap" in keys and ("for" in keys or "pause" in keys):
        yield _issue_at_key(part, "gap", "gap is for steps without for and pause. Leave it out here.")
    fixed = (part.text("fixed") or "").strip().lower() in ("yes", "true", "on")
    for bound in ("min", "max"):
        if bound in keys and fixed:
            yield _issue_at_key(
                part, bound, f"A step that is fixed is not stretched, so {bound} does nothing. Leave one of them out."
            )
    yield from _check_min_max(part)


def _check_min_max(part: Section) -> Iterator[Issue]:
    length, shortest, longest = (part.duration_samples(key) for key in ("for", "min", "max"))
    if shortest is not None and longest is not None and shortest > longest:
        yield _issue_at_key(part, "min", "min is longer than max. Exchange them.")
        return
    if length is not None and shortest is not None and shortest > length:
        yield _issue_at_key(
            part, "min", "min is longer than the step itself. Write at most its for, or make for longer."
        )
    if length is not None and longest is not None and longest < length:
        yield _issue_at_key(
            part, "max", "max is shorter than the step itself. Write at least its for, or make for shorter."
        )


def _check_cue(part: Section) -> Iterator[Issue]:
    keys = part.node
    mistyped = bool(keys.keys() - _CUE_KEYS)
    if "at" in keys and "every" in keys:
        later = max(("at", "every"), key=lambda key: keys.key_positions[key])
        yield _issue_at_key(part, later, "A cue comes either at one place or every so often. Delete at or every.")
    elif not keys.keys() & {"at", "every"} and not mistyped:
        yield Issue(part.loc, "A cue needs its time. Write for instance at: half, or every: 30s.")
    if "until" in keys and "every" not in keys:
        yield _issue_at_key(part, "until", "until goes with every. Write every: 30s beside it, or leave until out.")
    every = part.duration_samples("every")
    if every is not None and 0 < every < SAMPLE_RATE:
        message = "A cue cannot come more often than once a second. Write every: 1s or more."
        yield Issue((*part.loc, "every"), message)
    if not keys.keys() & {"say", "audio", "chime"} and not mistyped:
        yield Issue(part.loc, "A cue needs something to be heard. Write say, audio or chime.")


def _check_bed_sounds(part: Section) -> Iterator[Issue]:
    """Levels without a sound would switch the bed off without a word."""
    beds: list[tuple[Loc, Node | None]] = [((*part.loc, "bed"), part.node.get("bed"))]
    variants = part.node.get("variants") if part.kind == "routine" else None
    if isinstance(variants, MapNode):
        for name, variant in variants.items():
            bed = variant.get("bed") if isinstance(variant, MapNode) else None
            beds.append((("variants", name, "bed"), bed))
    for loc, bed in beds:
        if isinstance(bed, MapNode) and bed and "sound" not in bed and bed.keys() <= BedChoice.model_fields.keys():
            yield Issue(loc, "This bed has no sound. Write for instance sound: rain beside its level.")
