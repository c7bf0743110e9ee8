"""Write text as a YAML scalar in the style that a person would use."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

__all__ = ["WRAP_WIDTH", "ScalarPlace", "write_scalar"]

WRAP_WIDTH = 100
"""Maximum line width for text on several lines. Longer text is folded if the file contains folded text."""

_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_BLOCK = ("|", ">")
_STARTS = re.compile(r"[-?:](?=\s|\Z)|[,\[\]{}#&*!|>'\"%@`]|---|\.\.\.")
_INSIDE = re.compile(r":\s|:\Z|\s#")
_INSIDE_FLOW = re.compile(r"[,\[\]{}]|\A[-?:]")
_OTHER_TYPES = re.compile(r"[yYnN]|<<|=|[-+]?(?:0o[0-7]+|[\d_]+(?:\.[\d_]*)?(?:[eE][-+]?\d+)?)")
"""Values that YAML 1.2, or a parser less strict than PyYAML, reads as something other than text."""
_NUMBER_KEYS = frozenset({"voiceguide", "repeat", "pace", "level", "duck", "bed_level"})
_FLAG_KEYS = frozenset({"fixed", "announce_quiet"})
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?")
_FLAG = re.compile(r"yes|no|true|false|on|off", re.IGNORECASE)


@dataclass(frozen=True)
class ScalarPlace:
    """The place at which a scalar is written, and the old scalar there."""

    key: str = ""
    """The key whose value is written. Some keys have values that are not quoted: numbers, or yes and no."""
    in_flow: bool = False
    """Whether the place is inside brackets or braces."""
    old_text: str = ""
    """The scalar to be replaced, exactly as in the file. Empty for a new scalar."""
    old_style: str = ""
    """The style of the old scalar: `"`, `'`, `|`, `>` or nothing."""
    old_value: str = ""
    folds: bool = False
    """Whether long text is written as a folded block, with `>`."""
    wrap_width: int = WRAP_WIDTH
    quote: str = '"'
    """The quotation mark used in the file."""


def write_scalar(text: str, place: ScalarPlace) -> list[str]:
    """Return the lines of a scalar. The first goes on the line of the key. The others are not indented yet.

    The style of the old scalar is kept if it can represent the text.
    """
    for lines in (_block(text, place), _wrapped(text, place), [_one_line(text, place)]):
        if lines and _reads_as(lines, text, place.in_flow):
            return lines
    return [_quoted(text, '"')]


def _reads_as(lines: list[str], text: str, in_flow: bool) -> bool:
    """Return whether YAML reads exactly this text from the lines when they are the value of a key."""
    source = f"[{lines[0]}]" if in_flow else "k: " + "\n  ".join(lines) + "\n"
    try:
        data = yaml.load(source, Loader=_LOADER)  # noqa: S506  (every scalar is text)
    except yaml.YAMLError:
        return False
    return bool(data == ([text] if in_flow else {"k": text}))


def _one_line(text: str, place: ScalarPlace) -> str:
    if place.old_style in ('"', "'"):
        return _quoted(text, place.old_style)
    return text if _is_plain(text, place) else _quoted(text, place.quote)


def _is_plain(text: str, place: ScalarPlace) -> bool:
    """Return whether text needs no quotes because every program reads it as text."""
    if not text or text != text.strip() or "\n" in text or _STARTS.match(text) or _INSIDE.search(text):
        return False
    if place.key in _NUMBER_KEYS and _NUMBER.fullmatch(text):
        return True
    if place.in_flow and _INSIDE_FLOW.search(text):
        return False
    tag = _tag_of(text)
    if tag == "str" or (place.key in _FLAG_KEYS and _FLAG.fullmatch(text)):
        return True
    return bool(place.old_text) and not place.old_style and _tag_of(place.old_value) == tag


def _tag_of(text: str) -> str:
    """Return the type that YAML 1.1 gives to unquoted text, such as `bool` or `str`."""
    resolvers: dict[Any, Any] = yaml.SafeLoader.yaml_implicit_resolvers
    for tag, pattern in [*resolvers.get(text[:1], ()), *resolvers.get(None, ())]:
        if pattern.match(text):
            return str(tag).rpartition(":")[2]
    return "int" if _OTHER_TYPES.fullmatch(text) else "str"


def _quoted(text: str, quote: str) -> str:
    if quote == '"' and '"' in text and "'" not in text:
        quote = "'"
    if quote == "'" and "\n" not in text:
        return "'" + text.replace("'", "''") + "'"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _block(text: str, place: ScalarPlace) -> list[str]:
    """Return the lines of literal or folded text, or an empty list if the text should not be written as a block."""
    body = text.rstrip("\n")
    lines = body.split("\n")
    is_long = place.folds and len(text) > WRAP_WIDTH
    if place.in_flow or not (place.old_style in _BLOCK or is_long or len(lines) > 1):
        return []
    if not lines[0] or len(text) - len(body) > 1 or any(line != line.strip() for line in lines):
        return []
    style = place.old_style if place.old_style in _BLOCK else ">" if len(lines) == 1 else "|"
    header = style + ("-" if text == body else "")
    if style == "|":
        return [header, *lines]
    old_lines = place.old_text.splitlines()[1:] if place.old_style == ">" else []
    folded = [line for paragraph in lines for line in (*_refilled(paragraph, old_lines, place.wrap_width), "")]
    return [header, *folded[:-1]]


def _wrapped(text: str, place: ScalarPlace) -> list[str]:
    """Return the lines of plain or quoted text if the old text was on several lines, otherwise an empty list."""
    if place.old_style in _BLOCK or not re.search(r"[\r\n]", place.old_text) or "\n" in text:
        return []
    written = _one_line(text, place)
    quote = written[0] if written[0] in "\"'" and written != text else ""
    inner = written[1:-1] if quote else written
    old = place.old_text.strip(place.old_style) if place.old_style else place.old_text
    lines = _refilled(inner, old.splitlines(), place.wrap_width)
    return [quote + lines[0], *lines[1:-1], lines[-1] + quote] if len(lines) > 1 else [quote + lines[0] + quote]


def _refilled(text: str, old_lines: list[str], width: int) -> list[str]:
    """Break text into lines. The old line breaks before and after the changed words are kept."""
    words = text.split(" ")
    if "" in words:
        return [text]
    old = [(word, number) for number, line in enumerate(old_lines) for word in line.split()]
    head = _common([word for word, _ in old], words)
    tail = _common([word for word, _ in reversed(old)], words[::-1])
    tail = min(tail, len(words) - head, len(old) - head)
    width = max((len(line.strip()) for line in old_lines), default=width)
    lines = [words[0]]
    for index, word in enumerate(words[1:], 1):
        from_end = len(words) - index
        room = width - len(lines[-1]) - 1 - len(word)
        if index <= head and index < len(old):
            is_break = old[index][1] != old[index - 1][1]
        elif from_end <= tail and from_end < len(old):
            is_break = old[-from_end][1] != old[-from_end - 1][1]
        else:
            is_break = room < 0
        # A line next to changed words may become a little longer, so that fewer lines change.
        if is_break or room < -width // 4:
            lines.append(word)
        else:
            lines[-1] += f" {word}"
    return lines


def _common(old: list[str], new: list[str]) -> int:
    """Return the number of words that the two lists have in common at their start."""
    return next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
