"""How a routine's author wants words said: respellings, and phonemes for the engines that take them.

Phonemes are passed as `[word](/phonemes/)`, the form of the misaki phonemizer that hibari follows. While the other
stages work on the text, each such piece is one private-use character, so that nothing inside it is touched.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from voiceguide.speech.text_normalization.unicode_cleanup import clean_unicode

__all__ = ["apply_pronunciations", "mask_phonemes", "strip_phonemes", "unmask_phonemes"]

_PHONEME_MARKUP = re.compile(r"\[([^\[\]()]+)\]\(/([^()\[\]/]+)/\)")
_PHONEMES = re.compile(r"/([^/]+)/")
_FIRST_MASK = 0xF0000
_MAX_MASK_INDEX = 0xFFFD
_MASK = re.compile(f"[{chr(_FIRST_MASK)}-{chr(_FIRST_MASK + _MAX_MASK_INDEX)}]")


@lru_cache(maxsize=32)
def _compile_pronunciations(
    pronunciations: tuple[tuple[str, str], ...],
) -> tuple[re.Pattern[str], dict[str, str]] | None:
    table = {clean_unicode(word).casefold(): said for word, said in pronunciations}
    table.pop("", None)
    if not table:
        return None
    longest_first = sorted(table, key=len, reverse=True)
    pattern = "|".join(re.escape(word) for word in longest_first)
    return re.compile(rf"{_PHONEME_MARKUP.pattern}|(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE), table


def apply_pronunciations(text: str, pronunciations: Mapping[str, str], takes_ipa: bool) -> str:
    """The text with each of `words` replaced, in any case, never inside another word, the longest first.

    What replaces a word is not searched again. `/phonemes/` become markup with `ipa`, and without it
    leave the word as it is.
    """
    compiled = _compile_pronunciations(tuple(pronunciations.items()))
    if compiled is None:
        return text
    pattern, table = compiled
    return pattern.sub(lambda found: found.group() if found[1] else _replacement(found.group(), table, takes_ipa), text)


def _replacement(written: str, table: Mapping[str, str], takes_ipa: bool) -> str:
    said = table.get(written.casefold(), written).strip()
    phonemes = _PHONEMES.fullmatch(said)
    if phonemes is None:
        return clean_unicode(said)
    sounds = re.sub(r"[()\[\]]", "", clean_unicode(phonemes[1]))
    word = re.sub(r"[()\[\]]", "", written)
    return f"[{word}](/{sounds}/)" if takes_ipa and sounds and word else written


def strip_phonemes(text: str) -> str:
    """The text without phonemes: `[qi](/tʃiː/)` is "qi"."""
    return _PHONEME_MARKUP.sub(r"\1", text) if "](/" in text else text


def mask_phonemes(text: str) -> tuple[str, list[str]]:
    """The text with each phoneme markup as one private-use character, and the markups in order."""
    if "](/" not in text:
        return text, []
    hidden: list[str] = []

    def hide(found: re.Match[str]) -> str:
        if len(hidden) > _MAX_MASK_INDEX:
            return found[1]
        hidden.append(found.group())
        return chr(_FIRST_MASK + len(hidden) - 1)

    return _PHONEME_MARKUP.sub(hide, text), hidden


def unmask_phonemes(text: str, hidden: list[str]) -> str:
    """The reverse of `hide_phonemes`."""
    return _MASK.sub(lambda found: hidden[ord(found.group()) - _FIRST_MASK], text) if hidden else text
