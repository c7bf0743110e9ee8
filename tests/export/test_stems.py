"""The stems are read back with another library, and their sum is compared with the mix."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

import voiceguide
from tests.support.programs import program

SCRIPT = """\
voiceguide: 1
title: Stems
bed: rain
voice: tone
stages:
  - stage: One
    steps: [{say: Both feet into the water., for: 8s}]
  - stage: Two
    bed: none
    steps: [{say: Dry them well., for: 8s}]
"""


def decode(path: Path) -> np.ndarray:
    command = [program("ffmpeg"), "-v", "error", "-i", str(path), "-f", "f32le", "-"]
    return np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, np.float32).reshape(-1, 2)


def test_the_sum_of_the_stems_is_the_mix(tmp_path: Path) -> None:
    routine = voiceguide.loads(SCRIPT)
    routine.plan(exact=True)
    reports: list[voiceguide.Progress] = []
    session = routine.build(tmp_path / "a.flac", stems=True, progress=reports.append)
    starts = [report for report in reports if (report.activity, report.done) == ("synthesize", 0)]
    assert len(starts) == 1, "the session is mixed once"
    names = ["a.flac", "a.voice.wav", "a.bed.wav", "a.chimes.wav"]
    assert [path.name for path in session.files] == names
    voice, bed, chimes = (decode(tmp_path / name) for name in names[1:])
    with routine.render() as rendering:
        mix = np.concatenate(list(rendering.blocks()))
    assert len(voice) == len(bed) == len(chimes) == len(mix)
    difference = np.abs(voice.astype(np.float64) + bed + chimes - mix).max()
    assert 20 * np.log10(difference) < -90
    assert min(np.abs(part).max() for part in (voice, bed, chimes)) > 0.01
    assert np.abs(bed[-4 * 48_000 :]).max() < 1e-6, "the second stage has no bed"


def test_a_stem_never_overwrites_a_recording(tmp_path: Path) -> None:
    (tmp_path / "a.voice.wav").write_bytes(voiceguide.say("Hello.", voice="tone").to_wav())
    script = SCRIPT.replace("say: Dry them well.", "audio: a.voice.wav, say: Dry them well.")
    (tmp_path / "a.yaml").write_text(script)
    with pytest.raises(voiceguide.ExportError, match=r"a\.voice\.wav"):
        voiceguide.load(tmp_path / "a.yaml").build(tmp_path / "a.mp3", stems=True)
