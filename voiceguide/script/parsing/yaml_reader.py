"""A strict YAML reader that preserves every scalar as written and records all positions.

The reader processes PyYAML's events with an explicit stack. There is no recursion, so deep nesting is harmless, and
limits are enforced during parsing. Scalars are not interpreted. This avoids the surprises of YAML 1.1, which reads
`1:30` as 90, `no` as false and `010` as 8, and converts dates.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NoReturn

import yaml

from voiceguide.errors import Problem
from voiceguide.script.parsing.nodes import ListNode, Loc, MapNode, Node, TextNode, format_loc, quoted
from voiceguide.script.parsing.text_encoding import INVALID_CHARACTERS, decode_script
from voiceguide.script.parsing.yaml_errors import INVALID_ESCAPE_MESSAGE, TAG_MESSAGE, explain_yaml_error

__all__ = ["MAX_DEPTH", "MAX_PROBLEMS", "MAX_VALUES", "ParseResult", "parse_yaml"]

MAX_DEPTH = 20
MAX_VALUES = 100_000
MAX_PROBLEMS = 200
"""Maximum number of problems to collect. Parsing stops when it is reached."""

_DEFAULT_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TEXTLIKE_COMMENT = re.compile(r"[ \t]+(#(?:[^\s#]|\s*\d).*)")
"""A comment that looks like part of the text: `Pressure point #1`, but not `# the first`."""

_ALIAS = '"*" starts a YAML alias, which scripts do not support. Quote the text, or repeat the content.'
_ANCHOR = '"&" starts a YAML anchor, so the word after it would be lost. Put the text in quotes.'
_MERGE_KEY = "Scripts do not support merge keys (<<). Write out the keys instead."
_NON_TEXT_KEY = "A key must be plain text. Put text that starts with { or [ in quotes."
_SECOND_DOCUMENT = (
    'A second YAML document starts here. Put only one script in each file. If "---" is text, put it in quotes.'
)
_EMPTY_SCRIPT = "The script is empty. Start with voiceguide: 1, title: and stages:, or copy a bundled routine."


@dataclass(frozen=True, eq=False)
class ParseResult:
    """The node tree of a script and the problems found."""

    root: Node | None
    """None if the script could not be parsed completely."""
    problems: tuple[Problem, ...]


def parse_yaml(
    data: bytes, file: str, loader_class: Any = _DEFAULT_LOADER, empty_message: str = _EMPTY_SCRIPT
) -> ParseResult:
    """Parse a script into its node tree.

    `loader_class` is one of PyYAML's loader classes. All of them produce the same tree. `empty_message` is the
    message for a file that contains nothing.

    Raises:
        ScriptError: The file is not text.
    """
    # Replace tabs after the indentation, because only the C parser treats them as spaces.
    text = re.sub(r"\S[^\n]*", lambda line: line.group().replace("\t", " "), decode_script(data, file))
    builder = _TreeBuilder(file, text.split("\n"))
    try:
        for event in yaml.parse(text, Loader=loader_class):
            builder.handle_event(event)
    except yaml.MarkedYAMLError as error:
        line, column, message = explain_yaml_error(error, builder.lines)
        builder.problems.append(Problem(file, line, column, "", message))
        return ParseResult(None, tuple(builder.problems))
    except _ParsingStopped:
        return ParseResult(None, tuple(builder.problems))
    if builder.root is None or (isinstance(builder.root, TextNode) and not builder.root):
        builder.problems.append(Problem(file, 1, 1, "", empty_message))
        return ParseResult(None, tuple(builder.problems))
    return ParseResult(builder.root, tuple(builder.problems))


class _ParsingStopped(Exception):  # noqa: N818  (not an error: the problem is already recorded)
    """Raised when parsing cannot continue."""


@dataclass
class _OpenCollection:
    """A list or mapping whose end has not been reached yet."""

    node: ListNode | MapNode
    key: TextNode | None = None
    """The most recent key."""
    awaits_value: bool = False
    ignore_value: bool = False
    """True while reading the value of a duplicate key."""


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
        mark, trailing_comment = event.end_mark, ""
        if not event.style and mark.line < len(self.lines):
            comment = _TEXTLIKE_COMMENT.match(self.lines[mark.line], mark.column)
            trailing_comment = comment.group(1) if comment else ""
        if event.style == '"' and INVALID_CHARACTERS.search(event.value):
            self._report(event.start_mark, INVALID_ESCAPE_MESSAGE)
            return TextNode(INVALID_CHARACTERS.sub(" ", event.value), *_line_and_column(event.start_mark))
        return TextNode(event.value, *_line_and_column(event.start_mark), trailing_comment)

    def _open_collection(self, event: Any) -> None:
        if len(self.stack) >= MAX_DEPTH:
            message = (
                f"This is nested more than {MAX_DEPTH} levels deep. If it is text with brackets, put it in quotes."
            )
            self._report_and_stop(event.start_mark, message)
        line, column = _line_and_column(event.start_mark)
        node: ListNode | MapNode = ListNode(line=line, column=column)
        if isinstance(event, yaml.MappingStartEvent):
            node = MapNode(line=line, column=column, is_flow_style=bool(event.flow_style))
        self._add_node(node, event)
        self.stack.append(_OpenCollection(node))

    def _add_node(self, node: Node, event: Any) -> None:
        """Add a node to the tree as a key, a value, a list item or the root."""
        parent = self.stack[-1] if self.stack else None
        if parent is not None and isinstance(parent.node, MapNode) and not parent.awaits_value:
            self._add_key(parent, parent.node, node, event)
            return
        self.value_count += 1
        if self.value_count > MAX_VALUES:
            message = f"The script has more than the maximum of {MAX_VALUES:,} values. Split it into several scripts."
            self._report_and_stop(event.start_mark, message)
        if parent is None:
            self.root = node
        elif isinstance(parent.node, ListNode):
            parent.node.append(node)
        else:
            parent.awaits_value = False
            if not parent.ignore_value and parent.key is not None:
                parent.node[parent.key] = node

    def _add_key(self, parent: _OpenCollection, mapping: MapNode, key: Node, event: Any) -> None:
        if not isinstance(key, TextNode):
            self._report_and_stop(event.start_mark, _NON_TEXT_KEY)
        parent.key, parent.awaits_value, parent.ignore_value = key, True, key in mapping.key_positions
        if key == "<<" and not event.style:
            self._report(event.start_mark, _MERGE_KEY)
            parent.ignore_value = True
        elif parent.ignore_value:
            first_line = mapping.key_positions[key][0]
            message = f"Duplicate key {quoted(key)}, first used on line {first_line}. Keep only one of them."
            self._report(event.start_mark, message)
        else:
            mapping.key_positions[key] = (key.line, key.column)

    def _check_anchor_and_tag(self, event: Any) -> None:
        if event.anchor is not None:
            self._report(event.start_mark, _ANCHOR)
        if event.tag is not None:
            self._report(event.start_mark, TAG_MESSAGE)

    def _current_loc(self) -> Loc:
        """Return the location of the value being read."""
        loc: list[str | int] = []
        for level, collection in enumerate(self.stack):
            is_innermost = level == len(self.stack) - 1
            if isinstance(collection.node, ListNode):
                loc.append(len(collection.node) - (not is_innermost))
            elif collection.key is not None and (collection.awaits_value or not is_innermost):
                loc.append(collection.key)
        return tuple(loc)

    def _report(self, mark: Any, message: str) -> None:
        self.problems.append(Problem(self.file, *_line_and_column(mark), format_loc(self._current_loc()), message))
        if len(self.problems) >= MAX_PROBLEMS:
            raise _ParsingStopped

    def _report_and_stop(self, mark: Any, message: str) -> NoReturn:
        self._report(mark, message)
        raise _ParsingStopped


def _line_and_column(mark: Any) -> tuple[int, int]:
    """Return the line and column of a parser mark, both numbered from 1."""
    return mark.line + 1, mark.column + 1
