"""Turn ordinary written text into words that every engine reads the same way."""

from voiceguide.speech.text_normalization.chunking import split_into_chunks
from voiceguide.speech.text_normalization.normalize import normalize_text
from voiceguide.speech.text_normalization.unicode_cleanup import has_speech

__all__ = ["has_speech", "normalize_text", "split_into_chunks"]
