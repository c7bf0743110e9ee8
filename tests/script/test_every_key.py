"""A script that uses every key of the language. Its session must match it."""

from __future__ import annotations

import json
from pathlib import Path

import voiceguide
from tests.conftest import Run
from tests.support.long_forms import long

SCRIPT = """\
voiceguide: 1
title: Every key
description: A test.
author: Anna
language: en-US
voice: pyttsx3/gmw/en-us
room: small
pace: 0.95
bed: {sound: rain, level: -20, duck: -6}
chime: wood
gap: 1.5s
fit: no
announce_quiet: yes
needs: [oil, two towels]
safety: [Stop at any pain.]
words: words.yaml
phrases: {needs: "Please fetch {items}."}
variants:
  short: {total: 3m, skip: [soak], detail: brief, set: {hold: 10s}, voice: tone, room: large, pace: 1.0, bed: waves}
stages:
  - stage: Soak
    tags: [soak]
    bed: waves
    chime: {sound: bowl, level: -12}
    steps:
      - step: soak
        say: "Step {number} of {steps}. Breathe in. [2s] And out."
        for: 80s
        fit: yes
        cues:
          - {at: half, say: Halfway.}
          - {at: 1/4, say: A quarter.}
          - {at: 60%, chime: bell}
          - {at: 70s, say: Seventy seconds.}
          - {at: 29s left, say: "{remaining} left."}
          - {at: end, say: Out now.}
          - {every: 30s, from: 5s, until: half, chime: {sound: mine.wav, level: -3}}
          - {at: 17s left, say: "{left}."}
          - {at: 10s left, breath: {part: out, for: 3s, level: -9}}
      - {step: own, audio: mine.wav, say: My own voice., pause: 3s}
      - {step: still, for: 65s, announce_quiet: no}
      - {step: box, breathe: {in: 4s, hold: 2s, out: 6s, rest: 2s, guide: words}, for: 30s}
      - {step: glide, repeat: 2, breathe: {in: 4s, out: 6s, guide: breaths}}
  - each: {side: [left, right]}
    tags: [feet]
    switch: {say: "Now the {side} one.", for: 5s}
    stages:
      - stage: Stroke, {side} foot
        bed: {sound: music.wav, level: -22}
        steps:
          - step: hold
            say: {full: "Hold the {side} foot, {next} comes next.", brief: Hold.}
            for: 20s
            min: 8s
            max: 40s
          - {step: circles, repeat: 2, say: "Circle {count} of {of}.", for: 8s}
          - step: press
            each: {place: [heel, arch]}
            switch: {say: "To the {place}.", pause: 1s}
            say: "Press the {place} for 5 s."
            pause: 5s
            voice: tone/tone
            pace: 1.1
          - step: count
            say: Even strokes.
            for: 35s
            fixed: yes
            cues: [{every: 10s, until: 5s left, say: "{elapsed} gone.", voice: tone, pace: 1.2}]
  - stage: Rest
    bed: none
    chime: mine.wav
    steps:
      - {say: "{total} in all. Rest.", gap: 3s}
      - {say: "Goodbye from {title}.", pause: 8s}
"""


@long
def test_every_key_takes_effect(run: Run, tmp_path: Path) -> None:
    (tmp_path / "every.yaml").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "words.yaml").write_text("qi: chee\n", encoding="utf-8")
    run("say", "This is my own recorded voice.", "--voice", "tone", "-o", "mine.wav")
    run("say", "la " * 30, "--voice", "tone", "-o", "music.wav")
    assert voiceguide.load(tmp_path / "every.yaml").pronunciations == {"qi": "chee"}
    plan = json.loads(run("build", "every.yaml", "-o", "every.wav", "--json").stdout)
    run("verify", "every.wav")

    cue_texts = [cue["text"] for stage in plan["stages"] for step in stage["steps"] for cue in step["cues"]]
    assert cue_texts[:3] == ["Stop at any pain.", "Please fetch oil and two towels.", "wood"]
    soak, stroke, other = plan["stages"][1:4]
    texts = [cue["text"] for cue in soak["steps"][0]["cues"]]
    assert texts == [
        "Step 1 of 6. Breathe in. And out.",
        "mine.wav",
        "A quarter.",
        "mine.wav",
        "Halfway.",
        "bell",
        "Thirty seconds left.",
        "Seventeen.",
        "Seventy seconds.",
        "breath out",
        "Out now.",
    ]
    assert [round(cue["at"] - soak["start"], 3) for cue in soak["steps"][0]["cues"]][2:7:2] == [20, 40, 51]
    box, glide = soak["steps"][3:5]
    assert [(cue["at"] - box["start"], cue["text"]) for cue in box["cues"]] == [
        (start + offset, text)
        for start in (0, 14)
        for offset, text in ((0, "In."), (4, "Hold."), (6, "Out."), (12, "Rest."))
    ]
    assert [(cue["at"] - glide["start"], cue["text"]) for cue in glide["cues"]] == [
        (0, "breath in"),
        (4, "breath out"),
    ]
    assert [step["name"] for step in stroke["steps"]] == [
        "hold",
        "circles",
        "circles",
        "press",
        "switch to arch",
        "press",
        "count",
        "switch to right",
    ]
    lengths = [round(stage["end"] - stage["start"], 5) for stage in (stroke, other)]
    assert lengths[0] - 5 == lengths[1], "apart from the switch, both sides have the same length"
    assert "Ten seconds gone." in cue_texts
    assert cue_texts[-1] == "mine.wav"
    assert "Goodbye from Every key." in cue_texts

    short = json.loads(run("build", "every.yaml", "-o", "short.wav", "--variant", "short", "--json").stdout)
    assert short["total"] == 180
    assert "Soak" not in [stage["title"] for stage in short["stages"]]
    hold = short["stages"][1]["steps"][0]
    assert hold["cues"][0]["text"] == "Hold."
    assert round(hold["end"] - hold["start"], 6) == 10
