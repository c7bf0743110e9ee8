"""Turn YAML parser errors into plain messages. The messages are the same for the C parser and the Python parser."""

from __future__ import annotations

import re
from collections.abc import Sequence

import yaml

__all__ = ["INVALID_ESCAPE_MESSAGE", "TAG_MESSAGE", "explain_yaml_error"]

TAG_MESSAGE = '"!" starts a YAML tag, which scripts do not support. Put the text in quotes.'
INVALID_ESCAPE_MESSAGE = "An escape sequence in this text produces a character that cannot be spoken. Delete it."

_BAD_INDENT = "This line is not aligned with the lines it belongs to. Indent it with the same number of spaces."
_ALIAS = '"*" starts a YAML alias. Put the text in quotes.'
_ANCHOR = '"&" starts a YAML anchor. Put the text in quotes.'
_DIRECTIVE = 'Scripts do not support lines that start with "%". Delete this line.'
_UNCLOSED_QUOTE = "This quotation mark is never closed. Add the closing one."
_UNKNOWN_ESCAPE = "This text has a backslash escape that YAML does not recognize. Use single quotes around the text."
_TEXT_AFTER_BLOCK_MARK = "Nothing may follow | or > on this line. Start the text on the next line, indented."
_LEADING_QUESTION_MARK = 'Unquoted text cannot start with "? ". Put the text in quotes.'
_MISPLACED_LIST_MESSAGE = "A list cannot start here. Start it on a new line, or put the text in quotes."
_MISSING_COLON = "This line has no colon. Write a key and its value, or indent the line if it continues the text above."
_COLON_WITHOUT_SPACE = "A space is missing after this colon. Add one, or put the text in quotes."
_UNCLOSED_BRACKET = "This [ needs a closing ], and commas between the entries. Put text that starts with [ in quotes."
_UNCLOSED_BRACE = "This { needs a closing }, and commas between the entries. Put text that starts with { in quotes."

_MESSAGE_RULES = (
    # (part of the parser's message, whether to report the start of the construct, our message)
    ("while scanning an alias", True, _ALIAS),
    ("while scanning an anchor", True, _ANCHOR),
    ("while scanning a tag", True, TAG_MESSAGE),
    ("while parsing a tag", True, TAG_MESSAGE),
    ("undefined tag handle", True, TAG_MESSAGE),
    ("directive", True, _DIRECTIVE),
    ("incompatible yaml document", False, _DIRECTIVE),
    ("found unexpected end of stream", True, _UNCLOSED_QUOTE),
    ("found unexpected document", True, _UNCLOSED_QUOTE),
    ("unicode character escape", True, INVALID_ESCAPE_MESSAGE),
    ("escape", True, _UNKNOWN_ESCAPE),
    ("hexadecimal", True, _UNKNOWN_ESCAPE),
    ("hexdecimal", True, _UNKNOWN_ESCAPE),
    ("while scanning a block scalar", True, _TEXT_AFTER_BLOCK_MARK),
    ("mapping keys are not allowed", False, _LEADING_QUESTION_MARK),
    ("sequence entries are not allowed", False, _MISPLACED_LIST_MESSAGE),
    ("found unexpected ':'", False, _COLON_WITHOUT_SPACE),
    ("could not find expected ':'", True, _MISSING_COLON),
    ("while parsing a flow sequence", True, _UNCLOSED_BRACKET),
    ("while parsing a flow mapping", True, _UNCLOSED_BRACE),
    ("<document start>", False, _BAD_INDENT),
)


def explain_yaml_error(error: yaml.MarkedYAMLError, lines: Sequence[str]) -> tuple[int, int, str]:
    """Return the line, column and message for a parser error. Lines and columns are numbered from 1."""
    mark = error.problem_mark or error.context_mark
    start_mark = error.context_mark or mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    parser_message = f"{error.context or ''} | {error.problem or ''}".lower()
    before = lines[line][:column] if line < len(lines) else ""
    character = lines[line][column : column + 1] if line < len(lines) else ""
    at_start, message = _find_message(parser_message, before, character)
    if at_start and start_mark:
        line, column = start_mark.line, start_mark.column
    return line + 1, column + 1, message


def _find_message(parser_message: str, before: str, character: str) -> tuple[bool, str]:
    """Return whether to report the message at the start of the YAML construct, and the message.

    `before` is the part of the line before the error. `character` is the character at the error.
    """
    if character == "\t" or "tab character" in parser_message:
        return False, "Tabs are not allowed here. Indent with spaces."
    if "mapping values are not allowed" in parser_message:
        return False, _explain_second_colon(before)
    for part, at_start, message in _MESSAGE_RULES:
        if part in parser_message:
            return at_start, message
    if "cannot start any token" in parser_message or "node content" in parser_message:
        return False, f'Unquoted text cannot start with "{character}". Put the text in quotes.'
    if "block mapping" in parser_message or "block collection" in parser_message:
        return False, _explain_broken_block(before)
    return False, "YAML cannot read this. Put text in quotes, and align the keys with spaces."


def _explain_second_colon(before: str) -> str:
    if re.match(r"\s*(?:- +)*[^\s:#][^:#]*:\s+\S", before):
        return 'This line has a second colon. Put the text in quotes, as in say: "Step 1: soak".'
    return f"A key is not allowed here. {_BAD_INDENT}"


def _explain_broken_block(before: str) -> str:
    """Explain why a mapping or a list ends early. The usual cause is text after a closing quotation mark or bracket."""
    match = re.search(r"""(?:^|[:-])\s+(["'{\[]).*["'}\]]\s*$""", before)
    if not match:
        return _BAD_INDENT
    if match.group(1) in "{[":
        return f'Unquoted text cannot start with "{match.group(1)}". Put the whole text in quotes.'
    return "Text follows the closing quotation mark. Put the whole text in quotes, and double each ' inside '...'."
