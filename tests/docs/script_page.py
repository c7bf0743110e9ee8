"""docs/script.md, made from the model of a script: every key with its type, its default, its meaning, and an example.

To renew it after a change of the model: `python -m tests.docs.script_page`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from voiceguide.script.model.routine import BedChoice, CueSpec, Group, Routine, Say, Stage, Step, Switch, Variant
from voiceguide.units import format_duration

PAGE = Path(__file__).parents[2] / "docs" / "script.md"

HEAD = """\
# The script

A script is a YAML file: what is said, and how long everything lasts. `voiceguide check FILE` points out every mistake
in one with its line and column, and names the key that was probably meant. Editors that know YAML schemas complete the
keys, where the script's first line names the schema: `# yaml-language-server: $schema=` and the path of
`voiceguide/script.schema.json`.

This page is made from the program: `python -m tests.docs.script_page`.

## How values are written

| kind | written |
|---|---|
| duration | `90s`, `1m30s`, `1:30`, `2.5m`, `1h`. A bare number is refused, since 5 could be seconds or minutes |
| place | where in a step: `half`, `1/3`, `40%`, `40s` (from its start), `30s left`, `end` |
| words | what is spoken. `[2s]` is a pause of two seconds; `30 s`, `37–40 °C` and `1:30` are read as people do |
| full and brief | words, or `{full: ..., brief: ...}`; `--detail brief` takes the brief ones, on the same clock |
| voice | `NAME` or `ENGINE/NAME`, as [voices](voices.md) lists them |
| file | a recording or music beside the script, or in a folder below |
| dB | decibels from -60 to 0 |

Words may hold placeholders: the names of an `each`, such as `{side}`; `{count}` and `{of}` in a `repeat`; `{remaining}`
and `{elapsed}`, spoken as words; `{stage}`, `{step}`, `{next}`, `{number}` and `{steps}` (step 3 of 7), `{total}`,
`{title}`. What holds a colon, a `#` or a brace is best put in quotation marks.
"""

PARTS: list[tuple[str, type[BaseModel], str, str]] = [
    (
        "The routine",
        Routine,
        "The keys of the whole file. `safety` and `needs` become a first stage, Before you begin.",
        """\
voiceguide: 1
title: Evening feet
description: Ten minutes before bed.
author: Anna
language: en-US
voice: heart
pace: 0.9
bed: rain
chime: bowl
gap: 1.5s
announce_quiet: yes
needs: [a towel, warm oil]
safety: [Stop at any pain.]
words: {effleurage: eff-luh-rahj}
phrases: {needs: "Please fetch {items}."}
variants:
  short: {total: 3m}
stages:
  - stage: Rest
    steps:
      - {say: Close your eyes and rest., for: 5m}
""",
    ),
    (
        "A stage",
        Stage,
        "A named part of the routine, and a chapter of the file.",
        """\
  - stage: Toes, {side} foot
    each: {side: [left, right]}
    switch: {say: "Now the {side} one.", for: 5s}
    repeat: 1
    tags: [feet]
    bed: waves
    chime: wood
    voice: heart
    pace: 0.95
    steps:
      - {say: "Turn each toe of your {side} foot.", for: 1m}
""",
    ),
    (
        "A group",
        Group,
        "Stages that belong together, most often once for each side. Every turn lasts equally long, to the sample.",
        """\
  - each: {side: [left, right]}
    switch: {say: "Now the {side} foot.", for: 10s}
    repeat: 1
    tags: [feet]
    stages:
      - stage: Stroke, {side} foot
        steps:
          - {say: "Long strokes on your {side} foot.", for: 90s}
""",
    ),
    (
        "A step",
        Step,
        "One instruction and the time to do it. With `for` the words are part of the time.",
        """\
  - stage: Arch
    steps:
      - step: arch
        say: Press your thumbs into the arch. [2s] And release.
        for: 2m
        min: 30s
        max: 4m
        tags: [pressure]
        cues:
          - {at: half, say: Halfway.}
      - step: circles
        repeat: 3
        say: Circle {count} of {of}.
        for: 10s
        fixed: yes
      - step: hold
        each: {place: [heel, ball]}
        switch: Now the {place}.
        say: Hold the {place}.
        pause: 20s
        voice: heart
        pace: 1.1
      - {say: That was the arch., gap: 3s}
      - {step: still, for: 90s, announce_quiet: no}
      - {step: own words, audio: anna.wav, say: Well done., pause: 2s}
""",
    ),
    (
        "A cue",
        CueSpec,
        "Something to be heard inside a step. Cues never speak over each other: one that would is moved, or refused.",
        """\
  - stage: Soak
    steps:
      - say: Both feet into the warm water.
        for: 5m
        cues:
          - {at: half, say: Halfway., voice: heart, pace: 0.9}
          - {every: 1m, until: 30s left, say: "{remaining} left."}
          - {at: 40s, chime: wood}
          - {at: 10s left, audio: anna.wav, say: Feet out.}
