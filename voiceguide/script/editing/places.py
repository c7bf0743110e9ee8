"""Find the position of every part of a script in its text, and the part at a position in the text."""

from __future__ import annotations

from dataclasses import dataclass

from voiceguide.script.editing.layout.document import BYTE_ORDER_MARK, Document, Node
from voiceguide.script.editing.layout.parser import parse_document
from voiceguide.script.editing.layout.regions import entry_span
from voiceguide.script.parsing.nodes import Loc

__all__ = ["Place", "outline", "path_at"]


@dataclass(frozen=True)
class Place:
    """The position of a value in the text. Lines and columns start at 1, as in a Problem."""

    path: Loc
    line: int
    column: int
    """The position of the value's key, or of the value itself if it is a list item."""
    end_line: int
    """The last line of the value, without comments below it."""


def outline(text: str) -> list[Place]:
    """Return the place of every value in a script, in the order of the text. The first of two equal keys counts.

    Raises:
        ScriptError: The text is not YAML, or exceeds the limits of a script.
    """
    document = parse_document(text.removeprefix(BYTE_ORDER_MARK))
    places: list[Place] = []
    stack: list[tuple[Loc, Node]] = [((), document.root)] if document.root else []
    while stack:
        path, node = stack.pop()
        seen: set[str | int] = set()
        children = []
        for index, item in enumerate(node.items):
            key = node.keys[index].value if node.kind == "map" else index
            if key not in seen:
                seen.add(key)
                start, end = entry_span(node, index)
                places.append(_place(document, (*path, key), start, end))
                children.append(((*path, key), item))
        stack += reversed(children)
    return sorted(places, key=lambda place: (place.line, place.column))


def _place(document: Document, path: Loc, start: int, end: int) -> Place:
    return Place(path, document.line_of(start) + 1, document.column_of(start) + 1, document.line_of(end) + 1)


def _column(document: Document, offset: int) -> int:
    column = document.column_of(offset)
    return column - 1 if document.text.startswith("\ufeff") and document.line_of(offset) == 0 else column


def path_at(text: str, line: int, column: int) -> Loc:
    """Return the path of the innermost value at a line and column, both numbered from 1, or of the closest value above.

    Raises:
        ScriptError: The text is not YAML, or exceeds the limits of a script.
    """
    document = parse_document(text.removeprefix(BYTE_ORDER_MARK))
    target = (line, column)
    path: Loc = ()
    node = document.root
    while node is not None and node.items:
        found = None
        for index in range(len(node.items)):
            start, _ = entry_span(node, index)
            if (document.line_of(start) + 1, document.column_of(start) + 1) > target:
                break
            found = index
        if found is None:
            break
        path = (*path, node.keys[found].value if node.kind == "map" else found)
        value = node.items[found]
        is_before = target < (document.line_of(value.start) + 1, document.column_of(value.start) + 1)
        node = None if is_before else value
    return path
