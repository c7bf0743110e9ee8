"""A bed of several sounds is one loop: seamless, leveled, and long enough for each of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from voiceguide.audio.beds import LOOP_LUFS
from voiceguide.audio.beds.layers import GRID_SAMPLES, LayerLoop, joins_of_mix, mix_layers
from voiceguide.audio.beds.leveling import bed_loudness
from voiceguide.audio.beds.loader import are_beds_cached, load_bed_loop, prefetching_beds
from voiceguide.builtin_names import BEDS
from voiceguide.errors import AudioFileError
from voiceguide.system.disk_cache import DiskCache, cache_folder
from voiceguide.units import SAMPLE_RATE


def noise(seconds: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((int(seconds * SAMPLE_RATE), 2)).astype(np.float32) * np.float32(
        0.03
    )


@pytest.mark.parametrize(
    ("lengths_s", "mix_s"), [((60, 120), 120), ((60, 60), 60), ((60, 205), 204), ((7, 60), 60), ((5, 7), 7)]
)
def test_a_mix_is_as_long_as_its_longest_sound_on_a_grid_of_twelve_seconds(
    lengths_s: tuple[float, float], mix_s: float
) -> None:
    mixed = mix_layers([LayerLoop(noise(seconds, seed), 0, "even") for seed, seconds in enumerate(lengths_s)])
    assert len(mixed) == mix_s * SAMPLE_RATE
    assert bed_loudness(mixed) == pytest.approx(LOOP_LUFS, abs=0.01)
    edge = np.sqrt((np.concatenate([mixed[-480:], mixed[:480]]) ** 2).mean())
    assert 0.7 < edge / np.sqrt((mixed**2).mean()) < 1.4


def test_levels_are_relative_to_each_other() -> None:
    tone = np.sin(np.arange(12 * SAMPLE_RATE) * 2 * np.pi * 1000 / SAMPLE_RATE).astype(np.float32) * np.float32(0.1)
    loops = [np.stack([tone, tone * 0], 1), np.stack([tone * 0, tone], 1)]
    mixed = mix_layers([LayerLoop(loops[0], 0, "even"), LayerLoop(loops[1], -8, "even")])
    left, right = np.sqrt((mixed**2).mean(axis=0))
    assert 20 * np.log10(left / right) == pytest.approx(8, abs=0.1)


def test_a_mix_jumps_only_where_each_of_its_sounds_can() -> None:
    assert joins_of_mix(["even", "even"]) == "even"
    assert joins_of_mix(["even", "cells"]) == "cells"
    assert joins_of_mix(["swelling", "cells"]) == "swelling"
    assert joins_of_mix(["even", "none", "cells"]) == "none"


def test_cells_stay_whole() -> None:
    cache = DiskCache(cache_folder())
    mixed = load_bed_loop("brown+pads", Path, cache)
    assert mixed.joins == "cells"
    assert len(mixed.loop) % GRID_SAMPLES == 0
    assert mixed.content_key != load_bed_loop("brown+pads:-3", Path, cache).content_key


def test_a_mix_is_prepared_by_the_child_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from voiceguide.audio.beds import loader

    monkeypatch.setattr(loader, "PREFETCH_TIMEOUT_S", 120.0)
    cache = DiskCache(tmp_path)
    with prefetching_beds(["brown+stream:-6", "own.wav+rain"], cache):
        pass
    assert are_beds_cached(["brown+stream:-6", "brown", "stream"], cache)
    assert not are_beds_cached(["rain"], cache)


def test_unknown_sound(tmp_path: Path) -> None:
    with pytest.raises(AudioFileError) as caught:
        load_bed_loop("rain+snow", Path, DiskCache(tmp_path))
    names = ", ".join([*BEDS, "none"])
    assert str(caught.value) == f'Unknown bed "rain+snow". Use an audio file or one of: {names}.'
