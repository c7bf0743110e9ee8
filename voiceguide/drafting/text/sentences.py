"""Sentences: where they end, whether they tell somebody what to do, and how they make lines short enough to follow."""

from __future__ import annotations

import re
import textwrap

from voiceguide.drafting.text.vocabulary import LEAD_INS, VERBS
from voiceguide.script.rules.listening_advice import MAX_SENTENCE_WORDS

__all__ = ["beside", "instructs", "sentences_of", "short_lines", "words_in"]

_END = re.compile(r"(?<=[.!?…])[\"')]*\s+(?=[\"'(\[]*[A-Z0-9À-Þ\[(])|(?<=[。！？])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:min|sec|mins|secs|approx|e\.g|i\.e|etc|dr|mr|mrs|no|vs|st|oz|tbsp|tsp)|^\d{1,2})\.$", re.I
)
_LONGEST = 1000
"""Characters of a sentence; there is none that a person would write."""
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|\w+(?:[-'’]\w+)*")
_CLAUSE = re.compile(r"[,;:]\s+|\s+[–—-]\s+|\s+(?=(?:and|or|but|then|so|while|as|because|which)\s)")
_ASIDE = re.compile(
    r"(?:you (?:can|may|could|might)|if you (?:like|wish|want|prefer)|optionally|be sure|make sure|keep)\b", re.I
)
_CONDITION = re.compile(
    r"(?:^|[:.]\s*)(?:if|when|while|because|once|after|before|since|although)\b[^,]*,\s*$", re.IGNORECASE
)
"""A clause that means nothing without the one that follows."""
_ADVERB = re.compile(r"\w+ly\b,?\s*|(?:with|on|in|as|when|while|from|at|after|once|if)\b[^,.]{2,60},\s*", re.IGNORECASE)


def sentences_of(text: str) -> list[str]:
    """The sentences of a text, in order; nothing but spaces, and what has no words in it, is lost."""
    found: list[str] = []
    for piece in _END.split(text):
        if found and len(found[-1]) < _LONGEST and _ABBREVIATION.search(found[-1][-12:]):
            found[-1] += f" {piece}"
        elif any(map(str.isalnum, piece)):
            found += _bounded(piece.strip())
    return found


def _bounded(sentence: str) -> list[str]:
    """The sentence; one without end, as of a program's making, in parts, so that no rule meets a megabyte."""
    if len(sentence) <= _LONGEST:
        return [sentence]
    parts = textwrap.wrap(sentence, _LONGEST, break_on_hyphens=False)
    return [part for part in parts if any(map(str.isalnum, part))]


def instructs(sentence: str) -> bool:
    """Whether it tells somebody what to do: it begins with a verb, perhaps behind "then" or "slowly"."""
    rest = sentence.strip("\"'([ ")
    for _ in range(3):
        if lead := LEAD_INS.match(rest) or _ADVERB.match(rest):
            rest = rest[lead.end() :]
    first = _WORD.match(rest)
    word = first.group().lower() if first else ""
    return word in VERBS or (
        word.endswith("ing") and (word[:-3] in VERBS or f"{word[:-3]}e" in VERBS) and rest != sentence
    )


def beside(sentence: str) -> bool:
    """Whether it goes along with what was said before: it tells nobody what to do next, or only what may be done."""
    return bool(_ASIDE.match(sentence)) or not instructs(sentence)


def words_in(text: str) -> int:
    """How many words a text has."""
    return len(_WORD.findall(text))


def short_lines(sentences: list[str], most: int = MAX_SENTENCE_WORDS) -> list[str]:
    """Lines of whole sentences, as few as there can be with no more than `most` words in each.

    A sentence that is too long by itself is cut behind a clause, or between words where it has none.
    """
    lines: list[str] = []
    for sentence in sentences:
        for piece in _pieces(sentence, most):
            if lines and words_in(lines[-1]) + words_in(piece) <= most:
                lines[-1] += f" {piece}"
            else:
                lines.append(piece)
    return lines


def _pieces(sentence: str, most: int) -> list[str]:
    if words_in(sentence) <= most:
        return [sentence]
    cut = _cut(sentence, most)
    first, rest = sentence[:cut].strip().rstrip(",;:–—- "), sentence[cut:].strip(" ,;:–—-")
    first = first if first[-1:] in ".!?…" else f"{first}."
    return [first, *(_pieces(rest[:1].upper() + rest[1:], most) if words_in(rest) else [])]


def _cut(sentence: str, most: int) -> int:
    """Where a sentence's first part ends: behind the clause that divides it most evenly, else between words."""
    words = list(_WORD.finditer(sentence))
    limit = words[most].start()

    def shorter_part(end: int) -> int:
        first = sum(word.start() < end for word in words)
        return min(first, len(words) - first)

    ends = (found.end() for found in _CLAUSE.finditer(sentence, 0, limit))
    clauses = [end for end in ends if not _CONDITION.search(sentence[:end])]
    best = max(clauses, key=lambda end: shorter_part(end) + 3 * (sentence[end - 2] in ",;:"), default=limit)
    return best if shorter_part(best) > 2 else limit
