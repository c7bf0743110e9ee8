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
from voiceguide.script.parsing.nodes import ListNode, Loc, MapNode, Node, TextNode, format_loc, quoted
from voiceguide.script.parsing.text_encoding import INVALID_CHARACTERS, decode_script
from voiceguide.script.parsing.yaml_errors import explain_yaml_error

__all__ = ["MAX_DEPTH", "MAX_PROBLEMS", "MAX_VALUES", "ParseResult", "parse_yaml"]

MAX_DEPTH = 20
MAX_VALUES = 100_000
MAX_PROBLEMS = 200
"""The most problems that are looked for; a script with more of them is something else."""

_DEFAULT_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TEXTLIKE_COMMENT = re.compile(r"[ \t]+(#(?:[^\s#]|\s*\d).*)")
"""A comment that looks like words: `Pressure point #1`, not `# the first`."""

_ALIAS = '"*" begins a YAML alias here. Put the text in quotes, or write the part out.'
_ANCHOR = '"&" begins a YAML anchor here, and its word would be lost. Put the text in quotes.'
_TAG = '"!" begins a YAML tag here, and tags are not used in scripts. Put the text in quotes.'
_MERGE_KEY = "Merge keys (<<) are not used in scripts. Write the keys out."
_NON_TEXT_KEY = "A key must be plain text. Put a text that begins with { or [ in quotes."
_SECOND_DOCUMENT = 'A second document begins here. Keep one script in a file; put a text of "---" in quotes.'
_EMPTY_SCRIPT = "The script is empty. Write a routine in it, or begin with voiceguide new."


@dataclass(frozen=True, eq=False)
class ParseResult:
    """What a script's text gave: its tree, or None where it could not be read to the end, and what is wrong with it."""

    root: Node | None
    problems: tuple[Problem, ...]


def parse_yaml(data: bytes, file: str, loader_class: Any = _DEFAULT_LOADER) -> ParseResult:
    """The tree of a script. `parser` is one of PyYAML's loader classes; they give the same tree.

    Raises:
        ScriptError: for a file that is not text at all.
    """
    # Behind the first character of a line a tab is as good as a space, but only to the C parser.
    text = re.sub(r"\S[^\n]*", lambda line: line.group().replace("\t", " "), decode_script(data, file))
    builder = _TreeBuilder(file, text.split("\n"))
    try:
        for event in yaml.parse(text, Loader=loader_class):
            builder.handle_event(event)
    except yaml.MarkedYAMLError as error:
        line, column, sentence = explain_yaml_error(error, builder.lines)
        builder.problems.append(Problem(file, line, column, "", sentence))
        return ParseResult(None, tuple(builder.problems))
    except _ParsingStopped:
        return ParseResult(None, tuple(builder.problems))
    if builder.root is None or (isinstance(builder.root, TextNode) and not builder.root):
        builder.problems.append(Problem(file, 1, 1, "", _EMPTY_SCRIPT))
        return ParseResult(None, tuple(builder.problems))
    return ParseResult(builder.root, tuple(builder.problems))


class _ParsingStopped(Exception):  # noqa: N818  (it is not an error, the problem is already noted)
    """Reading further would be of no use."""


@dataclass
class _OpenCollection:
    """A list or group that is still being read."""

    node: ListNode | MapNode
    key: TextNode | None = None
    """The key whose value is being read, or was the last."""
    awaits_value: bool = False
    ignore_value: bool = False
    """True while the value of a key that is there already goes by."""


