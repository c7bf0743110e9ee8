"""The model of a routine: a validated script with all durations in samples and all defaults filled in.

The fields are named after the keys of the script, except those whose key is a Python keyword: `duration` (`for`),
`start` (`from`) and `inhale` (`in`).
This module knows nothing about files or positions. `voiceguide.script.loader` turns its validation errors into
problems with a line and a column.

The model checks one key at a time. `voiceguide.script.rules.rule_runner` checks combinations of keys, so that those
problems are reported even if another key is not valid.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Discriminator, Field, GetJsonSchemaHandler, Tag, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from voiceguide.builtin_names import BED_NAMES, CHIME_NAMES
from voiceguide.script.model.field_types import (
    ANY_SCALAR_SCHEMA,
    EXAMPLE_LANGUAGES,
    BedName,
    BreathGuide,
    BreathPartName,
    ChimeSound,
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
    Pronunciations,
    RepeatCount,
    Room,
)
from voiceguide.units import SAMPLE_RATE

__all__ = [
    "BedChoice",
    "Breath",
    "Breathe",
    "ChimeChoice",
    "CueSpec",
    "Each",
    "Routine",
    "Say",
    "ScriptModel",
    "Stage",
    "StageGroup",
    "Step",
    "Switch",
    "TextOrKeys",
    "Variant",
    "is_stage_group",
]

CHIMES = f"{', '.join(CHIME_NAMES)}, or an audio file"
EACH_SYNTAX_MESSAGE = "each takes one name with a list of values, such as each: {side: [left, right]}."


class ScriptModel(BaseModel):
    """The base class of all parts of a script. Unknown keys are errors, and instances are immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TextOrKeys(ScriptModel):
    """A mapping that can also be written as plain text, which becomes the value of its first key."""

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


class Say(TextOrKeys):
    """The spoken text, or a `full` and a `brief` version of it. The timing is the same for both."""

    full: OneLineText = Field(description="The full text.")
    brief: OneLineText | None = Field(None, description="The shorter text for `--detail brief`.")

    def text_at_detail(self, detail: str) -> str:
        """Return the text for a level of detail."""
        return self.brief if detail == "brief" and self.brief else self.full


class ChimeChoice(TextOrKeys):
    """A chime: its sound and its level in decibels."""

    sound: ChimeSound = Field(description=f"{CHIMES}.")
    level: Decibels | None = Field(
        None,
        description="The level in decibels relative to the voice. Default: the level of the routine's chime, or -8.",
    )


class Breath(TextOrKeys):
    """The sound of a breath in or out."""

    part: BreathPartName = Field(description="in or out.")
    duration: PositiveDuration = Field(
        4 * SAMPLE_RATE, alias="for", description="How long the breath lasts, from 1s to 10s. Default: 4s."
    )
    level: Decibels | None = Field(None, description="The level in decibels relative to the voice. Default: -12.")


class CueSpec(ScriptModel):
    """Something that plays during a step: once `at` a position, or `every` interval `until` a position."""

    at: CuePosition | None = Field(
        None, description="The position in the step: half, 1/3, 40%, 40s (from its start), 30s left, end."
    )
    every: PositiveDuration | None = Field(
        None, description="The interval, such as 30s, counted from the start of the step."
    )
    start: CuePosition | None = Field(
        None, alias="from", description="The position at which `every` plays first. Default: after one interval."
    )
    until: CuePosition | None = Field(None, description="The position at which `every` stops, such as 10s left.")
    say: Say | None = Field(
        None, description="The text to speak. {remaining}, {elapsed} and other placeholders are available."
    )
    audio: FileName | None = Field(None, description="A recording to play instead of the voice.")
    chime: ChimeChoice | None = Field(None, description=f"A chime to play: {CHIMES}.")
    breath: Breath | None = Field(None, description="The sound of a breath to play: in, or out.")
    voice: OneLineText | None = Field(None, description="A different voice for this cue: NAME or ENGINE/NAME.")
    pace: Pace | None = Field(None, description="A different pace for this cue. 1.0 is the voice's normal speed.")


