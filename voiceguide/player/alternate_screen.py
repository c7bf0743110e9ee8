"""Draw on the alternate screen of the terminal, line by line. The terminal is always restored."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TextIO

from voiceguide.player.screen_layout import ASCII, UNICODE, Glyphs

__all__ = ["Screen", "can_draw_on"]

MIN_COLUMNS, MIN_ROWS = 10, 5
BOLD_ROWS = (1, 2)
"""The line numbers of the routine title and the stage title."""
DUMB_TERMINALS = ("", "dumb", "unknown")


def can_draw_on(environment: Mapping[str, str] = os.environ) -> bool:
    """Return whether the terminal can move the cursor: false if TERM is "dumb", "unknown" or unset."""
    return os.name == "nt" or environment.get("TERM", "") not in DUMB_TERMINALS


class Screen:
    """A context manager that draws on the alternate screen and restores the terminal on exit."""

    def __init__(self, out: TextIO, environment: Mapping[str, str] = os.environ) -> None:
        self._out = out
        self._encoding = out.encoding or "ascii"
        self._drawn_lines: list[str] = []
        self._size = (0, 0)
        self._bold = "" if environment.get("NO_COLOR") else "\x1b[1m"

    def __enter__(self) -> Screen:
        self._size, self._drawn_lines = (0, 0), []
        self._write("\x1b[?1049h\x1b[?25l\x1b[2J")
        return self

    def __exit__(self, *raised: object) -> None:
        self._write("\x1b[0m\x1b[?25h\x1b[?1049l")

    @property
    def glyphs(self) -> Glyphs:
        """The display characters that this terminal supports."""
        try:
            "".join((UNICODE.block, UNICODE.played, UNICODE.about, *UNICODE.arrows)).encode(self._encoding)
        except (UnicodeEncodeError, LookupError):
            return ASCII
        return UNICODE

    def size(self) -> tuple[int, int]:
        """Return the current columns and rows of the terminal."""
        try:
            columns, rows = os.get_terminal_size(self._out.fileno())
        except OSError:
            columns, rows = 80, 24
        return max(columns, MIN_COLUMNS), max(rows, MIN_ROWS)

    def show(self, lines: list[str]) -> None:
        """Redraw the lines that have changed."""
        size = self.size()
        if size != self._size:
            self._size, self._drawn_lines = size, []
            self._write("\x1b[2J")
        changed = [
            f"\x1b[{row};1H{self._bold if row in BOLD_ROWS else ''}{line}\x1b[0m\x1b[K"
            for row, line in enumerate(lines, 1)
            if row > len(self._drawn_lines) or self._drawn_lines[row - 1] != line
        ]
        self._drawn_lines = list(lines)
        if changed:
            self._write("\x1b[?2026h" + "".join(changed) + "\x1b[?2026l")

    def _write(self, text: str) -> None:
        """Write text. Characters that the terminal cannot show become question marks."""
        self._out.write(text.encode(self._encoding, "replace").decode(self._encoding))
        self._out.flush()
