"""Edits of a script's text: what they change, and that they change nothing else."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest
from pydantic import BaseModel

from tests.support.long_forms import long
from voiceguide.errors import ScriptError
from voiceguide.script.editing import (
    Copy,
    EditError,
    Insert,
    Move,
    Operation,
    Remove,
    Set,
    apply,
    fresh,
    operation_from_json,
    tree,
)
from voiceguide.script.editing.layout.document import Tree
from voiceguide.script.editing.layout.key_order import KEY_ORDER
from voiceguide.script.loader import load_script
from voiceguide.script.model.routine import (
    BedChoice,
    CueSpec,
    Routine,
    Say,
    Stage,
    StageGroup,
    Step,
    Switch,
    Variant,
)
from voiceguide.script.parsing.yaml_reader import parse_yaml

FOOT_MASSAGE = Path(__file__).parents[2] / "scripts" / "foot-massage.yaml"
STEPS = """\
# How to soak

voiceguide: 1
title: Feet   # the title
needs:
  - oil        # warm
  # optional
  - towels
  # - candles
stages:
  - stage: Soak   # warm water
    steps:
      # The first step
      - step: soak
        say: Both feet in.
        # long enough
        for: 5m      # the clock
        # the end of soak
      - say: Feet out.
        pause: 20s

  - stage: Rest
    steps:
      - {say: Rest., for: 1m}   # short
