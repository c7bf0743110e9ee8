"""A printable HTML cue sheet with the start time of every step."""

from __future__ import annotations

from html import escape

from voiceguide.timeline.model import Cue, TimedStage, TimedStep, Timeline
from voiceguide.units import SAMPLE_RATE, format_clock, format_duration, format_total

__all__ = ["render_cue_sheet"]

_STYLE = """
@page { size: A4; margin: 16mm 15mm 15mm; }
* { box-sizing: border-box; }
body { font: 10.5pt/1.4 Georgia, "Noto Serif", "Times New Roman", serif; color: #222; background: #fff;
  max-width: 180mm; margin: 0 auto; padding: 8mm 0; }
header { border-bottom: 0.6mm solid #2f5d62; padding-bottom: 3mm; margin-bottom: 5mm; }
h1 { font-size: 21pt; line-height: 1.15; margin: 0 0 1mm; font-weight: normal; overflow-wrap: anywhere; }
header p { margin: 0; color: #555; }
.bar { display: flex; height: 3mm; margin-top: 3mm; gap: 0.4mm; }
.bar span { background: #2f5d62; min-width: 0.3mm; }
.bar span:nth-child(even) { background: #9fbfb8; }
section { margin-bottom: 5mm; }
h2 { display: flex; justify-content: space-between; gap: 5mm; font-size: 12.5pt; margin: 0 0 1mm; color: #2f5d62;
  break-after: avoid; }
h2 small { font-weight: normal; font-size: 9.5pt; color: #666; white-space: nowrap; }
table { width: 100%; border-collapse: collapse; }
tr { break-inside: avoid; }
td { padding: 1.1mm 0; vertical-align: top; border-top: 0.2mm solid #ddd; overflow-wrap: anywhere; }
td.time { width: 19mm; white-space: nowrap; font-variant-numeric: tabular-nums; font-weight: bold; }
td.long { width: 17mm; white-space: nowrap; text-align: right; color: #666; font-variant-numeric: tabular-nums; }
tr.cue td { border-top: 0; padding-top: 0; font-size: 9.5pt; color: #555; }
tr.cue td.time { font-weight: normal; }
@media print { body { padding: 0; max-width: none; } .bar span { print-color-adjust: exact;
  -webkit-print-color-adjust: exact; } }
"""
_TWO_COLUMN_STYLE = """
@media print { @page { margin: 11mm 11mm 10mm; } body { font-size: %.1fpt; line-height: 1.27; }
  header { padding-bottom: 2mm; margin-bottom: 3mm; } h1 { font-size: 17pt; } h2 { font-size: 1.15em; }
  h2 small, tr.cue td { font-size: 0.92em; } section { margin-bottom: 2.5mm; } td { padding: 0.45mm 0; }
  td.time { width: 5.2em; } td.long { width: 4.6em; } main { columns: 2; column-gap: 8mm; } }
"""
_FONT_SIZES_PT = (9.5, 9.0, 8.5, 8.0, 7.5, 7.0, 6.5)
_CHARS_PER_LINE, _LINES_PER_PAGE = 85, 38
"""Estimates for one column. They assume a wide serif font, so that text in other fonts also fits."""
_COLUMN_CHARS_TIMES_PT, _PAGE_LINES_TIMES_PT, _EXTRA_LINES_PER_ROW = 328, 1116, 0.9
"""Estimates for two columns, measured by printing pages from a browser: characters per line and lines per page, each
multiplied by the font size, and the additional lines per row."""


def render_cue_sheet(timeline: Timeline) -> str:
    """Return a self-contained page with the start time, text and length of every step."""
    title = escape(timeline.title)
    facts = " · ".join(fact for fact in (format_total(timeline.total), timeline.author) if fact)
    description = f"<p>{escape(timeline.description)}</p>\n" if timeline.description else ""
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(timeline.language)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_STYLE}{_print_style(timeline)}</style>\n</head>\n<body>\n"
        f'<header>\n<h1 dir="auto">{title}</h1>\n{description}<p>{escape(facts)}</p>\n'
        f'<div class="bar">{"".join(_stage_segment_html(stage) for stage in timeline.stages)}</div>\n</header>\n'
        f"<main>\n{''.join(_stage_html(stage) for stage in timeline.stages)}</main>\n</body>\n</html>\n"
    )


def _print_style(timeline: Timeline) -> str:
    """Return the print style that fits a long session on one page.

    It uses two columns and, if necessary, a smaller font. Below 6.5 points, text is hard to read, so a second page is
    used instead.
    """
    texts = [_step_text(step) for stage in timeline.stages for step in stage.steps]
    texts += [cue.text for stage in timeline.stages for step in stage.steps for cue in _secondary_cues(step)]
    rows, chars = len(texts) + 2 * len(timeline.stages), sum(len(text) for text in texts)
    if rows + chars / _CHARS_PER_LINE < _LINES_PER_PAGE:
        return ""
    fitting_sizes = (
        size
        for size in _FONT_SIZES_PT
        if rows * _EXTRA_LINES_PER_ROW + chars * size / _COLUMN_CHARS_TIMES_PT < _PAGE_LINES_TIMES_PT / size
    )
    return _TWO_COLUMN_STYLE % next(fitting_sizes, _FONT_SIZES_PT[-1])


def _stage_segment_html(stage: TimedStage) -> str:
    return f'<span style="flex: {stage.length} 1 0" title="{escape(stage.title)}"></span>'


def _stage_html(stage: TimedStage) -> str:
    rows = "".join(_step_rows_html(step) for step in stage.steps)
    times = f"{format_clock(stage.start)}–{format_clock(stage.end)}"
    heading = f'<h2><span dir="auto">{escape(stage.title)}</span><small>{times}</small></h2>'
    return f"<section>\n{heading}\n<table>\n{rows}</table>\n</section>\n"


def _step_rows_html(step: TimedStep) -> str:
    """Return a row for the step and its opening text, followed by a row for each additional line."""
    cue_rows = "".join(_row_html("cue", cue.start, cue.text, "") for cue in _secondary_cues(step))
    return _row_html("step", step.start, _step_text(step), _format_step_length(step)) + cue_rows


def _step_text(step: TimedStep) -> str:
    return " ".join(cue.text for cue in step.cues if cue.opens_step) or step.name


def _secondary_cues(step: TimedStep) -> list[Cue]:
    return sorted((cue for cue in step.cues if not cue.opens_step and cue.is_speech), key=lambda cue: cue.start)


def _row_html(css_class: str, start: int, text: str, length: str) -> str:
    return (
        f'<tr class="{css_class}"><td class="time">{format_clock(start)}</td>'
        f'<td dir="auto">{escape(text)}</td><td class="long">{length}</td></tr>\n'
    )


def _format_step_length(step: TimedStep) -> str:
    whole_seconds = (step.length + SAMPLE_RATE // 2) // SAMPLE_RATE * SAMPLE_RATE
    return format_duration(whole_seconds or step.length)
