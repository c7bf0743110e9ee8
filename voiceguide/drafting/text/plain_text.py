"""Decode text files in any common encoding and remove markup."""

from __future__ import annotations

import codecs
import re
import unicodedata

from voiceguide.errors import VoiceguideError
from voiceguide.script.parsing.text_encoding import INVALID_CHARACTERS, MAX_SCRIPT_BYTES

__all__ = ["decode_plain_text", "strip_markup"]

_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>|<!--[^<>]{0,500}-->")
_BREAK = re.compile(
    r"<break\s[^<>]{0,100}?\btime\s*=\s*[\"']?(\d{1,5}(?:\.\d{1,3})?)\s{0,3}(ms|s)\b[^<>]{0,50}>", re.IGNORECASE
)
"""A pause in SSML, such as `<break time="3s"/>`."""
_RULED_PAUSE = re.compile(
    r"^[ ]{0,20}[-–—=*~]{2,10}(?=[^\n]{0,80}\b(?:pause|silence)\b)[^\n\d]{0,40}"
    r"(\d{1,4}(?:[.:]\d{1,2})?\s?[a-z]{1,8})\b[^\n\d]{0,40}?[-–—=*~]{2,10}[ ]{0,20}$",
    re.IGNORECASE | re.MULTILINE,
)
"""A pause between rules, such as `--- 2 minutes silence ---`."""
_IMAGE = re.compile(r"!\[[^\[\]]{0,200}\]\([^()]{0,500}\)")
_LINK = re.compile(r"\[([^\[\]]{0,500})\]\([^()]{0,500}\)")
_URL = re.compile(r"\bhttps?://\S+")
_BOX_OR_FOOTNOTE = re.compile(r"^\[[ xX]\]\s|\[\d{1,3}\](?!\()")
_EMPHASIS = re.compile(r"(?<!\w)[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}(?!\w)|`")
_ASCII_PUNCTUATION = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "{": "(", "}": ")", "\u00a0": " "})


def decode_plain_text(data: bytes, file: str) -> str:
    r"""Decode a file in UTF-8, UTF-16 with a byte order mark, or Windows-1252. Lines end with `\n`.

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
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
    text = _TAG.sub(" ", _RULED_PAUSE.sub(r"[pause \1]", _BREAK.sub(_pause_mark, text)))
    return INVALID_CHARACTERS.sub(" ", unicodedata.normalize("NFC", text))


def _pause_mark(match: re.Match[str]) -> str:
    seconds = float(match[1]) / (1000 if match[2].lower() == "ms" else 1)
    return f" [pause {seconds:g} seconds] "


def _decode_utf8_or_cp1252(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def strip_markup(text: str) -> str:
    """Remove emphasis, links and footnotes, straighten quotes, and replace braces with parentheses."""
    bare = _URL.sub("", _LINK.sub(r"\1", _IMAGE.sub("", text)))
    bare = _EMPHASIS.sub("", _BOX_OR_FOOTNOTE.sub("", bare.strip()))
    return " ".join(bare.translate(_ASCII_PUNCTUATION).split())
