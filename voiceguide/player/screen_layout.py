"""The layout of the full-screen playback display."""

from __future__ import annotations

import textwrap
import unicodedata
from dataclasses import dataclass, field

from voiceguide.player.big_text import GLYPH_ROWS, render_big_text
from voiceguide.player.transport import PlayerStatus
from voiceguide.timeline.model import Timeline
from voiceguide.units import SAMPLE_RATE, format_clock

__all__ = ["ASCII", "UNICODE", "Glyphs", "View", "format_time_left", "render_screen", "replace_unprintable"]

MAX_DIGIT_ROWS = 15
"""The maximum height of the countdown in rows: each digit is five blocks high, with three rows per block."""
MIN_ROWS_FOR_NEXT = 10
"""On a screen with fewer rows than this, the line with the next step is omitted."""


@dataclass(frozen=True)
class Glyphs:
    """The display characters that not every terminal supports."""

    block: str
    played: str
    left: str
    mark_played: str
    mark_left: str
    here: str
    ellipsis: str
    about: str
    arrows: tuple[str, str]
    """The names of the keys for steps and for stages."""


UNICODE = Glyphs("█", "━", "─", "┃", "│", "●", "…", "≈", ("← →", "↑ ↓"))
ASCII = Glyphs("#", "=", "-", "|", "|", "O", "...", "~", ("left right", "up down"))


@dataclass(frozen=True)
class View:
    """What the display shows besides the status of the player."""

    message: str = ""
    show_help: bool = False
    selected_stage: int | None = None
    """The stage selected in the list of stages, or None if the list is not shown."""
    glyphs: Glyphs = field(default=UNICODE)


def replace_unprintable(text: str) -> str:
    """Replace unprintable characters in script text. Such characters could form terminal control sequences."""
    return "".join(char if char.isprintable() else " " for char in text)


def format_time_left(position: int, end: int) -> str:
    """Return the time left until `end`, such as 4:30. The time is rounded up, so the last second is shown as 0:01."""
    return format_clock(max(end - position + SAMPLE_RATE - 1, 0))


