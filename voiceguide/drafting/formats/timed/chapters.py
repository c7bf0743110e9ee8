"""Chapters as JSON, from podcasts or ffprobe: each chapter becomes a stage that starts at the same time."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from voiceguide.drafting.formats.reading_result import Changes, Entry, Format, Heading, Reading, Remark, Speech
from voiceguide.drafting.formats.times import CLOCK, parse_clock
from voiceguide.drafting.text.sentences import has_words

__all__ = ["CHAPTERS"]

_START_KEYS = ("startTime", "start_time", "start", "time")
_END_KEYS = ("endTime", "end_time", "end")
_KNOWN_KEYS = {*_START_KEYS, *_END_KEYS, "title", "name", "id", "time_base", "tags", "toc"}


def _is_chapters(text: str) -> bool:
    if not text.lstrip().startswith("{") or '"chapters"' not in text:
        return False
    chapters = _load(text).get("chapters")
    return isinstance(chapters, list) and any(_start_of(chapter) is not None for chapter in chapters)


def _load(text: str) -> Mapping[str, Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _read(text: str) -> Reading:
    changes: Changes = Counter()
    data = _load(text)
    chapters = [chapter for chapter in data.get("chapters", []) if isinstance(chapter, dict)]
    remarks: list[Entry] = []
    for key, value in data.items():
        if (
            key not in ("chapters", "title", "version")
            and isinstance(value, str | int | float)
            and has_words(str(value))
        ):
            changes["other keys", "comments"] += 1
            remarks.append(Remark(f"{key}: {value}"))
    chapters.sort(key=lambda chapter: _start_of(chapter) or 0.0)
    entries = [entry for chapter in chapters for entry in _iter_chapter(chapter, changes)]
    title = data.get("title")
    return Reading((*remarks, *entries), title if isinstance(title, str) else "", "", changes, keeps_quiet=True)


def _iter_chapter(chapter: Mapping[str, Any], changes: Changes) -> Iterator[Entry]:
    tags = chapter.get("tags")
    title = str(
        chapter.get("title") or chapter.get("name") or (tags.get("title") if isinstance(tags, dict) else "") or ""
    )
    start_s = _start_of(chapter)
    is_hidden = start_s is None or chapter.get("toc") is False
    if not is_hidden:
        changes["chapters", "stages"] += 1
        yield Heading(title)
    for key, value in chapter.items():
        if key not in _KNOWN_KEYS and isinstance(value, str | int | float) and has_words(str(value)):
            changes["other keys", "comments"] += 1
            yield Remark(f"{key}: {value}")
    if is_hidden:
        changes["hidden chapters", "comments"] += 1
        yield Remark(title)
        return
    yield Speech(title, start_s, _seconds(next((chapter[key] for key in _END_KEYS if key in chapter), None)))


def _start_of(chapter: object) -> float | None:
    if not isinstance(chapter, dict):
        return None
    return _seconds(next((chapter[key] for key in _START_KEYS if key in chapter), None))


def _seconds(value: object) -> float | None:
    """Return, in seconds, a time given as a number, as a number in a string, or in the form `1:02:03`."""
    if isinstance(value, str) and re.fullmatch(CLOCK, value.strip()):
        return parse_clock(value)
    try:
        seconds = float(value) if isinstance(value, str | int | float) else -1.0
    except (ValueError, OverflowError):
        return None
    return seconds if 0 <= seconds < 1e6 else None


CHAPTERS = Format("chapters", "chapters as JSON", _is_chapters, _read, needs_whole_lines=True)
