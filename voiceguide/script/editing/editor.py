"""Edit the text of a script. An edit leaves the rest of the text unchanged, byte for byte."""

from __future__ import annotations

from voiceguide.errors import ScriptError
from voiceguide.script.editing.item_edits import insert_item, remove_entry, rename_key
from voiceguide.script.editing.layout.document import BYTE_ORDER_MARK, Document, Tree, plain
from voiceguide.script.editing.layout.parser import LimitError, parse_document
from voiceguide.script.editing.move_edits import move_item
from voiceguide.script.editing.operations import EditError, Insert, Move, Operation, Remove, Set
from voiceguide.script.editing.set_edits import set_value
from voiceguide.script.editing.tree_edits import apply_to_tree

__all__ = ["apply", "tree"]

_NOT_A_SCRIPT = "This is not a group of keys, so it is not a script. Start with voiceguide: 1, title: and stages:."
_BEFORE_ANCHOR = "This would put an alias (*) before its anchor (&). Write the content out first."
_TOO_ODD = "This part of the file is written in a way that cannot be edited here. Edit it as text."


def tree(text: str) -> dict[str, Tree]:
    """Return a script as plain data: maps, lists, and every scalar as text. An empty script is an empty map.

    Raises:
        ScriptError: The text is not YAML, or exceeds the limits of a script.
        EditError: The text is a list or plain text.
    """
    return _tree(parse_document(text.removeprefix(BYTE_ORDER_MARK)))


def _tree(document: Document) -> dict[str, Tree]:
    result = plain(document.root)
    if not isinstance(result, dict):
        raise EditError(_NOT_A_SCRIPT)
    return result


def apply(text: str, operation: Operation) -> str:
    """Return the text of a script after an edit.

    The result is parsed and compared with the same edit of the plain data before it is returned.

    Raises:
        ScriptError: The text is not YAML, or exceeds the limits of a script.
        EditError: The path does not exist, or the edit is not possible without changing something else.
    """
    if text.startswith(BYTE_ORDER_MARK):
        return BYTE_ORDER_MARK + apply(text.removeprefix(BYTE_ORDER_MARK), operation)
    document = parse_document(text)
    expected = apply_to_tree(_tree(document), operation)
    try:
        result = _edited(document, operation)
        for text in (result, result + document.newline):
            # A literal block that ends with a line break needs the line break even if the file did not end with one.
            edited = parse_document(text)
            if edited.undefined_aliases > document.undefined_aliases:
                raise EditError(_BEFORE_ANCHOR)
            if _tree(edited) == expected:
                return text
    except LimitError as error:
        raise EditError(f"This edit is not possible. {error.problems[0].message}") from error
    except ScriptError as error:
        raise EditError(_TOO_ODD) from error
    raise EditError(_TOO_ODD)


def _edited(document: Document, operation: Operation) -> str:
    if isinstance(operation, Set):
        return set_value(document, operation.path, operation.value)
    if isinstance(operation, Insert):
        return insert_item(document, operation.path, operation.value)
    if isinstance(operation, Remove):
        return remove_entry(document, operation.path)
    if isinstance(operation, Move) and operation.path == operation.to:
        return document.text
    if isinstance(operation, Move) and isinstance(operation.path[-1], str):
        return rename_key(document, operation.path, str(operation.to[-1]))
    return move_item(document, operation)
