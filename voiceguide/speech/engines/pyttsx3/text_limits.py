"""Whether a text can be spoken at all, and where a long one may be cut, before any engine is asked."""

from __future__ import annotations

import re
import unicodedata

from voiceguide.errors import SpeechError

__all__ = ["check_pronounceable", "has_pronounceable_chars", "shorten_for_message", "split_into_pieces"]

_SPOKEN_PUNCTUATION = "&@#%*"
"""Punctuation to Unicode, yet read aloud by its name."""
_SENTENCE_END = re.compile(r"(?<=[.!?…。！？])\s+|(?<=[。！？])|\n\s*\n")
_CLAUSE_END = re.compile(r"(?<=[,;:、，])\s+|(?<=[、，])")


def shorten_for_message(text: str, max_chars: int = 60) -> str:
    """The beginning of a text, safe to print, for a message."""
    shown = "".join(character if character.isprintable() else " " for character in text.strip())
    return shown if len(shown) <= max_chars else shown[: max_chars - 1] + "…"


def check_pronounceable(text: str, engine: str) -> None:
    """Raise SpeechError for a text with nothing to say in it, or with characters that derail an engine.

    eSpeak cuts a text at NUL without a word, and takes other control characters for commands that change the voice.
    """
    for place, character in enumerate(text, start=1):
        category = unicodedata.category(character)
        if category == "Cs" or (category == "Cc" and character not in "\t\n\r"):
            kind = "half a surrogate pair" if category == "Cs" else "a control character"
            raise SpeechError(
                f'{engine} cannot speak "{shorten_for_message(text)}": '
                f"character {place} is {kind} (U+{ord(character):04X}). Remove it."
            )
    if not has_pronounceable_chars(text):
        raise SpeechError(f'{engine} has nothing to say for "{shorten_for_message(text)}": write at least one word.')


def has_pronounceable_chars(text: str) -> bool:
    """Whether anything in the text makes a sound: a letter, a number, a sign with a name."""
    return any(unicodedata.category(character)[0] in "LNS" or character in _SPOKEN_PUNCTUATION for character in text)


def split_into_pieces(text: str, max_chars: int) -> list[str]:
    """The text in pieces of at most `most` characters, cut between sentences, else clauses, else words, else anywhere.

    No character that is not white space gets lost.
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
