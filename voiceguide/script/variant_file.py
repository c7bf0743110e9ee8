"""Load a variant from a separate file, such as one copied from the phone page."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydantic import Field, ValidationError

from voiceguide.errors import Problem, ScriptError
from voiceguide.script.loader import read_script_file
from voiceguide.script.model.field_types import OneLineText
from voiceguide.script.model.routine import Variant
from voiceguide.script.parsing.nodes import MapNode, SourceTree
from voiceguide.script.parsing.yaml_reader import parse_yaml
from voiceguide.script.validation_messages import explain_validation_error

__all__ = ["VariantFile", "load_variant_file"]

_EXAMPLE = "Write the keys of a variant, such as set: {soak: 3m} or total: 20m."


class VariantFile(Variant):
    """The overrides in a file.

    The file has the same keys as a variant in a script, and can start from one of the script's variants.
    """

    variant: OneLineText | None = Field(None, description="The variant in the script to start from.")


def load_variant_file(path: str | Path) -> VariantFile:
    """Read and validate a file with the keys of a variant.

    Raises:
        ScriptError: The file is not valid. The error lists every problem.
        VoiceguideError: The file does not exist or cannot be read.
    """
    data = read_script_file(Path(path))
    parsed = parse_yaml(data, str(path), empty_message=f"The file is empty. {_EXAMPLE}")
    if parsed.root is None:
        raise ScriptError(parsed.problems)
    source = SourceTree(str(path), parsed.root)
    if not isinstance(parsed.root, MapNode):
        raise ScriptError([source.problem_at((), f"This is not a variant. {_EXAMPLE}")])
    if "stages" in parsed.root:
        message = "This is a script. A variant file has the keys of a variant, such as set, total and skip."
        raise ScriptError([source.problem_at(("stages",), message, True)])
    try:
        variant = VariantFile.model_validate(parsed.root)
    except ValidationError as error:
        found = [
            source.problem_at(each.loc, each.message, each.at_key)
            for each in explain_validation_error(error, source, "variant")
        ]
        raise ScriptError(_sorted([*found, *parsed.problems])) from error
    if parsed.problems:
        raise ScriptError(_sorted(parsed.problems))
    return variant


def _sorted(problems: Iterable[Problem]) -> list[Problem]:
    return sorted(set(problems))
