"""`voiceguide diff`"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from voiceguide.cli.options import complete_routine, json_option
from voiceguide.cli.output import escape_control_characters, print_json

__all__ = ["command"]


@click.command("diff")
@click.argument("before", metavar="A", shell_complete=complete_routine)
@click.argument("after", metavar="B", shell_complete=complete_routine)
@json_option
def command(before: str, after: str, as_json: bool) -> None:
    """Show the differences between the timelines of two routines: stages and their lengths, steps, and text.

    The length of speech that has not been synthesized yet is estimated.
    """
    import voiceguide
    from voiceguide.timeline.diff import compare_stage_lengths, describe_changes

    old, new = voiceguide.load(before).plan(), voiceguide.load(after).plan()
    rows, changes = compare_stage_lengths(old, new), describe_changes(old, new)
    if as_json:
        print_json({"stages": [_row_data(*row) for row in rows], "changes": [line.strip() for line in changes]})
    elif not changes:
        click.echo("The timelines do not differ.")
    else:
        for line in [*_table(before, after, rows), "", *changes]:
            click.echo(escape_control_characters(line))


def _row_data(title: str, old: int | None, new: int | None) -> dict[str, object]:
    from voiceguide.units import samples_to_seconds

    lengths = [None if length is None else samples_to_seconds(length) for length in (old, new)]
    return {"stage": title, "before": lengths[0], "after": lengths[1]}


def _table(before: str, after: str, rows: Sequence[tuple[str, int | None, int | None]]) -> Iterator[str]:
    cells = [("", before, after, ""), *(_row_cells(*row) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(4)]
    for title, *lengths in cells:
        shown = [f"{text:>{width}}" for text, width in zip(lengths, widths[1:], strict=True)]
        yield "  ".join([f"{title:<{widths[0]}}", *shown]).rstrip()


def _row_cells(title: str, old: int | None, new: int | None) -> tuple[str, str, str, str]:
    from voiceguide.timeline.diff import format_rounded_duration

    shown = ["" if length is None else format_rounded_duration(length) for length in (old, new)]
    change = ""
    if old is not None and new is not None and old != new:
        change = ("+" if new > old else "-") + format_rounded_duration(abs(new - old))
    return title, shown[0], shown[1], change
