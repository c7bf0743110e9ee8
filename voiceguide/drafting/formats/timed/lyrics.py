"""LRC lyrics: each line is spoken at the time given for it."""

from __future__ import annotations

import re
from collections import Counter

from voiceguide.drafting.formats.reading_result import Changes, Entry, Format, Reading, Remark, Speech
from voiceguide.drafting.formats.times import CLOCK, parse_clock
from voiceguide.drafting.text.sentences import has_words

__all__ = ["LRC"]

_TIME = re.compile(rf"\[({CLOCK})\]")
_LINE = re.compile(rf"(?P<times>(?:\[{CLOCK}\]\s*)+)(?P<text>.*)")
_TAG = re.compile(r"\[(?P<key>[a-zA-Z_#]+):(?P<value>.*)\]\s*")
_WORD_TIME = re.compile(rf"<{CLOCK}>\s?")
_GENDER = re.compile(r"^[FMD]:\s*")
_OWN_TAGS = {"ti": "title", "la": "language", "offset": "offset"}


def _is_lrc(text: str) -> bool:
    lines = [line.strip() for line in text.split("\n")[:400] if line.strip()]
    timed = sum(1 for line in lines if _LINE.fullmatch(line))
    return timed >= 2 and 2 * sum(1 for line in lines if _LINE.fullmatch(line) or _TAG.fullmatch(line)) > len(lines)


def _read(text: str) -> Reading:
    changes: Changes = Counter()
    tags: dict[str, str] = {}
    remarks: list[Entry] = []
    lines: list[tuple[float, str]] = []
    for raw in text.split("\n"):
        line = raw.strip()
        if match := _LINE.fullmatch(line):
            spoken = _GENDER.sub("", _WORD_TIME.sub("", match["text"])).strip()
            lines += [(_parse_time(time), spoken) for time in _TIME.findall(match["times"])]
        elif (tag := _TAG.fullmatch(line)) and tag["key"].lower() in _OWN_TAGS and tag["key"].lower() not in tags:
            tags[tag["key"].lower()] = tag["value"].strip()
        elif has_words(line):
            changes["tags and other lines", "comments"] += 1
            remarks.append(Remark(line))
    offset_s = _parse_offset(tags.get("offset", ""))
    lines = sorted(((max(time_s - offset_s, 0.0), spoken) for time_s, spoken in lines), key=lambda line: line[0])
    changes["lines", "steps"] = sum(has_words(spoken) for _, spoken in lines)
    entries = [Speech(spoken, time_s) for time_s, spoken in lines]
    return Reading((*remarks, *entries), tags.get("ti", ""), tags.get("la", ""), changes, keeps_quiet=True)


def _parse_time(text: str) -> float:
    """Return a time in seconds. LRC has no hours, so `01:02:50` is one minute, two seconds and 50 hundredths."""
    return parse_clock(re.sub(r"^(\d+:\d\d):(\d\d)$", r"\1.\2", text))


def _parse_offset(text: str) -> float:
    """Return the number of seconds by which all lines are shifted. A positive offset makes them earlier."""
    match = re.fullmatch(r"([+-]?\d{1,6})", text)
    return int(match[1]) / 1000 if match else 0.0


LRC = Format("lrc", "LRC lyrics", _is_lrc, _read)
