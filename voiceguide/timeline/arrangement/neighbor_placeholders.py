"""Fill placeholders that refer to the surrounding steps.

Such placeholders can be filled only once all stages are unrolled.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from voiceguide.script.model.inline_markup import fill_placeholders
from voiceguide.timeline.arrangement.model import ArrangedStage, ArrangedStep

__all__ = ["fill_neighbor_placeholders"]

_NEXT = re.compile(r"(?<!\w)\{\s*next\s*\}(?!\w)")
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")
_CLAUSE_END = re.compile(r"(?<=[,;:])\s+|\s+[–—-]\s+")
MAX_ADDED_WORDS = 2
"""A clause next to `{next}` with more words than this is treated as a separate instruction."""


def fill_neighbor_placeholders(stages: Sequence[ArrangedStage]) -> list[ArrangedStage]:
    """Fill `{number}`, `{steps}`, `{stage}` and `{next}`.

    `{number}` and `{steps}` count the steps in the stage, excluding switches. `{next}` is the name of the next step. In
    the last step of a stage, it is the title of the next stage. In the last step of the last stage, nothing comes next,
    so the words around `{next}` are left out.
    """
    titles = [*(stage.title for stage in stages), ""]
    return [_fill_stage(stage, next_title) for stage, next_title in zip(stages, titles[1:], strict=True)]


def _fill_stage(stage: ArrangedStage, next_title: str) -> ArrangedStage:
    count = sum(not _is_switch(step) for step in stage.steps)
    next_names = [*(step.name for step in stage.steps[1:]), next_title]
    steps, number = [], 0
    for step, next_name in zip(stage.steps, next_names, strict=True):
        number += not _is_switch(step)
        values = {"number": str(number), "steps": str(count), "stage": stage.title, "next": next_name}
        steps.append(_fill_step(step, values))
    return replace(stage, steps=tuple(steps))


def _is_switch(step: ArrangedStep) -> bool:
    return step.yaml_path.endswith(".switch")


def _fill_step(step: ArrangedStep, values: Mapping[str, str]) -> ArrangedStep:
    if not any("{" in text for text in (step.text, step.full_text, *(cue.text for cue in step.cues))):
        return step
    cues = tuple(replace(cue, text=_fill_text(cue.text, values)) for cue in step.cues)
    cues = tuple(filled for filled, cue in zip(cues, step.cues, strict=True) if filled.text or not cue.text)
    return replace(step, text=_fill_text(step.text, values), full_text=_fill_text(step.full_text, values), cues=cues)


def _fill_text(text: str, values: Mapping[str, str]) -> str:
    return fill_placeholders(text if values["next"] else _drop_next(text), values)


def _drop_next(text: str) -> str:
    """Remove the clause that contains `{next}` and the words that only introduce the name: "Up next: {next}"."""
    return " ".join(filter(None, map(_drop_next_from_sentence, _SENTENCE_END.split(text))))


def _drop_next_from_sentence(sentence: str) -> str:
    clauses = _CLAUSE_END.split(sentence)
    found = next((index for index, clause in enumerate(clauses) if _NEXT.search(clause)), None)
    if found is None:
        return sentence
    before, after = clauses[:found], clauses[found + 1 :]
    stands_alone = re.fullmatch(rf"{_NEXT.pattern}\W*", clauses[found].strip())
    if before and stands_alone and (before[-1].endswith(":") or _is_short(before[-1])):
        before.pop()
    if after and _is_short(after[0]):
        del after[0]
    stop = sentence[len(sentence.rstrip(".!?…")) :]
    rest = " ".join([*before, *after]).rstrip(" ,;:–—-.!?…")
    return rest and rest + stop


def _is_short(clause: str) -> bool:
    return len(clause.split()) <= MAX_ADDED_WORDS
