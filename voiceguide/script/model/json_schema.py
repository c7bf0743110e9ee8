"""The JSON schema for scripts and for catalogues. Editors use it to complete keys and to flag mistakes as you type."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from voiceguide.script.model.routine import Routine

__all__ = ["json_schema_of_model", "script_json_schema"]


class _UntitledSchema(GenerateJsonSchema):
    """Omits the titles that pydantic derives from field names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def script_json_schema() -> str:
    """Return the contents of `voiceguide/script.schema.json`."""
    return json_schema_of_model(Routine, "voiceguide script")


def json_schema_of_model(model: type[BaseModel], title: str) -> str:
    """Return the JSON schema of a file whose keys are the fields of `model`."""
    schema = model.model_json_schema(by_alias=True, schema_generator=_UntitledSchema)
    for definition in (schema, *schema["$defs"].values()):
        _strip_titles_and_nulls(definition)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title}
    return json.dumps(_sort_keywords({**head, **schema}), indent=2, ensure_ascii=False) + "\n"


_KEYWORD_ORDER = (
    "$schema",
    "title",
    "description",
    "type",
    "enum",
    "const",
    "anyOf",
    "oneOf",
    "required",
    "properties",
)


def _sort_keywords(node: Any, by_keyword: bool = True) -> Any:
    """Sort the keywords of a schema so that the output is the same with every pydantic version.

    Script keys stay in their original order.
    """
    if isinstance(node, list):
        return [_sort_keywords(item) for item in node]
    if not isinstance(node, dict):
        return node
    if by_keyword:
        # Remove defaults, because they are in samples, which scripts do not use. Unwrap the `allOf` with a single item
        # that older versions of pydantic put around a reference.
        rest = {key: value for key, value in node.items() if key not in ("default", "allOf")}
        node = {**rest, **node.get("allOf", [{}])[0]}
    rank = {keyword: index for index, keyword in enumerate(_KEYWORD_ORDER)}
    keys = sorted(node, key=lambda key: (rank.get(key, len(rank)), key)) if by_keyword else list(node)
    return {key: _sort_keywords(node[key], by_keyword=key not in ("properties", "$defs")) for key in keys}


def _strip_titles_and_nulls(schema: dict[str, Any]) -> None:
    """Remove details that are useless in an editor: class names as titles, and null as the value of a missing key."""
    for alternative in (schema, *schema.get("anyOf", ())):
        alternative.pop("title", None)
        for name, value in alternative.get("properties", {}).items():
            non_null = [option for option in value.get("anyOf", ()) if option != {"type": "null"}]
            if len(non_null) == 1:
                del value["anyOf"]
                alternative["properties"][name] = {**non_null[0], **value}
            elif non_null:
                value["anyOf"] = non_null
