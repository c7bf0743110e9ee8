"""The timeline as an SVG picture: one row per stage, with its time range, speech and chimes."""

from __future__ import annotations

from html import escape

from voiceguide.timeline.model import TimedStage, Timeline
from voiceguide.units import SAMPLE_RATE, format_clock, format_total

__all__ = ["render_timeline_svg"]

WIDTH = 960
MARGIN = 28
LABEL_WIDTH = 210
TIMES_WIDTH = 70
ROW_HEIGHT = 34
BAR_HEIGHT = 20
HEADER_HEIGHT = 84
STAGE_HUES_DEG = (199, 172, 262, 28, 340, 140, 222, 52)
"""One hue for each kind of stage. Stages for the left and the right foot share a hue."""
INK, MUTED_INK, GRID_COLOR = "#1d2733", "#5b6875", "#e3e8ed"
TICK_INTERVALS_S = (10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)


def render_timeline_svg(timeline: Timeline) -> str:
    """Return a self-contained picture without scripts, fonts or external references."""
    height = HEADER_HEIGHT + ROW_HEIGHT * len(timeline.stages) + 72
    total = max(timeline.total, 1)
    hues = _stage_hues(timeline)
    rows = [_stage_row(stage, index, total, hues[index]) for index, stage in enumerate(timeline.stages)]
    speech = sum(cue.length for cue in timeline.cues if cue.is_speech)
    about = "about " if timeline.estimated else ""
    subtitle = f"Total {format_total(timeline.total)}, {about}{format_total(speech)} of speech"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
            f'role="img" aria-label="{escape(timeline.title)}: {subtitle}" font-family="system-ui, sans-serif">',
            f'<rect width="{WIDTH}" height="{height}" rx="14" fill="#fff"/>',
            _text_element(MARGIN, 42, _ellipsize(timeline.title, 60), 22, INK, weight=650),
            _text_element(MARGIN, 66, subtitle, 14, MUTED_INK),
            *_time_grid(total, height),
            *rows,
            _text_element(MARGIN, height - 16, "Dark: speech. Dots: chimes.", 12, MUTED_INK),
            "</svg>",
            "",
        ]
    )


def _sample_to_x(sample: int, total: int) -> float:
    return LABEL_WIDTH + (WIDTH - LABEL_WIDTH - TIMES_WIDTH - MARGIN) * sample / total


def _stage_row(stage: TimedStage, index: int, total: int, hue: int) -> str:
    top = HEADER_HEIGHT + ROW_HEIGHT * index
    left, right = _sample_to_x(stage.start, total), _sample_to_x(stage.end, total)
    middle = top + BAR_HEIGHT / 2
    parts = [
        _text_element(LABEL_WIDTH - 14, middle + 5, _ellipsize(stage.title, 26), 14, INK, anchor="end"),
        _rect_element(left, right, top, f"hsl({hue} 55% 82%)", radius=4),
    ]
    for step in stage.steps:
        for cue in step.cues:
            if cue.is_speech:
                cue_left, cue_right = _sample_to_x(cue.start, total), _sample_to_x(cue.end, total)
                parts.append(
                    _rect_element(cue_left, max(cue_right, cue_left + 1), top, f"hsl({hue} 45% 40%)", radius=1)
                )
            else:
                x = _sample_to_x(cue.start + cue.length // 2, total)
                parts.append(f'<circle cx="{x:.1f}" cy="{middle:.1f}" r="3" fill="{INK}"/>')
    parts.append(_text_element(WIDTH - MARGIN, middle + 5, format_total(stage.length), 14, MUTED_INK, anchor="end"))
    return "".join(parts)


def _stage_hues(timeline: Timeline) -> list[int]:
    """Return the hue of each stage. Titles that match up to the comma share a hue: "Stroke, left", "Stroke, right"."""
    hues: dict[str, int] = {}
    for stage in timeline.stages:
        hues.setdefault(_title_before_comma(stage), STAGE_HUES_DEG[len(hues) % len(STAGE_HUES_DEG)])
    return [hues[_title_before_comma(stage)] for stage in timeline.stages]


def _title_before_comma(stage: TimedStage) -> str:
    return stage.title.split(",")[0].casefold()


def _time_grid(total: int, height: int) -> list[str]:
    interval_s = next((tick for tick in TICK_INTERVALS_S if total / SAMPLE_RATE / tick <= 10), TICK_INTERVALS_S[-1])
    lines = []
    for at in range(0, total + 1, interval_s * SAMPLE_RATE):
        x = _sample_to_x(at, total)
        lines.append(f'<path d="M{x:.1f} {HEADER_HEIGHT - 8}V{height - 60}" stroke="{GRID_COLOR}"/>')
        lines.append(_text_element(x, height - 44, format_clock(at), 12, MUTED_INK, anchor="middle"))
    return lines


def _rect_element(left: float, right: float, top: float, fill: str, radius: int) -> str:
    return (
        f'<rect x="{left:.1f}" y="{top}" width="{right - left:.1f}" height="{BAR_HEIGHT}" rx="{radius}" fill="{fill}"/>'
    )


def _text_element(x: float, y: float, text: str, size: int, fill: str, weight: int = 400, anchor: str = "start") -> str:
    style = f'font-size="{size}" fill="{fill}" font-weight="{weight}" text-anchor="{anchor}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(text)}</text>'


def _ellipsize(text: str, max_chars: int) -> str:
    return text if len(text) <= max_chars else text[: max_chars - 1].rstrip() + "…"
