"""The last stages: replace the remaining brackets, slashes, dashes and dots with marks that every engine supports."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["expand_slashes", "normalize_punctuation"]

_OPTIONAL_PLURAL = re.compile(r"(?<=\w)\((e?s|e?n|es)\)")
_BRACKETED = re.compile(r" ?[(\[{]([^()\[\]{}]*)[)\]}]")
_SLASH = re.compile(r"(?<=[^\W\d_]) ?/ ?(?=[^\W\d_])")
_UNSPOKEN_SIGNS = re.compile(r"[()\[\]{}<>~≈≤≥±÷=+#$£€&@%°×№\\/]+")
_DASH = re.compile(r"\s+[-–—]+\s+|\s*—+\s*|\s*-{2,}\s*|\s+[-–](?=[^\W\d_])|(?<=\w)[-–]\s+|^[-–\s]+|[-–\s]+$")
_ELLIPSIS_INSIDE = re.compile(r" ?\.\. ?(?=[^\s.,;:!?\"')])")
_ELLIPSIS = re.compile(r"\.{2,}")
_SPACE_BEFORE = re.compile(r"\s+(?=[,.;:!?])")
_REPEATED = re.compile(r"([.!?,;:])(?:\s*[,;:.!?])+")
_LEADING = re.compile(r"^[\s,.;:!?]+")
_SPACES = re.compile(r"\s{2,}")


def expand_slashes(text: str, or_word: str) -> str:
    """Replace `left/right` with "left or right"."""
    return _SLASH.sub(f" {or_word} ", text) if "/" in text else text


def normalize_punctuation(text: str, suspended_before: Sequence[str] = ()) -> str:
    """Turn brackets and dashes into commas, merge repeated marks, and drop unspoken symbols and spaces before marks.

    A hyphen before a word in `suspended_before` is kept, because it belongs to a shortened word: `Ein- und Ausatmen`.
    """
    if "(" in text or "[" in text or "{" in text:
        text = _OPTIONAL_PLURAL.sub(r"\1", text)
        text = _BRACKETED.sub(_bracket_to_commas, text)
    text = _UNSPOKEN_SIGNS.sub(" ", text)
    text = _DASH.sub(lambda found: _dash_to_comma(found, suspended_before), text)
    if ".." in text:
        text = _ELLIPSIS_INSIDE.sub(_ellipsis_to_mark, _ELLIPSIS.sub("..", text)).replace("..", ".")
    text = _SPACE_BEFORE.sub("", text.replace("–", "-"))
    text = _REPEATED.sub(_strongest_mark, text)
    return _SPACES.sub(" ", _LEADING.sub("", text)).strip()


def _bracket_to_commas(found: re.Match[str]) -> str:
    inside = found[1].strip()
    if not inside:
        return ""
    after = found.string[found.end() : found.end() + 1]
    closing = ", " if after and after not in " ,.;:!?\"'" else ","
    before = ", " if found.start() else ""
    return f"{before}{inside}{closing if found.string[found.end() :].strip() else ''}"


def _dash_to_comma(found: re.Match[str], suspended_before: Sequence[str]) -> str:
    if found.group() == "- " and found.string.startswith(tuple(f"{word} " for word in suspended_before), found.end()):
        return found.group()
    return ", " if found.start() and found.end() < len(found.string) else " "


def _ellipsis_to_mark(found: re.Match[str]) -> str:
    """Return a period if a capital letter follows, otherwise a comma."""
    following = found.string[found.end()]
    return ". " if following.isupper() else ", "


def _strongest_mark(found: re.Match[str]) -> str:
    """Return the mark to keep if there are several. Marks that end a sentence take precedence, and `?` takes precedence
    over all others."""
    marks = found.group()
    return next(mark for mark in "?!.:;," if mark in marks)
