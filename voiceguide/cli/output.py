"""How things look on the terminal: messages, progress, tables."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from voiceguide.pipeline.session_builder import ProgressCallback

__all__ = ["make_printable", "print_json", "print_note", "print_warnings", "progress_on_stderr"]

_CONTROL_CHARS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def make_printable(text: str) -> str:
    """Text from a script as it may reach a terminal: control and bidirectional codes shown, not obeyed."""
    return _CONTROL_CHARS.sub(lambda match: f"\\x{ord(match.group()):02x}", text)


def print_json(data: Any) -> None:
    """One object on stdout, for a program to read."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))


def print_warnings(messages: list[str], quiet: bool = False) -> None:
    """Advice on stderr, a line each."""
    if not quiet:
        for message in messages:
            click.echo(make_printable(f"advice: {message}"), err=True)


def print_note(message: str | None, quiet: bool = False) -> None:
    """Something good to know, on stderr."""
    if message and not quiet:
        click.echo(make_printable(f"note: {message}"), err=True)


@contextmanager
def progress_on_stderr(quiet: bool) -> Iterator[ProgressCallback]:
    """A bar for each piece of long work, on a terminal only."""
    if quiet or not sys.stderr.isatty():
        yield lambda doing, done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description:<10}"), BarColumn(), TextColumn("{task.completed:.0f}/{task.total:.0f}"))
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def show(doing: str, done: int, total: int) -> None:
            if doing not in tasks:
                tasks[doing] = bars.add_task(doing, total=total)
            bars.update(tasks[doing], completed=done, total=total)

        yield show
