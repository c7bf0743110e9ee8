"""Phrase files for audio-program-generator. Each line is `phrase; seconds`, or `*; seconds` for silence alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from voiceguide.drafting.formats.reading_result import Changes, Entry, Format, Reading, Remark, Silence, Speech
from voiceguide.drafting.text.sentences import has_words

__all__ = ["PHRASES"]

_PHRASE = re.compile(r"[ \t]*(?P<text>[^\n]*?)[ \t]*;[ \t]*(?P<seconds>\d{1,5}(?:\.\d{1,3})?)[ \t]*s?[ \t]*", re.ASCII)


def _is_phrases(text: str) -> bool:
    lines = [line for line in text.split("\n")[:1000] if line.strip() and not line.lstrip().startswith("#")]
    matching = sum(_PHRASE.fullmatch(line) is not None for line in lines)
    return matching >= 2 and 4 * matching >= 3 * len(lines)


def _read(text: str) -> Reading:
    changes: Changes = Counter()
    return Reading(tuple(_iter_entries(text, changes)), changes=changes, keeps_quiet=True)


def _iter_entries(text: str, changes: Changes) -> Iterator[Entry]:
    for line in text.split("\n"):
        match = _PHRASE.fullmatch(line)
        spoken = (match["text"] if match else line).strip()
        if line.lstrip().startswith("#"):
            changes["comments", "comments"] += has_words(line)
            yield Remark(line.strip().lstrip("# "))
            continue
        if has_words(spoken):
            changes["phrases", "steps"] += 1
            yield Speech(spoken)
        if match:
            changes["silences", "pauses"] += 1
            yield Silence(float(match["seconds"]))


PHRASES = Format("phrases", "phrases with seconds", _is_phrases, _read)
