"""Read a dictionary: a file of words and their pronunciations that several scripts can share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from voiceguide.errors import Problem, ScriptError
from voiceguide.script.asset_paths import resolve_asset_path
from voiceguide.script.loader import Script, read_script_file
from voiceguide.script.model.field_types import OneLineText
from voiceguide.script.parsing.nodes import ListNode, MapNode, SourceTree
from voiceguide.script.parsing.yaml_reader import MAX_PROBLEMS, parse_yaml
from voiceguide.script.validation_messages import explain_bad_value

__all__ = ["load_pronunciations"]

_EXAMPLE = "Write one word: pronunciation per line, such as effleurage: eff-luh-rahj."
_PRONUNCIATION: TypeAdapter[str] = TypeAdapter(OneLineText)


def load_pronunciations(script: Script, allowed_paths: Sequence[Path] = ()) -> Mapping[str, str]:
    """Return the pronunciations of a script, from its `words` or from the file named there.

    `allowed_paths` lists files and folders outside the script's own folder that the script may use.

    Raises:
        ScriptError: The file is not valid. The error lists every problem, with its position in that file.
        VoiceguideError: The file does not exist, may not be used, or cannot be read.
    """
    words = script.routine.words
    if not isinstance(words, str):
        return words
    path = resolve_asset_path(script.folder, words, allowed_paths)
    return _parse_dictionary(read_script_file(path), str(script.folder / words))


def _parse_dictionary(data: bytes, file: str) -> dict[str, str]:
    parsed = parse_yaml(data, file, empty_message=f"The dictionary is empty. {_EXAMPLE}")
    if parsed.root is None:
        raise ScriptError(parsed.problems)
    source = SourceTree(file, parsed.root)
    if not isinstance(parsed.root, MapNode):
        raise ScriptError([*parsed.problems, source.problem_at((), f"This is not a dictionary. {_EXAMPLE}")])
    if isinstance(parsed.root.get("stages"), ListNode):
        message = f"This is a script, not a dictionary. {_EXAMPLE}"
        raise ScriptError([source.problem_at(("stages",), message, at_key=True)])
    problems: list[Problem] = list(parsed.problems)
    pronunciations: dict[str, str] = {}
    for word, node in parsed.root.items():
        try:
            pronunciations[word] = _PRONUNCIATION.validate_python(node)
        except ValidationError as error:
            problems.append(source.problem_at((word,), explain_bad_value(error.errors()[0]["msg"], word, node)))
        if not word.strip():
            message = "The word before the colon is missing. Write one, or remove this line."
            problems.append(source.problem_at((word,), message, at_key=True))
    if problems:
        raise ScriptError(sorted(set(problems))[:MAX_PROBLEMS])
    return pronunciations
