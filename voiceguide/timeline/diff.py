"""What differs between two timelines, in words and stage by stage: for `diff` and `build --watch`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import TypeVar

from voiceguide.timeline.model import Cue, TimedStage, TimedStep, Timeline
from voiceguide.units import SAMPLE_RATE, format_duration

__all__ = ["changes", "rounded", "stage_lengths"]

T = TypeVar("T")


def changes(old: Timeline, new: Timeline) -> list[str]:
    """What differs, a line each: a stage's title, and indented under it what is different there.

    What only moves along with the steps before it is not told of.
    """
    return [*_whole(old, new), *(line for pair in _matched_stages(old, new) for line in _stage(*pair))]


def stage_lengths(old: Timeline, new: Timeline) -> list[tuple[str, int | None, int | None]]:
    """Title and both lengths in samples of each stage, and of the whole."""
    rows: list[tuple[str, int | None, int | None]] = []
    for one, other in _matched_stages(old, new):
        title = one.title if one else other.title if other else ""
        rows.append((title, one.length if one else None, other.length if other else None))
    return [*rows, ("total", old.total, new.total)]


def rounded(samples: int) -> str:
    """A length to the tenth of a second: what is less than that cannot be heard."""
    tenth = SAMPLE_RATE // 10
    return format_duration((samples + tenth // 2) // tenth * tenth)


def _pairs(
    old: Sequence[T], new: Sequence[T], names: tuple[list[str], list[str]]
) -> Iterator[tuple[T | None, T | None]]:
    """Both sequences in one order, what bears the same name side by side."""
    for kind, a, b, c, d in SequenceMatcher(None, *names, autojunk=False).get_opcodes():
        if kind == "equal":
            yield from zip(old[a:b], new[c:d], strict=True)
        else:
            yield from ((item, None) for item in old[a:b])
            yield from ((None, item) for item in new[c:d])


def _matched_stages(old: Timeline, new: Timeline) -> Iterator[tuple[TimedStage | None, TimedStage | None]]:
    titles = ([stage.title for stage in old.stages], [stage.title for stage in new.stages])
    return _pairs(old.stages, new.stages, titles)


def _whole(old: Timeline, new: Timeline) -> Iterator[str]:
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
    return ", ".join(sorted({line.voice or "the default" for line in timeline.lines}))


def _paces(timeline: Timeline) -> str:
    return ", ".join(sorted({f"{line.pace:g}" for line in timeline.lines}))


def _stage(old: TimedStage | None, new: TimedStage | None) -> list[str]:
    """The stage's title, and under it what differs in it; nothing where nothing does."""
    if old is None or new is None:
        stage = old or new
        assert stage is not None
        gone = "gone" if new is None else "new"
        return [f"{stage.title}: {gone}, {rounded(stage.length)}", *(_whole_step(step, gone) for step in stage.steps)]
    names = ([step.name for step in old.steps], [step.name for step in new.steps])
    lines = [line for one, other in _pairs(old.steps, new.steps, names) for line in _step(one, other)]
    if old.bed != new.bed:
        lines.insert(0, f"  bed: {_bed(old)}, now {_bed(new)}")
    return [old.title, *lines] if lines else []


def _bed(stage: TimedStage) -> str:
    bed = stage.bed
    return bed.sound if bed.sound == "none" else f"{bed.sound} at {bed.level_db:g} dB, ducked by {bed.duck_db:g} dB"


def _step(old: TimedStep | None, new: TimedStep | None) -> list[str]:
    if new is None or old is None:
        step = old or new
        assert step is not None
        return [_whole_step(step, "gone" if new is None else "new")]
    lines = []
    if rounded(old.length) != rounded(new.length):
        lines.append(f"  {new.name}: {rounded(old.length)}, now {rounded(new.length)}")
    if _words(old) != _words(new):
        lines.append(f'  {new.name}: "{_words(old)}", now "{_words(new)}"')
    befores, afters = ([cue for cue in step.cues if not cue.main] for step in (old, new))
    names = ([_heard(cue) for cue in befores], [_heard(cue) for cue in afters])
    for before, after in _pairs(befores, afters, names):
        if after is None and before is not None:
            lines.append(f"  {new.name}: gone {_cue(before, old)}")
        elif before is None and after is not None:
            lines.append(f"  {new.name}: new {_cue(after, new)}")
        elif before and after and not _same_place(before, old, after, new):
            lines.append(f"  {new.name}: {_cue(before, old)}, now after {rounded(after.at - new.start)}")
    return lines


def _same_place(before: Cue, old: TimedStep, after: Cue, new: TimedStep) -> bool:
    """Whether two cues stand alike: as long after their step's start, before its end, or as far through it."""
    near = SAMPLE_RATE // 10
    starts = before.at - old.start, after.at - new.start
    ends = (
        (old.end - before.at, new.end - after.at)
        if before.kind == "say"
        else (old.end - before.end, new.end - after.end)
    )
    share = abs(starts[0] * new.length - starts[1] * old.length)
    return (
        abs(starts[0] - starts[1]) < near or abs(ends[0] - ends[1]) < near or share < near * min(old.length, new.length)
    )


def _whole_step(step: TimedStep, what: str) -> str:
    return f'  {step.name}: {what}, {rounded(step.length)}, "{_words(step)}"'


def _words(step: TimedStep) -> str:
    return " ".join(cue.text for cue in step.cues if cue.main)


def _cue(cue: Cue, step: TimedStep) -> str:
    return f"{_heard(cue)} after {rounded(cue.at - step.start)}"


def _heard(cue: Cue) -> str:
    return f'"{cue.text}"' if cue.kind == "say" else f"chime {cue.chime}"
