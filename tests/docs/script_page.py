"""Generate docs/script.md from the model of a script: type, default and description of every key, and examples.

After changing the model, run `python -m tests.docs.script_page`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from voiceguide.script.model.json_schema import script_json_schema
from voiceguide.script.model.routine import (
    BedChoice,
    Breath,
    Breathe,
    ChimeChoice,
    CueSpec,
    Routine,
    Say,
    Stage,
    StageGroup,
    Step,
    Switch,
    Variant,
)
from voiceguide.units import format_duration

PAGE = Path(__file__).parents[2] / "docs" / "script.md"
SCHEMA = Path(__file__).parents[2] / "voiceguide" / "script.schema.json"

HEAD = """\
# Script reference

A script is a YAML file that contains the text to speak and the duration of every step. `voiceguide check FILE` reports
every error with its line and column. For an unknown key, it suggests the closest valid one.

Editors that support YAML schemas can complete the keys. To enable this, start the script with
`# yaml-language-server: $schema=` followed by the path of `voiceguide/script.schema.json`.

This page is generated from the program by `python -m tests.docs.script_page`.

## Values

| type | format |
|---|---|
| duration | `90s`, `1m30s`, `1:30`, `2.5m` or `1h`. A bare number is an error: 5 could mean seconds or minutes. |
| position | a point within a step: `half`, `1/3`, `40%`, `40s` (from its start), `30s left` or `end` |
| text | plain text. `[2s]` is a pause of two seconds. `30 s`, `37–40 °C` and `1:30` are read the way people say them. |
| full and brief | text, or `{full: ..., brief: ...}`. `--detail brief` uses the brief text with the same timing. |
| voice | `NAME` or `ENGINE/NAME`. See [voices](voices.md). |
| file | a file in the script's folder or below it, such as a recording or music |
| chime | the name of a chime, a file, or a [sound and level](#chime). \
It rings for up to 2 s, and for up to 6 s at the end of the session. |
| dB | decibels from -60 to 0 |

Spoken text can contain placeholders:

| placeholder | is replaced by |
|---|---|
| `{side}`, or any other name in an `each` | the current value |
| `{count}`, `{of}` | in a `repeat`: the number of the current repetition, and the number of repetitions |
| `{remaining}`, `{elapsed}` | the time left in the step; the time since its start; both in words |
| `{left}` | the seconds left in the step, as a number without a unit, for counting down |
| `{stage}`, `{step}`, `{next}` | the name of the current stage, the current step or the next step |
| `{number}`, `{steps}` | the number of the current step, and the number of steps, as in "step 3 of 7" |
| `{total}`, `{title}` | the length or the title of the session |

Put text that contains a colon, a `#` or a brace in quotation marks.
"""

PARTS: list[tuple[str, type[BaseModel], str, str]] = [
    (
        "Routine",
        Routine,
        'The top-level keys of a script. `safety` and `needs` form a first stage, "Before you begin".',
        """\
voiceguide: 1
title: Evening feet
description: Ten minutes before bed.
author: Anna
language: en-US
voice: anna
voices: {anna: heart}
room: small
pace: 0.9
bed: rain
chime: bowl
gap: 1.5s
fit: no
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
        "Stage",
        Stage,
        "A named part of the routine, and a chapter in the finished file.",
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
        "Group",
        StageGroup,
        "Stages that are repeated together, usually once for each side. Apart from the `switch`, all passes have the "
        "same length, down to the sample.",
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
        "Step",
        Step,
        "An instruction and the time to follow it. `for` includes the time for speaking.",
        """\
  - stage: Arch
    steps:
      - step: arch
        say: Press your thumbs into the arch. [2s] And release.
        for: 2m
        fit: yes
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
      - {step: breath, breathe: {in: 4s, out: 6s}, for: 1m}
      - {step: still, for: 90s, announce_quiet: no}
      - {step: own words, audio: anna.wav, say: Well done., pause: 2s}
""",
    ),
    (
        "Cue",
        CueSpec,
        "Speech, a recording, a chime or the sound of a breath within a step. Cues never speak over each other. A cue "
        "that would do so is moved or rejected. One that names a time, such as `Ten seconds left.`, is moved by at "
        "most a tenth of it, and other cues make room for it. `Next: {next}.` is left out after the last step.",
        """\
  - stage: Soak
    steps:
      - say: Both feet into the warm water.
        for: 5m
        cues:
          - {at: half, say: Halfway., voice: heart, pace: 0.9}
          - {every: 1m, until: 30s left, say: "{remaining} left."}
          - {at: 40s, chime: wood}
          - {at: 50s, chime: {sound: gong.wav, level: -14}}
          - {at: 70s, breath: in}
          - {at: 20s left, audio: anna.wav, say: Feet out soon.}
          - {every: 1s, from: 5s left, say: "{left}."}       # five, four, three, two, one
  - stage: Sit
    steps:
      - step: sit
        for: 20m
        announce_quiet: no
        cues: [{every: 5m, from: 0s, chime: bowl}]           # a bell every five minutes
""",
    ),
    (
        "Breaths",
        Breathe,
        "The value of `breathe`. They fill the step. To change the words, use `phrases`, for example "
        "`{breathe_rest: Hold.}`. At `--detail chime`, tones replace the words. The phone page cannot change the "
        "number of breaths.",
        """\
  - stage: Breathe
    steps:
      - say: Breathe with the count.
      - step: box
        breathe: {in: 4s, hold: 4s, out: 4s, rest: 4s}
        for: 2m
      - step: slower
        repeat: 4
        breathe: {in: 4s, hold: 7s, out: 8s, guide: words}
      - step: alone
        breathe: {in: 5.5s, out: 5.5s, guide: tones}
        for: 3m
        cues: [{at: 33s left, say: Three more.}]
      - step: with me
        breathe: {in: 4s, out: 6s, guide: breaths}
        for: 1m
""",
    ),
    (
        "Breath",
        Breath,
        "An alternative to `in` or `out` for the `breath` of a cue.",
        """\
  - stage: Sigh
    steps:
      - say: Breathe in deeply, and sigh.
        for: 20s
        cues:
          - {at: 6s, breath: in}
          - {at: 11s, breath: {part: out, for: 6s, level: -4}}
""",
    ),
    (
        "Full and brief text",
        Say,
        "An alternative to plain text for `say`.",
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
        "Switch",
        Switch,
        "Speech and time to get ready between two passes of an `each`. "
        "A switch belongs to the end of the pass that precedes it.",
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
        "Bed",
        BedChoice,
        "An alternative to a plain name for `bed`. A file loops with a crossfade.",
        """\
  - stage: Sleep
    bed: {sound: bowl, level: -24, duck: -4}
    steps:
      - {say: Good night., for: 3m}
""",
    ),
    (
        "Chime",
        ChimeChoice,
        "An alternative to a plain name for `chime`. A level that would clip the chime is reduced.",
        """\
chime: {sound: bowl, level: -14}
stages:
  - stage: Sit
    steps:
      - step: sit
        for: 10m
        announce_quiet: no
        cues: [{at: half, chime: {sound: wood, level: -6}}]
""",
    ),
    (
        "Variant",
        Variant,
        "A named set of overrides, selected with `--variant short`. The keys match the options on the command line.",
        """\
variants:
  short:
    total: 6m
    set: {rest: 1m}
    skip: [soak]
    detail: brief
    voice: heart
    room: none
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
    "OneLineText": "text", "FileName": "file", "Pronunciations": "map of names to text, or file",
    "Duration": "duration", "PositiveDuration": "duration above 0",
    "CuePosition": "position", "Flag": "yes or no", "Detail": "full, brief or chime", "Pace": "0.5 to 2.0",
    "Decibels": "dB", "RepeatCount": "1 to 1000", "BedName": "name of a bed, or file", "Room": "none, small or large",
    "ChimeChoice": "chime", "ChimeSound": "name of a chime, or file",
    "Breathe": "breaths", "BreathGuide": "count, words, tones or breaths", "Breath": "breath",
    "BreathPartName": "in or out",
    "LanguageTag": "BCP 47 tag", "FormatVersion": "1",
    "Say": "full and brief", "Switch": "text or switch", "Each": "a name and its values", "BedChoice": "bed",
    "Variant": "variant",
}  # fmt: skip
LISTS = {
    "CueSpec": "list of cues",
    "StageOrGroup": "list of stages and groups",
    "Step": "list of steps",
    "OneLineText": "list of text values",
}
MAPS = {
    "OneLineText": "map of names to text",
    "PositiveDuration": "map of names to durations above 0",
    "Variant": "map of names to variants",
}


def whole_script(example: str) -> str:
    """Return an example as a complete script."""
    head = "voiceguide: 1\ntitle: Example\n"
    if example.startswith("voiceguide:"):
        return example
    return head + example if example.startswith(("variants:", "chime:")) else f"{head}stages:\n{example}"


def reference_page() -> str:
    """Return the whole page as Markdown."""
    return HEAD + "".join(_section(*part) for part in PARTS)


def keys(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Return the fields of a model by their keys in a script."""
    return {info.alias or name: info for name, info in model.model_fields.items()}


def _section(title: str, model: type[BaseModel], about: str, example: str) -> str:
    rows = [
        f"| `{key}` | {_kind(key, model, info)} | {_default(info)} | {info.description} |"
        for key, info in keys(model).items()
    ]
    table = "\n".join(["| key | type | default | description |", "|---|---|---|---|", *rows])
    return f"\n## {title}\n\n{about}\n\n{table}\n\n```yaml\n{example}```\n"


def _kind(key: str, model: type[BaseModel], info: FieldInfo) -> str:
    """Return the type of a key, as named in the first table, from its annotation in the model's source."""
    if key == "voice":
        return "voice"
    name = next(name for name, known in model.model_fields.items() if known is info)
    owner = next(part for part in model.__mro__ if name in vars(part).get("__annotations__", {}))
    written = vars(owner)["__annotations__"][name].replace(" | None", "")
    if written.startswith("tuple["):
        return LISTS[written[6:-6]]
    return MAPS[written[10:-1]] if written.startswith("dict[") else KINDS[written]


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "**required**"
    value: Any = info.get_default(call_default_factory=True)
    if value is None or value in ((), {}):
        return ""
    if isinstance(value, BedChoice | ChimeChoice):
        return value.sound
    if isinstance(value, bool):
        return "yes" if value else "no"
    return format_duration(value) if isinstance(value, int) and value > 1 else f"{value}"


if __name__ == "__main__":
    PAGE.write_text(reference_page(), "utf-8")
    SCHEMA.write_text(script_json_schema(), "utf-8")
