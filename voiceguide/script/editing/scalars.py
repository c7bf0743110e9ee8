"""Write text as a YAML scalar, in the style a person would use."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

__all__ = ["ScalarPlace", "is_plain", "write_scalar"]

WRAP_WIDTH = 100
"""Text that is written on several lines is broken here, unless the old text was broken elsewhere."""

_STARTS = re.compile(r"[-?:](?=\s|\Z)|[,\[\]{}#&*!|>'\"%@`]|---|\.\.\.")
_INSIDE = re.compile(r": |:\Z| #")
_INSIDE_FLOW = re.compile(r"[,\[\]{}]|:\Z|\A[-?:]")
_OTHER_TYPES = re.compile(r"[yYnN]|[-+]?(?:0o[0-7]+|\d[\d_]*(?:\.[\d_]*)?(?:[eE][-+]?\d+)?)|<<|=")
"""What YAML 1.2, or a parser less strict than PyYAML, reads as something else than text."""
_NUMBER_KEYS = frozenset({"voiceguide", "repeat", "pace", "level", "duck", "bed_level"})
_FLAG_KEYS = frozenset({"fixed", "announce_quiet"})
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?")
_FLAG = re.compile(r"yes|no|true|false|on|off", re.IGNORECASE)


@dataclass(frozen=True)
class ScalarPlace:
    """Where a scalar is written."""

    key: str = ""
    """The key it is the value of. The values of some keys are numbers, or yes and no, and are not quoted."""
    in_flow: bool = False
    """Whether it is inside brackets or braces."""
    indent: int = 0
    """The column of further lines."""
    old_text: str = ""
    """The scalar that it replaces, as it is in the file."""
    old_style: str = ""
    old_value: str = ""
    long_style: str = ""
    """`>` or `|` if the file has long text in this style."""
    quote: str = '"'


def tag_of(text: str) -> str:
    """Return the type that YAML 1.1 gives to unquoted text, such as `bool` or `str`."""
    resolvers: dict[Any, Any] = yaml.SafeLoader.yaml_implicit_resolvers
    for tag, pattern in resolvers.get(text[:1], ()):
        if pattern.match(text):
            return str(tag).rpartition(":")[2]
    return "int" if _OTHER_TYPES.fullmatch(text) else "str"


def is_plain(text: str, place: ScalarPlace) -> bool:
    """Return whether text needs no quotes: it is read as this text, and no program takes it for something else."""
    if not text or text != text.strip() or "\n" in text or _STARTS.match(text) or _INSIDE.search(text):
        return False
    if place.in_flow and _INSIDE_FLOW.search(text):
        return place.key in _NUMBER_KEYS and _NUMBER.fullmatch(text) is not None
    tag = tag_of(text)
    if tag == "str":
        return True
    if place.key in _NUMBER_KEYS and _NUMBER.fullmatch(text):
        return True
    if place.key in _FLAG_KEYS and _FLAG.fullmatch(text):
        return True
    return bool(place.old_text) and not place.old_style and tag_of(place.old_value) == tag


def write_scalar(text: str, place: ScalarPlace) -> list[str]:
    """Return the lines of a scalar. The first continues the line of its key; the others are not indented yet."""
    if not place.in_flow:
        if place.old_style in ("|", ">") or (place.long_style and len(text) > WRAP_WIDTH) or "\n" in text:
            style = place.old_style if place.old_style in ("|", ">") else place.long_style or "|"
            if "\n" in text.rstrip("\n") and place.old_style != ">":
                style = "|"
            lines = _block(text, style, place)
            if lines:
                return lines
        if "\n" in place.old_text and place.old_style not in ("|", ">") and "\n" not in text:
            lines = _wrapped(text, place)
            if lines:
                return lines
    if place.old_style == '"' or place.old_style == "'":
        return [_quoted(text, place.old_style)]
    return [text] if is_plain(text, place) else [_quoted(text, place.quote)]


def _quoted(text: str, quote: str) -> str:
    if quote == '"' and '"' in text and "'" not in text and "\n" not in text:
        quote = "'"
    if quote == "'" and "\n" not in text:
        return "'" + text.replace("'", "''") + "'"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _block(text: str, style: str, place: ScalarPlace) -> list[str]:
    """Return the lines of a literal or folded scalar, or nothing if the text does not fit the style."""
    body = text.rstrip("\n")
    ends = len(text) - len(body)
    lines = body.split("\n")
    if not body.strip() or ends > 1 or any(line != line.strip() for line in lines) or not lines[0]:
        return []
    header = style + ("" if ends else "-")
    if style == "|":
        return [header, *lines]
    old_lines = [line.strip() for line in place.old_text.splitlines()[1:]]
    result = [header]
    for number, line in enumerate(lines):
        if number and (line or lines[number - 1]):
            result.append("")
        if line:
            result += _refilled(line, old_lines)
    return result


def _refilled(text: str, old_lines: list[str]) -> list[str]:
    """Break text into lines. The breaks of the old text remain where its words remain."""
    words = text.split(" ")
    if "" in words:
        return [text]
    old = [(word, number) for number, line in enumerate(old_lines) for word in line.split()]
    old_words = [word for word, _ in old]
    head = 0
    while head < min(len(words), len(old)) and words[head] == old_words[head]:
        head += 1
    tail = 0
    while tail < min(len(words), len(old)) - head and words[-1 - tail] == old_words[-1 - tail]:
        tail += 1
    width = max([len(line) for line in old_lines], default=0) or WRAP_WIDTH
    lines: list[str] = []
    current = ""
    for index, word in enumerate(words):
        from_end = len(words) - index
        if 0 < index < head:
            broken = old[index][1] != old[index - 1][1]
        elif index > 0 and from_end < tail:
            broken = old[-from_end][1] != old[-from_end - 1][1]
        else:
            broken = bool(current) and len(current) + 1 + len(word) > width
        if broken and current:
            lines.append(current)
            current = word
        else:
            current = f"{current} {word}" if current else word
    return [*lines, current]


def _wrapped(text: str, place: ScalarPlace) -> list[str]:
    """Return the lines of a plain or quoted scalar that was on several lines, or nothing if it cannot be."""
    style = place.old_style
    if not style and not is_plain(text, place):
        style = place.quote
    inner = _quoted(text, style)[1:-1] if style else text
    if style and _quoted(text, style)[0] != style:
        style = _quoted(text, style)[0]
    old_inner = place.old_text[1:-1] if place.old_style else place.old_text
    lines = _refilled(inner, [line.strip() for line in old_inner.splitlines()])
    if any(not line or line[0] in "#" or line.endswith("\\") for line in lines) or text != text.strip():
        return []
    lines[0], lines[-1] = style + lines[0], lines[-1] + style
    return lines
