"""Honest sessions that encoders once damaged are saved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import voiceguide
from tests.reliability.honest import save_recording
from tests.support.long_forms import few, long
from voiceguide.audio.mixer.attenuated_source import AttenuatedSource
from voiceguide.audio.mixer.source import SILENCE_LOOP, Region

SCRIPT = """\
voiceguide: 1
title: Honest
voice: tone/tone
bed: {bed}
chime: none
stages:
  - stage: A
    steps:
      - {{say: Good., {recording}for: 8s}}
      - {{say: Rest now and breathe., for: 6s}}
      - {{say: Good., for: 6s}}
"""


@pytest.mark.parametrize("bit_rate", few(1, [32, 48]))
def test_aac_keeps_the_lines_over_a_loud_bed(bit_rate: int, tmp_path: Path) -> None:
    """ffmpeg's encoder dropped parts of lines at low bit rates when it stored stereo as intensity and position."""
    script = tmp_path / "s.yaml"
    script.write_text(SCRIPT.format(bed="{sound: bowl, level: -6, duck: -12}", recording=""), "utf-8")
    voiceguide.load(script).build(tmp_path / "s.m4b", bitrate_kbps=bit_rate)
    assert voiceguide.verify(tmp_path / "s.m4b").failures == ()


@long
def test_a_recording_that_an_mp3_with_a_low_bit_rate_clips_is_attenuated(tmp_path: Path) -> None:
    """Clicks in one direction were refused: "The audio is clipped: its true peak is +0.9 dBTP." """
    clicks = np.zeros(4 * 48_000)
    for start in range(0, clicks.size - 100, 9000):
        clicks[start : start + 60] = 1.0
    save_recording(tmp_path / "r.wav", clicks, 1.0)
    script = tmp_path / "s.yaml"
    script.write_text(SCRIPT.format(bed="{sound: wind, level: -20}", recording="audio: r.wav, "), "utf-8")
    voiceguide.load(script).build(tmp_path / "s.mp3", bitrate_kbps=32)
    report = voiceguide.verify(tmp_path / "s.mp3")
    assert report.failures == ()
    assert report.true_peak_dbtp < 0


class Ramp:
    """A source with a loop, in which each sample is its own position."""

    total, channels, grid_offset = 9600, 1, 7

    def render(self, start: int, stop: int) -> np.ndarray:
        return np.arange(start, stop, dtype=np.float32)[:, np.newaxis]

    def range_key(self, start: int, stop: int) -> str:
        return f"{start} {stop}"

    def regions(self) -> list[Region]:
        return [Region(0, 4800, SILENCE_LOOP), Region(4800, 7200, ""), Region(7200, 9600, "rain", 1200)]

    def render_loop(self, loop_key: str, start: int, stop: int) -> np.ndarray:
        assert loop_key == "rain"
        return self.render(start, stop)


def test_an_attenuated_source_is_quieter_and_has_keys_of_its_own() -> None:
    quieter, other = AttenuatedSource(Ramp(), 6.02), AttenuatedSource(Ramp(), 1.0)
    assert np.allclose(quieter.render(100, 200), Ramp().render(100, 200) / 2, rtol=1e-3)
    assert len({source.range_key(0, 9) for source in (Ramp(), quieter, other)}) == 3
    silence, changing, loop = quieter.regions()
    assert (silence, changing) == tuple(Ramp().regions()[:2])
    assert loop.loop_key not in {"rain", other.regions()[2].loop_key}
    assert np.allclose(quieter.render_loop(loop.loop_key, 0, 50), Ramp().render(0, 50) / 2, rtol=1e-3)
