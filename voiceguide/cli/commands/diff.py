"""`voiceguide diff`"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from voiceguide.cli.options import complete_routine
from voiceguide.cli.output import make_printable, print_json

if TYPE_CHECKING:
    from voiceguide.timeline.model import Timeline

__all__ = ["command"]


@click.command("diff")
@click.argument("before", metavar="A", shell_complete=complete_routine)
@click.argument("after", metavar="B", shell_complete=complete_routine)
@click.option("--json", "as_json", is_flag=True, help="For a program to read.")
def command(before: str, after: str, as_json: bool) -> None:
    """Show what differs between the timelines of two routines: stages with their lengths, steps, words.

    Words that have not been spoken yet count with their estimated lengths.
    """
    from voiceguide.timeline.diff import compare_stage_lengths, describe_changes

    old, new = _estimate_timeline(before), _estimate_timeline(after)
    rows, told = compare_stage_lengths(old, new), describe_changes(old, new)
    if as_json:
        print_json({"stages": [_stage_to_json(*row) for row in rows], "changes": [line.strip() for line in told]})
    elif not told:
        click.echo("No difference in the timeline.")
    else:
        for line in [*_format_table(before, after, rows), "", *told]:
            click.echo(make_printable(line))


def _estimate_timeline(routine: str) -> Timeline:
    from voiceguide.pipeline.override_options import open_builder
    from voiceguide.timeline.arrangement.overrides import Overrides

    with open_builder(routine, lambda script: Overrides()) as session:
        return session.estimated_timeline()


def _stage_to_json(title: str, old: int | None, new: int | None) -> dict[str, object]:
    from voiceguide.units import samples_to_seconds

    lengths = [None if length is None else samples_to_seconds(length) for length in (old, new)]
    return {"stage": title, "before": lengths[0], "after": lengths[1]}


def _format_table(before: str, after: str, rows: Sequence[tuple[str, int | None, int | None]]) -> Iterator[str]:
    from voiceguide.timeline.diff import format_rounded_duration

    cells = [("", before, after, "")]
    for title, old, new in rows:
        change = (
            ""
            if old is None or new is None or old == new
            else f"{'+' if new > old else '-'}{format_rounded_duration(abs(new - old))}"
        )
        cells.append(
            (
                title,
                "" if old is None else format_rounded_duration(old),
                "" if new is None else format_rounded_duration(new),
                change,
            )
        )
    widths = [max(len(row[column]) for row in cells) for column in range(4)]
    for title, *times in cells:
        shown = [f"{text:>{width}}" for text, width in zip(times, widths[1:], strict=True)]
        yield "  ".join([f"{title:<{widths[0]}}", *shown]).rstrip()
