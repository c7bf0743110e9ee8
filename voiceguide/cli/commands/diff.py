"""`voiceguide diff`"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from voiceguide.cli.options import complete_routine
from voiceguide.cli.output import print_json, printable

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
    from voiceguide.timeline.diff import changes, stage_lengths

    old, new = _timeline(before), _timeline(after)
    rows, told = stage_lengths(old, new), changes(old, new)
    if as_json:
        print_json({"stages": [_row_data(*row) for row in rows], "changes": [line.strip() for line in told]})
    elif not told:
        click.echo("No difference in the timeline.")
    else:
        for line in [*_table(before, after, rows), "", *told]:
            click.echo(printable(line))


def _timeline(routine: str) -> Timeline:
    from voiceguide.pipeline.override_options import session_of
    from voiceguide.timeline.arrangement.overrides import Overrides

    with session_of(routine, lambda script: Overrides()) as session:
        return session.planned()


def _row_data(title: str, old: int | None, new: int | None) -> dict[str, object]:
    from voiceguide.units import samples_to_seconds

    lengths = [None if length is None else samples_to_seconds(length) for length in (old, new)]
    return {"stage": title, "before": lengths[0], "after": lengths[1]}


def _table(before: str, after: str, rows: Sequence[tuple[str, int | None, int | None]]) -> Iterator[str]:
    from voiceguide.timeline.diff import rounded

    cells = [("", before, after, "")]
    for title, old, new in rows:
        change = (
            "" if old is None or new is None or old == new else f"{'+' if new > old else '-'}{rounded(abs(new - old))}"
        )
        cells.append((title, "" if old is None else rounded(old), "" if new is None else rounded(new), change))
    widths = [max(len(row[column]) for row in cells) for column in range(4)]
    for title, *times in cells:
        shown = [f"{text:>{width}}" for text, width in zip(times, widths[1:], strict=True)]
        yield "  ".join([f"{title:<{widths[0]}}", *shown]).rstrip()
