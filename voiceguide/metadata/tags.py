"""What a file says about itself beside its sound."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

__all__ = ["MAX_TITLE_CHARS", "Chapter", "Tags", "clip_tag_text", "iso_639_2_code"]

MAX_TITLE_CHARS = 200
"""Characters of a title that players are given; some fail on longer ones."""

_ISO_639_2 = {
    "ar": "ara", "bg": "bul", "ca": "cat", "cs": "ces", "da": "dan", "de": "deu", "el": "ell", "en": "eng", "es": "spa",
    "et": "est", "eu": "eus", "fa": "fas", "fi": "fin", "fr": "fra", "ga": "gle", "gl": "glg", "he": "heb", "hi": "hin",
    "hr": "hrv", "hu": "hun", "id": "ind", "is": "isl", "it": "ita", "ja": "jpn", "ko": "kor", "lt": "lit", "lv": "lav",
    "ms": "msa", "nb": "nob", "nl": "nld", "nn": "nno", "no": "nor", "pl": "pol", "pt": "por", "ro": "ron", "ru": "rus",
    "sk": "slk", "sl": "slv", "sq": "sqi", "sr": "srp", "sv": "swe", "th": "tha", "tr": "tur", "uk": "ukr", "vi": "vie",
    "zh": "zho",
}  # fmt: skip


@dataclass(frozen=True)
class Chapter:
    """A named part of a file; chapters tile the session, in time order."""

    start: int
    """First sample."""
    stop: int
    """The sample after the last."""
    title: str


@dataclass(frozen=True)
class Tags:
    """Who and what. Empty fields are left out of the file."""

    title: str
    artist: str = ""
    album: str = ""
    genre: str = ""
    language: str = ""
    """BCP 47: `en-US`."""
    comment: str = ""
    plan: bytes | None = None
    """The plan of the session, kept in a private place and given back by `read_plan`."""


def clip_tag_text(text: str) -> str:
    """A text as one line that players can show: no control characters, at most TITLE_LIMIT of the others."""
    shown = (char if char.isprintable() or unicodedata.category(char) == "Cf" else " " for char in text)
    line = " ".join("".join(shown).split())
    return line if len(line) <= MAX_TITLE_CHARS else line[: MAX_TITLE_CHARS - 1] + "…"


def iso_639_2_code(language: str) -> str:
    """The three letters of ISO 639-2 for a BCP 47 tag; `und` where there are none."""
    primary = language.partition("-")[0].lower()
    return primary if len(primary) == 3 and primary.isascii() else _ISO_639_2.get(primary, "und")
