"""Turn pydantic's validation errors into plain messages with script locations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from voiceguide.script.model import routine as model
from voiceguide.script.model.field_types import EMPTY_VALUE_MESSAGE, NOT_A_SCALAR
from voiceguide.script.parsing.nodes import ListNode, Loc, MapNode, Node, SourceTree, TextNode, join_or, quoted
from voiceguide.script.rules.traversal import Issue

__all__ = ["explain_bad_value", "explain_validation_error"]

_MODEL_FOR_KEY: dict[str, tuple[type[BaseModel], str]] = {
    # key: (model, name of a single item)
    "stages": (model.Stage, "stage"),
    "steps": (model.Step, "step"),
    "cues": (model.CueSpec, "cue"),
    "say": (model.Say, "say"),
    "switch": (model.Switch, "switch"),
    "bed": (model.BedChoice, "bed"),
    "chime": (model.ChimeChoice, "chime"),
    "breath": (model.Breath, "breath"),
    "breathe": (model.Breathe, "breathe"),
    "each": (model.Each, "each"),
    "variants": (model.Variant, "variant"),
}
_MODEL_FOR_NAME: dict[str, type[BaseModel]] = {name: model_class for model_class, name in _MODEL_FOR_KEY.values()}
_MODEL_FOR_NAME |= {"group": model.StageGroup, "routine": model.Routine}

_COMMON_MISTAKES = {
    "duration": "for", "length": "for", "time": "for", "seconds": "for", "minutes": "for",
    "text": "say", "speak": "say", "speech": "say", "words": "say", "wait": "pause", "silence": "pause",
    "name": "step", "times": "repeat", "loop": "repeat", "lang": "language", "speed": "pace", "rate": "pace",
    "background": "bed", "music": "bed", "sound": "audio", "file": "audio", "interval": "every",
    "short": "brief", "long": "full", "volume": "level",
    "inhale": "in", "exhale": "out", "minimum": "min", "maximum": "max", "materials": "needs", "tag": "tags",
}  # fmt: skip
"""Synonyms for keys. Misspelled keys need no entry here, because they are recognized by similarity."""

_MISSING_KEY_MESSAGES = {
    ("routine", "voiceguide"): "A routine needs a version. Write voiceguide: 1 at the top.",
    ("routine", "title"): "A routine needs a title, such as title: Home foot massage.",
    ("routine", "stages"): "A routine needs stages. Write stages: and, below it, - stage: with a title and steps.",
    ("stage", "stage"): "This stage needs a title. Write stage: and the title.",
    ("stage", "steps"): "This stage needs steps. Write steps: and, below it, - say: with an instruction.",
    ("breathe", "in"): "A breath needs a length. Write in: with a duration, such as in: 4s.",
    ("breathe", "out"): "A breath needs a length. Write out: with a duration, such as out: 6s.",
    ("chime", "sound"): "This chime has no sound. Add one, such as sound: bell.",
    ("breath", "part"): "This breath has no part. Add one, such as part: in.",
    ("say", "full"): "This say has no full text. Add full: with the text.",
}

_EMPTY_LIST_MESSAGES = {
    "stages": "There are no stages here. Add at least one, starting with - stage: and its title.",
    "steps": "There are no steps here. Add at least one, starting with - say: and an instruction.",
}

_MAX_ERRORS = 1000
"""Maximum number of validation errors to examine."""


def explain_validation_error(error: ValidationError, source: SourceTree, root_kind: str = "routine") -> Iterator[Issue]:
    """Yield the issues from a failed validation, omitting those that merely follow from others.

    `root_kind` is the kind of file: `routine` or `variant`.
    """
    entries = error.errors(include_url=False, include_context=False)[:_MAX_ERRORS]
    errors = [(entry, _to_script_loc(entry["loc"], source)) for entry in entries]
    suggested: set[Loc] = set()
    misplaced: set[Loc] = set()
    for entry, loc in errors:
        if entry["type"] == "extra_forbidden":
            parent = loc[:-1]
            if message := _explain_misplaced_map(source.node_at(parent), parent):
                if parent not in misplaced:
                    yield Issue(parent, message)
                misplaced.add(parent)
            else:
                key, message = _explain_unknown_key(
                    str(loc[-1]), _section_kind(parent, source) if parent else root_kind, source.node_at(parent)
                )
                suggested.add((*parent, key))
                yield Issue(loc, message, at_key=True)
    for entry, loc in errors:
        if entry["type"] != "extra_forbidden" and loc not in suggested and not _is_inside_any(loc, misplaced):
            yield from _explain_error(entry, loc, source)


def _is_inside_any(loc: Loc, locs: set[Loc]) -> bool:
    return any(loc[:depth] in locs for depth in range(len(loc) + 1))


def _to_script_loc(pydantic_loc: tuple[str | int, ...], source: SourceTree) -> Loc:
    """Convert pydantic's location to a script location: drop union tags and use the key written under `each`."""
    loc: list[str | int] = []
    keys = iter(pydantic_loc)
    for key in keys:
        if key in ("name", "values") and loc and loc[-1] == "each":
            node = source.node_at(tuple(loc))
            if isinstance(node, MapNode):
                key = next(iter(node), key)
        loc.append(key)
        if loc == ["words"] or (isinstance(key, int) and len(loc) >= 2 and loc[-2] == "stages"):
            next(keys, None)
    return tuple(loc)


