"""The model of a routine: what a script says, validated, every duration in samples, every default filled in.

Field names are the script's key names, but for `for` (a Python keyword), which is `duration` here. Nothing in this module
knows about files or positions: `voiceguide.script.load` turns what is refused here into problems with a line and a column.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Discriminator, Field, PlainValidator, Tag, WithJsonSchema, model_validator

from voiceguide.script.fields import At, parse_at, parse_flag, parse_number
from voiceguide.units import SAMPLE_RATE, parse_duration

__all__ = ["BedChoice", "CueSpec", "Each", "Group", "Routine", "Say", "Stage", "Step", "Switch", "Variant"]


def _scalar(parse: Callable[[str], Any]) -> PlainValidator:
    """Reads a scalar's text with one of our grammars."""

    def read(value: Any) -> Any:
        if not isinstance(value, str):
            raise ValueError("Expected a single value here, not a list or a group of keys.")
        return parse(value)

    return PlainValidator(read)


def _words(text: str) -> str:
    if not text.strip():
        raise ValueError("This is empty. Write some words, or leave the key out.")
    return text.strip()


def _whole(low: int, high: int, meaning: str) -> Callable[[str], int]:
    def parse(text: str) -> int:
        number = parse_number(text, low, high, meaning)
        if number != int(number):
            raise ValueError(f'"{text}" is not a whole number. Write {meaning}, from {low} to {high}.')
        return int(number)

    return parse


def _one_of(*choices: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text.strip().lower() not in choices:
            raise ValueError(f'"{text[:40]}" is not known here. Write {", ".join(choices[:-1])} or {choices[-1]}.')
        return text.strip().lower()

    return parse


def _schema(description: str, *examples: str, **more: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "description": description, "examples": list(examples), **more})


Words: TypeAlias = Annotated[str, _scalar(_words), WithJsonSchema({"type": "string", "minLength": 1})]
Duration: TypeAlias = Annotated[
    int, _scalar(parse_duration), _schema("A duration: 90s, 1m30s, 1:30, 2.5m, 1h.", "90s", "1m30s")
]
Place: TypeAlias = Annotated[
    At,
    _scalar(parse_at),
    _schema("A place in the step: half, 1/3, 40%, 40s (from its start), 30s left, end.", "half", "30s left", "end"),
]
Flag: TypeAlias = Annotated[bool, _scalar(parse_flag), WithJsonSchema({"type": ["boolean", "string"]})]
Detail: TypeAlias = Annotated[
    Literal["full", "brief", "chime"],
    _scalar(_one_of("full", "brief", "chime")),
    WithJsonSchema({"enum": ["full", "brief", "chime"]}),
]
Pace: TypeAlias = Annotated[
    float,
    _scalar(lambda text: parse_number(text, 0.5, 2.0, "the pace, 1.0 being the voice's own")),
    WithJsonSchema({"type": ["number", "string"], "minimum": 0.5, "maximum": 2.0}),
]
Decibels: TypeAlias = Annotated[
    float,
    _scalar(lambda text: parse_number(text, -60, 0, "a level in decibels")),
    WithJsonSchema({"type": ["number", "string"], "minimum": -60, "maximum": 0}),
]
Count: TypeAlias = Annotated[
    int,
    _scalar(_whole(1, 1000, "how many times")),
    WithJsonSchema({"type": ["integer", "string"], "minimum": 1, "maximum": 1000}),
]


