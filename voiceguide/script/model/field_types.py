"""The kinds of single value that a script's keys take: each reads the written text with its own grammar."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeAlias

from pydantic import PlainValidator, WithJsonSchema

from voiceguide.names import BED_NAMES, CHIME_NAMES, DETAIL_LEVELS, DetailLevel
from voiceguide.script.model.value_parsers import (
    StepPosition,
    cached_parse_duration,
    parse_bed,
    parse_chime,
    parse_flag,
    parse_language_tag,
    parse_number,
    parse_step_position,
)

__all__ = [
    "ANY_SCALAR_SCHEMA",
    "NOT_A_SCALAR",
    "BedName",
    "ChimeChoice",
    "CuePosition",
    "Decibels",
    "Detail",
    "Duration",
    "FileName",
    "Flag",
    "FormatVersion",
    "LanguageTag",
    "OneLineText",
    "Pace",
    "PositiveDuration",
    "RepeatCount",
]

NOT_A_SCALAR = "a single value"
"""How a refusal of a list or group in a scalar's place begins; `refusals` puts the key in front."""


def _scalar_validator(parse: Callable[[str], Any]) -> PlainValidator:
    """Reads a scalar's text with one of our grammars."""

    def read(value: Any) -> Any:
        if not isinstance(value, str):
            raise ValueError(NOT_A_SCALAR)
        if not value.strip():
            raise ValueError("This is empty. Write a value, or leave it out.")
        return parse(str(value))

    return PlainValidator(read)


def _collapse_whitespace(text: str) -> str:
    return " ".join(text.split())


def _parse_positive_duration(text: str) -> int:
    samples = cached_parse_duration(text)
    if samples == 0:
        raise ValueError(f'"{text[:40]}" is no time at all. Write for instance 30s.')
    return samples


def _parse_repeat_count(text: str) -> int:
    number = parse_number(text, 1, 1000, "how many times")
    if number != int(number):
        raise ValueError(f'"{text[:40]}" is not a whole number. Write how many times, from 1 to 1000.')
    return int(number)


def _parse_detail_level(text: str) -> str:
    if text.strip().lower() not in DETAIL_LEVELS:
        raise ValueError(f'"{text[:40]}" is not a level of detail. Write full, brief or chime.')
    return text.strip().lower()


def _parse_format_version(text: str) -> int:
    if text.strip() != "1":
        raise ValueError(f'"{text[:40]}" is not a version of the script language. Write voiceguide: 1.')
    return 1


def _parse_pace(text: str) -> float:
    return parse_number(text, 0.5, 2.0, "a pace (1.0 is the voice's own)")


def _parse_decibels(text: str) -> float:
    return parse_number(text, -60, 0, "a level in decibels")


def _text_schema(*examples: str, **more: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "examples": list(examples), **more})


ANY_SCALAR_SCHEMA = {"type": ["string", "number", "boolean"]}
"""JSON schema of what an editor may take a text for: `say: 5`, `say: yes`."""
_DURATION_PATTERN = r"^\s*[0-9]+([.][0-9]+)?\s*([hms:]|min)[0-9hmins.: ]*$"

OneLineText: TypeAlias = Annotated[str, _scalar_validator(_collapse_whitespace), WithJsonSchema(ANY_SCALAR_SCHEMA)]
FileName: TypeAlias = Annotated[str, _scalar_validator(str.strip), WithJsonSchema({"type": "string"})]
Duration: TypeAlias = Annotated[
    int, _scalar_validator(cached_parse_duration), _text_schema("90s", "1m30s", "2.5m", pattern=_DURATION_PATTERN)
]
"""Samples, none at all included."""
PositiveDuration: TypeAlias = Annotated[
    int, _scalar_validator(_parse_positive_duration), _text_schema("90s", "1m30s", "2.5m", pattern=_DURATION_PATTERN)
]
"""Samples, at least one millisecond."""
CuePosition: TypeAlias = Annotated[
    StepPosition, _scalar_validator(parse_step_position), _text_schema("half", "1/3", "40%", "40s", "30s left", "end")
]
Flag: TypeAlias = Annotated[
    bool, _scalar_validator(parse_flag), WithJsonSchema({"enum": [True, False, "yes", "no", "on", "off"]})
]
Detail: TypeAlias = Annotated[
    DetailLevel, _scalar_validator(_parse_detail_level), WithJsonSchema({"enum": list(DETAIL_LEVELS)})
]
Pace: TypeAlias = Annotated[
    float,
    _scalar_validator(_parse_pace),
    WithJsonSchema({"type": ["number", "string"], "minimum": 0.5, "maximum": 2.0}),
]
Decibels: TypeAlias = Annotated[
    float,
    _scalar_validator(_parse_decibels),
    WithJsonSchema({"type": ["number", "string"], "minimum": -60, "maximum": 0}),
]
RepeatCount: TypeAlias = Annotated[
    int,
    _scalar_validator(_parse_repeat_count),
    WithJsonSchema({"type": ["integer", "string"], "minimum": 1, "maximum": 1000}),
]
BedName: TypeAlias = Annotated[
    str,
    _scalar_validator(parse_bed),
    WithJsonSchema({"anyOf": [{"enum": list(BED_NAMES)}, {"type": "string", "pattern": r"[./\\]"}]}),
]
ChimeChoice: TypeAlias = Annotated[str, _scalar_validator(parse_chime), WithJsonSchema({"enum": list(CHIME_NAMES)})]
LanguageTag: TypeAlias = Annotated[str, _scalar_validator(parse_language_tag), _text_schema("en-US", "de", "es", "fr")]
FormatVersion: TypeAlias = Annotated[int, _scalar_validator(_parse_format_version), WithJsonSchema({"const": 1})]
