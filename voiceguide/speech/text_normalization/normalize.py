"""The stages in order: the table of contents of this package."""

from __future__ import annotations

from collections.abc import Mapping

from voiceguide.speech.text_normalization.abbreviations import expand_abbreviations, say_symbols
from voiceguide.speech.text_normalization.languages.tables import Language, language_for
from voiceguide.speech.text_normalization.pronunciation import hide_phonemes, plain_words, say_words, show_phonemes
from voiceguide.speech.text_normalization.punctuation import say_slashes, tidy
from voiceguide.speech.text_normalization.quantities import say_quantities
from voiceguide.speech.text_normalization.unicode_cleanup import clean, is_speakable

__all__ = ["speakable"]

_MOST_PASSES = 8
"""One pass is enough for what people write. More are made, until nothing changes, for odd rows of signs."""


def speakable(text: str, language: str, words: Mapping[str, str] | None = None, ipa: bool = False) -> str:
    """Text as an engine should get it: one line, in words, in the language of a BCP 47 tag.

    `words` says how single words are to be said (see `say_words`); `ipa` is true for engines that take phonemes.
    Text with nothing to say gives the empty text. Never raises, whatever the text, and leaves its own result as it is.
    Languages other than English, German, Spanish and French only get the stages that need no tables.
    """
    tables = language_for(language)
    text = clean(text)
    if words:
        text = say_words(text, words, ipa)
    for _ in range(_MOST_PASSES):
        said = _stages(text, tables, ipa)
        if said == text:
            break
        text = said
    return text if is_speakable(text) else ""


def _stages(text: str, tables: Language | None, ipa: bool) -> str:
    text, hidden = hide_phonemes(text if ipa else plain_words(text))
    if tables:
        text = say_quantities(text, tables)
        text = expand_abbreviations(text, tables)
        text = say_slashes(say_symbols(text, tables), tables.or_)
    return clean(show_phonemes(tidy(text), hidden))