@dataclass
class _TreeBuilder:
    file: str
    lines: list[str]
    problems: list[Problem] = field(default_factory=list)
    root: Node | None = None
    value_count: int = 0
    stack: list[_OpenCollection] = field(default_factory=list)

    def handle_event(self, event: Any) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._check_anchor_and_tag(event)
            self._add_node(self._make_text_node(event), event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._check_anchor_and_tag(event)
            self._open_collection(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self.stack.pop()
        elif isinstance(event, yaml.AliasEvent):
            self._report(event.start_mark, _ALIAS)
            self._add_node(TextNode(f"*{event.anchor}", *_line_and_column(event.start_mark)), event)
        elif isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            self._report_and_stop(event.start_mark, _SECOND_DOCUMENT)

    def _make_text_node(self, event: Any) -> TextNode:
        mark, lost = event.end_mark, ""
        if not event.style and mark.line < len(self.lines):
            comment = _TEXTLIKE_COMMENT.match(self.lines[mark.line], mark.column)
            lost = comment.group(1) if comment else ""
        if event.style == '"' and INVALID_CHARACTERS.search(event.value):
            self._report(
                event.start_mark, "An escape in this text stands for no character that can be spoken. Delete it."
            )
            return TextNode(INVALID_CHARACTERS.sub(" ", event.value), *_line_and_column(event.start_mark))
        return TextNode(event.value, *_line_and_column(event.start_mark), lost)

    def _open_collection(self, event: Any) -> None:
        if len(self.stack) >= MAX_DEPTH:
            self._report_and_stop(
                event.start_mark, f"This is nested more than {MAX_DEPTH} deep. Put a text of brackets in quotes."
            )
        line, column = _line_and_column(event.start_mark)
        node: ListNode | MapNode = ListNode(line=line, column=column)
        if isinstance(event, yaml.MappingStartEvent):
            node = MapNode(line=line, column=column, flow=bool(event.flow_style))
        self._add_node(node, event)
        self.stack.append(_OpenCollection(node))

    def _add_node(self, node: Node, event: Any) -> None:
        """Give a node its place: as a key, a value, an item or the root."""
        inside = self.stack[-1] if self.stack else None
        if inside is not None and isinstance(inside.node, MapNode) and not inside.awaits_value:
            self._add_key(inside, inside.node, node, event)
            return
        self.value_count += 1
        if self.value_count > MAX_VALUES:
            self._report_and_stop(
                event.start_mark, f"The script has more than {MAX_VALUES:,} values, the most there may be."
            )
        if inside is None:
            self.root = node
        elif isinstance(inside.node, ListNode):
            inside.node.append(node)
        else:
            inside.awaits_value = False
            if not inside.ignore_value and inside.key is not None:
                inside.node[inside.key] = node

    def _add_key(self, inside: _OpenCollection, group: MapNode, key: Node, event: Any) -> None:
        if not isinstance(key, TextNode):
            self._report_and_stop(event.start_mark, _NON_TEXT_KEY)
        inside.key, inside.awaits_value, inside.ignore_value = key, True, key in group.key_positions
        if key == "<<" and not event.style:
            self._report(event.start_mark, _MERGE_KEY)
            inside.ignore_value = True
        elif inside.ignore_value:
            first = group.key_positions[key][0]
            self._report(event.start_mark, f"{quoted(key)} stands here twice, first on line {first}. Keep one of them.")
        else:
            group.key_positions[key] = (key.line, key.column)

    def _check_anchor_and_tag(self, event: Any) -> None:
        if event.anchor is not None:
            self._report(event.start_mark, _ANCHOR)
        if event.tag is not None:
            self._report(event.start_mark, _TAG)

    def _current_loc(self) -> Loc:
        """Where the value that is being read will stand."""
        loc: list[str | int] = []
        for level, opened in enumerate(self.stack):
            if isinstance(opened.node, ListNode):
                loc.append(len(opened.node) - (level < len(self.stack) - 1))
            elif opened.key is not None and (opened.awaits_value or level < len(self.stack) - 1):
                loc.append(opened.key)
        return tuple(loc)

    def _report(self, mark: Any, message: str) -> None:
        self.problems.append(Problem(self.file, *_line_and_column(mark), format_loc(self._current_loc()), message))
        if len(self.problems) >= MAX_PROBLEMS:
            raise _ParsingStopped

    def _report_and_stop(self, mark: Any, message: str) -> NoReturn:
        self._report(mark, message)
        raise _ParsingStopped


def _line_and_column(mark: Any) -> tuple[int, int]:
    """Line and column from 1."""
    return mark.line + 1, mark.column + 1