class Breathe(ScriptModel):
    """Breaths that fill the step: the length of each part of a breath, and how the listener is guided."""

    inhale: PositiveDuration = Field(alias="in", description="How long to breathe in, such as 4s.")
    hold: Duration = Field(0, description="How long to hold the breath after breathing in.")
    out: PositiveDuration = Field(description="How long to breathe out.")
    rest: Duration = Field(0, description="How long to rest after breathing out.")
    guide: BreathGuide = Field(
        "count",
        description="count: each part is named and its seconds are counted. words: each part is only named. "
        "tones: a soft tone rises while you breathe in and falls while you breathe out. "
        "breaths: the sound of a breath in and a breath out.",
    )

    @property
    def parts(self) -> tuple[tuple[str, int], ...]:
        """The parts of a breath in order, each with its length in samples. Parts of zero length are omitted."""
        parts = (("in", self.inhale), ("hold", self.hold), ("out", self.out), ("rest", self.rest))
        return tuple((name, samples) for name, samples in parts if samples)

    @property
    def length(self) -> int:
        """The length of one breath in samples."""
        return sum(samples for _, samples in self.parts)

    @property
    def cue_count(self) -> int:
        """The maximum number of cues in one breath."""
        return sum(max(samples // SAMPLE_RATE, 1) for _, samples in self.parts)


class Switch(TextOrKeys):
    """What plays between two repetitions of an `each`, and for how long."""

    say: Say | None = Field(
        None, description="The text to speak. In it, the placeholder defined by `each` stands for the next value."
    )
    audio: FileName | None = Field(None, description="A recording to play instead of the voice.")
    duration: PositiveDuration | None = Field(
        None, alias="for", description="The total length, including the speech, such as 20s."
    )
    pause: Duration | None = Field(None, description="The silence after the speech, such as 10s.")


class Each(ScriptModel):
    """A name and the values it takes, one after another: {side: [left, right]}."""

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


class _Repeatable(ScriptModel):
    """The keys that steps, stages and groups share."""

    each: Each | None = Field(
        None, description="Repeat once for each value: {side: [left, right]}. {side} is available as a placeholder."
    )
    switch: Switch | None = Field(None, description="What plays between the repetitions of the `each`.")
    repeat: RepeatCount = Field(
        1, description="The number of repetitions. {count} and {of} are available as placeholders."
    )
    tags: tuple[OneLineText, ...] = Field((), description="Names that `--skip` accepts.")


class Step(_Repeatable):
    """An instruction and the time allowed for it: `for` (the whole step), `pause` (after the speech), or neither."""

    step: OneLineText | None = Field(
        None, description="The name used by `--set` and {next}. Default: the first words of the text."
    )
    say: Say | None = Field(None, description="The instruction. [2s] is a pause of two seconds.")
    audio: FileName | None = Field(None, description="A recording to play instead of the voice. `say` is its caption.")
    duration: PositiveDuration | None = Field(
        None, alias="for", description="The length of the step, including the speech: 90s, 1m30s, 1:30, 2.5m."
    )
    pause: Duration | None = Field(None, description="The silence after the speech, such as 20s. Replaces `for`.")
    gap: Duration | None = Field(
        None, description="The silence after the speech, if the step has neither `for` nor `pause`."
    )
    min: Duration | None = Field(None, description="The minimum length of the step when `--total` changes it.")
    max: PositiveDuration | None = Field(None, description="The maximum length of the step when `--total` changes it.")
    fixed: Flag = Field(False, description="If yes, `--total` does not change the length.")
    fit: Flag | None = Field(
        None,
        description="yes: if the speech is longer than `for`, speak up to 15 % faster before lengthening the step.",
    )
    breathe: Breathe | None = Field(
        None,
        description="Whole breaths that fill the step, instead of `say`: {in: 4s, hold: 4s, out: 6s}. "
        "Without `for`, the step is one breath long.",
    )
    cues: tuple[CueSpec, ...] = Field((), description="What plays during the step, such as the time left or a chime.")
    voice: OneLineText | None = Field(None, description="A different voice for this step: NAME or ENGINE/NAME.")
    pace: Pace | None = Field(None, description="A different pace for this step. 1.0 is the voice's normal speed.")
    announce_quiet: Flag | None = Field(None, description="If no, silences of a minute or more are not announced.")


class BedChoice(TextOrKeys):
    """The continuous background: its sound, its level in decibels, and how many decibels it ducks under speech."""

    sound: BedName = Field(
        "none",
        description=f"{', '.join(BED_NAMES)}, or an audio file. Or a list of several, such as "
        "[pads, {sound: rain, level: -8}]. A level in the list is relative to the other sounds.",
    )
    level: Decibels | None = Field(
        None, description="The level when nothing is spoken, in decibels relative to the voice. Default: -20."
    )
    duck: Decibels | None = Field(None, description="The change in level during speech, in decibels. Default: -6.")

    @model_validator(mode="before")
    @classmethod
    def _wrap_list(cls, value: Any) -> Any:
        return {"sound": value} if isinstance(value, list) else value


class Stage(_Repeatable):
    """A named part of a routine. It is a chapter of the audio file."""

    stage: OneLineText = Field(
        description="The title. Inside an `each`, it must contain the placeholder, as in: Stroke, {side} foot."
    )
    steps: tuple[Step, ...] = Field(min_length=1, description="The steps, in order.")
    bed: BedChoice | None = Field(None, description="A different background for this stage.")
    chime: ChimeChoice | None = Field(None, description=f"The chime at the end of this stage: {CHIMES}.")
    voice: OneLineText | None = Field(None, description="A different voice for this stage: NAME or ENGINE/NAME.")
    pace: Pace | None = Field(None, description="A different pace for this stage. 1.0 is the voice's normal speed.")


class StageGroup(_Repeatable):
    """Stages that belong together, usually repeated for each side."""

    stages: tuple[StageOrGroup, ...] = Field(min_length=1, description="The stages of one repetition, in order.")


def is_stage_group(node: Mapping[str, object]) -> bool:
    """Return whether an entry of `stages` is a group rather than a stage."""
    return "stages" in node and "stage" not in node


def _stage_or_group(value: Any) -> str:
    group = is_stage_group(value) if isinstance(value, dict) else isinstance(value, StageGroup)
    return "group" if group else "stage"


StageOrGroup: TypeAlias = Annotated[
    Annotated[Stage, Tag("stage")] | Annotated[StageGroup, Tag("group")], Discriminator(_stage_or_group)
]


class Variant(ScriptModel):
    """A named set of overrides. All of them are also available on the command line."""

    total: PositiveDuration | None = Field(None, description="The length of the whole session, such as 10m.")
    set: dict[str, PositiveDuration] = Field(
        default_factory=dict, description="New lengths for steps (STEP or STAGE/STEP) and stages: {soak: 3m}."
    )
    skip: tuple[OneLineText, ...] = Field((), description="Tags or stages to leave out.")
    detail: Detail | None = Field(None, description="How much is spoken: full, brief or chime.")
    voice: OneLineText | None = Field(None, description="The voice: NAME or ENGINE/NAME.")
    room: Room | None = Field(None, description="The room in which the voice speaks: none, small or large.")
    pace: Pace | None = Field(None, description="The speaking pace. 1.0 is the voice's normal speed.")
    bed: BedChoice | None = Field(None, description="The background.")
    bed_level: Decibels | None = Field(None, description="The level of the background in decibels. Default: -20.")


class Routine(ScriptModel):
    """A voiceguide script: a spoken routine with exact timing."""

    voiceguide: FormatVersion = Field(description="The version of the script language: 1.")
    title: OneLineText = Field(description="The title of the routine.")
    description: OneLineText | None = Field(None, description="A description of one or two lines.")
    author: OneLineText | None = Field(None, description="The author.")
    language: LanguageTag = Field(
        "en-US",
        description=f"BCP 47 tag: {', '.join(EXAMPLE_LANGUAGES)}. Selects the built-in phrases and the default voice.",
    )
    voice: OneLineText | None = Field(
        None, description="The voice: NAME or ENGINE/NAME, such as heart or pyttsx3/gmw/en-gb."
    )
    voices: dict[str, OneLineText] = Field(
        default_factory=dict,
        description="Names for voices, such as {anna: heart}. You can use these names wherever a script names a voice.",
    )
    room: Room = Field(
        "none",
        description="The room in which the voice speaks: none, small or large. Recordings keep their own sound.",
    )
    pace: Pace = Field(1.0, description="The speaking pace. 1.0 is the voice's normal speed, and 0.9 is calmer.")
    bed: BedChoice = Field(BedChoice(), description="The continuous background.")
    chime: ChimeChoice = Field(ChimeChoice(sound="bell"), description=f"The chime between stages: {CHIMES}.")
    gap: Duration = Field(
        SAMPLE_RATE, description="The silence after the speech of steps without `for` or `pause`. Default: 1s."
    )
    fit: Flag = Field(
        False, description="yes: speak up to 15 % faster in steps whose speech is longer than their `for`."
    )
    announce_quiet: Flag = Field(True, description="If no, silences of a minute or more are not announced.")
    needs: tuple[OneLineText, ...] = Field((), description="What you need. Spoken before the first stage.")
    safety: tuple[OneLineText, ...] = Field((), description="Precautions. Spoken before everything else.")
    words: Pronunciations = Field(
        default_factory=dict,
        description="How to pronounce a word: {effleurage: eff-luh-rahj}. Or a YAML file that contains such lines, "
        "for several scripts: words.yaml.",
    )
    phrases: dict[str, OneLineText] = Field(
        default_factory=dict, description="Custom versions of the built-in phrases."
    )
    variants: dict[str, Variant] = Field(default_factory=dict, description="Named sets of overrides, for `--variant`.")
    stages: tuple[StageOrGroup, ...] = Field(min_length=1, description="The stages, in order.")

    @model_validator(mode="before")
    @classmethod
    def _replace_voice_names(cls, data: Any) -> Any:
        """Replace every name from `voices` with the voice that it stands for, in every `voice` of the script."""
        names = data.get("voices") if isinstance(data, Mapping) else None
        if not isinstance(names, Mapping):
            return data
        return {
            key: value if key in _WITHOUT_VOICES else _with_named_voices(key, value, names)
            for key, value in data.items()
        }


_WITHOUT_VOICES = ("voices", "words", "phrases")
"""Keys whose values contain keys chosen by the author, so a key called `voice` does not name a voice there."""


def _with_named_voices(key: object, value: Any, names: Mapping[str, Any]) -> Any:
    """Return a value from a script with the voice names in it replaced. Only `voice` keys contain voices."""
    if isinstance(value, Mapping):
        return {inner: _with_named_voices(inner, part, names) for inner, part in value.items()}
    if isinstance(value, list):
        return [_with_named_voices(None, part, names) for part in value]
    return names.get(value, value) if key == "voice" and isinstance(value, str) else value


StageGroup.model_rebuild()
Routine.model_rebuild()
