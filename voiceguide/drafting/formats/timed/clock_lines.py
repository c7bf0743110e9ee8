"""Plain text in which each line starts with its time: `00:30 Close your eyes`."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from itertools import pairwise

from voiceguide.drafting.formats.reading_result import Changes, Entry, Format, Heading, Reading, Remark, Speech
from voiceguide.drafting.formats.times import CLOCK, parse_clock
from voiceguide.drafting.text.plain_text import strip_markup
from voiceguide.drafting.text.sentences import has_words

__all__ = ["CLOCK_LINES"]

MIN_LINES = 2
_LINE = re.compile(
    rf"[ \t]*(?:[-*+•]\s+)?(?:\|\s*)?[\[(]?(?P<start>{CLOCK})"
    rf"(?:\s*(?:-->|-|–|—|\bto\b|\bbis\b)\s*(?P<end>{CLOCK}))?[\])]?"
    r"(?=[\s:|–—-]|$)\s*(?:[-–—:|]\s*)?(?P<text>.*?)[ \t|]*"
)
_TRAILING = re.compile(rf"[ \t]*(?P<text>[^\W\d_].*?)[\s.…_–—:-]+[\[(]?(?P<start>{CLOCK})[\])]?[ \t]*")
_COMMENT = re.compile(r"[ \t]*<!--(.*?)-->[ \t]*")
_HEADING = re.compile(r"[ \t]{0,3}#{1,6}\s+(?P<text>.*?)[\s#]*")


def _times_first(text: str) -> str:
    """If the lines end with ascending times that begin at 0:00, move each time to the start of its line."""
    lines = text.split("\n")
    found = [match for line in lines if (match := _TRAILING.fullmatch(line))]
    starts = [parse_clock(match["start"]) for match in found]
    ascends = all(earlier < later for earlier, later in pairwise(starts))
    if len(found) < MIN_LINES or starts[0] != 0 or not ascends or any(_LINE.fullmatch(line) for line in lines):
        return text
    return "\n".join(
        f"{match['start']} {match['text']}" if (match := _TRAILING.fullmatch(line)) else line for line in lines
    )


def _is_clock_lines(text: str) -> bool:
    text = _times_first(text)
    lines = [line for line in text.split("\n")[:2000] if has_words(line)]
    found = [match for line in lines if (match := _LINE.fullmatch(line))]
    if len(found) < MIN_LINES or 3 * len(found) < len(lines):
        return False
    starts = [parse_clock(match["start"]) for match in found]
    return all(earlier < later for earlier, later in pairwise(starts)) and any(
        has_words(match["text"]) for match in found
    )


def _read(text: str) -> Reading:
    changes: Changes = Counter()
    entries: list[Entry] = []
    title = ""
    for line in _times_first(text).split("\n"):
        last = entries[-1] if entries else None
        if heading := _HEADING.fullmatch(line):
            title = title or strip_markup(heading["text"])
            if has_words(heading["text"]):
                entries.append(Heading(strip_markup(heading["text"])))
        elif comment := _COMMENT.fullmatch(line):
            entries.append(Remark(comment[1].strip()))
        elif match := _LINE.fullmatch(line):
            changes["times", "steps"] += 1
            end_s = parse_clock(match["end"]) if match["end"] else None
            entries.append(Speech(strip_markup(match["text"]), parse_clock(match["start"]), end_s))
        elif has_words(line) and isinstance(last, Speech):
            entries[-1] = replace(last, text=f"{last.text} {strip_markup(line)}".strip())
        elif has_words(line) and not title and not entries:
            title = strip_markup(line)
            entries.append(Heading(title))
        elif has_words(line):
            changes["lines before the first time", "comments"] += 1
            entries.append(Remark(line.strip()))
    return Reading(tuple(entries), title, changes=changes, keeps_quiet=True)


CLOCK_LINES = Format("times", "lines with times", _is_clock_lines, _read)
