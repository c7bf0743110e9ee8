"""From text to blocks: headings, items of lists, paragraphs, each with the line it stands on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from voiceguide.drafting.text.plain_text import strip_markup
from voiceguide.drafting.text.sentences import is_instruction
from voiceguide.drafting.text.vocabulary import NEEDS_LINE, SAFETY_LINE

__all__ = ["TextBlock", "parse_blocks"]

_HEADING = re.compile(r"\s{0,3}(#{1,6})\s+(.*?)[\s#]*$")
_UNDERLINE = re.compile(r"\s*(={3,}|-{3,})\s*$")
_RULE = re.compile(r"\s*([-*_=~])(?:\s*\1){2,}\s*$")
_STEP_NUMBER = r"(?:\d{1,3}|one|two|three|four|five|six|seven|eight|nine|ten)"
_ITEM = re.compile(
    r"(?P<bullet>[-*+•◦▪●‣·–—]\s+)|(?P<number>\(?\d{1,3}[.):]\)?(?:\s+|$)|\(?[a-hA-H]\)\s+)"
    rf"|(?P<step>step\s+{_STEP_NUMBER}\b\s*[:.)–—-]*\s*)",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?;,…][\"')\]]*$")
_MAX_HEADING_WORDS = 9
_MAX_UNWRAPPED_CHARS = 64
"""Characters; a line that is longer was wrapped and goes on in the next."""


@dataclass(frozen=True)
class TextBlock:
    """A piece of the instructions."""

    kind: Literal["heading", "item", "paragraph"]
    text: str
    line: int
    """From 1."""
    indent: int = 0
    """Columns before an item; how deep a heading is, 1 being the title's."""
    numbered: bool = False
    is_marked_heading: bool = False
    """True for a heading that is marked as one, not taken for one by its looks."""


@dataclass
class _OpenBlock:
    """A block whose lines are still being gathered."""

    kind: Literal["item", "paragraph"]
    line: int
    indent: int
    numbered: bool = False
    takes_paragraphs: bool = False
    """True for "Step 1", to which all belongs that follows."""
    lines: list[str] = field(default_factory=list)


def parse_blocks(text: str) -> list[TextBlock]:
    """Every block with words in it, in order."""
    found = [block for block in _parse_raw_blocks(text.split("\n")) if any(map(str.isalnum, block.text))]
    return _detect_headings(found)


def _parse_raw_blocks(lines: list[str]) -> Iterator[TextBlock]:
    open_: _OpenBlock | None = None
    after_blank = False
    for number, raw in enumerate(lines, start=1):
        indent, line = len(raw) - len(raw.lstrip()), raw.strip()
        if not line:
            after_blank = True
            continue
        underlines = open_ and open_.kind == "paragraph" and len(open_.lines) == 1 and not after_blank
        if heading := _HEADING.match(raw):
            yield from _close_block(open_)
            open_ = None
            yield TextBlock("heading", strip_markup(heading[2]), number, len(heading[1]), is_marked_heading=True)
        elif underlines and open_ and _UNDERLINE.match(raw):
            yield TextBlock(
                "heading", strip_markup(open_.lines[0]), open_.line, 1 if "=" in line else 2, is_marked_heading=True
            )
            open_ = None
        elif _RULE.match(raw):
            yield from _close_block(open_)
            open_ = None
        elif item := _ITEM.match(line):
            yield from _close_block(open_)
            step = item["step"] is not None
            open_ = _OpenBlock("item", number, indent, item["bullet"] is None, step, [line[item.end() :]])
        elif open_ and _continues_block(open_, indent, after_blank):
            open_.lines.append(line)
        else:
            yield from _close_block(open_)
            open_ = _OpenBlock("paragraph", number, indent, lines=[line])
        after_blank = False
    yield from _close_block(open_)


def _continues_block(block: _OpenBlock, indent: int, after_blank: bool) -> bool:
    """Whether a line without a mark belongs to the block before it."""
    if block.kind == "paragraph":
        return not after_blank
    return block.takes_paragraphs or (indent > block.indent if after_blank else indent >= block.indent)


def _close_block(block: _OpenBlock | None) -> Iterator[TextBlock]:
    if block is None:
        return
    if block.kind == "item":
        yield TextBlock("item", strip_markup(_join_item_lines(block.lines)), block.line, block.indent, block.numbered)
    elif all(map(_is_unwrapped_line, block.lines)) or (len(block.lines) == 2 and _is_title_over(*block.lines)):
        for offset, line in enumerate(block.lines):
            yield TextBlock("paragraph", strip_markup(line), block.line + offset)
    else:
        yield TextBlock("paragraph", strip_markup(" ".join(block.lines)), block.line)


def _join_item_lines(lines: list[str]) -> str:
    """The lines of an item as one text; what stands on its first line alone becomes a sentence of its own."""
    first, *rest = lines
    begins_anew = rest and first and rest[0][:1].isupper() and not _SENTENCE_END.search(first) and first[-1:] != ":"
    return " ".join([first + "." if begins_anew and len(first) < _MAX_UNWRAPPED_CHARS else first, *rest])


def _is_unwrapped_line(line: str) -> bool:
    """Whether a line among others is a text of its own, not one that was wrapped."""
    whole = len(line) < _MAX_UNWRAPPED_CHARS or _SENTENCE_END.search(line) is not None
    return whole and not line[:1].islower()


def _is_title_over(first: str, second: str) -> bool:
    return _looks_like_heading(first) and not second[:1].islower()


def _looks_like_heading(text: str) -> bool:
    if ": " in text and (NEEDS_LINE.fullmatch(text) or SAFETY_LINE.fullmatch(text)):
        return False
    return len(text.split()) <= _MAX_HEADING_WORDS and not _SENTENCE_END.search(text) and text[:1] not in "([\"'"


def _same_paragraph(first: TextBlock, second: TextBlock) -> bool:
    return first.kind == second.kind == "paragraph" and second.line == first.line + 1


def _detect_headings(blocks: list[TextBlock]) -> list[TextBlock]:
    """Short lines become headings where something follows for them to stand over.

    In a text without lists, a short line that tells what to do is a step, since losing it would be worse.
    """
    lists = any(block.kind == "item" for block in blocks)
    result: list[TextBlock] = []
    over = False
    for index, block in reversed(list(enumerate(blocks))):
        looks = block.kind == "paragraph" and _looks_like_heading(block.text)
        marked = block.text.endswith(":") or (block.text.isupper() and len(block.text) > 3)
        silent = lists or marked or not is_instruction(block.text)
        inside = index > 0 and _same_paragraph(blocks[index - 1], block)
        over = over or (index + 1 < len(blocks) and _same_paragraph(block, blocks[index + 1]))
        if looks and silent and (marked or (not inside and (over or index == 0))) and len(blocks) > 1:
            block = TextBlock("heading", block.text.rstrip(": "), block.line, 2, is_marked_heading=marked)
        result.append(block)
        over = block.kind in ("heading", "item") or not looks
    return result[::-1]
