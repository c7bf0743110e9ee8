"""Check that text can be spoken, and split it if it is long, before it is sent to a driver."""

from __future__ import annotations

import re
import unicodedata

from voiceguide.errors import SpeechError
from voiceguide.languages.model import NON_LATIN_FULL_STOPS

__all__ = ["check_pronounceable", "has_pronounceable_chars", "shorten_for_message", "split_into_pieces"]

_SPOKEN_PUNCTUATION = "&@#%*"
"""Characters that Unicode classifies as punctuation but that engines read out by name."""
_SENTENCE_END = re.compile(rf"(?<=[.!?…{NON_LATIN_FULL_STOPS}])\s+|(?<=[{NON_LATIN_FULL_STOPS}])|\n\s*\n")
_CLAUSE_END = re.compile(r"(?<=[,;:、，])\s+|(?<=[、，])")


def shorten_for_message(text: str, max_chars: int = 60) -> str:
    """Return the beginning of the text, without unprintable characters, for use in a message."""
    printable = "".join(character if character.isprintable() else " " for character in text.strip())
    return printable if len(printable) <= max_chars else printable[: max_chars - 1] + "…"


def check_pronounceable(text: str, engine: str) -> None:
    """Raise SpeechError if the text contains nothing to pronounce, or characters that the engine cannot handle.

    eSpeak silently stops at a NUL character and treats other control characters as commands that change the voice.
    """
    for position, character in enumerate(text, start=1):
        category = unicodedata.category(character)
        if category == "Cs" or (category == "Cc" and character not in "\t\n\r"):
            kind = "half a surrogate pair" if category == "Cs" else "a control character"
            raise SpeechError(
                f'{engine} cannot speak "{shorten_for_message(text)}": '
                f"character {position} is {kind} (U+{ord(character):04X}). Remove it."
            )
    if not has_pronounceable_chars(text):
        raise SpeechError(f'{engine} cannot pronounce "{shorten_for_message(text)}". Write at least one word.')


def has_pronounceable_chars(text: str) -> bool:
    """Return whether the text contains a letter, a number or a symbol that is read out by name."""
    return any(unicodedata.category(character)[0] in "LNS" or character in _SPOKEN_PUNCTUATION for character in text)


def split_into_pieces(text: str, max_chars: int) -> list[str]:
    """Split text into pieces of at most `max_chars` characters.

    Split between sentences if possible, otherwise between clauses, then between words, then anywhere. Only whitespace
    is removed.
    """
    return _split_recursively(text.strip(), max_chars, [_SENTENCE_END, _CLAUSE_END, re.compile(r"\s+")])


def _split_recursively(text: str, max_chars: int, separators: list[re.Pattern[str]]) -> list[str]:
    if len(text) <= max_chars:
        return [text] if text else []
    if not separators:
        return [text[start : start + max_chars] for start in range(0, len(text), max_chars)]
    pieces: list[str] = []
    for part in separators[0].split(text):
        for piece in _split_recursively(part.strip(), max_chars, separators[1:]):
            if pieces and len(pieces[-1]) + 1 + len(piece) <= max_chars:
                pieces[-1] += " " + piece
            else:
                pieces.append(piece)
    return pieces