def _section_kind(loc: Loc, source: SourceTree) -> str:
    """Return the kind of mapping at a location, such as `stage`, or an empty string if it is unknown."""
    if not loc:
        return "routine"
    holder = loc[-2] if len(loc) > 1 and (isinstance(loc[-1], int) or loc[-2] == "variants") else loc[-1]
    name = _MODEL_FOR_KEY[str(holder)][1] if holder in _MODEL_FOR_KEY else ""
    node = source.node_at(loc)
    return "group" if name == "stage" and isinstance(node, MapNode) and model.is_stage_group(node) else name


def _allowed_keys(kind: str) -> list[str]:
    model_class = _MODEL_FOR_NAME.get(kind)
    if model_class is None:
        return []
    own_first = sorted(model_class.model_fields, key=lambda name: name not in model_class.__annotations__)
    return [model_class.model_fields[name].alias or name for name in own_first]


def _explain_misplaced_map(node: Node | None, loc: Loc) -> str | None:
    """Return a message for a mapping that does not belong here. This message replaces those for the individual keys."""
    if not isinstance(node, MapNode):
        return None
    if node.is_flow_style and len(node) == 1 and not any(node.values()):
        name = quoted(next(iter(node)))[1:-1]
        return f'Unquoted braces start a group of keys. Put the text in quotes, as in "{{{name}}} ...".'
    is_stage_entry = len(loc) > 1 and loc[-2] == "stages" and not node.keys() & {"stage", "stages", "steps"}
    if is_stage_entry and node.keys() & {"step", "say", "for", "pause", "audio"}:
        return (
            "This is a step, but a stage belongs here. Write - stage: with a title, and put the step under its steps:."
        )
    return None


def _explain_unknown_key(key: str, kind: str, node: Node | None) -> tuple[str, str]:
    """Return the key that was probably intended (empty if there is no likely one) and the message."""
    from rapidfuzz import fuzz, process

    keys = _allowed_keys(kind)
    normalized = key.strip().lower().replace("-", "_")
    unused = [known for known in keys if not isinstance(node, Mapping) or known not in node]
    owners = [name for name in _MODEL_FOR_NAME if key in _allowed_keys(name) and name not in ("each", "breath")]
    match = process.extractOne(normalized, unused, scorer=fuzz.ratio, score_cutoff=60 if not owners else 85)
    suggestion = _COMMON_MISTAKES.get(normalized, "")
    if suggestion not in unused:
        suggestion = match[0] if match else ""
    if suggestion:
        return suggestion, f"Unknown key {quoted(key)}. Did you mean {quoted(suggestion)}?"
    if owners:
        return "", f"{quoted(key)} does not belong in a {kind}. Move it to a {join_or(owners)}."
    return "", f"Unknown key {quoted(key)}. Available keys: {', '.join(keys)}."


