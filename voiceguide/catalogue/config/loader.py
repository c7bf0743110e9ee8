"""Load a catalogue file, or report every problem in it with its line and column."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from voiceguide.catalogue.config.model import AudioFormat, Catalogue, Feed, SessionGroup
from voiceguide.errors import Problem, ScriptError, VoiceguideError
from voiceguide.script.loader import read_script_file
from voiceguide.script.model.json_schema import json_schema_of_model
from voiceguide.script.parsing.nodes import ListNode, Loc, MapNode, SourceTree, TextNode, quoted
from voiceguide.script.parsing.yaml_reader import MAX_PROBLEMS, ParseResult, parse_yaml
from voiceguide.script.path_lookup import kind_at
from voiceguide.script.rules.traversal import Issue
from voiceguide.script.validation_messages import explain_bad_value

__all__ = ["CatalogueFile", "catalogue_json_schema", "load_catalogue"]

_START = "Start with catalogue: 1, output: and sessions:."
_MODELS: dict[str, tuple[str, type[BaseModel]]] = {
    "": ("catalogue", Catalogue),
    "sessions": ("session group", SessionGroup),
    "formats": ("format", AudioFormat),
    "format": ("format", AudioFormat),
    "feed": ("feed", Feed),
}
"""The name and the model of the mapping at a key."""
_MISSING = {
    ("catalogue", "catalogue"): "A catalogue needs a version. Write catalogue: 1 at the top.",
    ("catalogue", "output"): "A catalogue needs an output, such as output: published/ or output: s3://bucket/folder.",
    (
        "catalogue",
        "sessions",
    ): "A catalogue needs sessions. Write sessions: and, below it, - scripts: [routines/*.yaml].",
    ("session group", "scripts"): "This entry needs scripts, such as scripts: [routines/*.yaml].",
    ("feed", "title"): "A feed needs a title, such as title: Calm feet.",
    ("feed", "description"): "A feed needs a description of one or two sentences.",
    ("feed", "author"): "A feed needs an author, the name of a person or a studio.",
    ("feed", "address"): "A feed needs the address of its files, such as address: https://example.com/audio/.",
    ("format", "format"): "This entry needs a format, such as format: mp3.",
}
_EXAMPLES = {
    "catalogue": f"A catalogue is a group of keys. {_START}",
    "session group": "An entry of sessions is a group of keys. Write - scripts: [routines/*.yaml].",
    "format": "A format is a name or a group of keys. Write mp3, or {format: mp3, bitrate: 64}.",
    "feed": "A feed is a group of keys. Write title:, description:, author: and address:.",
}


@dataclass(frozen=True)
class CatalogueFile:
    """A valid catalogue, and the positions of its keys."""

    catalogue: Catalogue
    path: Path
    source_tree: SourceTree = field(repr=False)

    @property
    def folder(self) -> Path:
        """The folder that the paths in the catalogue are relative to."""
        return self.path.parent

    def problem_at(self, loc: Loc, message: str) -> Problem:
        return self.source_tree.problem_at(loc, message)


def catalogue_json_schema() -> str:
    """Return the contents of `voiceguide/catalogue.schema.json`."""
    return json_schema_of_model(Catalogue, "voiceguide catalogue")


def load_catalogue(path: Path) -> CatalogueFile:
    """Read and validate a catalogue file.

    Raises:
        ScriptError: The file is not valid. The error lists every problem.
        VoiceguideError: The file does not exist or cannot be read.
    """
    parsed = _read_yaml(path)
    if parsed.root is None:
        raise ScriptError(parsed.problems)
    source = SourceTree(str(path), parsed.root)
    if not isinstance(parsed.root, MapNode):
        raise ScriptError([*parsed.problems, source.problem_at((), _EXAMPLES["catalogue"])])
    if "stages" in parsed.root and "sessions" not in parsed.root:
        message = f"This is a script, not a catalogue. {_START}"
        raise ScriptError([source.problem_at(("stages",), message, at_key=True)])
    problems = list(parsed.problems)
    catalogue = None
    try:
        catalogue = Catalogue.model_validate(parsed.root)
    except ValidationError as error:
        problems += [source.problem_at(issue.loc, issue.message, issue.at_key) for issue in _explain(error, source)]
    if problems or catalogue is None:
        raise ScriptError(sorted(set(problems))[:MAX_PROBLEMS])
    return CatalogueFile(catalogue, path, source)


def _read_yaml(path: Path) -> ParseResult:
    if kind_at(path) == "folder":
        raise VoiceguideError(f"{path} is a folder. Specify a catalogue in it, such as {path / 'catalogue.yaml'}.")
    if not os.path.lexists(path):
        raise VoiceguideError(f"{path} does not exist. Check its name.")
    return parse_yaml(read_script_file(path), str(path), empty_message=f"The catalogue is empty. {_START}")


def _explain(error: ValidationError, source: SourceTree) -> Iterator[Issue]:
    """Yield an issue for each validation error, except those that follow from a misspelled key."""
    entries = error.errors(include_url=False, include_context=False)
    intended: set[Loc] = set()
    for entry in entries:
        if entry["type"] == "extra_forbidden":
            loc = tuple(entry["loc"])
            key, message = _explain_unknown_key(str(loc[-1]), loc[:-1], source)
            intended.add((*loc[:-1], key))
            yield Issue(loc, message, at_key=True)
    for entry in entries:
        loc = tuple(entry["loc"])
        # a list counts as too short if its entries are not valid
        follows = loc in intended or (entry["type"] == "too_short" and source.node_at(loc))
        if entry["type"] != "extra_forbidden" and not follows:
            yield _explain_entry(entry, loc, source)


def _kind(loc: Loc) -> str:
    """Return the name of the mapping at a location, such as `session group`."""
    key = next((str(part) for part in reversed(loc) if isinstance(part, str)), "")
    return _MODELS.get(key, ("", Catalogue))[0]


def _explain_unknown_key(key: str, parent: Loc, source: SourceTree) -> tuple[str, str]:
    from rapidfuzz import fuzz, process

    kind = _kind(parent)
    model = next(model for name, model in _MODELS.values() if name == kind)
    node = source.node_at(parent)
    unused = [name for name in model.model_fields if not isinstance(node, MapNode) or name not in node]
    close = process.extractOne(key.strip().lower(), unused, scorer=fuzz.ratio, score_cutoff=60)
    if close:
        return close[0], f"Unknown key {quoted(key)}. Did you mean {quoted(close[0])}?"
    return "", f"Unknown key {quoted(key)}. Available keys: {', '.join(model.model_fields)}."


def _explain_entry(entry: Any, loc: Loc, source: SourceTree) -> Issue:
    node = source.node_at(loc)
    key = next((part for part in reversed(loc) if isinstance(part, str)), "")
    empty = isinstance(node, TextNode) and not node.strip()
    if entry["type"] == "missing":
        return Issue(loc[:-1], _MISSING[_kind(loc[:-1]), str(loc[-1])])
    if entry["type"] == "value_error":
        return Issue(loc, explain_bad_value(str(entry["msg"]), key, node))
    if entry["type"] == "too_short":
        needed = key in ("sessions", "scripts")
        return Issue(loc, f"{key} is empty. Add at least one entry{'' if needed else f', or remove {key}'}.")
    if entry["type"] == "tuple_type" and isinstance(node, TextNode) and not empty and key != "sessions":
        return Issue(loc, f"{key} takes a list. Write {key}: [{quoted(node)[1:-1]}].")
    if entry["type"] == "tuple_type":
        return Issue(loc, f'{key} takes a list. Start each entry on a new line with "- ".')
    found = "a list" if isinstance(node, ListNode) else "a single value"
    return Issue(loc, _EXAMPLES.get(_kind(loc), f"{key} cannot be {found}."))
