"""Chimes: exactly as long as asked, soft at both edges, never louder than they should be, the pitch that was meant."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voiceguide.audio.chimes.presets import CHIMES
from voiceguide.audio.chimes.synthesis import make_chime
from voiceguide.audio.loudness import integrated_loudness, true_peak_db
from voiceguide.errors import AudioFileError
from voiceguide.units import SAMPLE_RATE

EVERY_CHIME = pytest.mark.parametrize("name", CHIMES)
LENGTHS = pytest.mark.parametrize("seconds", [0.75, 2.0, 6.0])


@settings(max_examples=30, deadline=None)
@given(name=st.sampled_from(sorted(CHIMES)), frames=st.integers(0, 3 * SAMPLE_RATE))
def test_as_long_as_asked_and_silent_at_both_ends(name: str, frames: int) -> None:
    sound = make_chime(name, frames / SAMPLE_RATE)
    assert sound.shape == (frames, 2)
    assert sound.dtype == np.float32
    assert not np.any(sound[:1])
    assert not np.any(sound[-1:])


@EVERY_CHIME
@LENGTHS
def test_never_a_sudden_sound(name: str, seconds: float) -> None:
    sound = make_chime(name, seconds)
    assert true_peak_db(sound) <= -11.9
    assert -32 <= integrated_loudness(sound) <= -25.95
    first_millisecond = np.abs(sound[: SAMPLE_RATE // 1000]).max()
    assert first_millisecond < 0.45 * np.abs(sound).max()


@EVERY_CHIME
@LENGTHS
def test_dies_away_before_it_is_taken_away(name: str, seconds: float) -> None:
    """The last tenth is 25 dB under the first, so that no one hears an end."""
    energies = [float((part**2).mean()) for part in np.array_split(make_chime(name, seconds), 10)]
    assert 10 * math.log10(max(energies) / (energies[-1] + 1e-30)) > 25


@EVERY_CHIME
@LENGTHS
def test_is_damped_to_fit_its_time(name: str, seconds: float) -> None:
    """Where the last fade sets in, little is left to be faded: a hand on the bell, not a hand on the volume."""
    level = np.abs(make_chime(name, seconds)).max(axis=1)
    before_fade = level[int(0.57 * len(level)) : int(0.65 * len(level))]
    assert 20 * math.log10(level.max() / (before_fade.max() + 1e-12)) > 12


@EVERY_CHIME
def test_heard_alike_on_one_speaker(name: str) -> None:
    sound = make_chime(name, 2.0)
    lost = 10 * math.log10(float((sound.mean(axis=1) ** 2).mean() / (sound**2).mean()))
    assert lost > -1.0
    assert np.any(sound[:, 0] != sound[:, 1])


@pytest.mark.parametrize(("name", "pitch_hz"), [("bell", 528), ("bowl", 196), ("wood", 415)])
def test_sounds_at_its_pitch(name: str, pitch_hz: float) -> None:
    spectrum = np.abs(np.fft.rfft(make_chime(name, 4.0).mean(axis=1)))
    assert np.argmax(spectrum) / 4.0 == pytest.approx(pitch_hz, abs=4)


def test_wood_is_a_knock_and_the_others_ring() -> None:
    def heard_s(name: str) -> float:
        level = np.abs(make_chime(name, 6.0)).max(axis=1)
        return float(np.flatnonzero(level > level.max() / 10)[-1]) / SAMPLE_RATE

    assert heard_s("wood") < 0.4
    assert heard_s("bell") > 1.0
    assert heard_s("bowl") > 1.5


@EVERY_CHIME
def test_the_same_each_time(name: str) -> None:
    assert make_chime(name, 2.0).tobytes() == make_chime(name, 2.0).tobytes()


def test_unknown_name() -> None:
    with pytest.raises(AudioFileError) as refused:
        make_chime("gong", 2.0)
    assert str(refused.value) == 'There is no chime "gong". Choose one of bell, bowl, wood, or none.'


def test_names_are_read_without_numpy() -> None:
    """`voiceguide check` looks at names only, and must not wait for numpy."""
    script = "import sys, voiceguide.audio.chimes.presets; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