def _explain_error(entry: Any, loc: Loc, source: SourceTree) -> Iterator[Issue]:
    """Yield the issue for any validation error other than an unknown key."""
    kind, node = entry["type"], source.node_at(loc)
    key = next((name for name in reversed(loc) if isinstance(name, str)), "")
    if kind == "missing":
        parent_kind = _section_kind(loc[:-1], source)
        if parent_kind == "stage" and loc[-1] == "steps" and not isinstance(source.node_at(loc[:-1]), MapNode):
            return
        yield Issue(loc[:-1], _MISSING_KEY_MESSAGES[parent_kind, str(loc[-1])])
    elif kind == "too_short":
        if isinstance(node, ListNode) and not node:
            yield Issue(loc, _EMPTY_LIST_MESSAGES.get(key, "This list is empty. Add at least one value."))
    elif kind == "too_long":
        yield Issue(loc, "This list has more than the maximum of 100 values. Remove some.")
    elif kind == "value_error":
        required = (
            _MISSING_KEY_MESSAGES.get((_section_kind(loc[:-1], source), key), "") if isinstance(loc[-1], str) else ""
        )
        yield Issue(loc, explain_bad_value(str(entry["msg"]), key, node, required))
    else:
        yield Issue(loc, _explain_wrong_type(kind, loc, key, node, source))


def explain_bad_value(message: str, key: str, node: Node | None, required: str = "") -> str:
    """Return the message for a scalar that is not valid. `required` replaces the usual message for empty keys."""
    message = message.removeprefix("Value error, ")
    if message == NOT_A_SCALAR:
        found = "a list" if isinstance(node, ListNode) else "a group of keys"
        return f"{key} takes a single value, but this is {found}. Put text that starts with [ or {{ in quotes."
    if isinstance(node, TextNode) and not node.strip() and node.trailing_comment:
        return (
            f"This is empty, because # starts a comment. Put the text in quotes, as in {quoted(node.trailing_comment)}."
        )
    if isinstance(node, TextNode) and not node.strip():
        return required or EMPTY_VALUE_MESSAGE
    return message


def _explain_wrong_type(kind: str, loc: Loc, key: str, node: Node | None, source: SourceTree) -> str:
    """Return the message for a value of the wrong type, such as a list in place of a mapping."""
    empty = isinstance(node, TextNode) and not node.strip()
    if kind == "tuple_type":
        if key in _EMPTY_LIST_MESSAGES:
            return (
                _EMPTY_LIST_MESSAGES[key]
                if empty
                else f'{key} takes a list. Start each {_MODEL_FOR_KEY[key][1]} on a new line with "- ".'
            )
        if isinstance(node, TextNode) and not empty:
            return f"{key} takes a list. Write {key}: [{quoted(node)[1:-1]}]."
        return f'{key} takes a list. Start each entry on a new line with "- ", or remove {key}.'
    if kind == "dict_type":
        return f"{key} takes names and values. Write one name: value per line, or remove {key}."
    name = _section_kind(loc, source)
    if name in ("say", "switch", "bed", "chime"):
        return f"{key} takes text, but this is a list. Put text that starts with [ in quotes."
    if name == "breath":
        return "breath takes a part of a breath. Write breath: in, or breath: out."
    if name == "breathe":
        return "breathe takes the parts of a breath. Write breathe: {in: 4s, hold: 4s, out: 6s}, for example."
    if name == "routine":
        return "A script is a group of keys. Start with voiceguide: 1, title: and stages:."
    example = {
        "stage": "stage: with a title, and steps:", "step": "say: with an instruction, and for: with a duration",
        "cue": 'at: half and say: "Halfway.", for example', "variant": "total: 10m, for example",
    }  # fmt: skip
    return f"A {name} is a group of keys. Write {example[name]}."
