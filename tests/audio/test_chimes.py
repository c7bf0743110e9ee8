"""Chimes have the exact length, soft edges, a limited loudness and the right pitch."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import voiceguide
from voiceguide.audio.array_type import Samples
from voiceguide.audio.chimes.breath_noise import synthesize_breath_noise
from voiceguide.audio.chimes.breath_tones import synthesize_breath_tone
from voiceguide.audio.chimes.presets import CHIMES
from voiceguide.audio.chimes.synthesis import fit_recorded_chime, synthesize_chime
from voiceguide.audio.loudness import integrated_loudness, true_peak_db
from voiceguide.builtin_names import CHIME_LUFS
from voiceguide.speech.preview import encode_wav
from voiceguide.units import SAMPLE_RATE, db_to_gain, gain_to_db, seconds_to_samples

EVERY_CHIME = pytest.mark.parametrize("name", CHIMES)
LENGTHS = pytest.mark.parametrize("seconds", [0.75, 2.0, 6.0])


def make_chime(name: str, seconds: float) -> Samples:
    return synthesize_chime(CHIMES[name], seconds_to_samples(seconds))


@settings(max_examples=30, deadline=None)
@given(name=st.sampled_from(sorted(CHIMES)), frames=st.integers(0, 3 * SAMPLE_RATE))
def test_exact_length_and_silent_at_both_ends(name: str, frames: int) -> None:
    chime = synthesize_chime(CHIMES[name], frames)
    assert chime.shape == (frames, 2)
    assert chime.dtype == np.float32
    assert not np.any(chime[:1])
    assert not np.any(chime[-1:])


@EVERY_CHIME
@LENGTHS
def test_soft_attack_and_limited_level(name: str, seconds: float) -> None:
    chime = make_chime(name, seconds)
    assert true_peak_db(chime) <= -11.9
    assert -32 <= integrated_loudness(chime) <= -25.95
    first_millisecond = np.abs(chime[: SAMPLE_RATE // 1000]).max()
    assert first_millisecond < 0.45 * np.abs(chime).max()


@EVERY_CHIME
@LENGTHS
def test_decays_before_it_ends(name: str, seconds: float) -> None:
    """The last tenth is at least 25 dB below the loudest, so that the end is inaudible."""
    energies = [float((part**2).mean()) for part in np.array_split(make_chime(name, seconds), 10)]
    assert 10 * math.log10(max(energies) / (energies[-1] + 1e-30)) > 25


@EVERY_CHIME
@LENGTHS
def test_is_damped_to_fit_its_length(name: str, seconds: float) -> None:
    """When the fade-out starts, little is left to fade: it sounds like a hand on the bell, not on the volume knob."""
    level = np.abs(make_chime(name, seconds)).max(axis=1)
    before_fade = level[int(0.57 * len(level)) : int(0.65 * len(level))]
    assert 20 * math.log10(level.max() / (before_fade.max() + 1e-12)) > 12


@EVERY_CHIME
def test_mono_compatible(name: str) -> None:
    chime = make_chime(name, 2.0)
    lost = 10 * math.log10(float((chime.mean(axis=1) ** 2).mean() / (chime**2).mean()))
    assert lost > -1.0
    assert np.any(chime[:, 0] != chime[:, 1])


@pytest.mark.parametrize(("name", "pitch_hz"), [("bell", 528), ("bowl", 196), ("wood", 415)])
def test_sounds_at_its_pitch(name: str, pitch_hz: float) -> None:
    spectrum = np.abs(np.fft.rfft(make_chime(name, 4.0).mean(axis=1)))
    assert np.argmax(spectrum) / 4.0 == pytest.approx(pitch_hz, abs=4)


def test_wood_is_a_knock_and_the_others_ring() -> None:
    def audible_s(name: str) -> float:
        level = np.abs(make_chime(name, 6.0)).max(axis=1)
        return float(np.flatnonzero(level > level.max() / 10)[-1]) / SAMPLE_RATE

    assert audible_s("wood") < 0.4
    assert audible_s("bell") > 1.0
    assert audible_s("bowl") > 1.5


@EVERY_CHIME
def test_the_same_each_time(name: str) -> None:
    assert make_chime(name, 2.0).tobytes() == make_chime(name, 2.0).tobytes()


def test_names_are_read_without_numpy() -> None:
    """`voiceguide check` needs only the names and must not wait for numpy."""
    script = "import sys, voiceguide.audio.chimes.presets; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@pytest.mark.parametrize(("name", "first_hz", "last_hz"), [("breathe in", 175, 262), ("breathe out", 262, 175)])
@pytest.mark.parametrize("seconds", [0.9, 3.9, 20.0])
def test_the_tones_of_a_breath_glide_softly(name: str, first_hz: float, last_hz: float, seconds: float) -> None:
    tone = synthesize_breath_tone(name, seconds_to_samples(seconds))
    assert tone.shape == (seconds_to_samples(seconds), 2)
    assert np.abs(tone[[0, -1]]).max() < 1e-5
    assert integrated_loudness(tone) == pytest.approx(CHIME_LUFS - 4, abs=0.1)
    assert true_peak_db(tone) < -12
    fifth = len(tone) // 5
    for part, hertz in ((tone[:fifth], first_hz), (tone[-fifth:], last_hz)):
        spectrum = np.abs(np.fft.rfft(part[:, 0] * np.hanning(len(part)), 1 << 19))
        assert np.argmax(spectrum) * SAMPLE_RATE / (1 << 19) == pytest.approx(hertz, rel=0.05)


@pytest.mark.parametrize(("name", "peak"), [("breath in", 0.62), ("breath out", 0.3)])
@pytest.mark.parametrize("seconds", [0.9, 2.0, 6.0])
def test_the_sound_of_a_breath_swells_and_falls(name: str, peak: float, seconds: float) -> None:
    frames = seconds_to_samples(seconds)
    noise = synthesize_breath_noise(name, frames)
    assert noise.shape == (frames, 2)
    assert noise.tobytes() == synthesize_breath_noise(name, frames).tobytes()
    assert np.abs(noise[[0, -1]]).max() < 1e-4
    assert integrated_loudness(noise) == pytest.approx(CHIME_LUFS, abs=0.1)
    assert true_peak_db(noise) < -8
    lost_db = 10 * math.log10(float((noise.mean(axis=1) ** 2).mean() / (noise**2).mean()))
    assert lost_db > -1
    level_db = [10 * math.log10(float((part**2).mean())) for part in np.array_split(noise, 10)]
    loudest = int(np.argmax(level_db))
    assert abs((loudest + 0.5) / 10 - peak) < 0.2
    assert min(level_db[0], level_db[-1]) < level_db[loudest] - 12
    assert max(level_db[0], level_db[-1]) < level_db[loudest] - 8


def test_a_breath_in_is_brighter_than_a_breath_out_and_has_no_pitch() -> None:
    centers = []
    for name in ("breath in", "breath out"):
        power = np.abs(np.fft.rfft(synthesize_breath_noise(name, 4 * SAMPLE_RATE)[:, 0])) ** 2
        hertz = np.fft.rfftfreq(4 * SAMPLE_RATE, 1 / SAMPLE_RATE)
        centers.append(float((power * hertz).sum() / power.sum()))
        inside = (hertz > 300) & (hertz < 7000)
        assert power[inside].sum() > 0.9 * power.sum()
        assert power.max() < 0.01 * power.sum()
    assert centers[0] > 1.4 * centers[1]


@pytest.mark.parametrize("recorded_s", [1.0, 2.0, 8.0])
@pytest.mark.parametrize("gain", [0.001, 1.0])
def test_a_recorded_chime_fits_and_is_as_loud_as_the_others(recorded_s: float, gain: float) -> None:
    times = np.arange(seconds_to_samples(recorded_s)) / SAMPLE_RATE
    recording = np.asarray(gain * np.sin(2 * np.pi * 440 * times) * np.exp(-times), np.float32)
    chime = fit_recorded_chime(recording, 2 * SAMPLE_RATE)
    assert chime.shape == (2 * SAMPLE_RATE, 1)
    assert true_peak_db(chime) <= -11.9
    assert -32 <= integrated_loudness(chime) <= -25.95
    assert np.abs(chime[-1]).max() < 0.01 * np.abs(chime).max() or recorded_s == 2.0
    assert np.argmax(np.abs(chime)) < 100, "the attack is preserved"


@pytest.mark.parametrize(
    ("chime", "bed", "louder_db"),
    [
        ("{sound: bowl, level: -20}", "none", -12.0),
        ("{sound: ring.wav, level: -20}", "none", -12.0),
        ("{sound: bowl, level: -2}", "{sound: brown, level: -20}", 6.0),
        ("{sound: bell, level: -2}", "{sound: brown, level: 0}", 0.26),  # a louder one would clip
    ],
)
def test_a_chime_has_the_level_in_the_script(chime: str, bed: str, louder_db: float, tmp_path: Path) -> None:
    times = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    ring = np.asarray(0.6 * np.sin(2 * np.pi * 440 * times) * np.exp(-4 * times), np.float32)
    (tmp_path / "ring.wav").write_bytes(encode_wav(ring, SAMPLE_RATE))

    def rendered(chime: str) -> Samples:
        step = f"{{say: Hello., for: 12s, cues: [{{at: 5s, chime: {chime}}}]}}"
        head = f"voiceguide: 1\ntitle: T\nvoice: tone\nchime: none\nbed: {bed}\n"
        routine = voiceguide.loads(f"{head}stages: [{{stage: A, steps: [{step}]}}]", base_dir=tmp_path)
        with routine.render() as rendering:
            return rendering.read(0, 12 * SAMPLE_RATE)

    silent, usual, own = rendered("none"), rendered(chime.split()[1].rstrip(",")), rendered(chime)
    assert np.abs(own).max() < db_to_gain(-1.0)
    at = slice(5 * SAMPLE_RATE, 7 * SAMPLE_RATE)
    change_db = gain_to_db(float(np.abs((own - silent)[at]).max() / np.abs((usual - silent)[at]).max()))
    assert change_db == pytest.approx(louder_db, abs=0.1)
