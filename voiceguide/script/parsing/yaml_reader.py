"""A strict reader of YAML that keeps every scalar as written and every position.

It goes through the parser's events with a stack of its own: nothing recurses, limits hold while reading, and none of
YAML 1.1's surprises (`1:30` read as 90, `no` as false, `010` as 8, dates) can happen, since no scalar is interpreted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NoReturn

import yaml

from voiceguide.errors import Problem
from voiceguide.script.parsing.nodes import ListNode, Loc, MapNode, Node, TextNode, path_text, quoted
from voiceguide.script.parsing.text_encoding import UNUSABLE, decode
from voiceguide.script.parsing.yaml_errors import explain

__all__ = ["MAX_DEPTH", "MAX_PROBLEMS", "MAX_VALUES", "Reading", "read"]

MAX_DEPTH = 20
MAX_VALUES = 100_000
MAX_PROBLEMS = 200
"""The most problems that are looked for; a script with more of them is something else."""

_FAST: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LOST = re.compile(r"[ \t]+(#(?:[^\s#]|\s*\d).*)")
"""A comment that looks like words: `Pressure point #1`, not `# the first`."""

_ALIAS = '"*" begins a YAML alias here. Put the text in quotes, or write the part out.'
_ANCHOR = '"&" begins a YAML anchor here, and its word would be lost. Put the text in quotes.'
_TAG = '"!" begins a YAML tag here, and tags are not used in scripts. Put the text in quotes.'
_MERGE = "Merge keys (<<) are not used in scripts. Write the keys out."
_KEY = "A key must be plain text. Put a text that begins with { or [ in quotes."
_SECOND = 'A second document begins here. Keep one script in a file; put a text of "---" in quotes.'
_EMPTY = "The script is empty. Write a routine in it, or begin with voiceguide new."


@dataclass(frozen=True, eq=False)
class Reading:
    """What a script's text gave: its tree, or None where it could not be read to the end, and what is wrong with it."""

    root: Node | None
    problems: tuple[Problem, ...]


def read(data: bytes, file: str, parser: Any = _FAST) -> Reading:
    """The tree of a script. `parser` is one of PyYAML's loader classes; they give the same tree.

    Raises:
        ScriptError: for a file that is not text at all.
    """
    # Behind the first character of a line a tab is as good as a space, but only to the C parser.
    text = re.sub(r"\S[^\n]*", lambda line: line.group().replace("\t", " "), decode(data, file))
    builder = _Builder(file, text.split("\n"))
    try:
        for event in yaml.parse(text, Loader=parser):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        line, column, sentence = explain(error, builder.lines)
        builder.problems.append(Problem(file, line, column, "", sentence))
        return Reading(None, tuple(builder.problems))
    except _StopReading:
        return Reading(None, tuple(builder.problems))
    if builder.root is None or (isinstance(builder.root, TextNode) and not builder.root):
        builder.problems.append(Problem(file, 1, 1, "", _EMPTY))
        return Reading(None, tuple(builder.problems))
    return Reading(builder.root, tuple(builder.problems))


class _StopReading(Exception):  # noqa: N818  (it is not an error, the problem is already noted)
    """Reading further would be of no use."""


@dataclass
class _Open:
    """A list or group that is still being read."""

    node: ListNode | MapNode
    key: TextNode | None = None
    """The key whose value is being read, or was the last."""
    wants_value: bool = False
    twice: bool = False
    """True while the value of a key that is there already goes by."""


@dataclass
class _Builder:
    file: str
    lines: list[str]
    problems: list[Problem] = field(default_factory=list)
    root: Node | None = None
    values: int = 0
    stack: list[_Open] = field(default_factory=list)

    def take(self, event: Any) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._check_extras(event)
            self._put(self._text(event), event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._check_extras(event)
            self._open(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self.stack.pop()
        elif isinstance(event, yaml.AliasEvent):
            self._note(event.start_mark, _ALIAS)
            self._put(TextNode(f"*{event.anchor}", *_place(event.start_mark)), event)
        elif isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            self._stop(event.start_mark, _SECOND)

    def _text(self, event: Any) -> TextNode:
        mark, lost = event.end_mark, ""
        if not event.style and mark.line < len(self.lines):
            comment = _LOST.match(self.lines[mark.line], mark.column)
            lost = comment.group(1) if comment else ""
        if event.style == '"' and UNUSABLE.search(event.value):
            self._note(
                event.start_mark, "An escape in this text stands for no character that can be spoken. Delete it."
            )
            return TextNode(UNUSABLE.sub(" ", event.value), *_place(event.start_mark))
        return TextNode(event.value, *_place(event.start_mark), lost)

    def _open(self, event: Any) -> None:
        if len(self.stack) >= MAX_DEPTH:
            self._stop(
                event.start_mark, f"This is nested more than {MAX_DEPTH} deep. Put a text of brackets in quotes."
            )
        line, column = _place(event.start_mark)
        node: ListNode | MapNode = ListNode(line=line, column=column)
        if isinstance(event, yaml.MappingStartEvent):
            node = MapNode(line=line, column=column, flow=bool(event.flow_style))
        self._put(node, event)
        self.stack.append(_Open(node))

    def _put(self, node: Node, event: Any) -> None:
        """Give a node its place: as a key, a value, an item or the root."""
        inside = self.stack[-1] if self.stack else None
        if inside is not None and isinstance(inside.node, MapNode) and not inside.wants_value:
            self._put_key(inside, inside.node, node, event)
            return
        self.values += 1
        if self.values > MAX_VALUES:
            self._stop(event.start_mark, f"The script has more than {MAX_VALUES:,} values, the most there may be.")
        if inside is None:
            self.root = node
        elif isinstance(inside.node, ListNode):
            inside.node.append(node)
        else:
            inside.wants_value = False
            if not inside.twice and inside.key is not None:
                inside.node[inside.key] = node

    def _put_key(self, inside: _Open, group: MapNode, key: Node, event: Any) -> None:
        if not isinstance(key, TextNode):
            self._stop(event.start_mark, _KEY)
        inside.key, inside.wants_value, inside.twice = key, True, key in group.keys_at
        if key == "<<" and not event.style:
            self._note(event.start_mark, _MERGE)
            inside.twice = True
        elif inside.twice:
            first = group.keys_at[key][0]
            self._note(event.start_mark, f"{quoted(key)} stands here twice, first on line {first}. Keep one of them.")
        else:
            group.keys_at[key] = (key.line, key.column)

    def _check_extras(self, event: Any) -> None:
        if event.anchor is not None:
            self._note(event.start_mark, _ANCHOR)
        if event.tag is not None:
            self._note(event.start_mark, _TAG)

    def _loc(self) -> Loc:
        """Where the value that is being read will stand."""
        loc: list[str | int] = []
        for level, opened in enumerate(self.stack):
            if isinstance(opened.node, ListNode):
                loc.append(len(opened.node) - (level < len(self.stack) - 1))
            elif opened.key is not None and (opened.wants_value or level < len(self.stack) - 1):
                loc.append(opened.key)
        return tuple(loc)

    def _note(self, mark: Any, message: str) -> None:
        self.problems.append(Problem(self.file, *_place(mark), path_text(self._loc()), message))
        if len(self.problems) >= MAX_PROBLEMS:
            raise _StopReading

    def _stop(self, mark: Any, message: str) -> NoReturn:
        self._note(mark, message)
        raise _StopReading


def _place(mark: Any) -> tuple[int, int]:
    """Line and column from 1."""
    return mark.line + 1, mark.column + 1
