"""Anchors and aliases, which use the same text in several places."""

from __future__ import annotations

from voiceguide.script.editing.layout.document import Document
from voiceguide.script.editing.operations import EditError
from voiceguide.script.parsing.nodes import Loc

__all__ = ["refuse_shared"]


def refuse_shared(document: Document, path: Loc, whole: bool = False) -> None:
    """Refuse an edit inside a value that an alias repeats or, if `whole` is true, an edit of a value that contains one.

    Raises:
        EditError: The edit would also change another place in the script.
    """
    nodes = document.parents_of(path)
    stack = nodes[:-1] + nodes[-1:]
    inner = nodes[-1:] if whole and len(nodes) > len(path) else []
    while inner:
        node = inner.pop()
        stack.append(node)
        inner += node.items
    for node in stack:
        if node.alias is not None:
            line, alias_line = (document.line_of(offset) + 1 for offset in (node.start, node.alias.start))
            raise EditError(
                f"Line {alias_line} repeats the content of line {line} as *{node.anchor}. "
                "Write the content out in both places first."
            )
