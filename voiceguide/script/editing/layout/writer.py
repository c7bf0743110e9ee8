"""Write plain data as YAML, in the style of a file."""

from __future__ import annotations

from dataclasses import dataclass, replace

from voiceguide.script.editing.layout.document import Tree
from voiceguide.script.editing.layout.file_style import LONG_TEXT_KEYS, FileStyle, style_name
from voiceguide.script.editing.layout.key_order import kind_of, sorted_keys
from voiceguide.script.editing.layout.scalars import ScalarPlace, write_scalar
from voiceguide.script.parsing.nodes import Loc

__all__ = ["Writer", "indented"]

_FLOW_WIDTH = 100
"""Maximum width of a line that contains a list or map in brackets."""
_FLOW_KEYS = frozenset({"tags", "each", "skip", "set", "bed", "words", "phrases", "voices", "cues[]", "variants{}"})
"""Values to write in brackets if they are short and the file has no similar ones. `cues[]` are the items of `cues`."""


def indented(lines: list[str], column: int) -> list[str]:
    """Return lines indented to a column. Empty lines stay empty."""
    return [" " * column + line if line else "" for line in lines]


@dataclass(frozen=True)
class Writer:
    """Writes values in the style of a file. The path of a map determines the order of its keys."""

    style: FileStyle

    def with_flow(self, path: Loc, is_flow: bool) -> Writer:
        """Return a writer that uses brackets for values like the one at a path only if `is_flow` is true."""
        flow_keys = {**self.style.flow_keys, style_name(path): is_flow}
        return Writer(replace(self.style, flow_keys=flow_keys))

    def scalar_place(self, path: Loc, in_flow: bool) -> ScalarPlace:
        """Return the place of new text at a path."""
        key = next((key for key in reversed(path) if isinstance(key, str)), "")
        folds = self.style.folds and key in LONG_TEXT_KEYS
        # A file in brackets with quoted keys is JSON, and must remain JSON.
        old_style = '"' if in_flow and self.style.quoted_keys else ""
        return ScalarPlace(
            key,
            in_flow,
            old_style=old_style,
            folds=folds,
            wrap_width=self.style.wrap_width,
            quote=self.style.quote,
        )

    def key(self, key: str, old_style: str = "") -> str:
        """Return a key, without its colon."""
        style = old_style or ('"' if self.style.quoted_keys else "")
        return write_scalar(key, ScalarPlace(in_flow=True, old_style=style, quote=self.style.quote))[0]

    def flow(self, value: Tree, path: Loc) -> str:
        """Return a value on one line, with its lists and maps in brackets."""
        if isinstance(value, list):
            return "[" + ", ".join(self.flow(item, (*path, i)) for i, item in enumerate(value)) + "]"
        if isinstance(value, dict):
            keys = sorted_keys(kind_of(path, value), list(value))
            return "{" + ", ".join(f"{self.key(key)}: {self.flow(value[key], (*path, key))}" for key in keys) + "}"
        return write_scalar(value, self.scalar_place(path, True))[0]

    def entry(self, key: str, value: Tree, path: Loc, column: int) -> list[str]:
        """Return the lines of a key and its value, for the map at a path. The key starts at `column`."""
        head = f"{' ' * column}{self.key(key)}:"
        first, *rest = self.after_key(value, (*path, key), column, len(head))
        return [f"{head} {first}".rstrip(" ") if first.strip(" ") == "" else f"{head} {first}", *rest]

    def after_key(self, value: Tree, path: Loc, column: int, head_width: int) -> list[str]:
        """Return the lines of a value after its key, which starts at `column`.

        The first line is empty for a list or map that is not in brackets.
        """
        if isinstance(value, str):
            first, *rest = write_scalar(value, self.scalar_place(path, False))
            return [first, *indented(rest, column + self.style.map_offset)]
        if self._is_flow(value, path, head_width + 1):
            return [self.flow(value, path)]
        if isinstance(value, dict):
            return ["", *self._map_lines(value, path, column + self.style.map_offset)]
        return ["", *self._list_lines(value, path, column + self.style.list_offset, self.style.dash_width)]

    def item(self, value: Tree, path: Loc, column: int, dash_width: int) -> list[str]:
        """Return the lines of a list item. Its dash is at `column`."""
        head = " " * column + "-".ljust(dash_width)
        first, *rest = self.after_dash(value, path, column, dash_width)
        return [head + first, *rest]

    def after_dash(self, value: Tree, path: Loc, column: int, dash_width: int) -> list[str]:
        """Return the lines of a list item without its dash, which is at `column`."""
        inner = column + dash_width
        if isinstance(value, str):
            first, *rest = write_scalar(value, self.scalar_place(path, False))
            return [first, *indented(rest, inner)]
        if self._is_flow(value, path, inner):
            return [self.flow(value, path)]
        if isinstance(value, dict):
            lines = self._map_lines(value, path, inner)
        else:
            lines = self._list_lines(value, path, inner, dash_width)
        return [lines[0][inner:], *lines[1:]]

    def map_lines(self, value: dict[str, Tree]) -> list[str]:
        """Return the lines of a whole script."""
        return self._map_lines(value, (), 0)

    def _map_lines(self, value: dict[str, Tree], path: Loc, column: int) -> list[str]:
        keys = sorted_keys(kind_of(path, value), list(value))
        return [line for key in keys for line in self.entry(key, value[key], path, column)]

    def _list_lines(self, value: list[Tree], path: Loc, column: int, dash_width: int) -> list[str]:
        return [line for i, item in enumerate(value) for line in self.item(item, (*path, i), column, dash_width)]

    def _is_flow(self, value: Tree, path: Loc, column: int) -> bool:
        if not value:
            return True
        name = style_name(path)
        wanted = self.style.flow_keys.get(name, name in _FLOW_KEYS)
        return wanted and column + len(self.flow(value, path)) <= _FLOW_WIDTH