"""
SOAK, REST = ("stages", 0, "steps"), ("stages", 1, "steps")


def changes(before: str, after: str) -> list[str]:
    """Return the lines removed and added, marked with - and +."""
    lines = list(difflib.unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True), n=0))
    return [f"{line[0]} {line[1:]}".rstrip("\n") for line in lines[2:] if line[0] in "-+"]


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        # Text
        (Set((*SOAK, 0, "for"), "2m"), ["-         for: 5m      # the clock", "+         for: 2m      # the clock"]),
        (Set(("title",), "Feet: warm"), ["- title: Feet   # the title", '+ title: "Feet: warm"   # the title']),
        (Set(("needs", 0), "oil #1"), ["-   - oil        # warm", '+   - "oil #1"        # warm']),
        (
            Set((*SOAK, 1, "say"), "Feet out.\nDry them."),
            ["-       - say: Feet out.", "+       - say: |-", "+           Feet out.", "+           Dry them."],
        ),
        (
            Set(("title",), "Feet\nwarm"),
            ["- title: Feet   # the title", "+ title: |-   # the title", "+   Feet", "+   warm"],
        ),
        # Keys
        (
            Set((*SOAK, 1, "step"), "dry"),
            ["-       - say: Feet out.", "+       - step: dry", "+         say: Feet out."],
        ),
        (Set((*SOAK, 1, "min"), "5s"), ["+         min: 5s"]),
        (Set((*SOAK, 1, "tags"), ["a", "b c"]), ["+         tags: [a, b c]"]),
        (Set((*SOAK, 1, "odd"), "1"), ['+         odd: "1"']),
        (
            Set((*REST, 0, "min"), "30s"),
            ["-       - {say: Rest., for: 1m}   # short", "+       - {say: Rest., for: 1m, min: 30s}   # short"],
        ),
        (
            Set((*SOAK, 0, "say"), {"full": "Both feet in.", "brief": "In."}),
            [
                "-         say: Both feet in.",
                "+         say:",
                "+           full: Both feet in.",
                "+           brief: In.",
            ],
        ),
        (Set(("bed",), {"sound": "rain", "level": "-14"}), ["+ bed: {sound: rain, level: -14}"]),
        (Set(("author",), "Anna"), ["+ author: Anna"]),
        (Remove((*SOAK, 0, "for")), ["-         # long enough", "-         for: 5m      # the clock"]),
        (Remove(("voiceguide",)), ["- voiceguide: 1"]),
        (
            Remove((*SOAK, 0, "step")),
            ["-       - step: soak", "-         say: Both feet in.", "+       - say: Both feet in."],
        ),
        (
            Remove((*SOAK, 0, "say")),
            ["-         say: Both feet in."],
        ),
        (
            Move((*SOAK, 1, "pause"), (*SOAK, 1, "for")),
            ["-         pause: 20s", "+         for: 20s"],
        ),
        # Items
        (
            Insert((*SOAK, 2), {"for": "10s", "say": "Dry them."}),
            ["+       - say: Dry them.", "+         for: 10s"],
        ),
        (Insert(("needs", 0), "water"), ["+   - water"]),
        (Insert(("needs", 2), "water"), ["+   - water"]),
        (
            Insert((*REST, 0), {"say": "Lie down.", "for": "20s"}),
            ["+       - {say: Lie down., for: 20s}"],
        ),
        (
            Insert(("stages", 2), {"stage": "End", "steps": [{"say": "That was it.", "pause": "5s"}]}),
            ["+ ", "+   - stage: End", "+     steps:", "+       - say: That was it.", "+         pause: 5s"],
        ),
        (
            Remove((*SOAK, 0)),
            [
                "-       # The first step",
                "-       - step: soak",
                "-         say: Both feet in.",
                "-         # long enough",
                "-         for: 5m      # the clock",
                "-         # the end of soak",
            ],
        ),
        (Remove(("needs", 1)), ["-   # optional", "-   - towels"]),
        (
            Remove((*REST, 0)),
            ["-     steps:", "-       - {say: Rest., for: 1m}   # short", "+     steps: []"],
        ),
        (
            Remove(("stages", 1)),
            ["- ", "-   - stage: Rest", "-     steps:", "-       - {say: Rest., for: 1m}   # short"],
        ),
        (
            Move((*SOAK, 1), (*REST, 1)),
            ["-       - say: Feet out.", "-         pause: 20s", "+       - say: Feet out.", "+         pause: 20s"],
        ),
        (Move(("needs", 1), ("needs", 0)), ["-   - oil        # warm", "+   - oil        # warm"]),
        (Copy((*REST, 0), (*SOAK, 0)), ["+       - {say: Rest., for: 1m}   # short"]),
        # Nothing
        (Set(("title",), "Feet"), []),
        (Move(("needs", 1), ("needs", 1)), []),
    ],
)
def test_an_edit_changes_only_its_own_lines(operation: Operation, expected: list[str]) -> None:
    assert changes(STEPS, apply(STEPS, operation)) == expected


def test_three_edits_of_the_bundled_foot_massage_change_three_lines() -> None:
    text = edited = FOOT_MASSAGE.read_text("utf-8")
    for operation in (
        Set(("stages", 0, "steps", 0, "for"), "4m"),
        Set(("stages", 0, "steps", 1, "say", "brief"), "Dry your feet."),
        Set(("bed",), "stream"),
    ):
        edited = apply(edited, operation)
    assert [line[0] for line in changes(text, edited)] == ["-", "+"] * 3
    assert tree(edited)["bed"] == "stream"


def test_a_list_that_is_set_as_a_whole_keeps_the_comments_of_the_items_that_stay() -> None:
    text = apply(STEPS, Set(("needs",), ["oil", "a basin", "water"]))
    assert changes(STEPS, text) == ["-   - towels", "+   - a basin", "+   - water"]


def test_a_map_that_is_set_as_a_whole_keeps_its_order_and_comments() -> None:
    step: dict[str, Tree] = {"for": "4m", "say": "Both feet in.", "step": "soak"}
    assert changes(STEPS, apply(STEPS, Set((*SOAK, 0), step))) == [
        "-         for: 5m      # the clock",
        "+         for: 4m      # the clock",
    ]


@pytest.mark.parametrize(
    ("text", "operation", "expected"),
    [
        # A dash below its key, without indentation
        ("needs:\n- a\n- b\nbed: rain\n", Insert(("needs", 2), "c"), "needs:\n- a\n- b\n- c\nbed: rain\n"),
        ("needs:\n- a\nbed: rain\n", Set(("safety",), ["c"]), "needs:\n- a\nbed: rain\nsafety:\n- c\n"),
        # Wide indentation
        (
            "stages:\n    -   stage: A\n        steps:\n            -   say: x\n",
            Insert(("stages", 0, "steps", 1), {"say": dict[str, Tree](full="a", brief="b"), "for": "1m"}),
            "stages:\n    -   stage: A\n        steps:\n            -   say: x\n"
            "            -   say:\n                    full: a\n                    brief: b\n"
            "                for: 1m\n",
        ),
        # No line end at the end
        ("needs:\n  - a\n  - b", Remove(("needs", 1)), "needs:\n  - a"),
        ("needs:\n  - a\n  - b", Insert(("needs", 2), "c"), "needs:\n  - a\n  - b\n  - c"),
        ("title: a", Set(("title",), "b\nc\n"), "title: |\n  b\n  c\n"),
        ("title: a", Set(("bed",), "rain"), "title: a\nbed: rain"),
        # Line ends and byte order mark
        (
            "\ufefftitle: a\r\nneeds:\r\n- b\r\n",
            Insert(("needs", 0), "c\nd"),
            "\ufefftitle: a\r\nneeds:\r\n- |-\r\n  c\r\n  d\r\n- b\r\n",
        ),
        ("title: a\rbed: rain\r", Remove(("title",)), "bed: rain\r"),
        # Documents
        ("---\ntitle: a\n...\n", Set(("bed",), "rain"), "---\ntitle: a\nbed: rain\n...\n"),
        ("%YAML 1.1\n---\na: b\n---\nb: c\n", Set(("a",), "c"), "%YAML 1.1\n---\na: c\n---\nb: c\n"),
        ("a: b\n---\nb: c\n", Set(("d",), "e"), "a: b\nd: e\n---\nb: c\n"),
        ("", Set(("title",), "a"), "title: a\n"),
        ("# only a comment", Set(("title",), "a"), "# only a comment\ntitle: a\n"),
        ("# a\n\n# b\n", Set((), {"title": "a", "voiceguide": "1"}), "# a\n\n# b\nvoiceguide: 1\ntitle: a\n"),
        # Empty values
        ("needs:   # none yet\n", Insert(("needs", 0), "a"), "needs:   # none yet\n  - a\n"),
        ("bed:\ntitle: a\n", Set(("bed", "level"), "-14"), "bed: {level: -14}\ntitle: a\n"),
        ("needs:\n  -\n  - b\n", Set(("needs", 0), "a"), "needs:\n  - a\n  - b\n"),
        ("needs: []\n", Insert(("needs", 0), "a"), "needs:\n  - a\n"),
        ("tags: []\n", Insert(("tags", 0), "a"), "tags: [a]\n"),
        ("needs:\n  # the only one\n  - a\n", Remove(("needs", 0)), "needs: []\n"),
        ("title: a   # first\n", Remove(("title",)), "{}\n"),
        # Brackets
        ("tags: [a, b]\n", Insert(("tags", 1), "c, d"), 'tags: [a, "c, d", b]\n'),
        ("tags: [a, b, ]\n", Insert(("tags", 2), "c"), "tags: [a, b, c, ]\n"),
        ("tags: [ a, b ]\n", Remove(("tags", 0)), "tags: [ b ]\n"),
        ("tags: [ a, b ]\n", Remove(("tags", 1)), "tags: [ a ]\n"),
        ("tags: [ a ]\n", Remove(("tags", 0)), "tags: []\n"),
        ("tags: [\n  a,   # one\n  b\n]\n", Insert(("tags", 2), "c"), "tags: [\n  a,   # one\n  b,\n  c\n]\n"),
        ("x: [\n  a,   # one\n  b,  # two\n]\n", Move(("x", 1), ("x", 0)), "x: [\n  b,  # two\n  a,   # one\n]\n"),
        ("tags: [\n  a,   # one\n  b,  # two\n]\n", Remove(("tags", 0)), "tags: [\n  b,  # two\n]\n"),
        ("tags: [a, # one\n  b, # two\n  c]\n", Remove(("tags", 1)), "tags: [a, # one\n  c]\n"),
        ("tags: [x, a, # one\n  b]\n", Remove(("tags", 1)), "tags: [x, # one\n  b]\n"),
        ("tags: [a, # one\n  b]\n", Remove(("tags", 1)), "tags: [a, # one\n  ]\n"),
        ("{title: a}\n", Set(("bed",), "rain"), "{title: a, bed: rain}\n"),
        ('{\n  "title": "a"\n}\n', Set(("bed",), "rain"), '{\n  "title": "a",\n  "bed": "rain"\n}\n'),
        ("a: {b: c, d: e}\n", Move(("a", "b"), ("a", "f")), "a: {f: c, d: e}\n"),
        # From dashes to brackets and back
        (
            "needs:\n  # warm\n  - oil  # much\nstages:\n  - tags: [a]\n",
            Move(("needs", 0), ("stages", 0, "tags", 1)),
            "needs: []\nstages:\n  # warm\n  # much\n  - tags: [a, oil]\n",
        ),
        ("tags: [a, 'b']\nneeds:\n  - oil\n", Move(("tags", 1), ("needs", 0)), "tags: [a]\nneeds:\n  - 'b'\n  - oil\n"),
        (
            "tags: [\n  a,  # one\n]\nneeds:\n  - oil\n",
            Move(("tags", 0), ("needs", 1)),
            "tags: []\nneeds:\n  - oil\n  - a  # one\n",
        ),
        # An item whose first key or item follows another dash
        ("- - a\n".replace("-", "x:\n  -", 1), Insert(("x", 0, 0), "b"), "x:\n  - - b\n    - a\n"),
        ("x:\n  - - a\n    # two\n    - b\n", Remove(("x", 0, 0)), "x:\n  # two\n  - - b\n"),
        ("x:\n  - a: 1\n", Remove(("x", 0, "a")), "x:\n  - {}\n"),
        ("x:\n  -\n    a: 1\n    b: 2\n", Remove(("x", 0, "a")), "x:\n  -\n    b: 2\n"),
        # Comments that are indented like what is above them, or do not touch
        ("x:\n  - a\n    # about a\n  - b\n", Remove(("x", 1)), "x:\n  - a\n    # about a\n"),
        ("x:\n  - a\n    # about a\n  - b\n", Remove(("x", 0)), "x:\n  - b\n"),
        ("x:\n  - a\n\n    # still about a\n  - b\n", Remove(("x", 0)), "x:\n  - b\n"),
        ("x:\n  - a\n\n    # still about a\n  - b\n", Remove(("x", 1)), "x:\n  - a\n\n    # still about a\n"),
        ("x:\n  - a\n\n  # Part two\n\n  - b\n  - c\n", Remove(("x", 1)), "x:\n  - a\n\n  # Part two\n  - c\n"),
        ("x:\n  - a\n# about b\n  - b\n", Move(("x", 1), ("x", 0)), "x:\n# about b\n  - b\n  - a\n"),
        ("needs:\n- a\n  #deep\n- b\n", Set(("needs", 0), "c\nd"), 'needs:\n- "c\\nd"\n  #deep\n- b\n'),
        # Text on several lines
        ("a: |  # note\n  one\n  two\nb: c\n", Set(("a",), "three\n"), "a: |  # note\n  three\nb: c\n"),
        ("a: |  # note\n  one\n  two\nb: c\n", Set(("a",), "three"), "a: |-  # note\n  three\nb: c\n"),
        ("a: |+\n  one\n\n\nb: c\n", Set(("b",), "d"), "a: |+\n  one\n\n\nb: d\n"),
        (
            "a: >-\n  one two\n  three four five\n  six\n",
            Set(("a",), "one two three 4 five six"),
            "a: >-\n  one two\n  three 4 five\n  six\n",
        ),
        ("a: one\n  two\n  three\n", Set(("a",), "one 2 three"), "a: one\n  2\n  three\n"),
        ("a: 'one\n  two'  # x\n", Set(("a",), "one isn't"), "a: 'one\n  isn''t'  # x\n"),
        ("a:\n  # why\n  one\n", Set(("a",), "two"), "a:\n  # why\n  two\n"),
        ("a:\n  # why\n  one\n", Set(("a",), {"b": "c"}), "a:\n  # why\n  b: c\n"),
        # Anchors that nothing repeats, and tags
        ("a: &x one\n", Set(("a",), "two"), "a: two\n"),
        ("a: !!str 5\nb: c\n", Remove(("b",)), "a: !!str 5\n"),
        ("a: &x\n  - b\n", Remove(("a", 0)), "a: &x []\n"),
        ("a: *x\n", Set(("a",), "*x* marks"), 'a: "*x* marks"\n'),
        # Characters that YAML takes for line breaks
        ("a: b\u2028c\x85d\ne: f\n", Set(("e",), "g"), "a: b\u2028c\x85d\ne: g\n"),
        ("a: b\u2028c\n", Set(("a",), "b c"), "a: b c\n"),
        ("a:\tb\t# c\td\n", Set(("a",), "e"), "a:\te\t# c\td\n"),
        # The same key twice: the first counts, as it does for the checker
        ("a: 1\na: 2\nb: 3\n", Set(("a",), "x"), "a: x\na: 2\nb: 3\n"),
        ("a: 1\na: 2\nb: 3\n", Remove(("a",)), "b: 3\n"),
        # A script that is indented as a whole
        ("  a: 1\n  b: 2\n", Remove(("a",)), "  b: 2\n"),
        ("  bed: rain\n", Set(("title",), "c"), "  title: c\n  bed: rain\n"),
        # Explicit keys
        ("? a\n: b\nc: d\n", Set(("a",), "e"), "? a\n: e\nc: d\n"),
        ("? a\n: b\n", Set(("c",), "d"), "? a\n: b\nc: d\n"),
        ("# x\n? a\n: b\nc: d\n", Remove(("a",)), "# x\nc: d\n"),
    ],
)  # fmt: skip
def test_every_layout_is_kept(text: str, operation: Operation, expected: str) -> None:
    assert apply(text, operation) == expected


@pytest.mark.parametrize(
    ("old", "new", "written"),
    [
        # Quotes only where they are needed: an old plain scalar
        ("x", "Breathe out; don't stop, and wait", "Breathe out; don't stop, and wait"),
        ("x", "Stroke, {side} foot", "Stroke, {side} foot"),
        ("x", "{side} foot", '"{side} foot"'),
        ("x", "[2s] wait", '"[2s] wait"'),
        ("x", "yes", '"yes"'),
        ("x", "No", '"No"'),
        ("x", "off", '"off"'),
        ("x", "y", '"y"'),
        ("x", "null", '"null"'),
        ("x", "~", '"~"'),
        ("x", "1:30", '"1:30"'),
        ("x", "012", '"012"'),
        ("x", "0o17", '"0o17"'),
        ("x", "1_000", '"1_000"'),
        ("x", "1e3", '"1e3"'),
        ("x", "2024-05-01", '"2024-05-01"'),
        ("x", "90s", "90s"),
        ("x", "1m30s", "1m30s"),
        ("x", "40%", "40%"),
        ("x", "@home", '"@home"'),
        ("x", "`tick`", '"`tick`"'),
        ("x", "%5", '"%5"'),
        ("x", "!important", '"!important"'),
        ("x", "& more", '"& more"'),
        ("x", "*note*", '"*note*"'),
        ("x", ", then", '", then"'),
        ("x", "# one", '"# one"'),
        ("x", "point #1", '"point #1"'),
        ("x", "point#1", "point#1"),
        ("x", "Step 1: soak", '"Step 1: soak"'),
        ("x", "then:", '"then:"'),
        ("x", "http://x.y", "http://x.y"),
        ("x", "- dash", '"- dash"'),
        ("x", "-dash", "-dash"),
        ("x", " space", '" space"'),
        ("x", 'say "ah"', 'say "ah"'),
        ("x", '"ah"', "'\"ah\"'"),
        ("x", '"it\'s"', '"\\"it\'s\\""'),
        ("x", "a\\b: c", '"a\\\\b: c"'),
        ("x", "Füße 🦶", "Füße 🦶"),
        ("x", "", '""'),
        # An old time or flag without quotes stays without
        ("1:30", "2:00", "2:00"),
        ("yes", "no", "no"),
        ("1:30", "yes", '"yes"'),
        # The old quotes stay
        ('"x"', "plain", '"plain"'),
        ("'x'", "it's", "'it''s'"),
        ("'x'", "a\nb", "|-\n  a\n  b"),
    ],
)
def test_text_is_quoted_as_a_person_would(old: str, new: str, written: str) -> None:
    assert apply(f"say: {old}\n", Set(("say",), new)) == f"say: {written}\n"


@pytest.mark.parametrize(
    ("key", "value", "written"),
    [
        ("fixed", "yes", "yes"),
        ("announce_quiet", "no", "no"),
        ("repeat", "3", "3"),
        ("pace", "0.95", "0.95"),
        ("level", "-14", "-14"),
        ("repeat", "012", '"012"'),
        ("fixed", "1", '"1"'),
        ("say", "3", '"3"'),
    ],
)
def test_flags_and_numbers_are_not_quoted(key: str, value: str, written: str) -> None:
    assert apply("a: b\n", Set((key,), value)) in (f"a: b\n{key}: {written}\n", f"{key}: {written}\na: b\n")
    assert apply("x: {a: b}\n", Set(("x", key), value)) == f"x: {{a: b, {key}: {written}}}\n"


def test_long_text_is_folded_if_the_file_folds_text() -> None:
    words = "Let your shoulders sink, " * 5
    text = "description: >-\n  Soak, stroke and rest, on your own feet, for as long\n  as you like.\nsay: x\n"
    assert apply(text, Set(("say",), words.strip())) == text.replace(
        "say: x\n",
        "say: >-\n  Let your shoulders sink, Let your shoulders sink,\n"
        "  Let your shoulders sink, Let your shoulders sink,\n  Let your shoulders sink,\n",
    )
    assert apply("say: x\n", Set(("say",), words.strip())) == f"say: {words.strip()}\n"


NEEDS_PATH = 'An edit needs a "path": a list of keys and indexes, such as ["stages", 0, "steps", 2].'
SHARED = "Line 3 repeats the content of line 1 as *x. Write the content out in both places first."


@pytest.mark.parametrize(
    ("text", "operation", "message"),
    [
        # Nothing there
        (STEPS, Set(("stages", 5, "stage"), "x"), "There is no stages[5] in this script."),
        (STEPS, Set(("stages", 2), "x"), "There is no stages[2]: the list has 2 items."),
        (STEPS, Insert(("needs", 4), "x"), "There is no needs[4]: the list has 2 items."),
        (STEPS, Insert(("needs", -1), "x"), "There is no needs[-1]: the list has 2 items."),
        (STEPS, Insert(("safety", 0), "x"), "There is no safety in this script."),
        (STEPS, Remove(("bed",)), "There is no bed in this script."),
        (STEPS, Copy((*SOAK, 7), (*SOAK, 0)), "There is no stages[0].steps[7] in this script."),
        # Not of this kind
        (STEPS, Set(("title", "full"), "x"), "title is plain text, so it has no full."),
        (STEPS, Set(("needs", "x"), "x"), "needs is a list, so it has no x."),
        (STEPS, Insert(("title", 0), "x"), "title is plain text, so an item can only be inserted into a list."),
        (
            STEPS,
            Insert(("stages", 0, 0), "x"),
            "stages[0] is a group of keys, so an item can only be inserted into a list.",
        ),
        (STEPS, Set((), "x"), "A script is a group of keys, so it cannot be set to this value."),
        (STEPS, Remove(()), "The whole script cannot be moved, copied or removed."),
        (STEPS, Insert((), "x"), "The path must end at a position in a list, such as stages[0]."),
        (
            "- a\n",
            Set(("a",), "x"),
            "This is not a group of keys, so it is not a script. Start with voiceguide: 1, title: and stages:.",
        ),
        # Moves
        (STEPS, Move(("stages", 1), ("stages", 1, "steps", 0)), "There is no stages[1] in this script."),
        (STEPS, Move(("title",), ("needs",)), "needs already exists. Choose another name."),
        (STEPS, Move(("title",), ()), "title is a key, so it can be renamed but not moved to another place."),
        (STEPS, Move(("title",), ("needs", 0)), "title is a key, so it can be renamed but not moved to another place."),
        ("a: 1\nb: 2\na: 3\n", Move(("a",), ("c",)), 'The key "a" is on line 1 and on line 3. Remove one first.'),
        # Anchors
        ("a: &x\n  - b\nc: *x\n", Set(("a", 0), "d"), SHARED),
        ("a: &x\n  - b\nc: *x\n", Insert(("a", 0), "d"), SHARED),
        ("a: &x\n  - b\nc: *x\n", Remove(("a",)), SHARED),
        ("a: &x\n  - b\nc: *x\n", Set(("a",), "d"), SHARED),
        (
            "a:\n- &x b\n- *x\n",
            Move(("a", 1), ("a", 0)),
            "This would put an alias (*) before its anchor (&). Write the content out first.",
        ),
    ],
)
def test_an_edit_that_is_not_possible_says_why(text: str, operation: Operation, message: str) -> None:
    with pytest.raises(EditError) as error:
        apply(text, operation)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"op": "set", "path": ["title"], "value": "x"}, Set(("title",), "x")),
        ({"op": "set", "path": ["stages", 0], "value": {"pace": 0.9, "repeat": 2, "fixed": True, "say": None}},
         Set(("stages", 0), {"pace": "0.9", "repeat": "2", "fixed": "yes", "say": ""})),
        ({"op": "insert", "path": ["tags", 0], "value": "a\r\nb\tc\x00\u2028\ud800"}, Insert(("tags", 0), "a\nb c\n")),
        ({"op": "remove", "path": ["needs", 0]}, Remove(("needs", 0))),
        ({"op": "move", "path": ["needs", 0], "to": ["needs", 1]}, Move(("needs", 0), ("needs", 1))),
        ({"op": "copy", "path": ["needs", 0], "to": ["needs", 1]}, Copy(("needs", 0), ("needs", 1))),
    ],
)  # fmt: skip
def test_operations_come_as_json(data: object, expected: Operation) -> None:
    assert operation_from_json(data) == expected


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], 'An edit needs an "op": set, insert, remove, move or copy.'),
        ({"op": "delete"}, 'An edit needs an "op": set, insert, remove, move or copy.'),
        ({"op": ["set"]}, 'An edit needs an "op": set, insert, remove, move or copy.'),
        ({"op": "set", "path": ["a"]}, 'The edit "set" needs a "value".'),
        ({"op": "remove"}, NEEDS_PATH),
        ({"op": "remove", "path": "a"}, NEEDS_PATH),
        ({"op": "remove", "path": [True]}, NEEDS_PATH),
        ({"op": "copy", "path": ["a"]}, NEEDS_PATH.replace("path", "to")),
    ],
)  # fmt: skip
def test_json_that_is_not_an_operation_is_refused(data: object, message: str) -> None:
    with pytest.raises(EditError) as error:
        operation_from_json(data)
    assert str(error.value) == message


def test_a_value_that_is_nested_too_deeply_is_refused() -> None:
    value: object = "x"
    for _ in range(5000):
        value = [value]
    with pytest.raises(EditError, match=r"^The new value is nested more than 20 levels deep\.$"):
        operation_from_json({"op": "set", "path": ["a"], "value": value})


@pytest.mark.parametrize("text", ["a: [", "a: b: c", "\ta: b", "a: {b: " * 30, "x" * (1 << 20) + "y", "{" * 30_000])
def test_text_that_is_not_yaml_is_a_script_error(text: str) -> None:
    with pytest.raises(ScriptError):
        tree(text)
    with pytest.raises(ScriptError):
        apply(text, Remove(("a",)))


def test_the_tree_is_what_the_checker_reads() -> None:
    for path in FOOT_MASSAGE.parent.glob("*.yaml"):
        assert tree(path.read_text("utf-8")) == parse_yaml(path.read_bytes(), "").root


def test_the_usual_order_has_every_key_of_the_script_language() -> None:
    models: dict[str, type[BaseModel]] = {
        "routine": Routine, "group": StageGroup, "stage": Stage, "step": Step, "cue": CueSpec, "say": Say,
        "switch": Switch, "bed": BedChoice, "variant": Variant,
    }  # fmt: skip
    for kind, model in models.items():
        keys = {field.alias or name for name, field in model.model_fields.items()}
        assert set(KEY_ORDER[kind]) == keys, kind
        assert len(KEY_ORDER[kind]) == len(keys), kind


@long
def test_a_large_script_is_edited() -> None:
    step = f"      - {{step: s%d, for: 90s, say: {'Breathe slowly, in and out. ' * 5}}}\n"
    text = "title: x\nstages:\n  - stage: A\n    steps:\n" + "".join(step % number for number in range(5500))
    assert 900_000 < len(text) < 1 << 20
    edited = apply(text, Set(("stages", 0, "steps", 5499, "for"), "2m"))
    assert edited == text.replace("s5499, for: 90s", "s5499, for: 2m")


@long
def test_an_edit_does_not_make_a_script_larger_than_a_script_may_be() -> None:
    with pytest.raises(EditError) as error:
        apply("title: x\n", Set(("title",), "é" * (1 << 19)))
    assert str(error.value) == ("This edit is not possible. The script is larger than 1 MiB, the limit for a script.")
    with pytest.raises(EditError) as error:
        apply("title: x\n", Set(("title",), ["x"] * 100_001))
    assert str(error.value) == ("This edit is not possible. The script has more than the maximum of 100,000 values.")
    with pytest.raises(EditError) as error:
        apply("x: " + "[" * 18 + "]" * 18, Set(("x", *[0] * 17), [[["deep"]]]))
    assert str(error.value) == "This edit is not possible. This is nested more than 20 levels deep."


@pytest.mark.parametrize("language", ["en-US", "en-GB", "de", "es-MX", "fr"])
def test_a_new_script_is_valid_and_can_be_edited(language: str) -> None:
    text = fresh("Feet: an evening\n#1", language)
    script = load_script("new.yaml", text.encode())
    assert script.warnings == ()
    assert script.routine.title == "Feet: an evening #1"
    assert script.routine.language == language
    edited = apply(text, Insert(("stages", 1), {"stage": "Rest", "steps": [{"say": "Rest.", "for": "1m"}]}))
    assert edited == text + "\n  - stage: Rest\n    steps:\n      - say: Rest.\n        for: 1m\n"


def test_a_new_script_without_a_title_or_in_an_unknown_language_can_be_corrected() -> None:
    assert tree(fresh("", "tlh"))["title"] == ""
    assert tree(fresh(" ", "no"))["language"] == "no"


def test_a_stage_is_moved_into_the_group_that_takes_its_place() -> None:
    """It was refused as a move into itself, because the paths begin alike."""
    text = "stages:\n  - stage: Soak   # warm\n  - repeat: 2\n    stages:\n      - stage: Stroke\n"
    moved = "stages:\n  - repeat: 2\n    stages:\n      - stage: Soak   # warm\n      - stage: Stroke\n"
    assert apply(text, Move(("stages", 0), ("stages", 0, "stages", 0))) == moved
    assert apply(moved, Move(("stages", 0, "stages", 0), ("stages", 0))) == text
