"""The program's built-in phrases, spoken in the language of the routine."""

from voiceguide.speech.phrases.loader import MissingPhrasesError, check_phrase, load_phrases
from voiceguide.speech.phrases.phrasebook import Phrases

__all__ = ["MissingPhrasesError", "Phrases", "check_phrase", "load_phrases"]
