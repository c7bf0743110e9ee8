"""The first stage, for every language: reduce typed or pasted text to plain letters, digits and marks."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["clean_unicode", "has_speech"]

_PLAIN_EQUIVALENTS = {
    **dict.fromkeys("‘’‚‛ʼ´`′", "'"),
    **dict.fromkeys("“”„‟«»″", '"'),
    **dict.fromkeys("‐‑", "-"),
    **dict.fromkeys("–‒−", "–"),
    **dict.fromkeys("—―", "—"),
    **dict.fromkeys("→⇒➔➜|•·‣▪", ", "),
    **dict.fromkeys("⁄∕", "/"),
    "℃": "°C",
    "℉": "°F",
    "…": "...",
    "*": " ",
    "_": " ",
    "^": " ",
    "\\": " ",
    "\ufffc": " ",
    "\ufffd": " ",
}
_PRESERVED_SYMBOLS = "+<=>~±×÷≈≤≥°$£€#&@%№"
_LIGATURES, _FULL_WIDTH = "\ufb00-\ufb06", "\uff10-\uff19\uff21-\uff3a\uff41-\uff5a"
_ROMAN_NUMERALS = "\u2160-\u217f"
_CIRCLED, _SQUARED, _FRACTIONS = "\u2460-\u2473", "\u3371-\u33df", "\u00bc-\u00be\u2150-\u215e"
_COMPATIBILITY_CHARACTERS = re.compile(f"[{_LIGATURES}{_FULL_WIDTH}{_ROMAN_NUMERALS}{_CIRCLED}{_SQUARED}{_FRACTIONS}]")
_GUILLEMETS = re.compile(r"«\s*([^«»]*?)\s*»")
_PARAGRAPH = re.compile(r"(\w[\"')\]]*)[ \t]*\n[ \t]*\n\s*")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<!--[^<>]*-->")
_KEYCAP = re.compile("([0-9])\ufe0f?\u20e3(?= ?([^\\W\\d_])?)")
_ARROW = re.compile(r"-{1,2}>|=>")
_BULLET = re.compile(r"(?m)^[ \t]*[-*•·‣▪–—][ \t]+")


class _CharacterMap(dict[int, str]):
    """The replacement for each character, computed on first use."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        self[code] = result = _PLAIN_EQUIVALENTS.get(character) or _replace_by_category(character)
        return result


def _replace_by_category(character: str) -> str:
    category = unicodedata.category(character)
    if character in _PRESERVED_SYMBOLS:
        return character
    if category[0] == "Z" or character in "\t\n\r\v\f\x85":
        return " "
    if category in ("Cc", "Cf", "Cs", "Co", "Cn") or "\ufe00" <= character <= "\ufe0f" or character == "\u20e3":
        return ""
    return " " if category[0] == "S" else character


_CHARACTER_MAP = _CharacterMap()


def clean_unicode(text: str) -> str:
    """Return one line in NFC, without control characters, zero-width characters, emoji, tags or list bullets.

    Curly quotes become straight quotes, a blank line ends a sentence, and ½ becomes 1/2. Letters and digits in any
    script are kept.
    """
    if "\n" in text or "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        text = _PARAGRAPH.sub(r"\1. ", text)
    text = _BULLET.sub(lambda found: ", " if found.start() else "", text)
    if "<" in text:
        text = _TAG.sub(" ", text)
    text = _ARROW.sub(", ", text)
    if not text.isascii():
        text = _KEYCAP.sub(lambda found: found[1] + _list_comma(found[2]), text)
        text = _COMPATIBILITY_CHARACTERS.sub(_expand_compatibility_character, _GUILLEMETS.sub(r'"\1"', text))
    return unicodedata.normalize("NFC", " ".join(text.translate(_CHARACTER_MAP).split()))


def _expand_compatibility_character(match: re.Match[str]) -> str:
    plain = unicodedata.normalize("NFKC", match.group())
    before = match.string[match.start() - 1 : match.start()]
    if "\u2460" <= match.group() <= "\u2473":
        plain += _list_comma(match.string[match.end() : match.end() + 2].strip())
    apart = before.isdigit() and ("⁄" in plain or "\u2460" <= match.group() <= "\u2473")
    return f" {plain}" if apart else plain


def _list_comma(following: str | None) -> str:
    """Return a comma if a circled number seems to number a list item, that is, if a capital letter follows."""
    return "," if following and following[0].isupper() else ""


def has_speech(text: str) -> bool:
    """Return True if the text has at least one letter or digit in any script."""
    return any(character.isalnum() for character in text)
