"""Names for steps and titles for stages: short, and no two alike."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from voiceguide.drafting.outline import DraftStage, DraftStep
from voiceguide.drafting.text.vocabulary import LEAD_INS, NAMES, TRAILING
from voiceguide.script.model.inline_markup import OPENING_STAGE_TITLE, normalize_name

__all__ = ["named", "stage_title", "unlike"]

_WORD = re.compile(r"\w+(?:[-'’]\w+)*")
_ARTICLE = re.compile(r"\b(?:the|your|an?)\s+", re.IGNORECASE)
_LONGEST_TITLE = 80
_MOST_WORDS = 3


def named(stages: Iterable[DraftStage]) -> tuple[DraftStage, ...]:
    """The stages with a title of its own for each, and in each a name of its own for every step that has time."""
    titles: set[str] = {normalize_name(OPENING_STAGE_TITLE)}
    result = []
    for stage in stages:
        names: set[str] = set()
        steps = tuple(
            replace(step, name=unlike(_name(step), names)) if step.key else replace(step, name="")
            for step in stage.steps
        )
        result.append(replace(stage, title=unlike(stage_title(stage.title), titles), steps=steps))
    return tuple(result)


def stage_title(text: str) -> str:
    """A heading as a title: one line, nothing that a script would take for something else."""
    title = re.sub(r"[\[\]{}]", " ", text).strip(" :-–—#*")
    title = " ".join(title.split())[:_LONGEST_TITLE].strip()
    title = title.capitalize() if title.isupper() and len(title) > 4 else title
    return title if normalize_name(title) else "Steps"


def unlike(name: str, taken: set[str]) -> str:
    """The name, with a number behind it where it is taken already; it is taken then."""
    candidate, count = name, 1
    while normalize_name(candidate) in taken:
        count += 1
        candidate = f"{name} {count}"
    taken.add(normalize_name(candidate))
    return candidate


def _name(step: DraftStep) -> str:
    """A few words that tell a step from the others."""
    first = re.split(r"(?<=[.!?])\s", step.name or step.say, maxsplit=1)[0]
    known = next((name for pattern, name in NAMES if pattern.search(first)), "")
    if known:
        return known
    bare = re.sub(r"\[[^\]]*\]|\{[^}]*\}", " ", first).strip()
    lead = LEAD_INS.match(bare)
    bare = _ARTICLE.sub("", bare[lead.end() :] if lead and lead.end() < len(bare) else bare)
    words = _WORD.findall(re.split(r"(?<=\w)\W+(?=\d)", bare, maxsplit=1)[0])
    words = words if any(word.lower() not in TRAILING for word in words) else _WORD.findall(bare)
    words = [word.lower() for word in words[: _MOST_WORDS + 1]]
    while len(words) > 1 and (words[-1] in TRAILING or len(words) > _MOST_WORDS):
        words.pop()
    return " ".join(words)[:60].strip() or "quiet"
