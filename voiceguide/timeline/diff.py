"""Describe the differences between two timelines, stage by stage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import TypeVar

from voiceguide.builtin_names import BREATH_LEVEL_DB, BREATH_NOISES, CHIME_LEVEL_DB
from voiceguide.script.model.bed_layers import bed_label
from voiceguide.timeline.model import Cue, Line, TimedStage, TimedStep, Timeline
from voiceguide.units import SAMPLE_RATE, format_duration

__all__ = ["compare_stage_lengths", "describe_changes", "format_rounded_duration"]

T = TypeVar("T")


def describe_changes(old: Timeline, new: Timeline) -> list[str]:
    """Return the differences as lines of text: the title of each changed stage, followed by its changes, indented.

    Cues and steps that only move because the length of an earlier step changed are not reported.
    """
    return [
        *_describe_session_changes(old, new),
        *(line for pair in _align_stages(old, new) for line in _describe_stage_changes(*pair)),
    ]


def compare_stage_lengths(old: Timeline, new: Timeline) -> list[tuple[str, int | None, int | None]]:
    """Return the title, old length and new length of each stage, then of the whole session. Lengths are in samples."""
    rows: list[tuple[str, int | None, int | None]] = []
    for before, after in _align_stages(old, new):
        title = before.title if before else after.title if after else ""
        rows.append((title, before.length if before else None, after.length if after else None))
    return [*rows, ("total", old.total, new.total)]


def format_rounded_duration(samples: int) -> str:
    """Format a length, rounded to a tenth of a second. Smaller differences are not noticeable."""
    tenth = SAMPLE_RATE // 10
    return format_duration((samples + tenth // 2) // tenth * tenth)


def _align_by_name(
    old: Sequence[T], new: Sequence[T], names: tuple[list[str], list[str]]
) -> Iterator[tuple[T | None, T | None]]:
    """Yield pairs of items with the same name, in order. An item without a counterpart is paired with None."""
    opcodes = SequenceMatcher(None, *names, autojunk=False).get_opcodes()
    for kind, old_start, old_end, new_start, new_end in opcodes:
        if kind == "equal":
            yield from zip(old[old_start:old_end], new[new_start:new_end], strict=True)
        else:
            yield from ((item, None) for item in old[old_start:old_end])
            yield from ((None, item) for item in new[new_start:new_end])


def _align_stages(old: Timeline, new: Timeline) -> Iterator[tuple[TimedStage | None, TimedStage | None]]:
    titles = ([stage.title for stage in old.stages], [stage.title for stage in new.stages])
    return _align_by_name(old.stages, new.stages, titles)


def _describe_session_changes(old: Timeline, new: Timeline) -> Iterator[str]:
    properties = (
        ("title", old.title, new.title),
        ("language", old.language, new.language),
        ("voice", _format_voices(old), _format_voices(new)),
        ("room", _rooms(old), _rooms(new)),
        ("pace", _paces(old), _paces(new)),
    )
    for name, before, after in properties:
        if before != after and before and after:
            yield f"{name}: {before}, now {after}"


def _spoken_lines(timeline: Timeline) -> list[Line]:
    return [line for line in timeline.unique_lines if not line.audio]


def _format_voices(timeline: Timeline) -> str:
    return ", ".join(sorted({line.voice or "the default" for line in _spoken_lines(timeline)})) or "none"


def _rooms(timeline: Timeline) -> str:
    return ", ".join(sorted({line.room for line in _spoken_lines(timeline)})) or "none"


def _paces(timeline: Timeline) -> str:
    return ", ".join(sorted({f"{line.pace:g}" for line in _spoken_lines(timeline)}))


def _describe_stage_changes(old: TimedStage | None, new: TimedStage | None) -> list[str]:
    """Return the title of a stage and its changes, or nothing if it has not changed."""
    if old is None or new is None:
        stage = old or new
        assert stage is not None
        change = "removed" if new is None else "added"
        return [
            f"{stage.title}: {change}, {format_rounded_duration(stage.length)}",
            *(_describe_step(step, change) for step in stage.steps),
        ]
    names = ([step.name for step in old.steps], [step.name for step in new.steps])
    lines = [
        line
        for before, after in _align_by_name(old.steps, new.steps, names)
        for line in _describe_step_changes(before, after)
    ]
    if old.bed != new.bed:
        lines.insert(0, f"  bed: {_describe_bed(old)}, now {_describe_bed(new)}")
    return [old.title, *lines] if lines else []


def _describe_bed(stage: TimedStage) -> str:
    bed = stage.bed
    return (
        bed.sound
        if bed.sound == "none"
        else f"{bed_label(bed.sound)} at {bed.level_db:g} dB, ducked by {bed.duck_db:g} dB"
    )


def _describe_step_changes(old: TimedStep | None, new: TimedStep | None) -> list[str]:
    if new is None or old is None:
        step = old or new
        assert step is not None
        return [_describe_step(step, "removed" if new is None else "added")]
    lines = []
    if format_rounded_duration(old.length) != format_rounded_duration(new.length):
        lines.append(f"  {new.name}: {format_rounded_duration(old.length)}, now {format_rounded_duration(new.length)}")
    if _step_text(old) != _step_text(new):
        lines.append(f'  {new.name}: "{_step_text(old)}", now "{_step_text(new)}"')
    breaths = [_describe_breaths(step) for step in (old, new)]
    if breaths[0] != breaths[1]:
        lines.append(f"  {new.name}: breaths: {breaths[0] or 'none'}, now {breaths[1] or 'none'}")
    old_cues, new_cues = (
        [cue for cue in step.cues if not cue.opens_step and not _is_in_breath(cue)] for step in (old, new)
    )
    labels = ([_cue_label(cue) for cue in old_cues], [_cue_label(cue) for cue in new_cues])
    for before, after in _align_by_name(old_cues, new_cues, labels):
        if after is None and before is not None:
            lines.append(f"  {new.name}: removed {_describe_cue(before, old)}")
        elif before is None and after is not None:
            lines.append(f"  {new.name}: added {_describe_cue(after, new)}")
        elif before and after and not _is_same_position(before, old, after, new):
            new_offset = format_rounded_duration(after.start - new.start)
            lines.append(f"  {new.name}: {_describe_cue(before, old)}, now after {new_offset}")
    return lines


def _is_in_breath(cue: Cue) -> bool:
    return cue.yaml_path.endswith(".breathe")


def _describe_breaths(step: TimedStep) -> str:
    """Return the number, length and cues of a step's breaths, or nothing if it has none."""
    cues = [cue for cue in step.cues if _is_in_breath(cue)]
    starts = [cue.start for cue in cues if cue.text == cues[0].text]
    if not starts:
        return ""
    # The first breath of a session starts late, so the last one is described.
    text = " ".join(cue.text for cue in cues if cue.start >= starts[-1])
    each = f" of {format_rounded_duration(starts[-1] - starts[-2])} each" if len(starts) > 1 else ""
    return f'{len(starts)}{each}, "{text}"'


