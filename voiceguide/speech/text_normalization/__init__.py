"""Text made speakable before it reaches any engine."""

from voiceguide.speech.text_normalization.normalize import speakable
from voiceguide.speech.text_normalization.sentences import count_words, split_sentences
from voiceguide.speech.text_normalization.unicode_cleanup import is_speakable

__all__ = ["count_words", "is_speakable", "speakable", "split_sentences"]
