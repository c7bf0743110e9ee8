"""The model of a routine: what a script says, validated, every duration in samples, every default filled in.

Field names are the script's key names, but for `for` (a Python keyword), which is `duration` here. Nothing in this
module knows about files or positions: `voiceguide.script.loader` turns what is refused here into problems with a line
and a column. The model looks at one key at a time; what several keys say together is judged in
`voiceguide.script.rules.run_rules`, so that it is reported even where another key is wrong.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Discriminator, Field, GetJsonSchemaHandler, Tag, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from voiceguide.script.model.field_types import (
    ANY_SCALAR_SCHEMA,
    BedName,
    ChimeChoice,
    CuePosition,
    Decibels,
    Detail,
    Duration,
    FileName,
    Flag,
    FormatVersion,
    LanguageTag,
    OneLineText,
    Pace,
    PositiveDuration,
    RepeatCount,
)
from voiceguide.units import SAMPLE_RATE

__all__ = ["BedChoice", "CueSpec", "Each", "Group", "Routine", "Say", "Stage", "Step", "Switch", "Variant"]

EACH_SYNTAX_MESSAGE = "each takes one name and its list of values. Write for instance each: {side: [left, right]}."


class _ScriptModel(BaseModel):
    """Anything in a script: unknown keys are refused, nothing changes after it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False, arbitrary_types_allowed=True)


class _TextOrKeys(_ScriptModel):
    """A group of keys that may be written as one text instead, which then is its first key."""

    @model_validator(mode="before")
    @classmethod
    def _wrap_plain_text(cls, value: Any) -> Any:
        return {next(iter(cls.model_fields)): value} if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler.resolve_ref_schema(handler(core))
        first = schema["properties"][next(iter(cls.model_fields))]
        text = {key: value for key, value in first.items() if key not in ("default", "description")}
        if {"type": "null"} in text.get("anyOf", ()):
            text = dict(ANY_SCALAR_SCHEMA)
        return {"description": schema.pop("description"), "anyOf": [text, schema]}


class Say(_TextOrKeys):
    """The words: a text, or full and brief, where brief is used with --detail brief on the same clock."""

    full: OneLineText = Field(description="The words in full.")
    brief: OneLineText | None = Field(None, description="The words for --detail brief.")

    def text_at_detail(self, detail: str) -> str:
        """The words for one level of detail."""
        return self.brief if detail == "brief" and self.brief else self.full


class CueSpec(_ScriptModel):
    """Something to be heard inside a step: `at` one place, or `every` so often `until` a place."""

    at: CuePosition | None = Field(
        None, description="Where in the step: half, 1/3, 40%, 40s (from its start), 30s left, end."
    )
    every: PositiveDuration | None = Field(None, description="How often, from the step's start: every 30s.")
    until: CuePosition | None = Field(None, description="Where `every` ends: 10s left.")
    say: Say | None = Field(None, description="What is said. {remaining}, {elapsed} and other placeholders are filled.")
    audio: FileName | None = Field(None, description="A recording to be heard instead of the voice.")
    chime: ChimeChoice | None = Field(None, description="A chime to be rung.")
    voice: OneLineText | None = Field(None, description="Another voice for this cue: NAME or ENGINE/NAME.")
    pace: Pace | None = Field(None, description="Another pace for this cue. 1.0 is the voice's own.")


class Switch(_TextOrKeys):
    """What is said, and the time given, between two turns of an `each`."""

    say: Say | None = Field(None, description="What is said; the name of the each stands for the value that comes.")
    audio: FileName | None = Field(None, description="A recording to be heard instead of the voice.")
    duration: PositiveDuration | None = Field(None, alias="for", description="The whole length, speech included: 20s.")
    pause: Duration | None = Field(None, description="The silence after the words: 10s.")


class Each(_ScriptModel):
    """One name and the values it takes in turn: {side: [left, right]}."""

    name: str
    values: tuple[OneLineText, ...] = Field(min_length=1, max_length=100)

    @model_validator(mode="before")
    @classmethod
    def _split_name_and_values(cls, value: Any) -> Any:
        if not isinstance(value, dict) or len(value) != 1 or not isinstance(next(iter(value.values())), list):
            raise ValueError(EACH_SYNTAX_MESSAGE)
        ((name, values),) = value.items()
        return {"name": name, "values": values}

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler.resolve_ref_schema(handler(core))
        return {
            "type": "object",
            "description": schema["description"],
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": schema["properties"]["values"],
        }


class _Repeatable(_ScriptModel):
    """What steps, stages and groups have in common."""

    each: Each | None = Field(
        None, description="One turn for each value: {side: [left, right]}; {side} is filled in texts."
    )
    switch: Switch | None = Field(None, description="What is said between the turns of the each, and its time.")
    repeat: RepeatCount = Field(1, description="How many times over. {count} and {of} are filled in texts.")
    tags: tuple[OneLineText, ...] = Field((), description="Names for --skip.")


