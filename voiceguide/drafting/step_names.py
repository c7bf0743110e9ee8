"""Give steps and stages short, unique names and titles."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import fields, is_dataclass, replace
from typing import Any

from voiceguide.drafting.formats.reading_result import Changes
from voiceguide.drafting.outline import DraftStage, DraftStep, Outline
from voiceguide.drafting.text.plain_text import lost_words
from voiceguide.drafting.text.sentences import has_words
from voiceguide.drafting.text.vocabulary import LEADING_PHRASES, MASSAGE_STEP_NAMES, TRAILING_STOP_WORDS
from voiceguide.script.model.inline_markup import OPENING_STAGE_TITLE, normalize_name
from voiceguide.script.parsing.text_encoding import INVALID_CHARACTERS

__all__ = ["finish_outline"]

_WORD = re.compile(r"\w+(?:[-'’]\w+)*")
_ARTICLE = re.compile(r"\b(?:the|your|an?)\s+", re.IGNORECASE)
_MAX_TITLE_CHARS = 80
_MAX_NAME_WORDS = 3


def finish_outline(outline: Outline) -> Outline:
    """Return the outline without invisible characters and with a clean title, unique stage titles and step names.

    The YAML reader rejects invisible characters. Each step with a duration gets a name that is unique in its stage.
    """
    changes = Counter(outline.changes)
    outline = _remove_invisible(outline, changes)
    title, stages = _clean_title(outline.title), _assign_names(outline.stages)
    if stages and outline.title != outline.stages[0].title:
        stages = (_with_cut_title(stages[0], outline.title, title), *stages[1:])
    return replace(outline, title=title, stages=stages, changes=changes)


def _with_cut_title(stage: DraftStage, written: str, title: str) -> DraftStage:
    """Return the stage with the whole title as a comment if the title in the script has fewer words."""
    if not (cut := lost_words(written, title)):
        return stage
    first, *rest = stage.steps
    return replace(stage, steps=(replace(first, remarks=(cut, *first.remarks)), *rest))


def _remove_invisible(value: Any, changes: Changes) -> Any:
    """Return a value with invisible characters removed from its texts. Those that separate words become spaces."""
    if isinstance(value, str) and INVALID_CHARACTERS.search(value):
        changes["invisible characters", "nothing"] += len(INVALID_CHARACTERS.findall(value))
        return INVALID_CHARACTERS.sub(lambda match: " " if match[0].isspace() else "", value)
    if isinstance(value, tuple):
        return tuple(_remove_invisible(part, changes) for part in value)
    if isinstance(value, dict):
        return {_remove_invisible(key, changes): _remove_invisible(text, changes) for key, text in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        parts = {field.name: getattr(value, field.name) for field in fields(value) if field.name != "changes"}
        return replace(value, **{name: _remove_invisible(part, changes) for name, part in parts.items()})
    return value


def _assign_names(stages: Iterable[DraftStage]) -> tuple[DraftStage, ...]:
    titles: set[str] = {normalize_name(OPENING_STAGE_TITLE)}
    result = []
    for stage in stages:
        names: set[str] = set()
        steps = tuple(
            replace(step, name=_make_unique(_derive_step_name(step), names))
            if step.duration_key
            else replace(step, name="")
            for step in stage.steps
        )
        title = _clean_title(stage.title)
        named = replace(stage, title=_make_unique(title, titles), steps=steps)
        result.append(_with_cut_title(named, stage.title, title))
    return tuple(result)


def _clean_title(text: str) -> str:
    """Turn a heading into a single-line title without characters that are markup in a script."""
    title = re.sub(r"[\[\]{}]", " ", text).strip(" :-–—#*")
    title = " ".join(title.split())[:_MAX_TITLE_CHARS].strip()
    title = title.capitalize() if title.isupper() and len(title) > 4 else title
    return title if normalize_name(title) else "Steps"


def _make_unique(name: str, taken: set[str]) -> str:
    """Return the name, with a number appended if it is already in `taken`. Add the result to `taken`."""
    candidate, count = name, 1
    while normalize_name(candidate) in taken:
        count += 1
        candidate = f"{name} {count}"
    taken.add(normalize_name(candidate))
    return candidate


def _derive_step_name(step: DraftStep) -> str:
    """Return a few words that identify a step."""
    first = re.split(r"(?<=[.!?])\s", step.name or step.say, maxsplit=1)[0]
    massage_name = next((name for pattern, name in MASSAGE_STEP_NAMES if pattern.search(first)), "")
    if massage_name:
        return massage_name
    bare = re.sub(r"\[[^\]]*\]|\{[^}]*\}", " ", first).strip()
    lead = LEADING_PHRASES.match(bare)
    bare = _ARTICLE.sub("", bare[lead.end() :] if lead and has_words(bare[lead.end() :]) else bare)
    words = _WORD.findall(re.split(r"(?<=\w)\W+(?=\d)", bare, maxsplit=1)[0])
    words = words if any(word.lower() not in TRAILING_STOP_WORDS for word in words) else _WORD.findall(bare)
    words = [word.lower() for word in words[: _MAX_NAME_WORDS + 1]]
    while len(words) > 1 and (words[-1] in TRAILING_STOP_WORDS or len(words) > _MAX_NAME_WORDS):
        words.pop()
    return " ".join(words)[:60].strip() or "silence"
