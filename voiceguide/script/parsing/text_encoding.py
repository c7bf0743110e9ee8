"""Decode the bytes of a script."""

from __future__ import annotations

import codecs
import re
import unicodedata

from voiceguide.errors import Problem, ScriptError

__all__ = ["INVALID_CHARACTERS", "MAX_SCRIPT_BYTES", "decode_script"]

MAX_SCRIPT_BYTES = 1024 * 1024
"""The maximum size of a script."""

INVALID_CHARACTERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
"""Characters that are neither visible nor spoken. YAML treats some of them as line breaks, so line numbers shift."""

_MAX_REPORTED = 20
"""Maximum number of invisible characters to report."""


def decode_script(data: bytes, file: str) -> str:
    r"""Return the text of a script, with `\n` as its only line ending.

    The encoding is UTF-8 with or without a byte order mark, or UTF-16 with one.

    Raises:
        ScriptError: The file is too large, is not text, or contains invisible characters.
    """
    if len(data) > MAX_SCRIPT_BYTES:
        message = f"The file is larger than 1 MiB ({MAX_SCRIPT_BYTES:,} bytes), the limit. Split it."
        raise _file_error(file, message)
    text = _decode_bytes(data, file).replace("\r\n", "\n").replace("\r", "\n")
    problems = []
    for match in INVALID_CHARACTERS.finditer(text):
        character = match.group()
        name = unicodedata.name(character, "control character").lower()
        message = f"Invisible character U+{ord(character):04X} ({name}). Delete it."
        problems.append(Problem(file, *_line_and_column(text, match.start()), "", message))
        if len(problems) == _MAX_REPORTED:
            break
    if problems:
        raise ScriptError(problems)
    return text


def _decode_bytes(data: bytes, file: str) -> str:
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise _file_error(file, "The file is in UTF-32. Save it as UTF-8.")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError as error:
            raise _file_error(file, "The file starts like UTF-16 but is not valid UTF-16. Save it as UTF-8.") from error
    body = data.removeprefix(codecs.BOM_UTF8)
    if b"\0" in body:
        raise _file_error(file, "This is not a text file. Save it as plain text, in UTF-8.")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        before = body[: error.start].decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
        line, column = _line_and_column(before, len(before))
        message = f"The byte 0x{body[error.start]:02x} is not valid UTF-8. Save the file as UTF-8."
        raise ScriptError([Problem(file, line, column, "", message)]) from error


def _file_error(file: str, message: str) -> ScriptError:
    return ScriptError([Problem(file, 1, 1, "", message)])


def _line_and_column(text: str, index: int) -> tuple[int, int]:
    """Return the line and column of a character, both numbered from 1."""
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)
