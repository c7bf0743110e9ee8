"""What the program says by itself, in the language of the routine."""

from voiceguide.speech.phrases.loader import (
    PhraseError,
    check_phrase,
    known_keys,
    known_placeholders,
    load_phrases,
    phrase_languages,
)
from voiceguide.speech.phrases.phrasebook import Phrases

__all__ = [
    "PhraseError",
    "Phrases",
    "check_phrase",
    "known_keys",
    "known_placeholders",
    "load_phrases",
    "phrase_languages",
]
