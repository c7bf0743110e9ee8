"""Tables: on a terminal, the last column is wrapped between words. In a pipe, each row is one plain line."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import click

from voiceguide.cli.output import escape_control_characters
from voiceguide.cli.wrapping import wrap_words

__all__ = ["Row", "can_print", "has_colors", "print_table", "table_lines", "terminal_columns"]

GAP = "  "
MIN_LAST_COLUMN = 24
"""If the last column would be narrower than this, its text is printed below the other columns."""
HANGING_INDENT = 4


@dataclass(frozen=True)
class Row:
    """A row of a table."""

    cells: tuple[str, ...]
    bold: bool = False
    dim: bool = False


def terminal_columns() -> int | None:
    """Return the width of the terminal, or None if stdout is a pipe or a file."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def can_print(text: str) -> bool:
    """Return whether stdout can represent this text. Not every terminal uses UTF-8."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def has_colors() -> bool:
    """Return whether the terminal understands color codes. A terminal with TERM=dumb does not."""
    return os.environ.get("TERM", "") not in ("", "dumb", "unknown") or os.name == "nt"


def print_table(rows: Sequence[Row], header: Sequence[str] = (), right: Collection[int] = ()) -> None:
    """Print rows in columns. `right` holds the indices of the right-aligned columns."""
    shown = [Row(tuple(header), bold=True), *rows] if header else list(rows)
    for line, row in table_lines(shown, right, terminal_columns()):
        click.echo(click.style(line, bold=row.bold or None, dim=row.dim or None), color=None if has_colors() else False)


def table_lines(rows: Sequence[Row], right: Collection[int], columns: int | None) -> Iterator[tuple[str, Row]]:
    """Yield the lines of a table no wider than `columns`, each paired with its row. None means any width."""
    from rich.cells import cell_len

    escaped = [[escape_control_characters(cell) for cell in row.cells] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(*(cells[:-1] for cells in escaped), strict=True)]
    indent = sum(widths) + len(GAP) * len(widths)
    last_width = max((cell_len(cells[-1]) for cells in escaped), default=0)
    below = columns is not None and columns - indent < min(MIN_LAST_COLUMN, last_width)
    if below:
        indent = HANGING_INDENT
    for row, (*cells, last) in zip(rows, escaped, strict=True):
        padded = [
            (" " * (width - cell_len(cell)) + cell) if index in right else cell + " " * (width - cell_len(cell))
            for index, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        head = "".join(f"{cell}{GAP}" for cell in padded)
        lines = [last] if columns is None else wrap_words(last, columns - indent)
        if below:
            yield head.rstrip(), row
            lines = [line for line in lines if line]
        else:
            yield f"{head}{lines.pop(0)}".rstrip(), row
        for line in lines:
            yield " " * indent + line, row
