"""Edits of lists and maps in brackets and braces."""

from __future__ import annotations

from voiceguide.script.editing.layout.document import Document, Node, Splice
from voiceguide.script.editing.layout.regions import comment_after, entry_span

__all__ = ["has_lines", "insert_flow", "own_comment", "remove_flow"]


def insert_flow(document: Document, parent: Node, index: int, text: str, comment: str = "") -> list[Splice]:
    """Insert an entry at an index. `comment` may be given only if each entry of the list is on its own line."""
    if not parent.items:
        inside = document.text.index(parent.style, parent.start) + 1
        return [Splice(inside, inside, text)]
    is_last = index == len(parent.items)
    start, end = entry_span(parent, index - 1 if is_last else index)
    indent = _line_indent(document, start)
    if indent is None:
        return [Splice(end, end, f", {text}")] if is_last else [Splice(start, start, f"{text}, ")]
    if not is_last:
        return [Splice(start, start, f"{text},{comment}{document.newline}{indent}")]
    comma = _after_comma(document.text, end)
    line_end = end + len(document.text[end : document.line_start(document.line_of(end) + 1)].rstrip("\r\n"))
    if not _ends_line(document, comma):
        return [Splice(end, end, f",{document.newline}{indent}{text}")]
    new = f"{document.newline}{indent}{text}"
    if comma > end:
        return [Splice(line_end, line_end, f"{new},{comment}")]
    return [Splice(end, end, ","), Splice(line_end, line_end, f"{new}{comment}")]


def own_comment(document: Document, parent: Node, index: int) -> str:
    """Return the comment that follows an entry on its own line, including the spaces before the comment."""
    start, end = entry_span(parent, index)
    comma = _after_comma(document.text, end)
    if _line_indent(document, start) is None or not _ends_line(document, comma):
        return ""
    return comment_after(document, comma)


def has_lines(document: Document, parent: Node) -> bool:
    """Return whether each entry is on a line of its own."""
    return bool(parent.items) and all(
        _line_indent(document, entry_span(parent, index)[0]) is not None for index in range(len(parent.items))
    )


def _line_indent(document: Document, offset: int) -> str | None:
    """Return the spaces before an entry that is first on its line, or None if something else precedes the entry."""
    start = document.line_start(document.line_of(offset))
    before = document.text[start:offset]
    return before if start and not before.strip() else None


def _ends_line(document: Document, offset: int) -> bool:
    """Return whether the rest of the line after an offset is empty or a comment."""
    rest = document.text[offset : document.line_start(document.line_of(offset) + 1)].strip()
    return not rest or rest.startswith("#")


def remove_flow(document: Document, parent: Node, index: int) -> list[Splice]:
    """Remove an entry and its comma. Comments on other lines are kept."""
    start, end = entry_span(parent, index)
    text = document.text
    comma = _after_comma(text, end)
    if _line_indent(document, start) is not None and _ends_line(document, comma):
        start, comma = document.line_start(document.line_of(start)), document.line_start(document.line_of(comma) + 1)
    elif index + 1 < len(parent.items):
        following = entry_span(parent, index + 1)[0]
        if "#" not in text[comma:following]:
            return [Splice(start, following, "")]
        start = len(text[:start].rstrip(" "))
    elif index:
        previous = entry_span(parent, index - 1)[1]
        return [Splice(start, end, "")] if "#" in text[previous:start] else [Splice(previous, end, "")]
    opening, closing = text.index(parent.style, parent.start) + 1, parent.end - 1
    if len(parent.items) == 1 and not (text[opening:start] + text[comma:closing]).strip():
        return [Splice(opening, closing, "")]
    return [Splice(start, comma, "")]


def _after_comma(text: str, offset: int) -> int:
    """Return the offset after the comma that follows an entry, or the offset itself if there is none."""
    position = offset
    while text[position : position + 1].isspace():
        position += 1
    return position + 1 if text[position : position + 1] == "," else offset
