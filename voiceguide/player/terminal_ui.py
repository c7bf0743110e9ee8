"""What stands on the terminal while a session plays: lines of text for a given size, and how they are drawn."""

from __future__ import annotations

import os
import textwrap
import unicodedata
from collections.abc import Mapping
from typing import TextIO

from voiceguide.player.big_digits import large
from voiceguide.player.transport import Place
from voiceguide.timeline.model import Timeline
from voiceguide.units import SAMPLE_RATE, format_clock

__all__ = ["HELP", "Screen", "lines_of", "plain", "time_left"]

HELP = (
    "space     pause, go on",
    "← →       step before, next step",
    "↑ ↓       stage before, next stage",
    "+ -       ten seconds longer, shorter: this step",
    "r         say the instruction again",
    "q         leave; --resume goes on there",
    "?         these keys",
)
LEAST_LINES = 5
FIGURE_ROWS = 15
"""Rows of the time at most: three lines to a block."""


def plain(text: str) -> str:
    """Text from a script as it may reach a terminal."""
    return "".join(char if char.isprintable() else " " for char in text)


def time_left(position: int, end: int) -> str:
    """The time left until a sample, as a clock; the last second is 0:01."""
    return format_clock(max(end - position + SAMPLE_RATE - 1, 0))


def lines_of(place: Place, columns: int, rows: int, message: str = "", helping: bool = False) -> list[str]:
    """The screen: as many lines as rows, none wider than the columns."""
    score, position = place.score, place.position
    timeline, step, stage = score.timeline, score.step(position), score.stage(position)
    about = "≈" if timeline.estimated else ""
    left = f"{about}{time_left(position, timeline.total)} left"
    head = _ends(plain(stage.title), left if place.playing else f"PAUSED  {left}", columns)
    foot = [_bar(timeline, position, columns), _fit(_next_words(place), columns)]
    foot.append(
        _fit(message or place.notice or "space pause  ←→ step  ↑↓ stage  +/- 10 s  r repeat  q quit  ? keys", columns)
    )
    room = rows - 1 - len(foot)
    if helping:
        middle = [_fit(line, columns) for line in HELP]
    else:
        words = _wrapped(plain(score.words(position)), columns, 4 if rows >= 20 else 2)
        clock = large(time_left(position, step.end), columns, min(room - len(words) - 2, FIGURE_ROWS))
        middle = [*(_centred(line, columns) for line in clock), "", *(_centred(line, columns) for line in words)]
    middle = middle[: max(room, 0)]
    above = (room - len(middle)) // 2
    body = [*[""] * above, *middle]
    body += [""] * (room - len(body))
    return [head, *body, *foot][:rows]


class Screen:
    """Draws on the alternate screen, only what has changed; leaving it puts the terminal back."""

    def __init__(self, out: TextIO, environment: Mapping[str, str] = os.environ) -> None:
        self._out = out
        self._shown: list[str] = []
        self._size = (0, 0)
        self._bold = "" if environment.get("NO_COLOR") else "\x1b[1m"

    def __enter__(self) -> Screen:
        self._write("\x1b[?1049h\x1b[?25l\x1b[2J")
        return self

    def __exit__(self, *raised: object) -> None:
        self._write("\x1b[0m\x1b[?25h\x1b[?1049l")

    def size(self) -> tuple[int, int]:
        """Columns and rows of the terminal now."""
        try:
            columns, rows = os.get_terminal_size(self._out.fileno())
        except OSError:
            columns, rows = 80, 24
        return max(columns, 10), max(rows, LEAST_LINES)

    def show(self, lines: list[str]) -> None:
        """Draw lines, each row that differs from what stands there."""
        size = self.size()
        if size != self._size:
            self._size, self._shown = size, []
            self._write("\x1b[2J")
        changed = [
            f"\x1b[{row};1H{self._bold if row == 1 else ''}{line}\x1b[0m\x1b[K"
            for row, line in enumerate(lines, 1)
            if row > len(self._shown) or self._shown[row - 1] != line
        ]
        self._shown = list(lines)
        if changed:
            self._write("\x1b[?2026h" + "".join(changed) + "\x1b[?2026l")

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


def _next_words(place: Place) -> str:
    score, number = place.score, place.score.index(place.position)
    if number + 1 == len(score.steps):
        return "Then: the end"
    stage, step = score.steps[number + 1]
    title = score.timeline.stages[stage].title
    words = next((cue.text for cue in step.cues if cue.main and cue.kind == "say"), step.name)
    return plain(f"Then: {title}: {words}" if stage != score.steps[number][0] else f"Then: {words}")


def _bar(timeline: Timeline, position: int, columns: int) -> str:
    """The stages side by side as long as they last: what is over filled, what comes dotted, a line between two."""
    at = position * columns // max(timeline.total, 1)
    cells = ["━" if cell < at else "─" for cell in range(columns)]
    for stage in timeline.stages[1:]:
        cells[min(stage.start * columns // timeline.total, columns - 1)] = "┃" if stage.start <= position else "│"
    cells[min(at, columns - 1)] = "●"
    return "".join(cells)


def _cells(text: str) -> int:
    """Columns that a text takes on a terminal."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _fit(text: str, columns: int) -> str:
    if _cells(text) <= columns:
        return text
    while text and _cells(text) > columns - 1:
        text = text[:-1]
    return f"{text}…"


def _ends(left: str, right: str, columns: int) -> str:
    left = _fit(left, max(columns - _cells(right) - 2, 1))
    return _fit(left + " " * max(columns - _cells(left) - _cells(right), 1) + right, columns)


def _centred(text: str, columns: int) -> str:
    return " " * max((columns - _cells(text)) // 2, 0) + text


def _wrapped(text: str, columns: int, most: int) -> list[str]:
    wide = _cells(text) > len(text)
    lines = textwrap.wrap(text, max((columns - 2) // (2 if wide else 1), 4)) or [""]
    return lines if len(lines) <= most else [*lines[: most - 1], _fit(f"{lines[most - 1]} …", columns)]
