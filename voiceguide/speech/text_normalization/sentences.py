"""Text in pieces that an engine can take, and the number of its words."""

from __future__ import annotations

import re

from voiceguide.speech.text_normalization.pronunciation import strip_phonemes

__all__ = ["count_words", "split_into_chunks"]

_NOT_IN_MARKUP = r"(?![^\[\]()]{0,80}(?:\]\(/|/\)))"
_BREAKS = (
    re.compile(r"(?:[.!?…][\"')\]]*(?=\s)|[。！？])\s*"),
    re.compile(rf"(?:[,;:–—](?=\s)|[，；：、])\s*{_NOT_IN_MARKUP}"),
    re.compile(rf"\s+{_NOT_IN_MARKUP}"),
)
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_]+(?:['’.,:-][^\W_]+)*")


def split_into_chunks(text: str, max_chars: int) -> list[str]:
    """The text in as few pieces of at most `limit` characters as its sentences allow; nothing but spaces is lost.

    A sentence that is too long by itself is cut after a clause, or between words, or where it must be.

    Raises:
        ValueError: where `limit` is less than 1.
    """
    if max_chars < 1:
        raise ValueError(f"A limit of {max_chars} characters leaves no room for text.")
    pieces = []
    rest = text.strip()
    while len(rest) > max_chars:
        cut = _chunk_end(rest, max_chars)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [piece for piece in [*pieces, rest] if piece]


def _chunk_end(text: str, max_chars: int) -> int:
    """Where the first piece ends: after the last break of the best kind that leaves it short enough."""
    window = text[: max_chars + 200]
    for pattern in _BREAKS:
        ends = [found.end() for found in pattern.finditer(window) if len(window[: found.end()].rstrip()) <= max_chars]
        if ends and ends[-1] > 0:
            return ends[-1]
    return max_chars


def count_words(text: str) -> int:
    """Words as a reader counts them: `don't` and `well-being` are one, and so is each Chinese or Japanese character."""
    return len(_WORD.findall(strip_phonemes(text)))
