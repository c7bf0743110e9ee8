"""Text made speakable before it reaches any engine."""

from voiceguide.speech.text_normalization.normalize import normalize_text
from voiceguide.speech.text_normalization.sentences import count_words, split_into_chunks
from voiceguide.speech.text_normalization.unicode_cleanup import has_speech

__all__ = ["count_words", "has_speech", "normalize_text", "split_into_chunks"]
