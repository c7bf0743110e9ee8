"""What the program says by itself, in the language of the routine."""

from voiceguide.speech.phrases.loader import (
    PhraseError,
    check_phrase,
    load_phrases,
    phrase_keys,
    phrase_languages,
    phrase_placeholders,
)
from voiceguide.speech.phrases.phrasebook import Phrases

__all__ = [
    "PhraseError",
    "Phrases",
    "check_phrase",
    "load_phrases",
    "phrase_keys",
    "phrase_languages",
    "phrase_placeholders",
]
