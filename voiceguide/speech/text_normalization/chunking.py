"""Text split into chunks that an engine can take."""

from __future__ import annotations

import re

__all__ = ["split_into_chunks"]

_NOT_IN_MARKUP = r"(?![^\[\]()]{0,80}(?:\]\(/|/\)))"
_BREAKS = (
    re.compile(r"(?:[.!?…][\"')\]]*(?=\s)|[。！？])\s*"),
    re.compile(rf"(?:[,;:–—](?=\s)|[，；：、])\s*{_NOT_IN_MARKUP}"),
    re.compile(rf"\s+{_NOT_IN_MARKUP}"),
)
"""Sentences, clauses, words. Never inside `[word](/phonemes/)`."""


def split_into_chunks(text: str, max_chars: int) -> list[str]:
    """Split text after sentences into as few chunks as possible. Only spaces are lost.

    A sentence longer than `max_chars` is split after a clause, otherwise between words, otherwise inside a word.

    Raises:
        ValueError: if `max_chars` is less than 1.
    """
    if max_chars < 1:
        raise ValueError(f"A limit of {max_chars} characters leaves no room for text.")
    chunks = []
    rest = text.strip()
    while len(rest) > max_chars:
        end = _chunk_end(rest, max_chars)
        chunks.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [chunk for chunk in [*chunks, rest] if chunk]


def _chunk_end(text: str, max_chars: int) -> int:
    """Return the last break of the best kind that keeps the chunk within the limit."""
    window = text[: max_chars + 200]
    for pattern in _BREAKS:
        ends = [found.end() for found in pattern.finditer(window) if len(window[: found.end()].rstrip()) <= max_chars]
        if ends and ends[-1] > 0:
            return ends[-1]
    return max_chars
