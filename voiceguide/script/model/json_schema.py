"""The JSON schema of a script, so that editors complete its keys and mark mistakes while one types."""

from __future__ import annotations

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from voiceguide.script.model.routine import Routine

__all__ = ["script_json_schema"]


class _UntitledSchema(GenerateJsonSchema):
    """Without the titles that pydantic makes from the names of fields and classes."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def script_json_schema() -> str:
    """The schema as it is kept in `voiceguide/script.schema.json`."""
    schema = Routine.model_json_schema(by_alias=True, schema_generator=_UntitledSchema)
    for part in (schema, *schema["$defs"].values()):
        _strip_titles_and_nulls(part)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "voiceguide script"}
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
    """The same schema with its keywords in one order, whatever version of pydantic wrote it; keys of a script stay."""
    if isinstance(node, list):
        return [_sort_keywords(item) for item in node]
    if not isinstance(node, dict):
        return node
    if by_keyword:
        # Defaults are in samples, which no script is; older versions wrap a reference in a list of one.
        told = {key: value for key, value in node.items() if key not in ("default", "allOf")}
        node = {**told, **node.get("allOf", [{}])[0]}
    rank = {keyword: place for place, keyword in enumerate(_KEYWORD_ORDER)}
    keys = sorted(node, key=lambda key: (rank.get(key, len(rank)), key)) if by_keyword else list(node)
    return {key: _sort_keywords(node[key], by_keyword=key not in ("properties", "$defs")) for key in keys}


def _strip_titles_and_nulls(schema: dict[str, Any]) -> None:
    """Leave out what tells an editor nothing: class names as titles, the absent value of a key."""
    for form in (schema, *schema.get("anyOf", ())):
        form.pop("title", None)
        for name, key in form.get("properties", {}).items():
            variants = [variant for variant in key.get("anyOf", ()) if variant != {"type": "null"}]
            if len(variants) == 1:
                del key["anyOf"]
                form["properties"][name] = {**variants[0], **key}
            elif variants:
                key["anyOf"] = variants
