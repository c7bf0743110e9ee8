"""The sound of a session, sample for sample here and there: when it changes, what is kept of it must not be used again.

Encoded frames and measured levels are named by what a sound is made of, not by the sound. To renew after a change that
is meant: count `FORMAT` in voiceguide/audio/mixer/mix.py on, and `python -m tests.end_to_end.test_golden_audio`.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from voiceguide.audio.mixer.mix import MIX_REVISION
from voiceguide.pipeline.session_builder import open_builder_for_script
from voiceguide.script.loader import load_script
from voiceguide.system.disk_cache import DiskCache, cache_folder
from voiceguide.timeline.arrangement.overrides import Overrides

PATH = Path(__file__).parents[1] / "data" / "golden" / "sound" / "samples.json"
RENEW = "Count FORMAT in voiceguide/audio/mixer/mix.py on, then: python -m tests.end_to_end.test_golden_audio"
SCRIPT = """\
voiceguide: 1
title: Golden
voice: tone
chime: bowl
announce_quiet: no
stages:
  - stage: With rain
    bed: rain
    steps:
      - {step: One, say: "Place both feet in the water.", for: 15s, cues: [{at: half, say: Breathe.}]}
      - {step: Two, say: "Long strokes.", for: 12.345s}
  - stage: With brown noise
    bed: {sound: brown, level: -12, duck: -9}
    steps:
      - {step: One, say: "Hold the foot.", for: 14s}
  - stage: Without
    bed: none
    steps:
      - {step: One, say: "And rest.", for: 10s}
"""
EVERY = 997


def samples() -> list[int]:
    """Samples of both channels, in steps of 1/10,000 of full scale."""
    with open_builder_for_script(
        load_script("golden.yaml", SCRIPT.encode()), Overrides(), DiskCache(cache_folder())
    ) as session:
        mix = session.mix(session.exact_timeline())
    sound = mix.render(0, mix.total)[::EVERY].reshape(-1)
    return [int(sample) for sample in np.rint(sound * 10_000)]


def test_when_the_sound_changes_its_format_is_counted_on() -> None:
    golden, now = json.loads(PATH.read_text("utf-8")), samples()
    assert golden["format"] == MIX_REVISION, RENEW
    assert len(now) == len(golden["samples"]), RENEW
    assert np.abs(np.subtract(now, golden["samples"])).max() <= 2, RENEW


if __name__ == "__main__":
    PATH.write_text(json.dumps({"format": MIX_REVISION, "samples": samples()}) + "\n", encoding="utf-8")
