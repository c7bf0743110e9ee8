"""Advice about the words of a routine: sentences too long to follow by ear, and pressure without a word of caution."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from voiceguide.script.parsing.nodes import ListNode
from voiceguide.script.rules.traversal import Finding, Part

__all__ = ["LONGEST_SENTENCE", "advice"]

LONGEST_SENTENCE = 25
"""Words; what is heard once and cannot be read again should be shorter."""

_END = re.compile(r"[.!?…;:](?=\s|$)|\[[^\[\]]*\]|[。！？]")  # a pause ends a sentence as well as a full stop does
_WORD = re.compile(r"\w+(?:[-'’]\w+)*")
_PRESSURE = re.compile(
    r"\b(?:press(?!\s+play)|knead|massag|drück|knet|massier|presion|amas[ae]|masaj|appuy|pétri)", re.IGNORECASE
)
"""Stems of words for work with pressure, in the languages that have built-in phrases."""


def advice(parts: Sequence[Part]) -> Iterator[Finding]:
    """What a listener would wish for."""
    pressure = False
    for part in parts:
        yield from _brief(part)
        for loc, text in part.says():
            pressure = pressure or bool(_PRESSURE.search(text))
            longest = max((len(_WORD.findall(sentence)) for sentence in _END.split(text)), default=0)
            if longest > LONGEST_SENTENCE:
                message = f"This sentence has {longest} words. Make two of it: a listener cannot look back."
                yield Finding(loc, message, advice=True)
    if pressure and not (isinstance(parts[0].node.get("safety"), ListNode) and parts[0].node["safety"]):
        message = (
            "This routine works with pressure and has no caution. Write safety: [Leave out any place that hurts.]."
        )
        yield Finding(("title",), message, advice=True)


def _brief(part: Part) -> Iterator[Finding]:
    """A brief text must fit into the time that the full one sets the clock by."""
    texts = {loc[-1]: (loc, text) for loc, text in part.says()}
    if "full" in texts and "brief" in texts:
        full, brief = (len(_WORD.findall(texts[key][1])) for key in ("full", "brief"))
        if brief > full:
            message = (
                f"The brief words are {brief}, the full ones {full}. Make the brief ones shorter, or leave them out."
            )
            yield Finding(texts["brief"][0], message, advice=True)
