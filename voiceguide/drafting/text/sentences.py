"""Find sentences, recognize instructions, and split text into lines short enough to follow by ear."""

from __future__ import annotations

import re
import textwrap

from voiceguide.drafting.text.vocabulary import IMPERATIVE_VERBS, LEADING_PHRASES
from voiceguide.languages.model import NON_LATIN_FULL_STOPS
from voiceguide.script.rules.listening_advice import MAX_SENTENCE_WORDS

__all__ = ["count_words", "has_words", "is_instruction", "is_side_remark", "split_into_lines", "split_into_sentences"]

_END = re.compile(rf"(?<=[.!?…])[\"')]*\s+(?=[\"'(\[]*[A-Z0-9À-Þ\[(])|(?<=[{NON_LATIN_FULL_STOPS}])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:min|sec|mins|secs|approx|e\.g|i\.e|etc|dr|mr|mrs|no|vs|st|oz|tbsp|tsp)|^\d{1,2})\.$", re.I
)
_MAX_SENTENCE_CHARS = 1000
"""Longer text is not a real sentence, and is split so that the patterns below stay fast."""
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|\w+(?:[-'’]\w+)*")
_CLAUSE = re.compile(r"[,;:]\s+|\s+[–—-]\s+|\s+(?=(?:and|or|but|then|so|while|as|because|which)\s)")
_SIDE_REMARK_START = re.compile(
    r"(?:you (?:can|may|could|might)|if you (?:like|wish|want|prefer)|optionally|be sure|make sure|keep)\b", re.I
)
_CONDITION = re.compile(
    r"(?:^|[:.]\s*)(?:if|when|while|because|once|after|before|since|although)\b[^,]*,\s*$", re.IGNORECASE
)
"""A final clause that makes no sense without the next one, such as "If it hurts,"."""
_ADVERB = re.compile(r"\w+ly\b,?\s*|(?:with|on|in|as|when|while|from|at|after|once|if)\b[^,.]{2,60},\s*", re.IGNORECASE)


def split_into_sentences(text: str) -> list[str]:
    """Split text into sentences, omitting any that contain no words."""
    sentences: list[str] = []
    for part in _END.split(text):
        if sentences and len(sentences[-1]) < _MAX_SENTENCE_CHARS and _ABBREVIATION.search(sentences[-1][-12:]):
            sentences[-1] += f" {part}"
        elif has_words(part):
            sentences += _split_at_max_chars(part.strip())
    return sentences


def _split_at_max_chars(sentence: str) -> list[str]:
    if len(sentence) <= _MAX_SENTENCE_CHARS:
        return [sentence]
    parts = textwrap.wrap(sentence, _MAX_SENTENCE_CHARS, break_on_hyphens=False)
    return [part for part in parts if has_words(part)]


def is_instruction(sentence: str) -> bool:
    """Return whether a sentence starts with an imperative verb, possibly after words such as "then" or "slowly"."""
    rest = sentence.strip("\"'([ ")
    for _ in range(3):
        if leading := LEADING_PHRASES.match(rest) or _ADVERB.match(rest):
            rest = rest[leading.end() :]
    first_word = _WORD.match(rest)
    word = first_word.group().lower() if first_word else ""
    return word in IMPERATIVE_VERBS or (
        word.endswith("ing")
        and (word[:-3] in IMPERATIVE_VERBS or f"{word[:-3]}e" in IMPERATIVE_VERBS)
        and rest != sentence
    )


def is_side_remark(sentence: str) -> bool:
    """Return whether a sentence belongs to the previous one because it is optional or not an instruction."""
    return bool(_SIDE_REMARK_START.match(sentence)) or not is_instruction(sentence)


def count_words(text: str) -> int:
    """Return the number of words in the text."""
    return len(_WORD.findall(text))


def has_words(text: str) -> bool:
    """Return whether the text contains a letter or digit."""
    return any(map(str.isalnum, text))


def split_into_lines(sentences: list[str], max_words: int = MAX_SENTENCE_WORDS) -> list[str]:
    """Join sentences into as few lines as possible, each with at most `max_words` words.

    A sentence that is too long is split after a clause, or between words if it has no clauses.
    """
    lines: list[str] = []
    for sentence in sentences:
        for part in _split_long_sentence(sentence, max_words):
            if lines and count_words(lines[-1]) + count_words(part) <= max_words:
                lines[-1] += f" {part}"
            else:
                lines.append(part)
    return lines


def _split_long_sentence(sentence: str, max_words: int) -> list[str]:
    if count_words(sentence) <= max_words:
        return [sentence]
    cut = _split_position(sentence, max_words)
    first, rest = sentence[:cut].strip().rstrip(",;:–—- "), sentence[cut:].strip(" ,;:–—-")
    first = first if first[-1:] in ".!?…" else f"{first}."
    return [first, *(_split_long_sentence(rest[:1].upper() + rest[1:], max_words) if count_words(rest) else [])]


def _split_position(sentence: str, max_words: int) -> int:
    """Return the index at which to split: after the clause that divides the sentence most evenly, or between words."""
    words = list(_WORD.finditer(sentence))
    limit = words[max_words].start()

    def shorter_part(end: int) -> int:
        first_part = sum(word.start() < end for word in words)
        return min(first_part, len(words) - first_part)

    ends = (match.end() for match in _CLAUSE.finditer(sentence, 0, limit))
    clause_ends = [end for end in ends if not _CONDITION.search(sentence[:end])]
    best = max(clause_ends, key=lambda end: shorter_part(end) + 3 * (sentence[end - 2] in ",;:"), default=limit)
    return best if shorter_part(best) > 2 else limit
