"""From what pydantic refuses to sentences at places in the script."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from voiceguide.script.model import routine as model
from voiceguide.script.model.field_types import NOT_A_SCALAR
from voiceguide.script.parsing.nodes import ListNode, Loc, MapNode, Node, SourceTree, TextNode, quoted
from voiceguide.script.rules.traversal import Issue

__all__ = ["explain_validation_error"]

_MODEL_FOR_KEY: dict[str, tuple[type[BaseModel], str]] = {
    # key of the list or group, its model, what one is called
    "stages": (model.Stage, "stage"),
    "steps": (model.Step, "step"),
    "cues": (model.CueSpec, "cue"),
    "say": (model.Say, "say"),
    "switch": (model.Switch, "switch"),
    "bed": (model.BedChoice, "bed"),
    "each": (model.Each, "each"),
    "variants": (model.Variant, "variant"),
}
_MODEL_FOR_NAME: dict[str, type[BaseModel]] = {name: shape for shape, name in _MODEL_FOR_KEY.values()}
_MODEL_FOR_NAME |= {"group": model.Group, "routine": model.Routine}

_COMMON_MISTAKES = {
    "duration": "for", "length": "for", "time": "for", "seconds": "for", "minutes": "for",
    "text": "say", "speak": "say", "speech": "say", "words": "say", "wait": "pause", "silence": "pause",
    "name": "step", "times": "repeat", "loop": "repeat", "lang": "language", "speed": "pace", "rate": "pace",
    "background": "bed", "music": "bed", "sound": "audio", "file": "audio", "interval": "every",
    "short": "brief", "long": "full", "volume": "level",
    "minimum": "min", "maximum": "max", "materials": "needs", "tag": "tags",
}  # fmt: skip
"""What people write for our keys, beside slips of the finger."""

_MISSING_KEY_MESSAGES = {
    ("routine", "voiceguide"): "A routine needs its version. Write voiceguide: 1 at the top.",
    ("routine", "title"): "A routine needs title. Write for instance title: Home foot massage.",
    ("routine", "stages"): "A routine needs stages. Write stages: and under it - stage: with its title and steps.",
    ("stage", "stage"): "This stage needs its title. Write stage: and the title.",
    ("stage", "steps"): "This stage needs steps. Write steps: and under it - say: with what to do.",
    ("say", "full"): "This say needs full. Write full: and the words beside brief.",
}

_EMPTY_LIST_MESSAGES = {
    "stages": "There are no stages here. Write at least one, beginning with - stage: and its title.",
    "steps": "There are no steps here. Write at least one, beginning with - say: and what to do.",
}


_MAX_ERRORS = 1000
"""Refusals that are looked at; a script with more has said enough."""


def explain_validation_error(error: ValidationError, source: SourceTree) -> Iterator[Issue]:
    """What a validation refused, without what only follows from something else."""
    entries = error.errors(include_url=False, include_context=False)[:_MAX_ERRORS]
    errors = [(entry, _to_script_loc(entry["loc"], source)) for entry in entries]
    suggested: set[Loc] = set()
    spoilt: set[Loc] = set()
    for entry, loc in errors:
        if entry["type"] == "extra_forbidden":
            parent = loc[:-1]
            if message := _explain_misplaced_group(source.node_at(parent), parent):
                if parent not in spoilt:
                    yield Issue(parent, message)
                spoilt.add(parent)
            else:
                key, message = _explain_unknown_key(str(loc[-1]), _section_kind(parent, source), source.node_at(parent))
                suggested.add((*parent, key))
                yield Issue(loc, message, at_key=True)
    for entry, loc in errors:
        if entry["type"] != "extra_forbidden" and loc not in suggested and not _is_inside_any(loc, spoilt):
            yield from _explain_error(entry, loc, source)


def _is_inside_any(loc: Loc, locs: set[Loc]) -> bool:
    return any(loc[:depth] in locs for depth in range(len(loc) + 1))


def _to_script_loc(pydantic_loc: tuple[str | int, ...], source: SourceTree) -> Loc:
    """pydantic's way to a value as the script's own: without union tags, with the name that an `each` has."""
    loc: list[str | int] = []
    steps = iter(pydantic_loc)
    for step in steps:
        if step in ("name", "values") and loc and loc[-1] == "each":
            node = source.node_at(tuple(loc))
            if isinstance(node, MapNode):
                step = next(iter(node), step)
        loc.append(step)
        if isinstance(step, int) and len(loc) >= 2 and loc[-2] == "stages":
            next(steps, None)
    return tuple(loc)


def _section_kind(loc: Loc, source: SourceTree) -> str:
    """What the group of keys at a place is."""
    if not loc:
        return "routine"
    holder = loc[-2] if len(loc) > 1 and (isinstance(loc[-1], int) or loc[-2] == "variants") else loc[-1]
    name = _MODEL_FOR_KEY[str(holder)][1] if holder in _MODEL_FOR_KEY else ""
    node = source.node_at(loc)
    return (
        "group" if name == "stage" and isinstance(node, MapNode) and "stages" in node and "stage" not in node else name
    )


def _allowed_keys(kind: str) -> list[str]:
    shape = _MODEL_FOR_NAME.get(kind)
    if shape is None:
        return []
    own_first = sorted(shape.model_fields, key=lambda name: name not in shape.__annotations__)
    return [shape.model_fields[name].alias or name for name in own_first]


def _explain_misplaced_group(node: Node | None, loc: Loc) -> str | None:
    """One sentence for a group whose keys are all out of place, in place of one for each key."""
    if not isinstance(node, MapNode):
        return None
    if node.is_flow_style and len(node) == 1 and not any(node.values()):
        name = quoted(next(iter(node)))[1:-1]
        return f'Braces without quotes begin a group of keys. Put the text in quotes, as in "{{{name}}} ...".'
    stands_for_stage = len(loc) > 1 and loc[-2] == "stages" and not node.keys() & {"stage", "stages", "steps"}
    if stands_for_stage and node.keys() & {"step", "say", "for", "pause", "audio"}:
        return "This is a step, and here stand stages. Write - stage: with a title, and the step under its steps:."
    return None


def _explain_unknown_key(key: str, kind: str, node: Node | None) -> tuple[str, str]:
    """The known key that was meant, or nothing, and the sentence."""
    from rapidfuzz import fuzz, process

    keys = _allowed_keys(kind)
    written = key.strip().lower().replace("-", "_")
    free = [known for known in keys if not isinstance(node, Mapping) or known not in node]
    homes = [name for name in _MODEL_FOR_NAME if key in _allowed_keys(name) and name != "each"]
    match = process.extractOne(written, free, scorer=fuzz.ratio, score_cutoff=60 if not homes else 85)
    meant = _COMMON_MISTAKES.get(written, "")
    if meant not in free:
        meant = match[0] if match else ""
    if meant:
        return meant, f"{quoted(key)} is not a key here. Did you mean {meant}?"
    if homes:
        return "", f"{quoted(key)} is not a key of a {kind} but of a {' or '.join(homes)}. Move it there."
    return "", f"{quoted(key)} is not a key here. There are {', '.join(keys)}."


def _explain_error(entry: Any, loc: Loc, source: SourceTree) -> Iterator[Issue]:
    """The sentence for one refusal that is not about an unknown key."""
    kind, node = entry["type"], source.node_at(loc)
    key = next((str(step) for step in reversed(loc) if isinstance(step, str)), "")
    if kind == "missing":
        holder = _section_kind(loc[:-1], source)
        if holder == "stage" and loc[-1] == "steps" and not isinstance(source.node_at(loc[:-1]), MapNode):
            return
        yield Issue(loc[:-1], _MISSING_KEY_MESSAGES[holder, str(loc[-1])])
    elif kind == "too_short":
        if isinstance(node, ListNode) and not node:
            yield Issue(loc, _EMPTY_LIST_MESSAGES.get(key, "This list is empty. Write at least one value in it."))
    elif kind == "too_long":
        yield Issue(loc, "This list has more than 100 values, the most there may be.")
    elif kind == "value_error":
        required = (
            _MISSING_KEY_MESSAGES.get((_section_kind(loc[:-1], source), key), "") if isinstance(loc[-1], str) else ""
        )
        yield Issue(loc, _explain_bad_value(str(entry["msg"]).removeprefix("Value error, "), key, node, required))
    else:
        yield Issue(loc, _explain_wrong_type(kind, loc, key, node, source))


def _explain_bad_value(message: str, key: str, node: Node | None, required: str) -> str:
    if message == NOT_A_SCALAR:
        found = "a list" if isinstance(node, ListNode) else "a group of keys"
        return f"{key} takes one value, and here stands {found}. Put a text that begins with [ or {{ in quotes."
    if isinstance(node, TextNode) and not node.strip() and node.trailing_comment:
        return f"Nothing is left of this: what follows # is a comment. Put the text in quotes, as in {quoted(node.trailing_comment)}."
    if isinstance(node, TextNode) and not node.strip():
        return required or "This is empty. Write a value, or leave it out."
    return message


def _explain_wrong_type(kind: str, loc: Loc, key: str, node: Node | None, source: SourceTree) -> str:
    """The sentence for a list where a group must be, and the like."""
    empty = isinstance(node, TextNode) and not node.strip()
    if kind == "tuple_type":
        if key in _EMPTY_LIST_MESSAGES:
            return (
                _EMPTY_LIST_MESSAGES[key]
                if empty
                else f'{key} takes a list. Begin each {_MODEL_FOR_KEY[key][1]} on a line of its own with "- ".'
            )
        if isinstance(node, TextNode) and not empty:
            return f"{key} takes a list. Write {key}: [{quoted(node)[1:-1]}]."
        return f'{key} takes a list. Begin each entry on a line of its own with "- ", or leave {key} out.'
    if kind == "dict_type":
        return f"{key} takes names and values. Write each on a line of its own, as name: value, or leave {key} out."
    name = _section_kind(loc, source)
    if name in ("say", "switch", "bed"):
        return f"{key} takes a text, and here stands a list. Put a text that begins with [ in quotes."
    if name == "routine":
        return "A script is a group of keys. Begin it with voiceguide: 1, title: and stages:."
    example = {
        "stage": "stage: with its title, and steps:", "step": "say: with what to do, and for: with its time",
        "cue": 'at: half and say: "Halfway.", for instance', "variant": "total: 10m, for instance",
    }  # fmt: skip
    return f"A {name} is a group of keys. Write {example[name]}."
