"""Run the normalization stages in order."""

from __future__ import annotations

from collections.abc import Mapping

from voiceguide.languages import field_words, language_for
from voiceguide.languages.model import Language
from voiceguide.speech.text_normalization.abbreviations import expand_abbreviations, expand_symbols
from voiceguide.speech.text_normalization.contexts import expand_contexts
from voiceguide.speech.text_normalization.number_expansion import expand_quantities
from voiceguide.speech.text_normalization.pronunciation import (
    apply_heteronyms,
    apply_pronunciations,
    mask_phonemes,
    strip_phonemes,
    unmask_phonemes,
)
from voiceguide.speech.text_normalization.punctuation import expand_slashes, normalize_punctuation
from voiceguide.speech.text_normalization.unicode_cleanup import clean_unicode, has_speech

__all__ = ["normalize_text"]

_MAX_PASSES = 8
"""Maximum number of passes. One pass is enough for ordinary text, but unusual sequences of symbols need several passes
before nothing changes.
"""


def normalize_text(
    text: str, language: str, pronunciations: Mapping[str, str] | None = None, takes_ipa: bool = False
) -> str:
    """Return text ready for an engine: one line, in words, without symbols that cannot be spoken.

    `language` is a BCP 47 tag. For languages without a file in `voiceguide.languages`, run only the stages that do not
    need one. `pronunciations` maps words to respellings; see `apply_pronunciations`. `takes_ipa` is True for engines
    that accept phonemes; they also receive phonemes for technical terms and heteronyms. Text with nothing to speak
    becomes an empty string. Never raises. Normalizing the result again does not change it.
    """
    found = language_for(language)
    text = clean_unicode(text)
    if pronunciations:
        text = apply_pronunciations(text, pronunciations, takes_ipa)
    if found and takes_ipa:
        text = apply_heteronyms(apply_pronunciations(text, field_words(found.code), takes_ipa), found.heteronyms)
    for _ in range(_MAX_PASSES):
        normalized = _normalize_once(text, found, takes_ipa)
        if normalized == text:
            break
        text = normalized
    return text if has_speech(text) else ""


def _normalize_once(text: str, language: Language | None, takes_ipa: bool) -> str:
    text, hidden = mask_phonemes(text if takes_ipa else strip_phonemes(text))
    if language:
        text = expand_quantities(expand_contexts(text, language), language)
        text = expand_abbreviations(text, language)
        text = expand_slashes(expand_symbols(text, language), language.or_word)
    suspended_before = (language.phrases["join"].strip(), language.or_word, language.to_word) if language else ()
    return clean_unicode(unmask_phonemes(normalize_punctuation(text, suspended_before), hidden))
