"""Selected samples of a session. If they change, cached frames and levels must not be used any more.

The cache keys of encoded frames and measured levels depend on the sources of the audio, not on its samples. After an
intended change, increment `MIX_REVISION` in voiceguide/audio/mixer/mix.py and run
`python -m tests.end_to_end.test_golden_audio`.
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
HINT = "Increment MIX_REVISION in voiceguide/audio/mixer/mix.py and run python -m tests.end_to_end.test_golden_audio"
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
STEP = 997


def samples() -> list[int]:
    """Return every 997th sample of both channels, in units of 1/10,000 of full scale."""
    with open_builder_for_script(
        load_script("golden.yaml", SCRIPT.encode()), Overrides(), DiskCache(cache_folder())
    ) as builder:
        mix = builder.mix(builder.exact_timeline())
    selected = mix.render(0, mix.total)[::STEP].reshape(-1)
    return [int(sample) for sample in np.rint(selected * 10_000)]


def test_the_samples_are_unchanged_since_the_last_revision() -> None:
    golden, actual = json.loads(PATH.read_text("utf-8")), samples()
    assert golden["format"] == MIX_REVISION, HINT
    assert len(actual) == len(golden["samples"]), HINT
    assert np.abs(np.subtract(actual, golden["samples"])).max() <= 2, HINT


if __name__ == "__main__":
    PATH.write_text(json.dumps({"format": MIX_REVISION, "samples": samples()}) + "\n", encoding="utf-8")
