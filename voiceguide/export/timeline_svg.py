"""The timeline as a picture: a row a stage, its span on the clock, where words are spoken. SVG, for page or fridge."""

from __future__ import annotations

from html import escape

from voiceguide.timeline.model import TimedStage, Timeline
from voiceguide.units import SAMPLE_RATE, format_clock

__all__ = ["timeline_svg"]

WIDTH = 960
MARGIN = 28
LABEL = 210
TIMES = 70
ROW = 34
BAR = 20
HEAD = 84
HUES = (199, 172, 262, 28, 340, 140, 222, 52)
"""Degrees on the colour wheel, a stage kind each; both feet of one kind share theirs."""
INK, SOFT, GRID = "#1d2733", "#5b6875", "#e3e8ed"
TICKS_S = (10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)


def timeline_svg(timeline: Timeline) -> str:
    """One self-contained picture with no script, no font file and no outside reference."""
    height = HEAD + ROW * len(timeline.stages) + 72
    total = max(timeline.total, 1)
    hues = _hues(timeline)
    rows = [_row(stage, index, total, hues[index]) for index, stage in enumerate(timeline.stages)]
    words = sum(cue.length for cue in timeline.cues if cue.kind == "say")
    about = "about " if timeline.estimated else ""
    subtitle = f"{format_clock(timeline.total)} in all, {about}{format_clock(words)} of it spoken"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
            f'role="img" aria-label="{escape(timeline.title)}: {subtitle}" font-family="system-ui, sans-serif">',
            f'<rect width="{WIDTH}" height="{height}" rx="14" fill="#fff"/>',
            _text(MARGIN, 42, _fit(timeline.title, 60), 22, INK, weight=650),
            _text(MARGIN, 66, subtitle, 14, SOFT),
            *_grid(total, height),
            *rows,
            _text(MARGIN, height - 16, "Dark: words. Dots: chimes.", 12, SOFT),
            "</svg>",
            "",
        ]
    )


def _x(sample: int, total: int) -> float:
    return LABEL + (WIDTH - LABEL - TIMES - MARGIN) * sample / total


def _row(stage: TimedStage, index: int, total: int, hue: int) -> str:
    top = HEAD + ROW * index
    left, right = _x(stage.start, total), _x(stage.end, total)
    middle = top + BAR / 2
    parts = [
        _text(LABEL - 14, middle + 5, _fit(stage.title, 26), 14, INK, anchor="end"),
        _bar(left, right, top, f"hsl({hue} 55% 82%)", radius=4),
    ]
    for step in stage.steps:
        for cue in step.cues:
            if cue.kind == "say":
                begin, end = _x(cue.at, total), _x(cue.end, total)
                parts.append(_bar(begin, max(end, begin + 1), top, f"hsl({hue} 45% 40%)", radius=1))
            else:
                x = _x(cue.at + cue.length // 2, total)
                parts.append(f'<circle cx="{x:.1f}" cy="{middle:.1f}" r="3" fill="{INK}"/>')
    parts.append(_text(WIDTH - MARGIN, middle + 5, format_clock(stage.length), 14, SOFT, anchor="end"))
    return "".join(parts)


def _hues(timeline: Timeline) -> list[int]:
    """A colour for each stage; stages whose titles begin alike (Stroke, left foot; Stroke, right foot) share one."""
    kinds = list(dict.fromkeys(_kind(stage) for stage in timeline.stages))
    return [HUES[kinds.index(_kind(stage)) % len(HUES)] for stage in timeline.stages]


def _kind(stage: TimedStage) -> str:
    return stage.title.split(",")[0].casefold()


def _grid(total: int, height: int) -> list[str]:
    step = next((tick for tick in TICKS_S if total / SAMPLE_RATE / tick <= 10), TICKS_S[-1]) * SAMPLE_RATE
    lines = []
    for at in range(0, total + 1, step):
        x = _x(at, total)
        lines.append(f'<path d="M{x:.1f} {HEAD - 8}V{height - 60}" stroke="{GRID}"/>')
        lines.append(_text(x, height - 44, format_clock(at), 12, SOFT, anchor="middle"))
    return lines


def _bar(left: float, right: float, top: float, fill: str, radius: int) -> str:
    return f'<rect x="{left:.1f}" y="{top}" width="{right - left:.1f}" height="{BAR}" rx="{radius}" fill="{fill}"/>'


def _text(x: float, y: float, text: str, size: int, fill: str, weight: int = 400, anchor: str = "start") -> str:
    style = f'font-size="{size}" fill="{fill}" font-weight="{weight}" text-anchor="{anchor}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(text)}</text>'


def _fit(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: letters - 1].rstrip() + "…"
