"""The strict YAML reader: scalars as written, positions and limits, with both of PyYAML's parsers."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.support.long_forms import few
from tests.support.timing import assert_linear
from voiceguide.script.parsing.nodes import ListNode, MapNode, TextNode, format_loc, parse_loc
from voiceguide.script.parsing.yaml_reader import MAX_DEPTH, MAX_VALUES, ParseResult, parse_yaml

PARSERS = [yaml.CSafeLoader, yaml.SafeLoader]


@pytest.fixture(params=PARSERS, ids=["C", "Python"])
def parser(request: pytest.FixtureRequest) -> Any:
    return request.param


def tree(text: str, parser: Any) -> Any:
    result = parse_yaml(text.encode(), "s", parser)
    assert result.problems == ()
    return result.root


def messages(result: ParseResult) -> list[str]:
    return [str(problem) for problem in result.problems]


# YAML 1.1 reads some of these as 90, 750, 5400, 8, 31, 1000, inf, nan, True, False, None, a date, a ValueError.
TRAPS = [
    "1:30", "12:30", "1:30:00", "0:45", "190:20:30", "010", "09", "0o10", "0x1F", "1_000", "1e3", "1.0e+999", ".nan",
    ".inf", "NaN", "yes", "No", "on", "OFF", "y", "null", "Null", "~", "1.10", "2024-01-02", "2024-13-45", "=", "?x",
    "-5", "+3", "-", "9" * 5000, "0x" + "f" * 5000,
]  # fmt: skip


@pytest.mark.parametrize("text", [trap for trap in TRAPS if trap != "-"], ids=lambda text: text[:12])
def test_scalars_stay_as_written(text: str, parser: Any) -> None:
    assert tree(f"a: {text}\n", parser) == {"a": text}
    assert tree(f"- {text}\n", parser) == [text]
    assert tree(f"{{a: [{text}]}}" if not text.startswith("?") else f'{{a: ["{text}"]}}', parser) == {"a": [text]}


@pytest.mark.parametrize("key", ["on", "no", "null", "1", "1:30"])
def test_keys_stay_as_written(key: str, parser: Any) -> None:
    assert tree(f"{key}: x\n", parser) == {key: "x"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: |\n  one\n  two\n", {"a": "one\ntwo\n"}),
        ("a: >-\n  one\n  two\n", {"a": "one two"}),
        ("a: 'it''s'\n", {"a": "it's"}),
        ('a: "one\\ntwo"\n', {"a": "one\ntwo"}),
        ("a: one\n  two\n", {"a": "one two"}),
        ("{a: [b, {c: d}], e: }", {"a": ["b", {"c": "d"}], "e": ""}),
        ("a: b\tc\n", {"a": "b c"}),
        ("a:\tb\n", {"a": "b"}),
        ("a: Stroke, {side} foot\n", {"a": "Stroke, {side} foot"}),
        ("a: 37–40 °C 🙂\n", {"a": "37–40 °C 🙂"}),
        ("%YAML 1.1\n---\na: on\n...\n", {"a": "on"}),
        ("a: b\r\nc: d\re: f\n", {"a": "b", "c": "d", "e": "f"}),
        ("? a\n: b\n", {"a": "b"}),
        ("'<<': b\n", {"<<": "b"}),
        ('"&a": "*b"\n', {"&a": "*b"}),
    ],
)
def test_every_style_is_read(text: str, expected: object, parser: Any) -> None:
    assert tree(text, parser) == expected


def test_every_node_and_key_has_its_position(parser: Any) -> None:
    root = tree("# first\ntitle: Größe 🙂\nsteps:\n  - say:   x\n    for: |\n      3m\n  - [a,  b]\n", parser)
    assert isinstance(root, MapNode)
    assert (root.line, root.column, root.is_flow_style) == (2, 1, False)
    assert root.key_positions == {"title": (2, 1), "steps": (3, 1)}
    title, steps = root["title"], root["steps"]
    assert isinstance(title, TextNode)
    assert (title.line, title.column) == (2, 8)
    assert isinstance(steps, ListNode)
    assert (steps.line, steps.column) == (4, 3)
    step, inner = steps
    assert isinstance(step, MapNode)
    assert step.key_positions == {"say": (4, 5), "for": (5, 5)}
    assert isinstance(step["say"], TextNode)
    assert (step["say"].line, step["say"].column) == (4, 12)
    assert isinstance(inner, ListNode)
    assert [(node.line, node.column) for node in inner] == [(7, 6), (7, 10)]


def test_a_byte_order_mark_shifts_no_position(parser: Any) -> None:
    root = parse_yaml(b"\xef\xbb\xbfa: b\n", "s", parser).root
    assert isinstance(root, MapNode)
    assert root.key_positions == {"a": (1, 1)}


@pytest.mark.parametrize(
    ("text", "comment"),
    [
        ("a: Foo #1 best\n", "#1 best"),
        ("a: Foo # 2 best\n", "# 2 best"),
        ("a: #1\n", "#1"),
        ("a: Foo # a comment\n", ""),
        ("a: Foo ## heading\n", ""),
        ("a: Foo#1\n", ""),
        ("a: 'Foo' #1\n", ""),
        ("a: Foo\n  bar #best\n", "#best"),
        ("a: Foo\n#best\n", ""),
    ],
)
def test_comments_that_look_like_text_are_recorded(text: str, comment: str, parser: Any) -> None:
    assert tree(text, parser)["a"].trailing_comment == comment


def test_problems_that_do_not_stop_parsing_are_all_reported(parser: Any) -> None:
    text = "a: &x b\nc: *x\nd: !t e\na: f\ng: [{h: 1, h: 2}]\n<<: i\n"
    result = parse_yaml(text.encode(), "s", parser)
    assert result.root == {"a": "b", "c": "*x", "d": "e", "g": [{"h": "1"}]}
    assert messages(result) == [
        's:1:4: a: "&" starts a YAML anchor, so the word after it would be lost. Put the text in quotes.',
        's:2:4: c: "*" starts a YAML alias, which scripts do not support. Quote the text, or repeat the content.',
        's:3:4: d: "!" starts a YAML tag, which scripts do not support. Put the text in quotes.',
        's:4:1: a: Duplicate key "a", first used on line 1. Keep only one of them.',
        's:5:12: g[0].h: Duplicate key "h", first used on line 5. Keep only one of them.',
        "s:6:1: <<: Scripts do not support merge keys (<<). Write out the keys instead.",
    ]


def test_if_the_parsers_differ_both_messages_make_sense() -> None:
    """Inside brackets the Python parser ends text at `?`, and the C parser requires a space after a colon."""
    c_result, python_result = (parse_yaml(b"a: [Does it hurt? Stop.]", "s", parser) for parser in PARSERS)
    assert c_result.root == {"a": ["Does it hurt? Stop."]}
    advice = "Put text that starts with [ in quotes."
    assert messages(python_result) == [f"s:1:4: This [ needs a closing ], and commas between the entries. {advice}"]
    c_result, python_result = (parse_yaml(b"a: {at:,half}", "s", parser) for parser in PARSERS)
    assert messages(c_result) == ["s:1:7: A space is missing after this colon. Add one, or put the text in quotes."]


def test_an_alias_bomb_stays_small(parser: Any) -> None:
    rows = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    rows += [f"{name}: &{name} [{', '.join([f'*{chr(ord(name) - 1)}'] * 9)}]" for name in "bcdefghi"]
    result = parse_yaml("\n".join(rows).encode(), "s", parser)
    assert len(result.problems) == 9 + 8 * 9
    assert isinstance(result.root, MapNode)
    assert all(isinstance(row, ListNode) and len(row) == 9 for row in result.root.values())


def test_nesting_is_limited_to_20_levels(parser: Any) -> None:
    assert tree("[" * MAX_DEPTH + "]" * MAX_DEPTH, parser) is not None
    result = parse_yaml(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "s", parser)
    assert result.root is None
    assert messages(result) == [
        f"s:1:21: {'[0]' * 20}: This is nested more than 20 levels deep. If it is text with brackets, put it in quotes."
    ]


def test_a_script_is_limited_to_100_000_values() -> None:
    result = parse_yaml(f"[{'a,' * (MAX_VALUES - 1)}]".encode(), "s")
    assert isinstance(result.root, ListNode)
    assert len(result.root) == MAX_VALUES - 1
    result = parse_yaml(f"[{'a,' * MAX_VALUES}]".encode(), "s")
    assert result.root is None
    assert messages(result) == [
        "s:1:200000: [99999]: The script has more than the maximum of 100,000 values. Split it into several scripts."
    ]


@pytest.mark.parametrize("opening", few(4, [b"[", b"- ", b"a: ", b"'", b"{", b"? ", b"&a ", b"!", b"|", b"\t"]))
def test_much_punctuation_is_rejected_quickly(opening: bytes, parser: Any) -> None:
    """A recursive parser overflows its stack at 25,000 brackets and crashes the process."""

    def parse(size: int) -> None:
        assert parse_yaml((opening * size)[: size - 1], "s", parser).problems

    assert_linear(parse, 25_000)


@pytest.mark.parametrize(
    ("loc", "text"),
    [
        ((), ""),
        (("title",), "title"),
        (("stages", 1, "steps", 0, "for"), "stages[1].steps[0].for"),
        ((0, 1, "a"), "[0][1].a"),
        (("set", "long strokes"), "set.long strokes"),
        (("words", "e.g."), 'words["e.g."]'),
        (("words", 'a"]b', "c"), 'words["a\\"]b"].c'),
        (("words", ""), 'words[""]'),
        (("a\nb", 12), '["a\\nb"][12]'),
    ],
)
def test_locations_round_trip_through_text(loc: tuple[str | int, ...], text: str) -> None:
    assert format_loc(loc) == text
    assert parse_loc(text) == loc
