"""File names made from a template. A name can never leave the output, and no two files get the same name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

__all__ = ["PLACEHOLDERS", "check_template", "fill_template", "name_identity"]

PLACEHOLDERS = ("script", "title", "language", "variant", "voice", "format", "bitrate")
EXTENSIONS = (".mp3", ".m4b", ".opus", ".flac", ".wav", ".{format}")
MAX_PART_BYTES = 180
"""Maximum length of a folder or file name. File systems allow 255 bytes, including extensions and temporary names."""
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_OPTIONAL = re.compile(r"([-_. ]*)\{([^{}]*)\}")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|#%\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+')
"""Characters that a file system, a shell or a web address gives a meaning of its own."""
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""Names of devices on Windows."""


def check_template(template: str) -> str | None:
    """Return what is wrong with a template, and what to write instead, or None."""
    unknown = [name for name in _PLACEHOLDER.findall(template) if name not in PLACEHOLDERS]
    if unknown:
        available = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        return f"{{{unknown[0]}}} is not available here. Placeholders: {available}."
    literal = _PLACEHOLDER.sub("x", template)
    if "{" in literal or "}" in literal:
        return "A brace is not closed. Write placeholders such as {script}."
    if literal.startswith("/") or any(part in ("", ".", "..") for part in literal.split("/")):
        return "A name must stay inside the output. Write folders without a leading slash, and without . or .. in it."
    if unsafe := _UNSAFE.search(literal.replace("/", "")):
        return f'"{unsafe.group()}" cannot be part of a file name. Use letters, digits and hyphens.'
    if template.lower().endswith(EXTENSIONS):
        return "Leave the extension out. voiceguide adds the one of each format."
    if any(part.startswith((".", "-", " ")) or part.endswith((".", " ")) for part in literal.split("/")):
        return "A file name cannot start with a dot or a hyphen, or end with a dot. Start it with a word or {script}."
    return None


def fill_template(template: str, values: Mapping[str, str]) -> str:
    """Return the name for these values: a path relative to the output, with `/`, without an extension.

    The values can be any text. An empty value also removes the separator before it.
    """
    parts = (_fill_part(part, values) for part in template.split("/"))
    return "/".join(part for part in parts if part) or "session"


def _fill_part(part: str, values: Mapping[str, str]) -> str:
    def replace(match: re.Match[str]) -> str:
        value = _safe_value(values[match[2]])
        return f"{match[1]}{value}" if value else ""

    filled = _OPTIONAL.sub(replace, part).lstrip("-_. ").rstrip(". ")
    while len(filled.encode("utf-8")) > MAX_PART_BYTES:
        filled = filled[:-1].rstrip(". ")
    return f"{filled}_" if _RESERVED.fullmatch(filled) else filled


def _safe_value(value: str) -> str:
    text = _UNSAFE.sub("-", unicodedata.normalize("NFC", " ".join(value.split())))
    return text.strip("-. ")


def name_identity(name: str) -> str:
    """Return a text that is equal for names that some file system takes for the same file."""
    return unicodedata.normalize("NFD", unicodedata.normalize("NFC", name).casefold())
