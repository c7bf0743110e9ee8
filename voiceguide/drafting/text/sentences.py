"""Sentences: where they end, whether they tell somebody what to do, and how they make lines short enough to follow."""

from __future__ import annotations

import re
import textwrap

from voiceguide.drafting.text.vocabulary import IMPERATIVE_VERBS, LEADING_PHRASES
from voiceguide.script.rules.listening_advice import MAX_SENTENCE_WORDS

__all__ = ["count_words", "is_instruction", "is_side_remark", "split_into_lines", "split_into_sentences"]

_END = re.compile(r"(?<=[.!?…])[\"')]*\s+(?=[\"'(\[]*[A-Z0-9À-Þ\[(])|(?<=[。！？])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:min|sec|mins|secs|approx|e\.g|i\.e|etc|dr|mr|mrs|no|vs|st|oz|tbsp|tsp)|^\d{1,2})\.$", re.I
)
_MAX_SENTENCE_CHARS = 1000
"""Characters of a sentence; there is none that a person would write."""
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|\w+(?:[-'’]\w+)*")
_CLAUSE = re.compile(r"[,;:]\s+|\s+[–—-]\s+|\s+(?=(?:and|or|but|then|so|while|as|because|which)\s)")
_SIDE_REMARK_START = re.compile(
    r"(?:you (?:can|may|could|might)|if you (?:like|wish|want|prefer)|optionally|be sure|make sure|keep)\b", re.I
)
_CONDITION = re.compile(
    r"(?:^|[:.]\s*)(?:if|when|while|because|once|after|before|since|although)\b[^,]*,\s*$", re.IGNORECASE
)
"""A clause that means nothing without the one that follows."""
_ADVERB = re.compile(r"\w+ly\b,?\s*|(?:with|on|in|as|when|while|from|at|after|once|if)\b[^,.]{2,60},\s*", re.IGNORECASE)


def split_into_sentences(text: str) -> list[str]:
    """The sentences of a text, in order; nothing but spaces, and what has no words in it, is lost."""
    found: list[str] = []
    for piece in _END.split(text):
        if found and len(found[-1]) < _MAX_SENTENCE_CHARS and _ABBREVIATION.search(found[-1][-12:]):
            found[-1] += f" {piece}"
        elif any(map(str.isalnum, piece)):
            found += _split_at_max_chars(piece.strip())
    return found


def _split_at_max_chars(sentence: str) -> list[str]:
    """The sentence; one without end, as of a program's making, in parts, so that no rule meets a megabyte."""
    if len(sentence) <= _MAX_SENTENCE_CHARS:
        return [sentence]
    parts = textwrap.wrap(sentence, _MAX_SENTENCE_CHARS, break_on_hyphens=False)
    return [part for part in parts if any(map(str.isalnum, part))]


def is_instruction(sentence: str) -> bool:
    """Whether it tells somebody what to do: it begins with a verb, perhaps behind "then" or "slowly"."""
    rest = sentence.strip("\"'([ ")
    for _ in range(3):
        if lead := LEADING_PHRASES.match(rest) or _ADVERB.match(rest):
            rest = rest[lead.end() :]
    first = _WORD.match(rest)
    word = first.group().lower() if first else ""
    return word in IMPERATIVE_VERBS or (
        word.endswith("ing")
        and (word[:-3] in IMPERATIVE_VERBS or f"{word[:-3]}e" in IMPERATIVE_VERBS)
        and rest != sentence
    )


def is_side_remark(sentence: str) -> bool:
    """Whether it goes along with what was said before: it tells nobody what to do next, or only what may be done."""
    return bool(_SIDE_REMARK_START.match(sentence)) or not is_instruction(sentence)


def count_words(text: str) -> int:
    """How many words a text has."""
    return len(_WORD.findall(text))


def split_into_lines(sentences: list[str], max_words: int = MAX_SENTENCE_WORDS) -> list[str]:
    """Lines of whole sentences, as few as there can be with no more than `most` words in each.

    A sentence that is too long by itself is cut behind a clause, or between words where it has none.
    """
    lines: list[str] = []
    for sentence in sentences:
        for piece in _split_long_sentence(sentence, max_words):
            if lines and count_words(lines[-1]) + count_words(piece) <= max_words:
                lines[-1] += f" {piece}"
            else:
                lines.append(piece)
    return lines


def _split_long_sentence(sentence: str, max_words: int) -> list[str]:
    if count_words(sentence) <= max_words:
        return [sentence]
    cut = _split_position(sentence, max_words)
    first, rest = sentence[:cut].strip().rstrip(",;:–—- "), sentence[cut:].strip(" ,;:–—-")
    first = first if first[-1:] in ".!?…" else f"{first}."
    return [first, *(_split_long_sentence(rest[:1].upper() + rest[1:], max_words) if count_words(rest) else [])]


def _split_position(sentence: str, max_words: int) -> int:
    """Where a sentence's first part ends: behind the clause that divides it most evenly, else between words."""
    words = list(_WORD.finditer(sentence))
    limit = words[max_words].start()

    def shorter_part(end: int) -> int:
        first = sum(word.start() < end for word in words)
        return min(first, len(words) - first)

    ends = (found.end() for found in _CLAUSE.finditer(sentence, 0, limit))
    clauses = [end for end in ends if not _CONDITION.search(sentence[:end])]
    best = max(clauses, key=lambda end: shorter_part(end) + 3 * (sentence[end - 2] in ",;:"), default=limit)
    return best if shorter_part(best) > 2 else limit
