"""Which lines of a script an edit may change, worked out from the positions of PyYAML's nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import yaml

from voiceguide.script.editing import Copy, Insert, Move, Remove, Set

__all__ = ["LINE_END", "LOADER", "at", "comments_of", "lines_of", "unchanged_outside", "windows"]

LINE_END = re.compile(r"\r\n|\r|\n")
LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""Reads every scalar as text."""


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def lines_of(text: str) -> list[str]:
    lines = LINE_END.split(text.removeprefix("\ufeff"))
    return lines if lines[-1] else lines[:-1]


def comments_of(text: str) -> list[str]:
    """Return the comment of every line, or an empty string. PyYAML's scanner says where the scalars are."""
    lines = LINE_END.split(text.removeprefix("\ufeff"))
    for token in yaml.scan("\n".join(lines), Loader=yaml.SafeLoader if "\x01" in text else LOADER):
        if isinstance(token, yaml.ScalarToken):
            start, end = token.start_mark, token.end_mark
            for number in range(start.line, min(end.line, len(lines) - 1) + 1):
                first = start.column if number == start.line else 0
                last = end.column if number == end.line else len(lines[number])
                if token.style in ("|", ">") and number == start.line:
                    continue
                lines[number] = lines[number][:first] + "_" * (last - first) + lines[number][last:]
    return [match.group() if (match := re.search(r"(?:^|(?<=[\s,\[{]))#.*", line)) else "" for line in lines]


class Windows:
    """Which lines of a text an edit may change, from the positions of PyYAML's nodes."""

    def __init__(self, text: str) -> None:
        self.lines = lines_of(text)
        self.root: Any = yaml.compose("\n".join(LINE_END.split(text.removeprefix("\ufeff"))), Loader=LOADER)

    def node(self, path: tuple[Any, ...]) -> Any:
        node = self.root
        for key in path:
            node = node.value[key] if isinstance(key, int) else next(v for k, v in node.value if k.value == key)
        return node

    def way(self, path: tuple[Any, ...]) -> Iterator[tuple[Any, int]]:
        """Yield the lists and maps on the way to a path, each with the position of the next one in it."""
        for depth in range(1, len(path) + 1):
            yield self.entry(path[:depth])

    def brackets(self, path: tuple[Any, ...]) -> list[int]:
        """Return the lines where the brackets around a path begin. Comments that they cannot hold go above them."""
        return [self.first(node, key) for node, key in self.way(path) if self.child(node, key).flow_style]

    @staticmethod
    def child(node: Any, index: int) -> Any:
        value = node.value[index]
        return value[1] if isinstance(value, tuple) else value

    def first(self, parent: Any, index: int) -> int:
        """Return the line of the dash or key of an entry."""
        if isinstance(parent, yaml.MappingNode):
            line: int = parent.value[index][0].start_mark.line
            return line
        line = parent.value[index].start_mark.line
        if parent.flow_style:
            return line
        column = parent.start_mark.column
        while self.lines[line][column : column + 1] != "-" and line > parent.start_mark.line:
            line -= 1
        return line

    def last(self, node: Any) -> int:
        """Return the last line of a value."""
        if isinstance(node, yaml.ScalarNode) or node.flow_style or not node.value:
            line: int = node.end_mark.line
            if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
                line -= 1 if node.end_mark.column == 0 else 0
                keeps = "+" in self.lines[node.start_mark.line][node.start_mark.column :].split("#")[0]
                while line > node.start_mark.line and not keeps and not self.lines[line].strip():
                    line -= 1
            return min(int(line), len(self.lines) - 1)
        values = [value[1] if isinstance(node, yaml.MappingNode) else value for value in node.value]
        return max(self.last(values[-1]), int(values[-1].start_mark.line))

    def entry(self, path: tuple[Any, ...]) -> tuple[Any, int]:
        parent, key = self.node(path[:-1]), path[-1]
        if isinstance(key, int):
            return parent, key
        return parent, next(i for i, (k, _) in enumerate(parent.value) if k.value == key)

    def is_gap(self, line: int) -> bool:
        return 0 <= line < len(self.lines) and (not self.lines[line].strip() or self.lines[line].lstrip()[0] == "#")

    def below(self, line: int) -> int:
        while self.is_gap(line):
            line += 1
        return line

    def above(self, line: int) -> int:
        while self.is_gap(line - 1):
            line -= 1
        return line

    def of_value(self, path: tuple[Any, ...], only_text: bool) -> tuple[int, int]:
        parent, index = self.entry(path)
        end = self.last(self.node(path)) + 1
        return self.first(parent, index), end if only_text else self.below(end)

    def of_removal(self, path: tuple[Any, ...]) -> tuple[int, int]:
        parent, index = self.entry(path)
        first, last = self.first(parent, index), self.last(self.node(path))
        if len(parent.value) == 1:
            first = self.above(parent.start_mark.line)
            first = first if parent is self.root else min(first, *self._holder(path))
        if parent.flow_style:
            last = max(last, parent.end_mark.line) if len(parent.value) == 1 else last
            neighbor = parent.value[max(0, index - 1)]
            neighbor = neighbor[1] if isinstance(neighbor, tuple) else neighbor
            first = min(first, neighbor.start_mark.line)
            return first, self.below(last + 1)
        if index == 0 and re.match(r"\s*-", self.lines[first]):
            last = self.first(parent, 1) if len(parent.value) > 1 else last
        return self.above(first), self.below(last + 1)

    def _holder(self, path: tuple[Any, ...]) -> list[int]:
        if len(path) < 2:
            return [0]
        parent, index = self.entry(path[:-1])
        return [self.first(parent, index)]

    def of_insertion(self, path: tuple[Any, ...], index: int) -> tuple[int, int]:
        parent = self.node(path)
        count = len(parent.value)
        if not count:
            first = min([parent.start_mark.line, *self._holder((*path, 0)), *self.brackets(path)])
            return first, self.below(parent.end_mark.line + 1)
        entry = parent.value[min(index, count - 1)]
        before = parent.value[max(0, index - 1)]
        entry, before = (pair[1] if isinstance(pair, tuple) else pair for pair in (entry, before))
        if parent.flow_style:
            first = min([before.start_mark.line, *self.brackets(path)])
            return first, max(entry.end_mark.line, before.end_mark.line) + 1
        if index == count:
            end = self.last(before) + 1
            return end, self.below(end)
        first = self.first(parent, index)
        start = self.above(first)
        shared = index == 0 and re.match(r"\s*- ", self.lines[first][: parent.start_mark.column] + " ")
        return start, first + 1 if shared or parent is self.root else first