class _Part(BaseModel):
    """Anything in a script: unknown keys are refused, nothing changes after it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False, arbitrary_types_allowed=True)


class Say(_Part):
    """The words of a line. `brief` is used with `--detail brief`, on the same clock."""

    full: Words
    brief: Words | None = None

    @model_validator(mode="before")
    @classmethod
    def _plain_text(cls, value: Any) -> Any:
        return {"full": value} if isinstance(value, str) else value

    def at(self, detail: str) -> str:
        """The words for one level of detail."""
        return self.brief if detail == "brief" and self.brief else self.full


class CueSpec(_Part):
    """Something to be heard inside a step: `at` one place, or `every` so often `until` a place."""

    at: Place | None = None
    every: Duration | None = None
    until: Place | None = None
    say: Say | None = None
    audio: Words | None = None
    chime: Words | None = None
    voice: Words | None = None
    pace: Pace | None = None

    @model_validator(mode="after")
    def _one_time(self) -> CueSpec:
        if (self.at is None) == (self.every is None):
            raise ValueError("A cue needs either at or every. Write for instance at: half, or every: 30s.")
        if self.until is not None and self.every is None:
            raise ValueError("until goes with every. Write every: 30s beside it, or leave until out.")
        if self.every is not None and self.every < SAMPLE_RATE:
            raise ValueError("A cue cannot come more often than once a second. Write every: 1s or more.")
        if self.say is None and self.audio is None and self.chime is None:
            raise ValueError("A cue needs something to be heard. Write say, audio or chime.")
        return self


class Switch(_Part):
    """What is said, and the time given, between two turns of an `each`."""

    say: Say | None = None
    audio: Words | None = None
    duration: Duration | None = Field(None, alias="for")
    pause: Duration | None = None

    @model_validator(mode="before")
    @classmethod
    def _plain_text(cls, value: Any) -> Any:
        return {"say": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_clock(self) -> Switch:
        _refuse_both_clocks(self.duration, self.pause)
        return self


class Each(_Part):
    """One name and the values it takes in turn."""

    name: str
    values: tuple[Words, ...] = Field(min_length=1, max_length=100)

    @model_validator(mode="before")
    @classmethod
    def _one_name(cls, value: Any) -> Any:
        if not isinstance(value, dict) or len(value) != 1 or not isinstance(next(iter(value.values())), list):
            raise ValueError("each takes one name and a list of values. Write for instance each: {side: [left, right]}.")
        ((name, values),) = value.items()
        return {"name": name, "values": values}


class _Repeated(_Part):
    """What steps, stages and groups have in common."""

    each: Each | None = None
    switch: Switch | None = None
    repeat: Count = 1
    tags: tuple[Words, ...] = ()

    @model_validator(mode="after")
    def _switch_needs_each(self) -> _Repeated:
        if self.switch is not None and self.each is None:
            raise ValueError("switch goes between the turns of an each. Write each beside it, or leave switch out.")
        return self


class Step(_Repeated):
    """One instruction and the time to do it: `for` (the whole step), `pause` (after the words), or neither."""

    step: Words | None = None
    say: Say | None = None
    audio: Words | None = None
    duration: Duration | None = Field(None, alias="for")
    pause: Duration | None = None
    gap: Duration | None = None
    min: Duration | None = None
    max: Duration | None = None
    fixed: Flag = False
    cues: tuple[CueSpec, ...] = ()
    voice: Words | None = None
    pace: Pace | None = None
    announce_quiet: Flag | None = None

    @model_validator(mode="after")
    def _whole(self) -> Step:
        _refuse_both_clocks(self.duration, self.pause)
        if self.say is None and self.audio is None and self.duration is None and self.pause is None:
            raise ValueError("A step needs words or time. Write say, audio, for or pause.")
        if self.gap is not None and (self.duration is not None or self.pause is not None):
            raise ValueError("gap is the silence after the words of a step without for or pause. Leave one of them out.")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("min is longer than max. Exchange them.")
        return self


class BedChoice(_Part):
    """The continuous background: its sound, its level under the voice and how far it ducks, both in decibels."""

    sound: Words = "none"
    level: Decibels | None = None
    duck: Decibels | None = None

    @model_validator(mode="before")
    @classmethod
    def _plain_name(cls, value: Any) -> Any:
        return {"sound": value} if isinstance(value, str) else value


class Stage(_Repeated):
    """A named part of a routine; a chapter of the file."""

    stage: Words
    steps: tuple[Step, ...] = Field(min_length=1)
    bed: BedChoice | None = None
    chime: Words | None = None
    voice: Words | None = None
    pace: Pace | None = None


class Group(_Repeated):
    """Stages that belong together, most often once per side."""

    stages: tuple[StageOrGroup, ...] = Field(min_length=1)


def _kind(value: Any) -> str | None:
    if isinstance(value, dict):
        return "group" if "stages" in value and "stage" not in value else "stage"
    return "group" if isinstance(value, Group) else "stage"


StageOrGroup: TypeAlias = Annotated[
    Annotated[Stage, Tag("stage")] | Annotated[Group, Tag("group")], Discriminator(_kind)
]


class Variant(_Part):
    """A named set of the overrides that the command line takes."""

    total: Duration | None = None
    set: dict[str, Duration] = Field(default_factory=dict)
    skip: tuple[Words, ...] = ()
    detail: Detail | None = None
    voice: Words | None = None
    pace: Pace | None = None
    bed: BedChoice | None = None
    bed_level: Decibels | None = None


def _format_version(text: str) -> int:
    if text.strip() != "1":
        raise ValueError(f'"{text[:40]}" is not a version of the script language. Write voiceguide: 1.')
    return 1


class Routine(_Part):
    """A whole validated script."""

    voiceguide: Annotated[int, _scalar(_format_version), WithJsonSchema({"const": 1})]
    title: Words
    description: Words | None = None
    author: Words | None = None
    language: Annotated[str, _scalar(_words), _schema("BCP 47: en-US, de, es, fr.", "en-US", "de")] = "en-US"
    voice: Words | None = None
    pace: Pace = 1.0
    bed: BedChoice = BedChoice()
    chime: Words = "bell"
    gap: Duration = SAMPLE_RATE
    announce_quiet: Flag = True
    needs: tuple[Words, ...] = ()
    safety: tuple[Words, ...] = ()
    words: dict[str, Words] = Field(default_factory=dict)
    phrases: dict[str, Words] = Field(default_factory=dict)
    variants: dict[str, Variant] = Field(default_factory=dict)
    stages: tuple[StageOrGroup, ...] = Field(min_length=1)


def _refuse_both_clocks(duration: int | None, pause: int | None) -> None:
    if duration is not None and pause is not None:
        raise ValueError("for is the whole length, pause the silence after the words: only one of them can hold.")


Group.model_rebuild()
Routine.model_rebuild()
