"""Edit the text of a script with operations. An edit leaves the rest of the text unchanged, byte for byte."""

from __future__ import annotations

from voiceguide.script.editing.editor import apply, tree
from voiceguide.script.editing.new_script import fresh
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

__all__ = [
    "Copy",
    "EditError",
    "Insert",
    "Move",
    "Operation",
    "Remove",
    "Set",
    "apply",
    "fresh",
    "operation_from_json",
    "tree",
]
