"""Apply the pronunciations in a script: respellings, and phonemes for engines that accept them.

Phonemes are written as `[word](/phonemes/)`, the markup of the misaki phonemizer, which hibari accepts. During the
other stages, each piece of markup is replaced with a private-use character, which these stages leave unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from voiceguide.speech.text_normalization.unicode_cleanup import clean_unicode

__all__ = ["apply_heteronyms", "apply_pronunciations", "mask_phonemes", "strip_phonemes", "unmask_phonemes"]

_PHONEME_MARKUP = re.compile(r"\[([^\[\]()]+)\]\(/([^()\[\]/]+)/\)")
_PHONEMES = re.compile(r"/([^/]+)/")
_FIRST_MASK = 0xF0000
_MAX_MASK_INDEX = 0xFFFD
_MASK = re.compile(f"[{chr(_FIRST_MASK)}-{chr(_FIRST_MASK + _MAX_MASK_INDEX)}]")


@lru_cache(maxsize=32)
def _compile_pronunciations(
    pronunciations: tuple[tuple[str, str], ...],
) -> tuple[re.Pattern[str], dict[str, str]] | None:
    table = {clean_unicode(word).casefold(): spoken for word, spoken in pronunciations}
    table.pop("", None)
    if not table:
        return None
    longest_first = sorted(table, key=len, reverse=True)
    pattern = "|".join(re.escape(word) for word in longest_first)
    return re.compile(rf"{_PHONEME_MARKUP.pattern}|(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE), table


def apply_pronunciations(text: str, pronunciations: Mapping[str, str], takes_ipa: bool) -> str:
    """Replace words with their pronunciations. Match whole words, ignoring case, longest first.

    Replacements are not themselves replaced. A pronunciation of the form `/phonemes/` becomes markup if `takes_ipa` is
    true; otherwise the word is left unchanged.
    """
    compiled = _compile_pronunciations(tuple(pronunciations.items()))
    if compiled is None:
        return text
    pattern, table = compiled
    return pattern.sub(lambda found: found.group() if found[1] else _replacement(found.group(), table, takes_ipa), text)


def apply_heteronyms(text: str, heteronyms: Sequence[tuple[re.Pattern[str], str]]) -> str:
    """Add phonemes to the words that the patterns match. Words that already have phonemes are left unchanged."""
    for pattern, phonemes in heteronyms:
        text, hidden = mask_phonemes(text)
        text = pattern.sub(lambda found, said=phonemes: f"[{found.group()}](/{said}/)", text)  # type: ignore[misc]
        text = unmask_phonemes(text, hidden)
    return text


def _replacement(written: str, table: Mapping[str, str], takes_ipa: bool) -> str:
    spoken = table.get(written.casefold(), written).strip()
    markup = _PHONEMES.fullmatch(spoken)
    if markup is None:
        return clean_unicode(spoken)
    phonemes = re.sub(r"[()\[\]]", "", clean_unicode(markup[1]))
    word = re.sub(r"[()\[\]]", "", written)
    return f"[{word}](/{phonemes}/)" if takes_ipa and phonemes and word else written


def strip_phonemes(text: str) -> str:
    """Replace phoneme markup with its word: `[qi](/tʃiː/)` with "qi"."""
    return _PHONEME_MARKUP.sub(r"\1", text) if "](/" in text else text


def mask_phonemes(text: str) -> tuple[str, list[str]]:
    """Replace each piece of phoneme markup with a private-use character. Return the text and the markup in order."""
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
    """Undo `mask_phonemes`."""
    return _MASK.sub(lambda found: hidden[ord(found.group()) - _FIRST_MASK], text) if hidden else text
