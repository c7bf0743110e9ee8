"""Split text into chunks that an engine can handle."""

from __future__ import annotations

import re

from voiceguide.languages.model import NON_LATIN_FULL_STOPS

__all__ = ["split_into_chunks"]

_NOT_IN_MARKUP = r"(?![^\[\]()]{0,80}(?:\]\(/|/\)))"
_BREAKS = (
    re.compile(rf"(?:[.!?…][\"')\]]*(?=\s)|[{NON_LATIN_FULL_STOPS}])\s*"),
    re.compile(rf"(?:[,;:–—](?=\s)|[，；：、])\s*{_NOT_IN_MARKUP}"),
    re.compile(rf"\s+{_NOT_IN_MARKUP}"),
)
"""Chunks end between sentences, clauses or words if possible, and never inside `[word](/phonemes/)`."""


def split_into_chunks(text: str, max_chars: int) -> list[str]:
    """Split text at sentence boundaries into as few chunks as possible. Only spaces are removed.

    A sentence longer than `max_chars` is split between clauses if possible, otherwise between words, otherwise inside a
    word.

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
    """Return the position of the last break of the best kind that occurs within the limit."""
    window = text[: max_chars + 200]
    for pattern in _BREAKS:
        ends = [found.end() for found in pattern.finditer(window) if len(window[: found.end()].rstrip()) <= max_chars]
        if ends and ends[-1] > 0:
            return ends[-1]
    return max_chars
