"""The stages in order: the table of contents of this package."""

from __future__ import annotations

from collections.abc import Mapping

from voiceguide.speech.text_normalization.abbreviations import expand_abbreviations, expand_symbols
from voiceguide.speech.text_normalization.languages.tables import LanguageTables, find_language_tables
from voiceguide.speech.text_normalization.pronunciation import (
    apply_pronunciations,
    mask_phonemes,
    strip_phonemes,
    unmask_phonemes,
)
from voiceguide.speech.text_normalization.punctuation import expand_slashes, normalize_punctuation
from voiceguide.speech.text_normalization.quantities import expand_quantities
from voiceguide.speech.text_normalization.unicode_cleanup import clean_unicode, has_speech

__all__ = ["normalize_text"]

_MAX_PASSES = 8
"""One pass is enough for what people write. More are made, until nothing changes, for odd rows of signs."""


def normalize_text(
    text: str, language: str, pronunciations: Mapping[str, str] | None = None, takes_ipa: bool = False
) -> str:
    """Text as an engine should get it: one line, in words, in the language of a BCP 47 tag.

    `words` says how single words are to be said (see `say_words`); `ipa` is true for engines that take phonemes.
    Text with nothing to say gives the empty text. Never raises, whatever the text, and leaves its own result as it is.
    Languages other than English, German, Spanish and French only get the stages that need no tables.
    """
    tables = find_language_tables(language)
    text = clean_unicode(text)
    if pronunciations:
        text = apply_pronunciations(text, pronunciations, takes_ipa)
    for _ in range(_MAX_PASSES):
        said = _normalize_once(text, tables, takes_ipa)
        if said == text:
            break
        text = said
    return text if has_speech(text) else ""


def _normalize_once(text: str, tables: LanguageTables | None, takes_ipa: bool) -> str:
    text, hidden = mask_phonemes(text if takes_ipa else strip_phonemes(text))
    if tables:
        text = expand_quantities(text, tables)
        text = expand_abbreviations(text, tables)
        text = expand_slashes(expand_symbols(text, tables), tables.or_word)
    return clean_unicode(unmask_phonemes(normalize_punctuation(text), hidden))