class Step(_Repeatable):
    """One instruction and the time to do it: `for` (the whole step), `pause` (after the words), or neither."""

    step: OneLineText | None = Field(
        None, description="Its name, for --set and {next}; made from the words if left out."
    )
    say: Say | None = Field(None, description="The instruction. [2s] in it is a pause of two seconds.")
    audio: FileName | None = Field(
        None, description="A recording to be heard instead of the voice; say is its caption."
    )
    duration: PositiveDuration | None = Field(
        None, alias="for", description="The whole step, speech included: 90s, 1m30s, 1:30, 2.5m."
    )
    pause: Duration | None = Field(None, description="The silence after the words, instead of for: 20s.")
    gap: Duration | None = Field(None, description="The silence after the words of a step without for or pause.")
    min: Duration | None = Field(None, description="The shortest that --total may make it.")
    max: PositiveDuration | None = Field(None, description="The longest that --total may make it.")
    fixed: Flag = Field(False, description="yes: --total leaves it alone.")
    cues: tuple[CueSpec, ...] = Field((), description="What is heard inside the step: halfway, time left, chimes.")
    voice: OneLineText | None = Field(None, description="Another voice for this step: NAME or ENGINE/NAME.")
    pace: Pace | None = Field(None, description="Another pace for this step. 1.0 is the voice's own.")
    announce_quiet: Flag | None = Field(None, description="no: do not announce a minute of silence or more.")


class BedChoice(_TextOrKeys):
    """The continuous background: its sound, its level under the voice and how far it ducks, both in decibels."""

    sound: BedName = Field("none", description="rain, waves, stream, wind, brown, bowl, none, or a sound file.")
    level: Decibels | None = Field(None, description="Decibels against the voice, in the gaps: -20 where left out.")
    duck: Decibels | None = Field(None, description="Decibels further down while somebody speaks: -6.")


class Stage(_Repeatable):
    """A named part of a routine; a chapter of the file."""

    stage: OneLineText = Field(description="Its title. In an each, put the name in it: Stroke, {side} foot.")
    steps: tuple[Step, ...] = Field(min_length=1, description="What is done, in order.")
    bed: BedChoice | None = Field(None, description="Another background for this stage.")
    chime: ChimeChoice | None = Field(None, description="The chime that closes this stage: bell, bowl, wood, none.")
    voice: OneLineText | None = Field(None, description="Another voice for this stage: NAME or ENGINE/NAME.")
    pace: Pace | None = Field(None, description="Another pace for this stage. 1.0 is the voice's own.")


class Group(_Repeatable):
    """Stages that belong together, most often once per side."""

    stages: tuple[StageOrGroup, ...] = Field(min_length=1, description="The stages of a turn, in order.")


def _stage_or_group(value: Any) -> str:
    if isinstance(value, dict):
        return "group" if "stages" in value and "stage" not in value else "stage"
    return "group" if isinstance(value, Group) else "stage"


StageOrGroup: TypeAlias = Annotated[
    Annotated[Stage, Tag("stage")] | Annotated[Group, Tag("group")], Discriminator(_stage_or_group)
]


class Variant(_ScriptModel):
    """A named set of the overrides that the command line takes."""

    total: PositiveDuration | None = Field(None, description="The length of the whole session: 10m.")
    set: dict[str, PositiveDuration] = Field(
        default_factory=dict, description="Durations by step, STAGE/STEP or stage: {soak: 3m}."
    )
    skip: tuple[OneLineText, ...] = Field((), description="Tags or stages to leave out.")
    detail: Detail | None = Field(None, description="full, brief or chime.")
    voice: OneLineText | None = Field(None, description="The voice: NAME or ENGINE/NAME.")
    pace: Pace | None = Field(None, description="The pace. 1.0 is the voice's own.")
    bed: BedChoice | None = Field(None, description="The background.")
    bed_level: Decibels | None = Field(None, description="The background's level in decibels: -20.")


class Routine(_ScriptModel):
    """A voiceguide script: a routine that is spoken with exact times."""

    voiceguide: FormatVersion = Field(description="The version of the script language: 1.")
    title: OneLineText = Field(description="The title of the routine.")
    description: OneLineText | None = Field(None, description="A line or two about it.")
    author: OneLineText | None = Field(None, description="Who wrote it.")
    language: LanguageTag = Field(
        "en-US", description="BCP 47: en-US, de, es, fr. Picks the phrases and the default voice."
    )
    voice: OneLineText | None = Field(
        None, description="The voice: NAME or ENGINE/NAME, such as heart or pyttsx3/gmw/en-gb."
    )
    pace: Pace = Field(1.0, description="The pace. 1.0 is the voice's own, 0.9 calmer.")
    bed: BedChoice = Field(BedChoice(), description="The continuous background.")
    chime: ChimeChoice = Field("bell", description="Between stages: bell, bowl, wood, none.")
    gap: Duration = Field(SAMPLE_RATE, description="The silence after the words of steps without for or pause: 1s.")
    announce_quiet: Flag = Field(True, description="no: do not announce a minute of silence or more.")
    needs: tuple[OneLineText, ...] = Field((), description="What must be at hand; spoken before the first stage.")
    safety: tuple[OneLineText, ...] = Field((), description="Cautions; spoken first of all.")
    words: dict[str, OneLineText] = Field(
        default_factory=dict, description="How to say a word: {effleurage: eff-luh-rahj}."
    )
    phrases: dict[str, OneLineText] = Field(default_factory=dict, description="Built-in phrases in words of your own.")
    variants: dict[str, Variant] = Field(default_factory=dict, description="Named sets of overrides, for --variant.")
    stages: tuple[StageOrGroup, ...] = Field(min_length=1, description="The stages, in order.")


Group.model_rebuild()
Routine.model_rebuild()
