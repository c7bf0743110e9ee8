"""Functions for printing messages, JSON and progress."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from voiceguide.errors import VoiceguideError
    from voiceguide.pipeline.session_builder import Progress, ProgressCallback

__all__ = [
    "error_text",
    "escape_control_characters",
    "print_json",
    "print_logged_notes",
    "print_note",
    "print_warnings",
    "progress_bars",
]

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_ACTIVITY_LABELS = {"synthesize": "Speech", "encode": "Encoding"}


def escape_control_characters(text: str) -> str:
    """Make text from a script safe to print on a terminal by escaping control characters."""
    return _CONTROL.sub(lambda match: f"\\x{ord(match.group()):02x}", text)


def error_text(error: VoiceguideError) -> str:
    """Return the message of an error. Overrides are shown as command-line options."""
    from voiceguide.errors import OverrideError

    if isinstance(error, OverrideError) and error.option:
        option = f"--{error.option.replace('_', '-')} {error.value}".strip()
        return f"{option}: {error.message}"
    return str(error)


def print_json(data: Any) -> None:
    """Print a JSON object to stdout."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))


def print_warnings(warnings: Iterable[object], quiet: bool = False) -> None:
    """Print warnings to stderr, one per line."""
    if not quiet:
        for warning in warnings:
            click.echo(escape_control_characters(f"warning: {warning}"), err=True)


def print_note(message: str | None, quiet: bool = False) -> None:
    """Print a note to stderr, if there is one."""
    if message and not quiet:
        click.echo(escape_control_characters(f"note: {message}"), err=True)


class _NotePrinter(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self._printed: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Print the message of a record to stderr, but only once if many files are written."""
        if (message := record.getMessage()) not in self._printed:
            self._printed.add(message)
            print_note(message)


def print_logged_notes(quiet: bool = False) -> None:
    """Print what the library logs about disks to stderr, as notes. Without this, Python prints the bare sentence."""
    log = logging.getLogger("voiceguide.system")
    log.setLevel(logging.ERROR if quiet else logging.WARNING)
    log.propagate = False
    log.handlers[:] = [_NotePrinter()]


@contextmanager
def progress_bars(quiet: bool) -> Iterator[ProgressCallback | None]:
    """Show a progress bar on stderr for each activity, if stderr is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress as ProgressDisplay, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description:<10}"), BarColumn(), TextColumn("{task.completed:.0f}/{task.total:.0f}"))
    with ProgressDisplay(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as display:
        bars: dict[str, Any] = {}

        def show(progress: Progress) -> None:
            if progress.activity not in bars:
                bars[progress.activity] = display.add_task(_ACTIVITY_LABELS[progress.activity], total=progress.total)
            display.update(bars[progress.activity], completed=progress.done, total=progress.total)

        yield show
