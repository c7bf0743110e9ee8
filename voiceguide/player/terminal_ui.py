"""What stands on the terminal while a session plays: lines of text for a given size, and how they are drawn."""

from __future__ import annotations

import os
import textwrap
import unicodedata
from collections.abc import Mapping
from typing import TextIO

from voiceguide.player.big_digits import render_big_digits
from voiceguide.player.transport import PlayerStatus
from voiceguide.timeline.model import Timeline
from voiceguide.units import SAMPLE_RATE, format_clock

__all__ = ["HELP_LINES", "Screen", "format_time_left", "render_screen", "replace_unprintable"]

HELP_LINES = (
    "space     pause, go on",
    "← →       step before, next step",
    "↑ ↓       stage before, next stage",
    "+ -       ten seconds longer, shorter: this step",
    "r         say the instruction again",
    "q         leave; --resume goes on there",
    "?         these keys",
)
MIN_ROWS = 5
MAX_DIGIT_ROWS = 15
"""Rows of the time at most: three lines to a block."""


def replace_unprintable(text: str) -> str:
    """Text from a script as it may reach a terminal."""
    return "".join(char if char.isprintable() else " " for char in text)


def format_time_left(position: int, end: int) -> str:
    """The time left until a sample, as a clock; the last second is 0:01."""
    return format_clock(max(end - position + SAMPLE_RATE - 1, 0))


def render_screen(
    status: PlayerStatus, columns: int, rows: int, message: str = "", show_help: bool = False
) -> list[str]:
    """The screen: as many lines as rows, none wider than the columns."""
    score, position = status.source, status.position
    timeline, step, stage = score.timeline, score.step_at(position), score.stage_at(position)
    about = "≈" if timeline.estimated else ""
    left = f"{about}{format_time_left(position, timeline.total)} left"
    head = _align_left_and_right(
        replace_unprintable(stage.title), left if status.playing else f"PAUSED  {left}", columns
    )
    foot = [_progress_bar(timeline, position, columns), _truncate(_next_step_text(status), columns)]
    foot.append(
        _truncate(
            message or status.pause_reason or "space pause  ←→ step  ↑↓ stage  +/- 10 s  r repeat  q quit  ? keys",
            columns,
        )
    )
    room = rows - 1 - len(foot)
    if show_help:
        middle = [_truncate(line, columns) for line in HELP_LINES]
    else:
        words = _wrap_text(replace_unprintable(score.caption_at(position)), columns, 4 if rows >= 20 else 2)
        clock = render_big_digits(
            format_time_left(position, step.end), columns, min(room - len(words) - 2, MAX_DIGIT_ROWS)
        )
        middle = [
            *(_center_text(line, columns) for line in clock),
            "",
            *(_center_text(line, columns) for line in words),
        ]
    middle = middle[: max(room, 0)]
    above = (room - len(middle)) // 2
    body = [*[""] * above, *middle]
    body += [""] * (room - len(body))
    return [head, *body, *foot][:rows]


class Screen:
    """Draws on the alternate screen, only what has changed; leaving it puts the terminal back."""

    def __init__(self, out: TextIO, environment: Mapping[str, str] = os.environ) -> None:
        self._out = out
        self._drawn_lines: list[str] = []
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
        return max(columns, 10), max(rows, MIN_ROWS)

    def show(self, lines: list[str]) -> None:
        """Draw lines, each row that differs from what stands there."""
        size = self.size()
        if size != self._size:
            self._size, self._drawn_lines = size, []
            self._write("\x1b[2J")
        changed = [
            f"\x1b[{row};1H{self._bold if row == 1 else ''}{line}\x1b[0m\x1b[K"
            for row, line in enumerate(lines, 1)
            if row > len(self._drawn_lines) or self._drawn_lines[row - 1] != line
        ]
        self._drawn_lines = list(lines)
        if changed:
            self._write("\x1b[?2026h" + "".join(changed) + "\x1b[?2026l")

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


def _next_step_text(status: PlayerStatus) -> str:
    score, number = status.source, status.source.step_index_at(status.position)
    if number + 1 == len(score.indexed_steps):
        return "Then: the end"
    stage, step = score.indexed_steps[number + 1]
    title = score.timeline.stages[stage].title
    words = next((cue.text for cue in step.cues if cue.opens_step and cue.is_speech), step.name)
    return replace_unprintable(
        f"Then: {title}: {words}" if stage != score.indexed_steps[number][0] else f"Then: {words}"
    )


def _progress_bar(timeline: Timeline, position: int, columns: int) -> str:
    """The stages side by side as long as they last: what is over filled, what comes dotted, a line between two."""
    at = position * columns // max(timeline.total, 1)
    cells = ["━" if cell < at else "─" for cell in range(columns)]
    for stage in timeline.stages[1:]:
        cells[min(stage.start * columns // timeline.total, columns - 1)] = "┃" if stage.start <= position else "│"
    cells[min(at, columns - 1)] = "●"
    return "".join(cells)


def _display_width(text: str) -> int:
    """Columns that a text takes on a terminal."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _truncate(text: str, columns: int) -> str:
    if _display_width(text) <= columns:
        return text
    while text and _display_width(text) > columns - 1:
        text = text[:-1]
    return f"{text}…"


def _align_left_and_right(left: str, right: str, columns: int) -> str:
    left = _truncate(left, max(columns - _display_width(right) - 2, 1))
    return _truncate(left + " " * max(columns - _display_width(left) - _display_width(right), 1) + right, columns)


def _center_text(text: str, columns: int) -> str:
    return " " * max((columns - _display_width(text)) // 2, 0) + text


def _wrap_text(text: str, columns: int, max_lines: int) -> list[str]:
    wide = _display_width(text) > len(text)
    lines = textwrap.wrap(text, max((columns - 2) // (2 if wide else 1), 4)) or [""]
    return (
        lines if len(lines) <= max_lines else [*lines[: max_lines - 1], _truncate(f"{lines[max_lines - 1]} …", columns)]
    )
