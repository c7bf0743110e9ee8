"""Advanced SubStation Alpha captions: the `Dialogue` lines, with their times and speakers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from voiceguide.drafting.formats.reading_result import Changes, Entry, Format, Reading, Remark, Speech
from voiceguide.drafting.formats.times import CLOCK, parse_clock
from voiceguide.drafting.text.sentences import has_words

__all__ = ["ASS"]

_LINE = re.compile(r"(?P<kind>\w[\w ]*):[ \t]*(?P<rest>.*)")
_SECTION = re.compile(
    r"\[(?:Script Info|V4\+* Styles|Events|Fonts|Graphics|Aegisub Project Garbage|Aegisub Extradata)\]", re.IGNORECASE
)
_OVERRIDE = re.compile(r"\{[^{}]*\}")
"""Changes of the style, which begin with a backslash, or a comment."""
_DEFAULT_FIELDS = "layer, start, end, style, name, marginl, marginr, marginv, effect, text"


def _is_ass(text: str) -> bool:
    return "[Events]" in text and re.search(rf"^Dialogue:[^\n,]*,\s*{CLOCK},", text, re.MULTILINE) is not None


def _read(text: str) -> Reading:
    changes: Changes = Counter()
    title = re.search(r"^Title:[ \t]*(.+)$", text, re.MULTILINE)
    entries = tuple(_iter_entries(text, changes))
    return Reading(entries, title[1].strip() if title else "", changes=changes, keeps_quiet=True)


def _iter_entries(text: str, changes: Changes) -> Iterator[Entry]:
    fields = _split_fields(_DEFAULT_FIELDS)
    is_events = False
    for line in text.split("\n"):
        match = _LINE.fullmatch(line.strip())
        section = _SECTION.match(line)
        if section:
            is_events = section[0].casefold() == "[events]"
        elif match and match["kind"] == "Format" and is_events:
            fields = _split_fields(match["rest"])
        elif match and match["kind"] == "Dialogue":
            values = dict(zip(fields, match["rest"].split(",", len(fields) - 1), strict=False))
            yield from _caption(values, changes)
        elif has_words(line) and not line.startswith("Title:"):
            changes["styles and other lines", "comments"] += 1
            yield Remark(line.strip())


def _caption(values: dict[str, str], changes: Changes) -> Iterator[Entry]:
    written = values.get("text", "")
    for comment in _OVERRIDE.findall(written):
        if "\\" not in comment and has_words(comment):
            changes["comments in captions", "comments"] += 1
            yield Remark(comment[1:-1].strip())
    spoken = " ".join(re.sub(r"\\[Nnh]", " ", _OVERRIDE.sub("", written)).split())
    try:
        start_s, end_s = (parse_clock(values.get(key, "")) for key in ("start", "end"))
    except ValueError:
        changes["captions without a time", "comments"] += 1
        yield Remark(spoken)
        return
    speaker = " ".join(values.get("name", "").split())
    changes["captions", "steps"] += 1
    changes["styles and positions of captions", "nothing"] += 1
    yield Speech(spoken, start_s, end_s, speaker=speaker)


def _split_fields(text: str) -> list[str]:
    return [name.strip().lower() for name in text.split(",")]


ASS = Format("ass", "SubStation Alpha captions", _is_ass, _read)
