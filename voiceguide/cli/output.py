"""Functions for printing messages and JSON."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TextIO

import click

if TYPE_CHECKING:
    from voiceguide.errors import VoiceguideError

__all__ = [
    "error_text",
    "escape_control_characters",
    "play_on_terminal",
    "print_json",
    "print_logged_notes",
    "print_message",
    "print_note",
    "print_warnings",
]

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def escape_control_characters(text: str) -> str:
    """Make text from a script safe to print on a terminal by escaping control characters."""
    return _CONTROL.sub(lambda match: f"\\x{ord(match.group()):02x}", text)


def error_text(error: VoiceguideError) -> str:
    """Return the message of an error. If an override causes the error, name its command-line option."""
    from voiceguide.errors import OverrideError

    if isinstance(error, OverrideError) and error.option:
        option = f"--{error.option.replace('_', '-')} {error.value}".strip()
        return f"{option}: {error.message}"
    return str(error)


def play_on_terminal(wav: bytes) -> None:
    """Play a WAV file.

    Raises:
        VoiceguideError: Playback is not possible. The message names the option that writes the audio to a file.
    """
    from voiceguide.errors import VoiceguideError
    from voiceguide.speech.audio_player import AudioPlayerError, play_wav

    try:
        play_wav(wav)
    except AudioPlayerError as error:
        raise VoiceguideError(
            f"Cannot play audio on this computer: {error.cause}. Use -o FILE to write it to a file instead."
        ) from error


def print_message(message: str) -> None:
    """Print a message to stderr. On a terminal, lines that are too long are wrapped between words."""
    lines = escape_control_characters(message).split("\n")
    if sys.stderr.isatty():
        from voiceguide.cli.wrapping import wrap_words

        columns = _stderr_columns()
        lines = [part for line in lines for part in (wrap_words(line, columns) if len(line) > columns else [line])]
    click.echo("\n".join(lines), err=True)


def _stderr_columns() -> int:
    """Return the width of the terminal that stderr is connected to. COLUMNS takes precedence, as for stdout."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) > 0:
        return int(columns)
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except (OSError, ValueError):  # stderr was replaced by an object that has no file descriptor
        return 80


def print_json(data: Any, out: TextIO | None = None) -> None:
    """Print a JSON object to stdout, or to another stream. Characters that the stream cannot represent are escaped."""
    text = json.dumps(data, ensure_ascii=False, indent=2)
    try:
        text.encode((out or sys.stdout).encoding or "ascii")
    except UnicodeEncodeError:
        text = json.dumps(data, indent=2)
    click.echo(text, file=out)


def print_warnings(warnings: Iterable[object], quiet: bool = False) -> None:
    """Print warnings to stderr, one per line."""
    if not quiet:
        for warning in warnings:
            print_message(f"warning: {warning}")


def print_note(message: str | None, quiet: bool = False) -> None:
    """Print a note to stderr, if there is one."""
    if message and not quiet:
        print_message(f"note: {message}")


class _NotePrinter(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self._printed: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Print the message of a log record to stderr. Repeated messages are printed only once."""
        if (message := record.getMessage()) not in self._printed:
            self._printed.add(message)
            print_note(message)


def print_logged_notes(quiet: bool = False) -> None:
    """Print the library's log messages about disks to stderr, as notes.

    By default, Python would print them without "note:".
    """
    log = logging.getLogger("voiceguide.system")
    log.setLevel(logging.ERROR if quiet else logging.WARNING)
    log.propagate = False
    log.handlers[:] = [_NotePrinter()]