def render_screen(status: PlayerStatus, columns: int, rows: int, view: View | None = None) -> list[str]:
    """Return the lines of the screen: exactly `rows` lines, none wider than `columns`."""
    view = view or View()
    head = _head_lines(status, columns, view.glyphs)
    foot = _foot_lines(status, columns, rows, view)
    body_rows = max(rows - len(head) - len(foot), 0)
    if view.show_help:
        middle = [_truncate(line, columns, view.glyphs) for line in _help_lines(view.glyphs)]
    elif view.selected_stage is not None:
        middle = _stage_list(status.source.timeline, view.selected_stage, columns, body_rows, view.glyphs)
    else:
        middle = _step_lines(status, columns, body_rows, view.glyphs)
    middle = middle[:body_rows]
    body = [*[""] * ((body_rows - len(middle)) // 2), *middle]
    body += [""] * (body_rows - len(body))
    return [*head, *body, *foot][:rows]


def _head_lines(status: PlayerStatus, columns: int, glyphs: Glyphs) -> list[str]:
    """Return the lines with the title and the time left, then the stage and the step number within it."""
    source, position = status.source, status.position
    timeline, stage = source.timeline, source.stage_at(position)
    left = f"{glyphs.about if timeline.estimated else ''}{format_time_left(position, timeline.total)} left"
    number = stage.steps.index(source.step_at(position)) + 1
    return [
        _align_left_and_right(replace_unprintable(timeline.title), left, columns, glyphs),
        _align_left_and_right(
            replace_unprintable(stage.title), f"step {number} of {len(stage.steps)}", columns, glyphs
        ),
    ]


def _foot_lines(status: PlayerStatus, columns: int, rows: int, view: View) -> list[str]:
    glyphs = view.glyphs
    message = view.message or status.pause_reason
    hints = (
        f"space pause  {glyphs.arrows[0]} step  {glyphs.arrows[1]} stage  s stages  +/- 10 s  q quit  ? help",
        "space pause  s stages  q quit  ? help",
    )
    keys = next((hint for hint in hints if len(hint) <= columns), "? help")
    if view.show_help:
        message, keys = "", "? back"
    elif view.selected_stage is not None:
        message, keys = "", f"{glyphs.arrows[1]} select  Enter play  s back"
    foot = [_progress_bar(status.source.timeline, status.position, columns, glyphs)]
    if rows >= MIN_ROWS_FOR_NEXT and not view.show_help:
        foot.append(_truncate(_next_step_text(status), columns, glyphs))
    return [*foot, _truncate(message or keys, columns, glyphs)]


def _step_lines(status: PlayerStatus, columns: int, rows: int, glyphs: Glyphs) -> list[str]:
    """Return the lines with the time left in the step and the step's text. While paused, PAUSED replaces the time.

    PAUSED is also shown as plain text, for screen readers.
    """
    position, step = status.position, status.source.step_at(status.position)
    caption_rows = 4 if rows >= 16 else max(min(rows - GLYPH_ROWS - 1, 2), 1)
    caption = _wrap_text(replace_unprintable(status.source.caption_at(position)), columns, caption_rows, glyphs)
    clock = format_time_left(position, step.end)
    below = ["", *caption]
    if not status.playing and rows >= GLYPH_ROWS + len(below) + 2:
        below = ["", f"PAUSED, {clock} left in this step", *below]
    big = clock if status.playing else "PAUSED"
    large = render_big_text(big, columns, min(rows - len(below), MAX_DIGIT_ROWS), glyphs.block)
    return [_center_text(line, columns) for line in (*large, *below)]


def _help_lines(glyphs: Glyphs) -> list[str]:
    keys = (
        ("space", "pause/resume"),
        (glyphs.arrows[0], "previous/next step"),
        (glyphs.arrows[1], "previous/next stage"),
        ("s", "list of stages"),
        ("+ -", "step 10 s longer/shorter"),
        ("9 0", "quieter/louder"),
        ("r", "repeat the instruction"),
        ("q", "quit and save the position"),
    )
    width = max(len(key) for key, _ in keys)
    return [f"{key:<{width}}  {action}" for key, action in keys]


def _stage_list(timeline: Timeline, selected: int, columns: int, rows: int, glyphs: Glyphs) -> list[str]:
    """Return the lines of the stage list around the selected stage, each with its start time."""
    width = len(format_clock(timeline.total))
    first = min(max(selected - rows // 2, 0), max(len(timeline.stages) - rows, 0))
    lines = []
    for index, stage in enumerate(timeline.stages[first : first + rows], first):
        sign = ">" if index == selected else " "
        title = replace_unprintable(stage.title)
        lines.append(_truncate(f"{sign} {format_clock(stage.start):>{width}}  {title}", columns, glyphs))
    return lines


def _next_step_text(status: PlayerStatus) -> str:
    source, index = status.source, status.source.step_index_at(status.position)
    if index + 1 == len(source.indexed_steps):
        return "Next: end of session"
    stage, step = source.indexed_steps[index + 1]
    title = source.timeline.stages[stage].title
    caption = next((cue.text for cue in step.cues if cue.opens_step and cue.is_speech), step.name)
    is_new_stage = stage != source.indexed_steps[index][0] and caption != title
    return replace_unprintable(f"Next: {title}: {caption}" if is_new_stage else f"Next: {caption}")


def _progress_bar(timeline: Timeline, position: int, columns: int, glyphs: Glyphs) -> str:
    """Return a bar for the whole session, with a line at the start of each stage and a dot at the current position."""
    current = position * columns // max(timeline.total, 1)
    cells = [glyphs.played if cell < current else glyphs.left for cell in range(columns)]
    for stage in timeline.stages[1:]:
        mark = glyphs.mark_played if stage.start <= position else glyphs.mark_left
        cells[min(stage.start * columns // timeline.total, columns - 1)] = mark
    cells[min(current, columns - 1)] = glyphs.here
    return "".join(cells)


def _display_width(text: str) -> int:
    """Return the width of text in terminal columns."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _truncate(text: str, columns: int, glyphs: Glyphs) -> str:
    if _display_width(text) <= columns:
        return text
    while text and _display_width(text) > columns - len(glyphs.ellipsis):
        text = text[:-1]
    return f"{text}{glyphs.ellipsis}"


def _align_left_and_right(left: str, right: str, columns: int, glyphs: Glyphs) -> str:
    left = _truncate(left, max(columns - _display_width(right) - 2, 1), glyphs)
    space = " " * max(columns - _display_width(left) - _display_width(right), 1)
    return _truncate(f"{left}{space}{right}", columns, glyphs)


def _center_text(text: str, columns: int) -> str:
    return " " * max((columns - _display_width(text)) // 2, 0) + text


def _wrap_text(text: str, columns: int, max_lines: int, glyphs: Glyphs) -> list[str]:
    is_wide = _display_width(text) > len(text)
    lines = textwrap.wrap(text, max((columns - 2) // (2 if is_wide else 1), 4)) or [""]
    if len(lines) > max_lines:
        lines = [*lines[: max_lines - 1], _truncate(f"{lines[max_lines - 1]} {glyphs.ellipsis}", columns, glyphs)]
    return lines
