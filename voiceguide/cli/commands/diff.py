"""`voiceguide diff`"""

from __future__ import annotations

import click

from voiceguide.cli.completion import complete_routine
from voiceguide.cli.options import json_option, quiet_option
from voiceguide.cli.output import escape_control_characters, print_json
from voiceguide.cli.tables import Row, print_table, terminal_columns
from voiceguide.cli.wrapping import wrap_words

__all__ = ["command"]


@click.command("diff")
@click.argument("before", metavar="A", shell_complete=complete_routine)
@click.argument("after", metavar="B", shell_complete=complete_routine)
@json_option
@quiet_option
def command(before: str, after: str, as_json: bool, quiet: bool) -> None:
    """Show the differences between the timelines of two routines: stages and their lengths, steps, and text.

    The length of speech that has not been synthesized yet is estimated.

    \b
    Example:
      voiceguide diff foot-massage evening.yaml
    """
    import voiceguide
    from voiceguide.timeline.diff import compare_stage_lengths, describe_changes

    old, new = voiceguide.load(before).plan(), voiceguide.load(after).plan()
    rows, changes = compare_stage_lengths(old, new), describe_changes(old, new)
    if as_json:
        print_json({"stages": [_row_data(*row) for row in rows], "changes": [line.strip() for line in changes]})
    elif not changes:
        if not quiet:
            click.echo("The timelines do not differ.")
    else:
        print_table([Row(("", before, after, "")), *(Row(_row_cells(*row)) for row in rows)], right=(1, 2))
        click.echo()
        for line in changes:
            _print_change(escape_control_characters(line))


def _print_change(line: str) -> None:
    """Print a line. On a terminal, wrap it between words and indent the continuation lines."""
    indent = " " * (len(line) - len(line.lstrip()))
    columns = terminal_columns()
    lines = wrap_words(line, columns - len(indent) - 2) if columns else [line.lstrip()]
    click.echo(f"\n{indent}  ".join([indent + lines[0], *lines[1:]]))


def _row_data(title: str, old: int | None, new: int | None) -> dict[str, object]:
    from voiceguide.units import samples_to_seconds

    lengths = [None if length is None else samples_to_seconds(length) for length in (old, new)]
    return {"stage": title, "before": lengths[0], "after": lengths[1]}


def _row_cells(title: str, old: int | None, new: int | None) -> tuple[str, str, str, str]:
    from voiceguide.units import format_length, format_total

    shown = ["" if length is None else format_total(length) for length in (old, new)]
    change = ""
    if old is not None and new is not None and old != new:
        change = ("+" if new > old else "-") + format_length(abs(new - old))
    return title, shown[0], shown[1], change
