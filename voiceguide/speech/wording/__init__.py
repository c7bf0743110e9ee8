"""Text made speakable before it reaches any engine."""

from voiceguide.speech.wording.clean import is_speakable
from voiceguide.speech.wording.pipeline import speakable
from voiceguide.speech.wording.sentences import count_words, split_sentences

__all__ = ["count_words", "is_speakable", "speakable", "split_sentences"]
