"""Edits inside brackets and braces."""

from __future__ import annotations

from voiceguide.script.editing.document import Document, Node, Splice

__all__ = ["entry_span", "insert_flow", "remove_flow"]


def entry_span(parent: Node, index: int) -> tuple[int, int]:
    """Return the offsets of an item, or of a key with its value."""
    item = parent.items[index]
    if parent.kind == "list":
        return item.start, item.end
    key = parent.keys[index]
    return key.start, max(item.end, key.end)


def insert_flow(document: Document, parent: Node, index: int, text: str) -> list[Splice]:
    """Insert an entry before the one at an index."""
    if not parent.items:
        inside = document.text.index(parent.style, parent.start) + 1
        return [Splice(inside, inside, text)]
    before = index < len(parent.items)
    start, end = entry_span(parent, index if before else -1)
    own_line = _line_indent(document, start)
    between = ", " if own_line is None else f",{document.newline}{own_line}"
    return [Splice(start, start, text + between)] if before else [Splice(end, end, between + text)]


def _line_indent(document: Document, offset: int) -> str | None:
    """Return the spaces before an entry that begins its line, or None if something else precedes it."""
    start = document.line_start(document.line_of(offset))
    before = document.text[start:offset]
    return before if start and not before.strip() else None


def remove_flow(document: Document, parent: Node, index: int) -> list[Splice]:
    """Remove an entry and its comma. Comments on other lines stay."""
    start, end = entry_span(parent, index)
    text = document.text
    if len(parent.items) == 1:
        closing = parent.end - 1
        opening = text.index(parent.style, parent.start) + 1
        rest = (text[opening:start] + text[end:closing].replace(",", "", 1)).strip()
        return [Splice(opening, closing, "")] if not rest else [Splice(start, _after_comma(text, end), "")]
    if _line_indent(document, start) is not None:
        line_end = document.line_start(document.line_of(end) + 1)
        after = text[_after_comma(text, end) : line_end].strip()
        if not after or after.startswith("#"):
            return [Splice(document.line_start(document.line_of(start)), line_end, "")]
    if index + 1 < len(parent.items):
        following = entry_span(parent, index + 1)[0]
        if "#" in text[end:following]:
            return [Splice(start, _after_comma(text, end), "")]
        return [Splice(start, following, "")]
    previous = entry_span(parent, index - 1)[1]
    if "#" in text[previous:start]:
        return [Splice(start, end, "")]
    return [Splice(previous, end, "")]


def _after_comma(text: str, offset: int) -> int:
    """Return the offset after the comma that follows, if one does before anything else."""
    rest = text[offset:]
    stripped = rest.lstrip()
    return offset + len(rest) - len(stripped) + 1 if stripped.startswith(",") else offset
