"""Audacity labels: start, end and text, separated by tabs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from voiceguide.drafting.formats.reading_result import Changes, Entry, Format, Reading, Remark, Speech
from voiceguide.drafting.text.sentences import has_words

__all__ = ["LABELS"]

_LABEL = re.compile(r"(?P<start>\d{1,6}(?:[.,]\d+)?)\t(?P<end>\d{1,6}(?:[.,]\d+)?)(?:\t(?P<text>.*))?", re.ASCII)
_FREQUENCIES = re.compile(r"\\\t(?:-?\d+(?:[.,]\d+)?\t?)+", re.ASCII)
"""The second line of a label that was made in a spectrogram."""


def _is_labels(text: str) -> bool:
    lines = [line for line in text.split("\n")[:400] if line.strip()]
    return bool(lines) and all(_LABEL.fullmatch(line) or _FREQUENCIES.fullmatch(line) for line in lines)


def _read(text: str) -> Reading:
    changes: Changes = Counter()
    return Reading(tuple(_iter_entries(text, changes)), changes=changes, keeps_quiet=True)


def _iter_entries(text: str, changes: Changes) -> Iterator[Entry]:
    for line in text.split("\n"):
        if match := _LABEL.fullmatch(line):
            start_s, end_s = (float(match[key].replace(",", ".")) for key in ("start", "end"))
            changes["labels", "steps"] += 1
            yield Speech((match["text"] or "").strip(), start_s, end_s if end_s > start_s else None)
        elif _FREQUENCIES.fullmatch(line):
            changes["frequency ranges", "comments"] += 1
            yield Remark(line.replace("\t", " "))
        elif has_words(line):
            changes["other lines", "comments"] += 1
            yield Remark(line.strip())


LABELS = Format("labels", "Audacity labels", _is_labels, _read)