def _is_same_position(before: Cue, old: TimedStep, after: Cue, new: TimedStep) -> bool:
    """Return whether two cues have the same position in their steps.

    That is, they are equally far from the start, equally far from the end, or at the same fraction of the length.
    """
    tolerance = SAMPLE_RATE // 10
    from_start = before.start - old.start, after.start - new.start
    to_end = (
        (old.end - before.start, new.end - after.start)
        if before.is_speech
        else (old.end - before.end, new.end - after.end)
    )
    fraction_difference = abs(from_start[0] * new.length - from_start[1] * old.length)
    return (
        abs(from_start[0] - from_start[1]) < tolerance
        or abs(to_end[0] - to_end[1]) < tolerance
        or fraction_difference < tolerance * min(old.length, new.length)
    )


def _describe_step(step: TimedStep, change: str) -> str:
    return f'  {step.name}: {change}, {format_rounded_duration(step.length)}, "{_step_text(step)}"'


def _step_text(step: TimedStep) -> str:
    return " ".join(cue.name for cue in step.cues if cue.opens_step and not _is_in_breath(cue))


def _describe_cue(cue: Cue, step: TimedStep) -> str:
    return f"{_cue_label(cue)} after {format_rounded_duration(cue.start - step.start)}"


def _cue_label(cue: Cue) -> str:
    if cue.chime is None:
        return f'"{cue.name}"'
    level, is_breath = cue.chime.level_db, cue.chime.sound in BREATH_NOISES.values()
    name = cue.chime.sound if is_breath else f"chime {cue.chime.sound}"
    return name if level == (BREATH_LEVEL_DB if is_breath else CHIME_LEVEL_DB) else f"{name} at {level:g} dB"
