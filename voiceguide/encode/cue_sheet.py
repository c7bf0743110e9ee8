"""A session on paper: one page of HTML with clock times, to be printed and laid beside the basin."""

from __future__ import annotations

from html import escape

from voiceguide.timeline.model import Cue, TimedStage, TimedStep, Timeline
from voiceguide.units import SAMPLE_RATE, format_clock, format_duration

__all__ = ["cue_sheet_html"]

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
td i { color: #777; }
@media print { body { padding: 0; max-width: none; } .bar span { print-color-adjust: exact;
  -webkit-print-color-adjust: exact; } }
"""


def cue_sheet_html(timeline: Timeline) -> str:
    """A page of its own, with nothing fetched from elsewhere: every step with its clock time, words and length."""
    title = escape(timeline.title)
    facts = [format_clock(timeline.total), _counted(len(timeline.stages), "stage"), timeline.author]
    lead = f"<p>{escape(timeline.description)}</p>\n" if timeline.description else ""
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(timeline.language)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f'<header>\n<h1 dir="auto">{title}</h1>\n{lead}<p>{escape(" · ".join(fact for fact in facts if fact))}</p>\n'
        f'<div class="bar">{"".join(_bar(stage) for stage in timeline.stages)}</div>\n</header>\n'
        f"{''.join(_section(stage) for stage in timeline.stages)}</body>\n</html>\n"
    )


def _bar(stage: TimedStage) -> str:
    return f'<span style="flex: {stage.length} 1 0" title="{escape(stage.title)}"></span>'


def _section(stage: TimedStage) -> str:
    rows = "".join(_step(step) for step in stage.steps)
    times = f"{format_clock(stage.start)}–{format_clock(stage.end)}"
    heading = f'<h2><span dir="auto">{escape(stage.title)}</span><small>{times}</small></h2>'
    return f"<section>\n{heading}\n<table>\n{rows}</table>\n</section>\n"


def _step(step: TimedStep) -> str:
    """A row for the step and its own words, one below it for everything else that is heard in it."""
    cues = sorted(step.cues, key=lambda cue: cue.at)
    own = " ".join(cue.text for cue in cues if cue.main) or step.name
    later = "".join(_row("cue", cue.at, _heard(cue), "") for cue in cues if not cue.main)
    return _row("step", step.start, escape(own), _length(step)) + later


def _row(kind: str, at: int, text: str, length: str) -> str:
    return (
        f'<tr class="{kind}"><td class="time">{format_clock(at)}</td>'
        f'<td dir="auto">{text}</td><td class="long">{length}</td></tr>\n'
    )


def _heard(cue: Cue) -> str:
    return f"<i>{escape(cue.text)}</i>" if cue.kind == "chime" else escape(cue.text)


def _length(step: TimedStep) -> str:
    whole_seconds = (step.length + SAMPLE_RATE // 2) // SAMPLE_RATE * SAMPLE_RATE
    return format_duration(whole_seconds or step.length)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
