"""Scripts as people write them: every layout, comment, quote and line end that YAML allows."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field

__all__ = ["odd_script"]

_WORDS = (
    "Warm the oil between your palms.",
    "Let your shoulders drop; breathe out slowly, and wait",
    "Fußbad für zwei",
    "Respira hondo, y suéltalo…",
    "足を休める",
    "🦶 gently",
    "Step 1: soak",
    "point #1",
    "# not a comment",
    "yes",
    "no",
    "1:30",
    "012",
    "1_000",
    "2024-05-01",
    "@home",
    "`tick`",
    "%5",
    "!important",
    "&c",
    "*note*",
    "- dash",
    "? what",
    ": colon",
    "ends with:",
    "[2s] wait",
    "{side} foot",
    "don't press",
    'say "ah"',
    "back\\slash",
    " leading",
    "trailing ",
    "a, b, c",
    "null",
    "~",
    "---",
    "...",
    "x" * 130,
    "One sentence of many words that goes on until it is longer than any line a person would like to read in one go.",
    "first line\nsecond line",
    "a paragraph\n\nanother\n",
    "  indented\nless",
)
_TIMES = ("90s", "1m30s", "1:30", "2.5m", "1h", "30s left", "half", "1/3", "40%")
_COMMENTS = (
    "# note",
    "#no space",
    "# tab\there",
    "# for: 5m",
    "# - say: old",
    "# \"quote' {brace",
    "#",
    "# ünïcode 🦶",
)


@dataclass
class _Layout:
    """How one author writes."""

    rng: random.Random
    list_offset: int
    map_offset: int
    dash: str
    newline: str
    comments: float
    blanks: float
    flow: float
    oddity: float
    anchors: list[str] = field(default_factory=list)

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability


def odd_script(seed: int) -> str:
    """Return the text of a script in a random layout. Nearly all of them are valid YAML."""
    rng = random.Random(seed)
    layout = _Layout(
        rng,
        rng.choice((0, 2, 2, 2, 4)),
        rng.choice((2, 2, 2, 3, 4)),
        rng.choice(("- ", "- ", "- ", "-   ")),
        rng.choice(("\n", "\n", "\n", "\r\n", "\r")),
        rng.choice((0.1, 0.4, 0.8)),
        rng.choice((0, 0.1, 0.3)),
        rng.choice((0, 0.3, 0.6)),
        rng.choice((0, 0, 0.1)),
    )
    special = _SPECIAL[seed % 40] if seed % 40 < len(_SPECIAL) else None
    if special is not None:
        return special(layout)
    body = "\n".join(_map_lines(layout, _routine(rng), 0)) + "\n"
    if layout.chance(0.15):
        body = rng.choice(("---\n", "--- # start\n", "%YAML 1.1\n---\n", "# top\n\n---\n")) + body
    elif layout.chance(0.3):
        body = "# yaml-language-server: $schema=x.json\n\n" + body
    if layout.chance(0.15):
        body += rng.choice(
            ("...\n", "---\nsecond: document\n", "...\n# after\n", "# the end\n", "\n\n", "  # deep end\n")
        )
    if layout.chance(0.2):
        body = body.removesuffix("\n")
    if layout.chance(0.1):
        body = "\ufeff" + body
    return body.replace("\n", layout.newline)


def _routine(rng: random.Random) -> dict[str, object]:
    routine: dict[str, object] = {"voiceguide": "1", "title": rng.choice(_WORDS)}
    if rng.random() < 0.5:
        routine["bed"] = rng.choice(("rain", {"sound": "rain", "level": "-14"}))
    if rng.random() < 0.5:
        routine["needs"] = rng.sample(_WORDS, rng.randint(0, 3))
    if rng.random() < 0.3:
        routine["words"] = {word: word for word in rng.sample(_WORDS, rng.randint(0, 2))}
    if rng.random() < 0.3:
        routine["variants"] = {"short": {"total": "10m", "skip": ["soak"], "set": {"soak": "1m"}}}
    routine["stages"] = [_stage(rng, 0) for _ in range(rng.randint(1, 3))]
    return routine


def _stage(rng: random.Random, depth: int) -> object:
    if rng.random() < 0.2 and depth < 2:
        return {
            "each": {"side": ["left", "right"]},
            "stages": [_stage(rng, depth + 1) for _ in range(rng.randint(1, 2))],
        }
    stage: dict[str, object] = {"stage": rng.choice(_WORDS)}
    if rng.random() < 0.4:
        stage["tags"] = rng.sample(("soak", "a b", "left, right", "no"), rng.randint(0, 3))
    stage["steps"] = [_step(rng) for _ in range(rng.randint(0, 3))]
    return stage


def _step(rng: random.Random) -> object:
    if rng.random() < 0.1:
        return rng.choice(_WORDS)
    step: dict[str, object] = {}
    if rng.random() < 0.6:
        step["step"] = rng.choice(_WORDS)
    step["say"] = rng.choice((rng.choice(_WORDS), {"full": rng.choice(_WORDS), "brief": rng.choice(_WORDS)}))
    step[rng.choice(("for", "pause"))] = rng.choice(_TIMES)
    if rng.random() < 0.3:
        step["fixed"] = rng.choice(("yes", "no", "true"))
    if rng.random() < 0.3:
        step["cues"] = [{"at": rng.choice(_TIMES), "say": rng.choice(_WORDS)} for _ in range(rng.randint(0, 3))]
    return step


def _comment(layout: _Layout) -> str:
    return layout.rng.choice(_COMMENTS)


def _end(layout: _Layout) -> str:
    """Return what follows a value on its line."""
    if layout.chance(layout.comments / 2):
        return " " * layout.rng.choice((1, 1, 3)) + _comment(layout)
    return " " * layout.rng.choice((0, 0, 0, 0, 2)) if layout.chance(0.1) else ""


def _between(layout: _Layout, column: int) -> list[str]:
    """Return the comments and blank lines above an entry."""
    lines = []
    while layout.chance(layout.blanks):
        lines.append(layout.rng.choice(("", "", "", " " * column)))
    while layout.chance(layout.comments / 2):
        lines.append(" " * layout.rng.choice((column, column, column, column + 2, 0)) + _comment(layout))
    return lines


def _map_lines(layout: _Layout, value: dict[str, object], column: int) -> list[str]:
    lines: list[str] = []
    for key, item in value.items():
        if lines:
            lines += _between(layout, column)
        lines += _pair(layout, key, item, column)
    return lines


def _pair(layout: _Layout, key: str, item: object, column: int) -> list[str]:
    written = _scalar(layout, key, True)
    head = " " * column + written + (" :" if layout.chance(layout.oddity / 3) else ":")
    if isinstance(item, str):
        return _text_lines(layout, head, item, column + layout.map_offset)
    if not item or layout.chance(layout.flow):
        return _flow_lines(layout, f"{head} ", item, column)
    anchor = f" &anchor{layout.rng.randrange(99)}" if layout.chance(layout.oddity / 4) else ""
    if isinstance(item, dict):
        return [head + anchor + _end(layout), *_map_lines(layout, item, column + layout.map_offset)]
    assert isinstance(item, list)
    return [head + anchor + _end(layout), *_list_lines(layout, item, column + layout.list_offset)]


def _list_lines(layout: _Layout, items: list[object], column: int) -> list[str]:
    lines: list[str] = []
    for index, item in enumerate(items):
        if index or layout.chance(0.3):
            lines += _between(layout, column)
        head = " " * column + layout.dash
        inner = len(head)
        if isinstance(item, str):
            lines += _text_lines(layout, head.rstrip(" "), item, inner, gap=layout.dash[1:])
        elif not item or layout.chance(layout.flow):
            lines += _flow_lines(layout, head, item, column)
        elif layout.chance(layout.oddity):
            lines += [head.rstrip() + _end(layout), *_nested(layout, item, inner)]
        else:
            first, *rest = _nested(layout, item, inner)
            lines += [head + first[inner:], *rest]
    return lines


def _nested(layout: _Layout, item: object, column: int) -> list[str]:
    return _map_lines(layout, item, column) if isinstance(item, dict) else _list_lines(layout, list(item), column)  # type: ignore[call-overload]


def _text_lines(layout: _Layout, head: str, text: str, column: int, gap: str = " ") -> list[str]:
    """Return a scalar after its key, in one of the styles that can hold it."""
    indent, choice = " " * column, layout.rng.random()
    prefix = layout.rng.choice(("!!str ", "&mark ", "! ")) if layout.chance(layout.oddity / 4) else ""
    if not text and layout.chance(0.5):
        return [head + _end(layout)]
    plain_lines = all(line == line.strip() for line in text.split("\n")) and text.strip("\n") and text[0] != "\n"
    if plain_lines and not text.endswith("\n\n") and (choice < 0.1 or ("\n" in text and choice < 0.7)):
        body = text.rstrip("\n")
        chomp = "" if text.endswith("\n") else "-"
        comment = "  # header" if layout.chance(layout.comments) else ""
        if layout.chance(0.5):
            return [
                f"{head}{gap}{prefix}|{chomp}{comment}",
                *(indent + line if line else "" for line in body.split("\n")),
            ]
        lines = [line for part in body.split("\n") for line in (*_filled(part, 40), "")][:-1]
        return [f"{head}{gap}{prefix}>{chomp}{comment}", *(indent + line if line else "" for line in lines)]
    written = _scalar(layout, text, False)
    if (
        " " in written
        and choice < 0.2
        and "\n" not in written
        and "  " not in written
        and written[1:2] != " "
        and written[-2:-1] != " "
    ):
        first, *rest = _filled(written, 30)
        if not any(line.startswith(("#", "- ", "? ", ": ")) or line.endswith(("\\", ":")) for line in (first, *rest)):
            lines = [f"{head}{gap}{prefix}{first}", *(indent + line for line in rest)]
            lines[-1] += _end(layout)
            return lines
    if choice > 0.97 and layout.oddity:
        return [head + _end(layout), f"{indent}{prefix}{written}{_end(layout)}"]
    return [f"{head}{gap}{prefix}{written}{_end(layout)}"]


def _filled(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and len(lines[-1]) + len(word) >= width:
            lines.append(word)
        else:
            lines[-1] += (" " if lines[-1] else "") + word
    return lines


_SAFE = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


def _scalar(layout: _Layout, text: str, is_key: bool) -> str:
    choice = layout.rng.random()
    is_simple = text[:1] in _SAFE and not any(mark in text for mark in (": ", " #", "\n")) and text == text.strip()
    is_simple = is_simple and text[-1] != ":" and not set(text) & set(",[]{}")
    is_time = text in _TIMES or text in ("10m", "1", "-14")
    if (is_simple and choice < 0.8) or (is_time and choice < 0.9) or (is_key and is_simple and choice < 0.97):
        return text
    if "\n" not in text and choice < 0.4:
        return "'" + text.replace("'", "''") + "'"
    return json.dumps(text, ensure_ascii=layout.chance(0.05) and max(map(ord, text)) < 0x10000)


def _flow_lines(layout: _Layout, head: str, item: object, column: int) -> list[str]:
    if isinstance(item, list) and item and layout.chance(0.2):
        # Several entries on a line, with comments after some commas
        text = head + "[" + layout.rng.choice(("", " "))
        for index, part in enumerate(item):
            comma = "," if index + 1 < len(item) else layout.rng.choice(("", ",", " "))
            breaks = layout.chance(0.4)
            comment = " " + _comment(layout) if breaks and layout.chance(layout.comments) else ""
            text += _flow(layout, part) + comma + comment + ("\n" + " " * (column + 3) if breaks else " ")
        return [*(text + "]" + _end(layout)).split("\n")]
    if isinstance(item, list) and item and layout.chance(0.3):
        inner = " " * (column + 2)
        parts = [inner + _flow(layout, part) + "," + _end(layout) for part in item]
        if layout.chance(0.3) and not parts[-1].rstrip().endswith(tuple(_COMMENTS)):
            parts[-1] = parts[-1].rstrip().removesuffix(",")
        if layout.chance(layout.comments):
            parts.insert(layout.rng.randrange(len(parts) + 1), inner + "# between")
        return [head + "[", *parts, " " * (column + 1) + "]" + _end(layout)]
    return [head + _flow(layout, item) + _end(layout)]


def _flow(layout: _Layout, item: object) -> str:
    space = layout.rng.choice(("", "", " ")) if layout.oddity else ""
    if isinstance(item, dict):
        if not item:
            return "{" + space + "}"
        pairs = (f"{_scalar(layout, key, True)}: {_flow(layout, value)}" for key, value in item.items())
        return "{" + space + ", ".join(pairs) + layout.rng.choice(("", "", ",")) * bool(layout.oddity) + space + "}"
    if isinstance(item, list):
        return "[" + space + f"{space}, ".join(_flow(layout, part) for part in item) + space + "]"
    return _scalar(layout, str(item), False)


def _fixed(*lines: str) -> Callable[[_Layout], str]:
    return lambda layout: layout.newline.join(lines)


_JSON = json.dumps({"title": "Feet", "stages": [{"stage": "A", "steps": [{"say": "x"}, {"say": "y, z"}]}]}, indent=2)
_SPECIAL: tuple[Callable[[_Layout], str], ...] = (
    _fixed(""),
    _fixed("# only a comment"),
    _fixed("", "# only comments", "", "   # and blank lines", "", ""),
    _fixed("---", ""),
    _fixed("{title: Feet, stages: [{stage: A, steps: [{say: x, for: 5m}]}]}", ""),
    _fixed(*_JSON.split("\n")),
    _fixed("title: Feet", "stages:", "  - &soak", "    stage: A", "    steps: &steps", "      - say: x",
           "  - *soak", ""),
    _fixed("base: &base", "  for: 5m   # all", "stages:", "- steps:", "  - <<: *base", "    say: x", "  - *base",
           ""),
    _fixed("title: A", "title: B   # twice", "stages:", "  - stage: A", "    stage: B",
           "    steps: [{say: x, say: y}]"),
    _fixed("stages:", "  - - - say: deep", "        for: 5m", "      - say: two", "    - x", "  -", "    - y",
           "  - ", ""),
    _fixed("? title", ": Feet", "? stages", ":", "  - stage: A", "    ? steps", "    : - say: x", ""),
    _fixed("title:", "needs:", "stages:", "  -", "  - stage:", "    steps:", "  -   # empty", ""),
    _fixed("notes: |+", "  kept", "", "", "more: >2", "     indented", "", "    text", "stages:", "  - |2",
           "      A", ""),
    _fixed("title: Feet", "", "", "stages:", "", "  - stage: A", "", "    steps:", "", "      - say: x", "", "",
           "  - B", ""),
    _fixed("title: a\u2028b\x85c", "stages:", "  - stage: \ufeffA", "    steps:", "      - say: \x01x", ""),
    _fixed("title: >", "  One", "  two", "  three, and four", "needs:", "- a", "#deep", "stages:",
           "- stage:  A  # x", ""),
)  # fmt: skip
