"""Decode text files in any common encoding and remove markup."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter

from voiceguide.errors import VoiceguideError
from voiceguide.script.parsing.text_encoding import INVALID_CHARACTERS, MAX_SCRIPT_BYTES

__all__ = ["decode_plain_text", "lost_words", "narrow_digits", "strip_markup", "wrap_long_lines"]

MAX_LINE_CHARS = 2000
_LONG_LINE = re.compile(rf"[^\n]{{1,{MAX_LINE_CHARS}}}(?:\s|$)|[^\n]{{{MAX_LINE_CHARS}}}")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>|<!--[^<>]{0,500}-->")
_FORMATTING = re.compile(
    r"</?(?:b|i|u|em|strong|br|p|span|div|small|big|font|center|li|ul|ol|h[1-6]|sup|sub)\b[^<>]{0,200}>", re.IGNORECASE
)
_IMAGE = re.compile(r"!\[[^\[\]]{0,200}\]\([^()]{0,500}\)")
_LINK = re.compile(r"\[([^\[\]]{0,500})\]\([^()]{0,500}\)")
_URL = re.compile(r"\bhttps?://\S+")
_BOX = re.compile(r"^\s*\[[ xX]\]\s")
_BOX_OR_FOOTNOTE = re.compile(r"^\[[ xX]\]\s|\s*\[\d{1,3}\](?!\()")
_EMPHASIS = re.compile(r"(?<!\w)[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}(?!\w)|`")
_WIDE_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
_WIDE_ITEM_NUMBER = re.compile(r"^(\s*\d{1,3})[．）、]\s*", re.MULTILINE)
_ASCII_PUNCTUATION = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "{": "(", "}": ")", "\u00a0": " "})


def decode_plain_text(data: bytes, file: str) -> str:
    r"""Decode a file in UTF-8, UTF-16 with a byte order mark, or Windows-1252. Lines end with `\n` and pages with `\f`.

    Raises:
        VoiceguideError: The file is larger than 1 MiB or is not text.
    """
    if len(data) > MAX_SCRIPT_BYTES:
        raise VoiceguideError(f"{file} is larger than the limit of 1 MiB. Use a shorter text.")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = data.decode("utf-16", "replace")
    elif b"\0" in data:
        raise VoiceguideError(f"{file} is not a text file. Save the instructions as plain text.")
    else:
        text = _decode_utf8_or_cp1252(data.removeprefix(codecs.BOM_UTF8))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "\f".join(INVALID_CHARACTERS.sub(" ", page) for page in unicodedata.normalize("NFC", text).split("\f"))


def _decode_utf8_or_cp1252(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def strip_markup(text: str) -> str:
    """Remove tags, emphasis, links and footnotes, straighten quotes, and replace braces with parentheses."""
    bare = _URL.sub("", _LINK.sub(r"\1", _IMAGE.sub("", _TAG.sub(" ", text))))
    bare = _EMPHASIS.sub("", _BOX_OR_FOOTNOTE.sub("", bare.strip()))
    return " ".join(bare.translate(_ASCII_PUNCTUATION).split())


def narrow_digits(text: str) -> str:
    """Replace the wide digits that Chinese and Japanese keyboards write, and the signs between them: `１：３０`."""
    narrow = _WIDE_ITEM_NUMBER.sub(r"\1. ", text.translate(_WIDE_DIGITS))
    return re.sub(r"(?<=\d)：(?=\d)", ":", re.sub(r"(?<=\d)．(?=\d)", ".", narrow))


def wrap_long_lines(text: str) -> str:
    """Wrap lines that are much longer than any paragraph, so that no pattern has to search through megabytes."""
    lines = text.split("\n")
    return "\n".join(
        part for line in lines for part in ([line] if len(line) <= MAX_LINE_CHARS else _LONG_LINE.findall(line))
    )


def lost_words(source: str, *kept: str) -> str:
    """Return the source as one line if it contains words that are in none of the kept texts. Otherwise return "".

    The names of formatting tags do not count as words.
    """
    words = Counter(_words_of(_FORMATTING.sub(" ", _BOX.sub("", source))))
    words.subtract(Counter(word for text in kept for word in _words_of(text)))
    return " ".join(source.split()) if any(count > 0 for count in words.values()) else ""


def _words_of(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold().translate(_ASCII_PUNCTUATION))