""",
    ),
    (
        "Words, full and brief",
        Say,
        "What `say` may be instead of plain words.",
        """\
  - stage: Rest
    steps:
      - say:
          full: Let your hands lie in your lap, and your breath come and go.
          brief: Rest.
        for: 1m
""",
    ),
    (
        "A switch",
        Switch,
        "What is said, and the time given, between two turns of an `each`: the end of the turn before.",
        """\
  - stage: Wrap, {side} foot
    each: {side: [left, right]}
    switch: {say: "Now the {side} foot.", pause: 10s}
    steps:
      - {say: "Wrap your {side} foot.", for: 20s}
  - stage: Ankle, {side}
    each: {side: [left, right]}
    switch: {audio: anna.wav, for: 8s}
    steps:
      - {say: "Circle your {side} ankle.", for: 40s}
""",
    ),
    (
        "A bed",
        BedChoice,
        "What `bed` may be instead of a name. A file loops with a crossfade.",
        """\
  - stage: Sleep
    bed: {sound: bowl, level: -24, duck: -4}
    steps:
      - {say: Good night., for: 3m}
""",
    ),
    (
        "A variant",
        Variant,
        "A named set of the changes that the command line takes: `--variant short`.",
        """\
variants:
  short:
    total: 6m
    set: {rest: 1m}
    skip: [soak]
    detail: brief
    voice: heart
    pace: 1.1
    bed: brown
    bed_level: -22
stages:
  - stage: Soak
    tags: [soak]
    steps:
      - {say: Both feet into the water., for: 5m}
  - stage: Rest
    steps:
      - {step: rest, say: Rest., for: 5m}
""",
    ),
]

KINDS = {
    "OneLineText": "words", "FileName": "file", "Duration": "duration", "PositiveDuration": "duration, not 0",
    "CuePosition": "place", "Flag": "yes or no", "Detail": "full, brief or chime", "Pace": "0.5 to 2.0",
    "Decibels": "dB", "RepeatCount": "1 to 1000", "BedName": "a bed's name, or file",
    "ChimeChoice": "bell, bowl, wood or none", "LanguageTag": "BCP 47 tag", "FormatVersion": "1",
    "Say": "full and brief", "Switch": "words or a switch", "Each": "one name and its values", "BedChoice": "bed",
    "Variant": "variant",
}  # fmt: skip
LISTS = {
    "CueSpec": "list of cues",
    "StageOrGroup": "list of stages and groups",
    "Step": "list of steps",
    "OneLineText": "list of words",
}


def whole_script(example: str) -> str:
    """An example as a script that can be read by itself."""
    head = "voiceguide: 1\ntitle: Example\n"
    if example.startswith("voiceguide:"):
        return example
    return head + example if example.startswith("variants:") else f"{head}stages:\n{example}"


def reference_page() -> str:
    """The whole page, Markdown."""
    return HEAD + "".join(_section(*part) for part in PARTS)


def keys(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The keys of a part as they are written in a script."""
    return {info.alias or name: info for name, info in model.model_fields.items()}


def _section(title: str, model: type[BaseModel], about: str, example: str) -> str:
    rows = [
        f"| `{key}` | {_kind(key, model, info)} | {_default(info)} | {info.description} |"
        for key, info in keys(model).items()
    ]
    table = "\n".join(["| key | takes | left out | meaning |", "|---|---|---|---|", *rows])
    return f"\n## {title}\n\n{about}\n\n{table}\n\n```yaml\n{example}```\n"


def _kind(key: str, model: type[BaseModel], info: FieldInfo) -> str:
    """What a key takes, in the words of the first table, from its annotation in the model's source."""
    if key == "voice":
        return "voice"
    name = next(name for name, known in model.model_fields.items() if known is info)
    owner = next(part for part in model.__mro__ if name in vars(part).get("__annotations__", {}))
    written = vars(owner)["__annotations__"][name].replace(" | None", "")
    if written.startswith("tuple["):
        return LISTS[written[6:-6]]
    return f"{KINDS[written[10:-1]]} by name" if written.startswith("dict[") else KINDS[written]


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "**required**"
    value: Any = info.get_default(call_default_factory=True)
    if value is None or value in ((), {}):
        return ""
    if isinstance(value, BedChoice):
        return value.sound
    if isinstance(value, bool):
        return "yes" if value else "no"
    return format_duration(value) if isinstance(value, int) and value > 1 else f"{value}"


if __name__ == "__main__":
    PAGE.write_text(reference_page(), "utf-8")
