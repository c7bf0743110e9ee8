"""From a YAML parser's complaint to a sentence, the same for the C parser and the Python one."""

from __future__ import annotations

import re
from collections.abc import Sequence

import yaml

__all__ = ["explain_yaml_error"]

_BAD_INDENT = "This line does not line up with the lines it belongs to. Indent it with spaces exactly like them."
_ALIAS = '"*" begins a YAML alias here. Put the text in quotes.'
_ANCHOR = '"&" begins a YAML anchor here. Put the text in quotes.'
_TAG = '"!" begins a YAML tag here, and tags are not used in scripts. Put the text in quotes.'
_DIRECTIVE = 'A line that begins with "%" is not used in scripts. Delete it.'
_UNCLOSED_QUOTE = "The quotation mark that opens here is never closed. Close it."
_UNKNOWN_ESCAPE = "A backslash in this text begins no escape that YAML knows. Use single quotes around the text."
_INVALID_CHARACTER = "An escape in this text stands for no character that can be spoken. Delete it."
_TEXT_AFTER_BLOCK_MARK = "Behind | or > nothing may follow. Begin the text on the next line, indented."
_LEADING_QUESTION_MARK = 'A text cannot begin with "? ". Put the text in quotes.'
_MISPLACED_LIST = "A list cannot begin here. Begin it on a line of its own, or put the text in quotes."
_MISSING_COLON = "There is no colon in this line. Write a key and its value, or indent the text that goes on here."
_COLON_WITHOUT_SPACE = "This colon has no space behind it. Write one, or put the text in quotes."
_UNCLOSED_BRACKET = (
    "The [ that opens here needs its ], and commas between the entries. Put a text that begins with [ in quotes."
)
_UNCLOSED_BRACE = (
    "The { that opens here needs its }, and commas between the entries. Put a text that begins with { in quotes."
)

_MESSAGE_RULES = (
    # a part of the parser's context and problem, whether the place is where the construct began, our sentence
    ("while scanning an alias", True, _ALIAS),
    ("while scanning an anchor", True, _ANCHOR),
    ("while scanning a tag", True, _TAG),
    ("while parsing a tag", True, _TAG),
    ("undefined tag handle", True, _TAG),
    ("directive", True, _DIRECTIVE),
    ("incompatible yaml document", False, _DIRECTIVE),
    ("found unexpected end of stream", True, _UNCLOSED_QUOTE),
    ("found unexpected document", True, _UNCLOSED_QUOTE),
    ("unicode character escape", True, _INVALID_CHARACTER),
    ("escape", True, _UNKNOWN_ESCAPE),
    ("hexadecimal", True, _UNKNOWN_ESCAPE),
    ("hexdecimal", True, _UNKNOWN_ESCAPE),
    ("while scanning a block scalar", True, _TEXT_AFTER_BLOCK_MARK),
    ("mapping keys are not allowed", False, _LEADING_QUESTION_MARK),
    ("sequence entries are not allowed", False, _MISPLACED_LIST),
    ("found unexpected ':'", False, _COLON_WITHOUT_SPACE),
    ("could not find expected ':'", True, _MISSING_COLON),
    ("while parsing a flow sequence", True, _UNCLOSED_BRACKET),
    ("while parsing a flow mapping", True, _UNCLOSED_BRACE),
    ("<document start>", False, _BAD_INDENT),
)


def explain_yaml_error(error: yaml.MarkedYAMLError, lines: Sequence[str]) -> tuple[int, int, str]:
    """Line and column, from 1, and the sentence for what a parser could not read."""
    here = error.problem_mark or error.context_mark
    begun = error.context_mark or here
    line, column = (here.line, here.column) if here else (0, 0)
    told = f"{error.context or ''} | {error.problem or ''}".lower()
    before = lines[line][:column] if line < len(lines) else ""
    character = lines[line][column : column + 1] if line < len(lines) else ""
    at_begin, sentence = _find_message(told, before, character)
    if at_begin and begun:
        line, column = begun.line, begun.column
    return line + 1, column + 1, sentence


def _find_message(complaint: str, before: str, character: str) -> tuple[bool, str]:
    """Whether the place is where the construct began, and the sentence."""
    if character == "\t" or "tab character" in complaint:
        return False, "A tab stands here. Indent with spaces."
    if "mapping values are not allowed" in complaint:
        return False, _explain_second_colon(before)
    for part, at_begin, sentence in _MESSAGE_RULES:
        if part in complaint:
            return at_begin, sentence
    if "cannot start any token" in complaint or "node content" in complaint:
        return False, f'A text cannot begin with "{character}". Put the text in quotes.'
    if "block mapping" in complaint or "block collection" in complaint:
        return False, _explain_broken_block(before)
    return False, "YAML cannot read this. Put texts in quotes, and line up the keys with spaces."


def _explain_second_colon(before: str) -> str:
    if re.match(r"\s*(?:- +)*[^\s:#][^:#]*:\s+\S", before):
        return 'A second colon in one line. Put the text in quotes, as in say: "Step 1: soak".'
    return f"A key cannot stand here. {_BAD_INDENT}"


def _explain_broken_block(before: str) -> str:
    """Why a group of keys or a list breaks off: mostly a text that begins with a quotation mark or bracket goes on."""
    match = re.search(r"""(?:^|[:-])\s+(["'{\[]).*["'}\]]\s*$""", before)
    if not match:
        return _BAD_INDENT
    if match.group(1) in "{[":
        return f'A text that begins with "{match.group(1)}" must stand in quotes. Put the whole text in quotes.'
    return (
        "The text goes on behind its closing quotation mark. Put the whole text in quotes, doubling a ' inside '...'."
    )
