"""`voiceguide diff`"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, TypeVar

import click

from voiceguide.cli.show import print_json, printable

if TYPE_CHECKING:
    from voiceguide.timeline.model import Cue, TimedStage, TimedStep, Timeline

__all__ = ["command"]

T = TypeVar("T")


@click.command("diff")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option("--json", "as_json", is_flag=True, help="For a program to read.")
def command(before: str, after: str, as_json: bool) -> None:
    """Show what differs between the timelines of two routines: stages with their lengths, steps, words.

    Words that have not been spoken yet count with their estimated lengths.
    """
    old, new = _timeline(before), _timeline(after)
    rows = list(_rows(old, new))
    changes = [*_whole(old, new), *(line for pair in _matched_stages(old, new) for line in _stage(*pair))]
    if as_json:
        print_json({"stages": [_row_data(*row) for row in rows], "changes": [line.strip() for line in changes]})
    elif not changes:
        click.echo("No difference in the timeline.")
    else:
        for line in [*_table(before, after, rows), "", *changes]:
            click.echo(printable(line))


def _timeline(routine: str) -> Timeline:
    from voiceguide.asked import session_of
    from voiceguide.timeline.overrides import Overrides

    with session_of(routine, lambda script: Overrides()) as session:
        return session.planned()


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


def _rows(old: Timeline, new: Timeline) -> Iterator[tuple[str, int | None, int | None]]:
    """Title and both lengths in samples of each stage, and of the whole."""
    for one, other in _matched_stages(old, new):
        title = one.title if one else other.title if other else ""
        yield title, one.length if one else None, other.length if other else None
    yield "total", old.total, new.total


def _row_data(title: str, old: int | None, new: int | None) -> dict[str, object]:
    from voiceguide.units import samples_to_seconds

    lengths = [None if length is None else samples_to_seconds(length) for length in (old, new)]
    return {"stage": title, "before": lengths[0], "after": lengths[1]}


def _table(before: str, after: str, rows: Sequence[tuple[str, int | None, int | None]]) -> Iterator[str]:
    cells = [("", before, after, "")]
    for title, old, new in rows:
        change = (
            "" if old is None or new is None or old == new else f"{'+' if new > old else '-'}{_time(abs(new - old))}"
        )
        cells.append((title, "" if old is None else _time(old), "" if new is None else _time(new), change))
    widths = [max(len(row[column]) for row in cells) for column in range(4)]
    for title, *times in cells:
        shown = [f"{text:>{width}}" for text, width in zip(times, widths[1:], strict=True)]
        yield "  ".join([f"{title:<{widths[0]}}", *shown]).rstrip()


def _time(samples: int) -> str:
    """A length to the tenth of a second: what is less than that cannot be heard."""
    from voiceguide.units import SAMPLE_RATE, format_duration

    tenth = SAMPLE_RATE // 10
    return format_duration((samples + tenth // 2) // tenth * tenth)


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
        return [f"{stage.title}: {gone}, {_time(stage.length)}", *(_whole_step(step, gone) for step in stage.steps)]
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
    if _time(old.length) != _time(new.length):
        lines.append(f"  {new.name}: {_time(old.length)}, now {_time(new.length)}")
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
            lines.append(f"  {new.name}: {_cue(before, old)}, now after {_time(after.at - new.start)}")
    return lines


def _same_place(before: Cue, old: TimedStep, after: Cue, new: TimedStep) -> bool:
    """Whether two cues stand alike: as long after their step's start, before its end, or as far through it."""
    from voiceguide.units import SAMPLE_RATE

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
    return f'  {step.name}: {what}, {_time(step.length)}, "{_words(step)}"'


def _words(step: TimedStep) -> str:
    return " ".join(cue.text for cue in step.cues if cue.main)


def _cue(cue: Cue, step: TimedStep) -> str:
    return f"{_heard(cue)} after {_time(cue.at - step.start)}"


def _heard(cue: Cue) -> str:
    return f'"{cue.text}"' if cue.kind == "say" else f"chime {cue.chime}"
