"""Pydantic types for the scalar values of a script. Each type parses text according to its own grammar."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeAlias

from pydantic import Discriminator, PlainValidator, Tag, WithJsonSchema

from voiceguide.builtin_names import (
    BED_NAMES,
    BREATH_GUIDES,
    BREATH_PARTS,
    CHIME_NAMES,
    DETAIL_LEVELS,
    MAX_PACE,
    MIN_PACE,
    ROOM_NAMES,
    BreathGuideName,
    BreathPart,
    DetailLevel,
    RoomName,
)
from voiceguide.languages import LANGUAGES
from voiceguide.script.model.bed_layers import parse_bed, parse_bed_list
from voiceguide.script.model.value_parsers import (
    StepPosition,
    cached_parse_duration,
    parse_chime,
    parse_dictionary_file,
    parse_flag,
    parse_language_tag,
    parse_number,
    parse_room,
    parse_step_position,
)

__all__ = [
    "ANY_SCALAR_SCHEMA",
    "EMPTY_VALUE_MESSAGE",
    "EXAMPLE_LANGUAGES",
    "NOT_A_SCALAR",
    "BedName",
    "BreathGuide",
    "BreathPartName",
    "ChimeSound",
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
    "Pronunciations",
    "RepeatCount",
    "Room",
    "scalar_validator",
]

NOT_A_SCALAR = "a single value"
"""Marks the error raised for a list or mapping in place of a scalar. `validation_messages` writes the message."""
EMPTY_VALUE_MESSAGE = "This is empty. Write a value, or remove it."

_PACE_RANGE = (MIN_PACE, MAX_PACE)
_DECIBELS_RANGE = (-60, 0)
_REPEAT_RANGE = (1, 1000)


def scalar_validator(parse: Callable[[str], Any]) -> PlainValidator:
    def validate(value: Any) -> Any:
        if not isinstance(value, str):
            raise ValueError(NOT_A_SCALAR)
        if not value.strip():
            raise ValueError(EMPTY_VALUE_MESSAGE)
        return parse(str(value))

    return PlainValidator(validate)


def _number_validator(low: float, high: float, description: str) -> PlainValidator:
    return scalar_validator(lambda text: parse_number(text, low, high, description))


def _collapse_whitespace(text: str) -> str:
    return " ".join(text.split())


def _parse_positive_duration(text: str) -> int:
    samples = cached_parse_duration(text)
    if samples == 0:
        raise ValueError(f'"{text[:40]}" is zero. Write a longer duration, such as 30s.')
    return samples


def _parse_repeat_count(text: str) -> int:
    number = parse_number(text, *_REPEAT_RANGE, "a number of repetitions")
    if number != int(number):
        raise ValueError(f'"{text[:40]}" is not a whole number. Write a number of repetitions, from 1 to 1000.')
    return int(number)


def _parse_detail_level(text: str) -> str:
    if text.strip().lower() not in DETAIL_LEVELS:
        raise ValueError(f'"{text[:40]}" is not a level of detail. Write full, brief or chime.')
    return text.strip().lower()


def _parse_breath_guide(text: str) -> str:
    if text.strip().lower() not in BREATH_GUIDES:
        raise ValueError(f'"{text[:40]}" is not a way to guide breaths. Write count, words, tones or breaths.')
    return text.strip().lower()


def _parse_breath_part(text: str) -> str:
    if text.strip().lower() not in BREATH_PARTS:
        raise ValueError(f'"{text[:40]}" is not a part of a breath. Write in or out.')
    return text.strip().lower()


def _parse_format_version(text: str) -> int:
    if text.strip() != "1":
        raise ValueError(f'"{text[:40]}" is not a supported version of the script language. Write voiceguide: 1.')
    return 1


def _text_schema(*examples: str, **keywords: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "examples": list(examples), **keywords})


def _number_schema(low: float, high: float, number_type: str = "number") -> WithJsonSchema:
    return WithJsonSchema({"type": [number_type, "string"], "minimum": low, "maximum": high})


ANY_SCALAR_SCHEMA = {"type": ["string", "number", "boolean"]}
"""The JSON schema of text. Editors may read text as a number or a boolean, as in `say: 5` or `say: yes`."""
_DURATION_PATTERN = r"^\s*[0-9]+([.][0-9]+)?\s*([hms:]|min)[0-9hmins.: ]*$"

OneLineText: TypeAlias = Annotated[str, scalar_validator(_collapse_whitespace), WithJsonSchema(ANY_SCALAR_SCHEMA)]
FileName: TypeAlias = Annotated[str, scalar_validator(str.strip), WithJsonSchema({"type": "string"})]
Duration: TypeAlias = Annotated[
    int, scalar_validator(cached_parse_duration), _text_schema("90s", "1m30s", "2.5m", pattern=_DURATION_PATTERN)
]
"""A duration in samples, which can be zero."""
PositiveDuration: TypeAlias = Annotated[
    int, scalar_validator(_parse_positive_duration), _text_schema("90s", "1m30s", "2.5m", pattern=_DURATION_PATTERN)
]
"""A duration of at least one millisecond, in samples."""
CuePosition: TypeAlias = Annotated[
    StepPosition, scalar_validator(parse_step_position), _text_schema("half", "1/3", "40%", "40s", "30s left", "end")
]
Flag: TypeAlias = Annotated[
    bool, scalar_validator(parse_flag), WithJsonSchema({"enum": [True, False, "yes", "no", "on", "off"]})
]
Detail: TypeAlias = Annotated[
    DetailLevel, scalar_validator(_parse_detail_level), WithJsonSchema({"enum": list(DETAIL_LEVELS)})
]
BreathGuide: TypeAlias = Annotated[
    BreathGuideName, scalar_validator(_parse_breath_guide), WithJsonSchema({"enum": list(BREATH_GUIDES)})
]
BreathPartName: TypeAlias = Annotated[
    BreathPart, scalar_validator(_parse_breath_part), WithJsonSchema({"enum": list(BREATH_PARTS)})
]
Pace: TypeAlias = Annotated[
    float,
    _number_validator(*_PACE_RANGE, "a pace (1.0 is the voice's normal speed)"),
    _number_schema(*_PACE_RANGE),
]
Decibels: TypeAlias = Annotated[
    float,
    _number_validator(*_DECIBELS_RANGE, "a level in decibels"),
    _number_schema(*_DECIBELS_RANGE),
]
RepeatCount: TypeAlias = Annotated[
    int, scalar_validator(_parse_repeat_count), _number_schema(*_REPEAT_RANGE, "integer")
]
_parse_bed_text = scalar_validator(parse_bed).func
_SOUND_SCHEMA = {"anyOf": [{"enum": list(BED_NAMES)}, {"type": "string", "pattern": r"[./\\+]"}]}
_LAYER_SCHEMA = {
    "type": "object",
    "description": "A sound and its level in decibels relative to the other sounds.",
    "properties": {"sound": _SOUND_SCHEMA, "level": {"type": ["number", "string"], "minimum": -60, "maximum": 0}},
    "required": ["sound"],
    "additionalProperties": False,
}
_LAYERS_SCHEMA = {"type": "array", "minItems": 1, "items": {"anyOf": [*_SOUND_SCHEMA["anyOf"], _LAYER_SCHEMA]}}
BedName: TypeAlias = Annotated[
    str,
    PlainValidator(lambda value: parse_bed_list(value) if isinstance(value, list) else _parse_bed_text(value)),
    WithJsonSchema({"anyOf": [*_SOUND_SCHEMA["anyOf"], _LAYERS_SCHEMA]}),
]
"""A bed as text. See `voiceguide.script.model.bed_layers`."""
ChimeSound: TypeAlias = Annotated[
    str,
    scalar_validator(parse_chime),
    WithJsonSchema({"anyOf": [{"enum": list(CHIME_NAMES)}, {"type": "string", "pattern": r"[./\\]"}]}),
]
Room: TypeAlias = Annotated[RoomName, scalar_validator(parse_room), WithJsonSchema({"enum": list(ROOM_NAMES)})]
DictionaryFile: TypeAlias = Annotated[
    str, scalar_validator(parse_dictionary_file), WithJsonSchema({"type": "string", "pattern": r"[./\\]"})
]
Pronunciations: TypeAlias = Annotated[
    Annotated[dict[str, OneLineText], Tag("map")] | Annotated[DictionaryFile, Tag("file")],
    Discriminator(lambda value: "file" if isinstance(value, str) and value.strip() else "map"),
]
"""Words and their pronunciations, or the name of a file that contains them."""
EXAMPLE_LANGUAGES = ("en-US", *(code for code in LANGUAGES if code != "en"))
"""Tags of all languages with built-in phrases."""
LanguageTag: TypeAlias = Annotated[str, scalar_validator(parse_language_tag), _text_schema(*EXAMPLE_LANGUAGES)]
FormatVersion: TypeAlias = Annotated[int, scalar_validator(_parse_format_version), WithJsonSchema({"const": 1})]
