"""The JSON schema of a script, so that editors complete its keys and mark mistakes while one types."""

from __future__ import annotations

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from voiceguide.script.model import Routine

__all__ = ["schema_text"]


class _Schema(GenerateJsonSchema):
    """Without the titles that pydantic makes from the names of fields and classes."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def schema_text() -> str:
    """The schema as it is kept in `voiceguide/script.schema.json`."""
    schema = Routine.model_json_schema(by_alias=True, schema_generator=_Schema)
    for part in (schema, *schema["$defs"].values()):
        _tidy(part)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "voiceguide script"}
    return json.dumps({**head, **schema}, indent=2, ensure_ascii=False) + "\n"


def _tidy(part: dict[str, Any]) -> None:
    """Leave out what tells an editor nothing: class names as titles, absent values as defaults."""
    for form in (part, *part.get("anyOf", ())):
        form.pop("title", None)
        for name, key in form.get("properties", {}).items():
            if key.get("default", ...) is None or key.get("default") == []:
                del key["default"]
            variants = [variant for variant in key.get("anyOf", ()) if variant != {"type": "null"}]
            if len(variants) == 1:
                del key["anyOf"]
                form["properties"][name] = {**variants[0], **key}
            elif variants:
                key["anyOf"] = variants
