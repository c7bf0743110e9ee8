"""What differs between two timelines, in words and stage by stage: for `diff` and `build --watch`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import TypeVar

from voiceguide.timeline.model import Cue, TimedStage, TimedStep, Timeline
from voiceguide.units import SAMPLE_RATE, format_duration

__all__ = ["compare_stage_lengths", "describe_changes", "format_rounded_duration"]

T = TypeVar("T")


def describe_changes(old: Timeline, new: Timeline) -> list[str]:
    """What differs, a line each: a stage's title, and indented under it what is different there.

    What only moves along with the steps before it is not told of.
    """
    return [
        *_describe_session_changes(old, new),
        *(line for pair in _align_stages(old, new) for line in _describe_stage_changes(*pair)),
    ]


def compare_stage_lengths(old: Timeline, new: Timeline) -> list[tuple[str, int | None, int | None]]:
    """Title and both lengths in samples of each stage, and of the whole."""
    rows: list[tuple[str, int | None, int | None]] = []
    for one, other in _align_stages(old, new):
        title = one.title if one else other.title if other else ""
        rows.append((title, one.length if one else None, other.length if other else None))
    return [*rows, ("total", old.total, new.total)]


def format_rounded_duration(samples: int) -> str:
    """A length to the tenth of a second: what is less than that cannot be heard."""
    tenth = SAMPLE_RATE // 10
    return format_duration((samples + tenth // 2) // tenth * tenth)


def _align_by_name(
    old: Sequence[T], new: Sequence[T], names: tuple[list[str], list[str]]
) -> Iterator[tuple[T | None, T | None]]:
    """Both sequences in one order, what bears the same name side by side."""
    for kind, a, b, c, d in SequenceMatcher(None, *names, autojunk=False).get_opcodes():
        if kind == "equal":
            yield from zip(old[a:b], new[c:d], strict=True)
        else:
            yield from ((item, None) for item in old[a:b])
            yield from ((None, item) for item in new[c:d])


def _align_stages(old: Timeline, new: Timeline) -> Iterator[tuple[TimedStage | None, TimedStage | None]]:
    titles = ([stage.title for stage in old.stages], [stage.title for stage in new.stages])
    return _align_by_name(old.stages, new.stages, titles)


def _describe_session_changes(old: Timeline, new: Timeline) -> Iterator[str]:
    """What the routines differ in as a whole."""
    facts = (
        ("title", old.title, new.title),
        ("language", old.language, new.language),
        ("voice", _voices(old), _voices(new)),
        ("pace", _paces(old), _paces(new)),
    )
    for name, one, other in facts:
        if one != other:
            yield f"{name}: {one}, now {other}"


def _voices(timeline: Timeline) -> str:
    return ", ".join(sorted({line.voice or "the default" for line in timeline.unique_lines}))


def _paces(timeline: Timeline) -> str:
    return ", ".join(sorted({f"{line.pace:g}" for line in timeline.unique_lines}))


def _describe_stage_changes(old: TimedStage | None, new: TimedStage | None) -> list[str]:
    """The stage's title, and under it what differs in it; nothing where nothing does."""
    if old is None or new is None:
        stage = old or new
        assert stage is not None
        gone = "gone" if new is None else "new"
        return [
            f"{stage.title}: {gone}, {format_rounded_duration(stage.length)}",
            *(_describe_step(step, gone) for step in stage.steps),
        ]
    names = ([step.name for step in old.steps], [step.name for step in new.steps])
    lines = [
        line
        for one, other in _align_by_name(old.steps, new.steps, names)
        for line in _describe_step_changes(one, other)
    ]
    if old.bed != new.bed:
        lines.insert(0, f"  bed: {_describe_bed(old)}, now {_describe_bed(new)}")
    return [old.title, *lines] if lines else []


def _describe_bed(stage: TimedStage) -> str:
    bed = stage.bed
    return bed.sound if bed.sound == "none" else f"{bed.sound} at {bed.level_db:g} dB, ducked by {bed.duck_db:g} dB"


def _describe_step_changes(old: TimedStep | None, new: TimedStep | None) -> list[str]:
    if new is None or old is None:
        step = old or new
        assert step is not None
        return [_describe_step(step, "gone" if new is None else "new")]
    lines = []
    if format_rounded_duration(old.length) != format_rounded_duration(new.length):
        lines.append(f"  {new.name}: {format_rounded_duration(old.length)}, now {format_rounded_duration(new.length)}")
    if _step_text(old) != _step_text(new):
        lines.append(f'  {new.name}: "{_step_text(old)}", now "{_step_text(new)}"')
    befores, afters = ([cue for cue in step.cues if not cue.opens_step] for step in (old, new))
    names = ([_cue_label(cue) for cue in befores], [_cue_label(cue) for cue in afters])
    for before, after in _align_by_name(befores, afters, names):
        if after is None and before is not None:
            lines.append(f"  {new.name}: gone {_describe_cue(before, old)}")
        elif before is None and after is not None:
            lines.append(f"  {new.name}: new {_describe_cue(after, new)}")
        elif before and after and not _is_same_position(before, old, after, new):
            lines.append(
                f"  {new.name}: {_describe_cue(before, old)}, now after {format_rounded_duration(after.start - new.start)}"
            )
    return lines


def _is_same_position(before: Cue, old: TimedStep, after: Cue, new: TimedStep) -> bool:
    """Whether two cues stand alike: as long after their step's start, before its end, or as far through it."""
    near = SAMPLE_RATE // 10
    starts = before.start - old.start, after.start - new.start
    ends = (
        (old.end - before.start, new.end - after.start)
        if before.is_speech
        else (old.end - before.end, new.end - after.end)
    )
    share = abs(starts[0] * new.length - starts[1] * old.length)
    return (
        abs(starts[0] - starts[1]) < near or abs(ends[0] - ends[1]) < near or share < near * min(old.length, new.length)
    )


def _describe_step(step: TimedStep, change: str) -> str:
    return f'  {step.name}: {change}, {format_rounded_duration(step.length)}, "{_step_text(step)}"'


def _step_text(step: TimedStep) -> str:
    return " ".join(cue.text for cue in step.cues if cue.opens_step)


def _describe_cue(cue: Cue, step: TimedStep) -> str:
    return f"{_cue_label(cue)} after {format_rounded_duration(cue.start - step.start)}"


def _cue_label(cue: Cue) -> str:
    return f'"{cue.text}"' if cue.is_speech else f"chime {cue.chime}"