def windows(text: str, operation: Any, data: Any) -> list[tuple[int, int]]:
    """Return the lines that an operation may change, as ranges in reading order."""
    view, path = Windows(text), operation.path
    if isinstance(operation, Set):
        parent = at(data, path[:-1])
        if isinstance(parent, list) or path[-1] in parent:
            texts = isinstance(at(data, path), str) and isinstance(operation.value, str)
            return [view.of_value(path, texts)]
        parent_node = view.node(path[:-1])
        start = min([parent_node.start_mark.line, *view._holder(path)]) if path[:-1] or not parent else 0
        return [(start, view.below(max(view.last(parent_node), parent_node.start_mark.line) + 1))]
    if isinstance(operation, Insert):
        return [view.of_insertion(path[:-1], path[-1])]
    if isinstance(operation, Remove):
        return [view.of_removal(path)]
    if isinstance(operation, Move) and isinstance(path[-1], str):
        return [view.of_value(path, False)]
    to = operation.to
    if isinstance(operation, Copy):
        return [view.of_insertion(to[:-1], to[-1])]
    # The target counts without the item that moves: find it in the text as it is.
    depth = len(path) - 1
    if to[:depth] == path[:depth] and len(to) > depth and isinstance(to[depth], int) and to[depth] >= path[depth]:
        to = (*to[:depth], to[depth] + 1, *to[depth + 1 :])
    return sorted([view.of_removal(path), view.of_insertion(to[:-1], to[-1])])


def unchanged_outside(old: list[str], new: list[str], ranges: list[tuple[int, int]]) -> bool:
    """Return whether all old lines outside the ranges are in the new text, in pieces that are as they were."""
    merged: list[list[int]] = []
    for start, end in ranges:
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    head, tail = old[: merged[0][0]], old[merged[-1][1] :]
    if new[: len(head)] != head or (tail and new[-len(tail) :] != tail) or len(new) < len(head) + len(tail):
        return False
    inner = new[len(head) : len(new) - len(tail)]
    for (_, end), (start, _) in pairwise(merged):
        piece = old[end:start]
        found = [i for i in range(len(inner) - len(piece) + 1) if inner[i : i + len(piece)] == piece]
        if not found:
            return False
    return True
