"""The full-screen playback display: layout and drawing."""

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
    "space     pause/resume",
    "← →       previous/next step",
    "↑ ↓       previous/next stage",
    "+ -       make this step 10 s longer/shorter",
    "r         repeat the instruction",
    "q         quit and save the position",
    "?         show/hide the keys",
)
MIN_ROWS = 5
MAX_DIGIT_ROWS = 15
"""The maximum height of the countdown in rows: each digit is five blocks high, with three rows per block."""


def replace_unprintable(text: str) -> str:
    """Replace unprintable characters in script text. They could form terminal control sequences."""
    return "".join(char if char.isprintable() else " " for char in text)


def format_time_left(position: int, end: int) -> str:
    """Return the time left until `end`, such as 4:30. It is rounded up, so the last second is shown as 0:01."""
    return format_clock(max(end - position + SAMPLE_RATE - 1, 0))


def render_screen(
    status: PlayerStatus, columns: int, rows: int, message: str = "", show_help: bool = False
) -> list[str]:
    """Return the lines of the screen: exactly `rows` lines, none wider than `columns`."""
    source, position = status.source, status.position
    timeline, step, stage = source.timeline, source.step_at(position), source.stage_at(position)
    approximately = "≈" if timeline.estimated else ""
    left = f"{approximately}{format_time_left(position, timeline.total)} left"
    head = _align_left_and_right(
        replace_unprintable(stage.title), left if status.playing else f"PAUSED  {left}", columns
    )
    foot = [_progress_bar(timeline, position, columns), _truncate(_next_step_text(status), columns)]
    foot.append(
        _truncate(
            message or status.pause_reason or "space pause  ←→ step  ↑↓ stage  +/- 10 s  r repeat  q quit  ? help",
            columns,
        )
    )
    body_rows = rows - 1 - len(foot)
    if show_help:
        middle = [_truncate(line, columns) for line in HELP_LINES]
    else:
        caption = _wrap_text(replace_unprintable(source.caption_at(position)), columns, 4 if rows >= 20 else 2)
        clock = render_big_digits(
            format_time_left(position, step.end), columns, min(body_rows - len(caption) - 2, MAX_DIGIT_ROWS)
        )
        middle = [
            *(_center_text(line, columns) for line in clock),
            "",
            *(_center_text(line, columns) for line in caption),
        ]
    middle = middle[: max(body_rows, 0)]
    body = [*[""] * ((body_rows - len(middle)) // 2), *middle]
    body += [""] * (body_rows - len(body))
    return [head, *body, *foot][:rows]


class Screen:
    """A context manager that draws on the alternate screen and restores the terminal on exit."""

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
        """Return the current columns and rows of the terminal."""
        try:
            columns, rows = os.get_terminal_size(self._out.fileno())
        except OSError:
            columns, rows = 80, 24
        return max(columns, 10), max(rows, MIN_ROWS)

    def show(self, lines: list[str]) -> None:
        """Redraw the lines that have changed."""
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
    source, index = status.source, status.source.step_index_at(status.position)
    if index + 1 == len(source.indexed_steps):
        return "Next: end of session"
    stage, step = source.indexed_steps[index + 1]
    title = source.timeline.stages[stage].title
    caption = next((cue.text for cue in step.cues if cue.opens_step and cue.is_speech), step.name)
    return replace_unprintable(
        f"Next: {title}: {caption}" if stage != source.indexed_steps[index][0] else f"Next: {caption}"
    )


def _progress_bar(timeline: Timeline, position: int, columns: int) -> str:
    """Return a progress bar with a line at the start of each stage and a dot at the current position."""
    current = position * columns // max(timeline.total, 1)
    cells = ["━" if cell < current else "─" for cell in range(columns)]
    for stage in timeline.stages[1:]:
        cells[min(stage.start * columns // timeline.total, columns - 1)] = "┃" if stage.start <= position else "│"
    cells[min(current, columns - 1)] = "●"
    return "".join(cells)


def _display_width(text: str) -> int:
    """Return the width of text in terminal columns."""
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
    is_wide = _display_width(text) > len(text)
    lines = textwrap.wrap(text, max((columns - 2) // (2 if is_wide else 1), 4)) or [""]
    if len(lines) > max_lines:
        lines = [*lines[: max_lines - 1], _truncate(f"{lines[max_lines - 1]} …", columns)]
    return lines
