"""The settings of variants on the phone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.phone.kits import assembler, opened_builder, timelines
from tests.support.long_forms import long
from voiceguide.phone.kit import make_kit
from voiceguide.phone.settings_from_overrides import overrides_as_variant
from voiceguide.script.loader import load_script
from voiceguide.script.model.routine import Variant
from voiceguide.script.variant_file import load_variant_file
from voiceguide.timeline.arrangement.overrides import Overrides, merge_variants
from voiceguide.timeline.arrangement.unroll import unroll_routine

SCRIPT = """\
voiceguide: 1
title: T
bed: none
chime: none
variants:
  more breaths: {set: {breaths: 21s, rest: 30s}}
  more rest: {set: {rest: 30s}}
stages:
  - stage: S
    steps:
      - {step: breaths, breathe: {in: 3s, out: 4s, guide: tones}, for: 14s}
      - {step: rest, say: Rest., for: 20s}
"""


def test_the_number_of_breaths_of_a_variant_is_set_by_the_computer(tmp_path: Path, shared_cache: Path) -> None:
    """The page gave the breaths of the script more time, which was then silent."""
    (tmp_path / "s.yaml").write_text(SCRIPT, encoding="utf-8")
    with opened_builder(tmp_path / "s.yaml", shared_cache) as builder:
        more_breaths, more_rest = make_kit(builder).data["variants"]
        assert more_breaths["settings"] is None
        assert more_rest["settings"]["lengths"] == {"S/rest": 30_000}
        overrides = merge_variants(builder.overrides, ["more breaths"], builder.script.routine)
        arrangement = unroll_routine(builder.script.routine, overrides, builder.phrases)
        data = make_kit(replace(builder, arrangement=arrangement, overrides=overrides)).data
        assert data["variants"][0]["settings"]["lengths"] == {"S/rest": 30_000}
        breaths = data["stages"][0]["steps"][0]
        assert breaths["length"] == 21 * 48_000
        assert len(breaths["tables"][0]["cues"]) == 6


def test_a_version_can_say_everything_that_a_variant_can(tmp_path: Path, shared_cache: Path) -> None:
    everything = """\
  everything:
    {total: 1m, set: {rest: 30s}, skip: [S], detail: brief, voice: tone, room: small, pace: 0.9, bed_level: -24,
     bed: {sound: rain, duck: -3}}
"""
    (tmp_path / "s.yaml").write_text(SCRIPT.replace("  more rest:", everything + "  more rest:"), encoding="utf-8")
    with opened_builder(tmp_path / "s.yaml", shared_cache) as builder:
        routine = builder.script.routine
        written = overrides_as_variant(merge_variants(Overrides(), ["everything"], routine))
        assert written.keys() == Variant.model_fields.keys()
        (tmp_path / "v.yaml").write_text(json.dumps(written), encoding="utf-8")
        loaded = load_variant_file(tmp_path / "v.yaml").model_dump(exclude={"variant"})
        assert loaded == routine.variants["everything"].model_dump()


@pytest.mark.parametrize(
    "bed",
    [
        '["rain.mp3+birds.mp3"]',
        "Track No.5 + Rain.mp3",
        "50%25.mp3",
        '{sound: ["a.mp3+b.mp3"], duck: -3}',
        "rain+pads:-8",
    ],
)
def test_a_version_names_the_same_bed(bed: str, tmp_path: Path) -> None:
    """A bed is stored with escapes, which a variant file would take for a part of the name."""
    script = SCRIPT.replace("  more rest:", f"  music: {{bed: {bed}}}\n  more rest:")
    routine = load_script(tmp_path / "s.yaml", script.encode()).routine
    written = overrides_as_variant(merge_variants(Overrides(), ["music"], routine))
    (tmp_path / "v.yaml").write_text(json.dumps(written), encoding="utf-8")
    assert load_variant_file(tmp_path / "v.yaml").bed == routine.variants["music"].bed


@long
def test_a_variant_has_the_words_of_its_own_lengths(tmp_path: Path, shared_cache: Path) -> None:
    """Beyond the lengths that the page offers, it announced five quiet minutes of twenty."""
    text = SCRIPT.replace("more rest: {set: {rest: 30s}}", "long: {set: {rest: 20m}}\n  short: {set: {rest: 5s}}")
    text = text.replace("for: 20s", "for: 20s, min: 10s")
    (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
    with opened_builder(tmp_path / "s.yaml", shared_cache) as builder, assembler() as page:
        data = make_kit(builder).data
        rest = data["stages"][0]["steps"][1]
        assert (rest["min"], rest["max"]) == (10 * 48_000, 300 * 48_000)
        for variant in data["variants"][1:]:
            (result,) = timelines(page, data, [variant["settings"]])
            overrides = merge_variants(builder.overrides, [variant["name"]], builder.script.routine)
            arrangement = unroll_routine(builder.script.routine, overrides, builder.phrases)
            expected = replace(builder, arrangement=arrangement, overrides=overrides).exact_timeline()
            cues = [(cue["text"], cue["at"]) for cue in result["timeline"]["stages"][0]["steps"][1]["cues"]]
            assert cues == [(cue.text, round(cue.start_s, 6)) for cue in expected.stages[0].steps[1].cues]
