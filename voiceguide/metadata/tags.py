"""Tags and chapters of a finished file."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from voiceguide.languages import language_for, primary_language

__all__ = ["MAX_TITLE_CHARS", "Chapter", "Tags", "clip_tag_text", "iso_639_2_code"]

MAX_TITLE_CHARS = 200
"""Maximum length of a title that is written to a file. Some players cannot handle longer titles."""

_OTHER_ISO_639_2 = {
    "ar": "ara", "bg": "bul", "ca": "cat", "cs": "ces", "da": "dan", "el": "ell", "et": "est", "eu": "eus",
    "fa": "fas", "fi": "fin", "ga": "gle", "gl": "glg", "he": "heb", "hi": "hin",
    "hr": "hrv", "hu": "hun", "id": "ind", "is": "isl", "it": "ita", "ja": "jpn", "ko": "kor", "lt": "lit", "lv": "lav",
    "ms": "msa", "nb": "nob", "nl": "nld", "nn": "nno", "no": "nor", "pl": "pol", "pt": "por", "ro": "ron", "ru": "rus",
    "sk": "slk", "sl": "slv", "sq": "sqi", "sr": "srp", "sv": "swe", "th": "tha", "tr": "tur", "uk": "ukr", "vi": "vie",
    "zh": "zho",
}  # fmt: skip


@dataclass(frozen=True)
class Chapter:
    """A named part of a file. Chapters are in chronological order and cover the whole session without gaps."""

    start: int
    """First sample."""
    stop: int
    """End of the chapter in samples (exclusive)."""
    title: str


@dataclass(frozen=True)
class Tags:
    """The tags of a file. Empty fields are not written."""

    title: str
    artist: str = ""
    album: str = ""
    genre: str = ""
    language: str = ""
    """BCP 47 tag, such as `en-US`."""
    comment: str = ""
    plan: bytes | None = None
    """The plan to embed. `read_embedded_plan` returns it."""


def clip_tag_text(text: str) -> str:
    """Return the text as one line without control characters, at most MAX_TITLE_CHARS long."""
    printable = (char if char.isprintable() or unicodedata.category(char) == "Cf" else " " for char in text)
    line = " ".join("".join(printable).split())
    return line if len(line) <= MAX_TITLE_CHARS else line[: MAX_TITLE_CHARS - 1] + "…"


def iso_639_2_code(language: str) -> str:
    """Return the ISO 639-2 code for a BCP 47 tag, or `und` if it has none."""
    found = language_for(language)
    if found:
        return found.iso_639_2
    primary = primary_language(language)
    return primary if len(primary) == 3 and primary.isascii() else _OTHER_ISO_639_2.get(primary, "und")
