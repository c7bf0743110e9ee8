"""Edit the text of a script by operations. Whatever an edit does not change stays as it is, byte for byte."""

from __future__ import annotations

from voiceguide.script.editing.editor import apply, tree
from voiceguide.script.editing.operations import (
    Copy,
    EditError,
    Insert,
    Move,
    Operation,
    Remove,
    Set,
    operation_from_json,
)

__all__ = ["Copy", "EditError", "Insert", "Move", "Operation", "Remove", "Set", "apply", "operation_from_json", "tree"]
