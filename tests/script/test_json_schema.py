"""The JSON schema that editors use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

import voiceguide
from voiceguide.script.model.json_schema import script_json_schema

COMMITTED = Path(voiceguide.__file__).parent / "script.schema.json"
DESIGN = Path(__file__).parents[1] / "data" / "good_scripts" / "design.yaml"


@pytest.fixture(scope="module")
def schema() -> Any:
    return json.loads(COMMITTED.read_text("utf-8"))


def test_the_committed_schema_is_current() -> None:
    remedy = "The model has changed. Run: python -m tests.docs.script_page"
    assert COMMITTED.read_text("utf-8") == script_json_schema(), remedy


def test_it_is_a_valid_schema(schema: Any) -> None:
    Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("file", [DESIGN, *sorted(Path("scripts").glob("*.yaml"))], ids=lambda file: file.name)
def test_good_scripts_are_valid_in_an_editor(file: Path, schema: Any) -> None:
    errors = Draft202012Validator(schema).iter_errors(yaml.safe_load(file.read_text("utf-8")))
    assert [f"{error.json_path}: {error.message}" for error in errors] == []


def test_every_key_has_a_description(schema: Any) -> None:
    definitions = [schema, *schema["$defs"].values()]
    alternatives = [option for definition in definitions for option in (definition, *definition.get("anyOf", ()))]
    keys = [item for option in alternatives for item in option.get("properties", {}).items()]
    assert [name for name, key in keys if not key.get("description")] == []
    assert len(keys) > 60


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["titel"], "T"),
        (["voiceguide"], 2),
        (["pace"], 3),
        (["room"], "hall"),
        (["bed"], "rein"),
        (["bed"], {"sound": "rain", "volume": 3}),
        (["chime"], "gong"),
        (["chime"], {"level": -6}),
        (["needs"], "oil"),
        (["stages", 0, "steps", 0, "for"], 90),
        (["stages", 0, "steps", 0, "for"], "90"),
        (["stages", 0, "steps", 0, "for"], "soon"),
        (["stages", 0, "steps", 0, "fro"], "90s"),
        (["stages", 0, "steps"], []),
        (["stages", 1, "each"], {"side": "left"}),
        (["stages", 1, "each"], {"side": ["left"], "foot": ["right"]}),
        (["variants", "short", "detail"], "tiny"),
    ],
)
def test_an_editor_marks_mistakes(path: list[str | int], value: object, schema: Any) -> None:
    script = yaml.safe_load(DESIGN.read_text("utf-8"))
    node = script
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    assert not Draft202012Validator(schema).is_valid(script)


@pytest.mark.parametrize("duration", ["90s", "1m30s", "1:30", "2.5m", "1h", "5 min", "1:02:30", "0.5s"])
def test_an_editor_accepts_every_form_of_a_duration(duration: str, schema: Any) -> None:
    script = yaml.safe_load(DESIGN.read_text("utf-8"))
    script["stages"][0]["steps"][0]["for"] = duration
    assert Draft202012Validator(schema).is_valid(script)
