"""Split text into blocks: headings, list items and paragraphs, each with its line number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from voiceguide.drafting.text.plain_text import strip_markup
from voiceguide.drafting.text.sentences import has_words, is_instruction
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
_NESTED_ITEM = re.compile(r"(?:[a-z]|[ivx]{1,5})[.)]\s+", re.IGNORECASE)
_QUOTE = re.compile(r"^[ \t]{0,3}(?:>[ \t]?)+")
_COMMENT = re.compile(r"<!--(.*?)-->")
_SENTENCE_END = re.compile(r"[.!?;,…][\"')\]]*$")
_MAX_HEADING_WORDS = 9
_MAX_UNWRAPPED_CHARS = 64
"""A line of at least this length is assumed to continue on the next line unless it ends a sentence."""


@dataclass(frozen=True)
class TextBlock:
    """A heading, list item or paragraph of the instructions, or a comment."""

    kind: Literal["heading", "item", "paragraph", "remark"]
    text: str
    line: int
    """The line number of the start of the block, starting at 1."""
    indent: int = 0
    """The indentation of a list item in columns, or the level of a heading, starting at 1."""
    numbered: bool = False
    is_marked_heading: bool = False
    """True for a heading with markup. False for a short line that only looks like a heading."""
    source: str = ""
    """The text as written in the source, with links and other markup."""


@dataclass
class _OpenBlock:
    """A block whose lines are still being collected."""

    kind: Literal["item", "paragraph"]
    line: int
    indent: int
    numbered: bool = False
    takes_paragraphs: bool = False
    """True for an item such as "Step 1", which includes the paragraphs after it."""
    lines: list[str] = field(default_factory=list)


def parse_blocks(text: str) -> list[TextBlock]:
    """Return every block that contains words, in order."""
    return _detect_headings(
        [block for block in _parse_raw_blocks(text.split("\n")) if has_words(block.text) or has_words(block.source)]
    )


def _parse_raw_blocks(lines: list[str]) -> Iterator[TextBlock]:
    current: _OpenBlock | None = None
    after_blank = False
    for number, raw in enumerate(lines, start=1):
        raw = _QUOTE.sub("", raw)
        indent, line = len(raw) - len(raw.lstrip()), raw.strip()
        if not line:
            after_blank = True
            continue
        if comment := _COMMENT.fullmatch(line):
            yield from _close_block(current)
            current = None
            yield TextBlock("remark", comment[1].strip(), number, source=comment[1].strip())
            continue
        can_be_underlined = current and current.kind == "paragraph" and len(current.lines) == 1 and not after_blank
        if heading := _HEADING.match(raw):
            yield from _close_block(current)
            current = None
            text = strip_markup(heading[2])
            yield TextBlock("heading", text, number, len(heading[1]), is_marked_heading=True, source=heading[2])
        elif can_be_underlined and current and _UNDERLINE.match(raw):
            source, level = current.lines[0], 1 if "=" in line else 2
            text = strip_markup(source)
            yield TextBlock("heading", text, current.line, level, is_marked_heading=True, source=source)
            current = None
        elif _RULE.match(raw):
            yield from _close_block(current)
            current = None
        elif item := _ITEM.match(line):
            yield from _close_block(current)
            is_step = item["step"] is not None
            current = _OpenBlock("item", number, indent, item["bullet"] is None, is_step, [line[item.end() :]])
        elif indent and current and current.kind == "item" and (nested := _NESTED_ITEM.match(line)):
            yield from _close_block(current)
            current = _OpenBlock("item", number, indent, numbered=True, lines=[line[nested.end() :]])
        elif current and _continues_block(current, indent, after_blank):
            current.lines.append(line)
        else:
            yield from _close_block(current)
            current = _OpenBlock("paragraph", number, indent, lines=[line])
        after_blank = False
    yield from _close_block(current)


def _continues_block(block: _OpenBlock, indent: int, after_blank: bool) -> bool:
    """Return whether a line without a list marker belongs to the preceding block."""
    if block.kind == "paragraph":
        return not after_blank
    return block.takes_paragraphs or (indent > block.indent if after_blank else indent >= block.indent)


def _close_block(block: _OpenBlock | None) -> Iterator[TextBlock]:
    if block is None:
        return
    if block.kind == "item":
        text, source = strip_markup(_join_item_lines(block.lines)), " ".join(block.lines)
        yield TextBlock("item", text, block.line, block.indent, block.numbered, source=source)
    elif all(map(_is_unwrapped_line, block.lines)) or (len(block.lines) == 2 and _is_title_over(*block.lines)):
        for offset, line in enumerate(block.lines):
            yield TextBlock("paragraph", strip_markup(line), block.line + offset, source=line)
    else:
        source = " ".join(block.lines)
        yield TextBlock("paragraph", strip_markup(source), block.line, source=source)


def _join_item_lines(lines: list[str]) -> str:
    """Join the lines of an item. A short first line becomes a sentence if the next one starts with a capital letter."""
    first, *rest = lines
    ends_sentence = rest and first and rest[0][:1].isupper() and not _SENTENCE_END.search(first) and first[-1:] != ":"
    return " ".join([first + "." if ends_sentence and len(first) < _MAX_UNWRAPPED_CHARS else first, *rest])


def _is_unwrapped_line(line: str) -> bool:
    """Return whether a line in a paragraph is complete, rather than continued on the next line."""
    complete = len(line) < _MAX_UNWRAPPED_CHARS or _SENTENCE_END.search(line) is not None
    return complete and not line[:1].islower()


def _is_title_over(first: str, second: str) -> bool:
    return _looks_like_heading(first) and not second[:1].islower()


def _looks_like_heading(text: str) -> bool:
    if ": " in text and (NEEDS_LINE.fullmatch(text) or SAFETY_LINE.fullmatch(text)):
        return False
    return len(text.split()) <= _MAX_HEADING_WORDS and not _SENTENCE_END.search(text) and text[:1] not in "([\"'"


def _same_paragraph(first: TextBlock, second: TextBlock) -> bool:
    return first.kind == second.kind == "paragraph" and second.line == first.line + 1


def _detect_headings(blocks: list[TextBlock]) -> list[TextBlock]:
    """Turn short lines into headings if they can introduce the block that follows.

    If there are no lists, short instructions remain steps, because a missing step is worse than a missing heading.
    """
    has_lists = any(block.kind == "item" for block in blocks)
    result: list[TextBlock] = []
    has_content_below = False
    for index, block in reversed(list(enumerate(blocks))):
        is_short = block.kind == "paragraph" and _looks_like_heading(block.text)
        is_marked = block.text.endswith(":") or (block.text.isupper() and len(block.text) > 3)
        can_be_heading = has_lists or is_marked or not is_instruction(block.text)
        is_continuation = index > 0 and _same_paragraph(blocks[index - 1], block)
        has_content_below = has_content_below or (index + 1 < len(blocks) and _same_paragraph(block, blocks[index + 1]))
        introduces = is_marked or (not is_continuation and (has_content_below or index == 0))
        if is_short and can_be_heading and introduces and len(blocks) > 1:
            title = block.text.rstrip(": ")
            block = TextBlock("heading", title, block.line, 2, is_marked_heading=is_marked, source=block.source)
        result.append(block)
        has_content_below = block.kind in ("heading", "item") or not is_short
    return result[::-1]
