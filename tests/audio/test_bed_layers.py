"""A bed of several sounds is one loop: seamless, leveled, and long enough for each of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.support.long_forms import long
from voiceguide.audio.beds import LOOP_LUFS
from voiceguide.audio.beds.building_blocks import fold_end_into_start
from voiceguide.audio.beds.layers import LayerLoop, joins_of_mix, mix_layers
from voiceguide.audio.beds.leveling import bed_loudness
from voiceguide.audio.beds.loader import are_beds_cached, load_bed_loop, prefetching_beds
from voiceguide.audio.mixer.cell_order import CELL_SAMPLES, order_of_cells
from voiceguide.builtin_names import BEDS
from voiceguide.errors import AudioFileError
from voiceguide.phone.bed_loops import DIP_DB, DIP_FRAMES, LoopSource, join_dip
from voiceguide.system.disk_cache import DiskCache, cache_folder
from voiceguide.timeline.model import BedSettings
from voiceguide.units import SAMPLE_RATE

MUSIC = [name for name, bed in BEDS.items() if bed.joins == "cells"]


def noise(seconds: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((int(seconds * SAMPLE_RATE), 2)).astype(np.float32) * np.float32(
        0.03
    )


@pytest.mark.parametrize(
    ("lengths_s", "mix_s"), [((24, 48), 48), ((24, 24), 24), ((24, 61), 60), ((7, 24), 24), ((5, 7), 7)]
)
def test_a_mix_is_as_long_as_its_longest_sound_on_a_grid_of_twelve_seconds(
    lengths_s: tuple[float, float], mix_s: float
) -> None:
    mixed = mix_layers([LayerLoop(noise(seconds, seed), 0, "even") for seed, seconds in enumerate(lengths_s)])
    assert len(mixed) == mix_s * SAMPLE_RATE
    assert bed_loudness(mixed) == pytest.approx(LOOP_LUFS, abs=0.01)
    edge = np.sqrt((np.concatenate([mixed[-480:], mixed[:480]]) ** 2).mean())
    assert 0.7 < edge / np.sqrt((mixed**2).mean()) < 1.4


def test_the_end_of_a_cut_sound_is_folded_into_its_start() -> None:
    """The loop continues into what followed it, at the same level throughout."""
    samples = noise(6, seed=1)
    length, fade = 4 * SAMPLE_RATE, SAMPLE_RATE
    after = samples[length : length + fade].copy()
    loop = fold_end_into_start(samples.copy(), length, fade)
    assert loop.shape == (length, 2)
    assert np.abs(loop[:10] - after[:10]).max() < 1e-3 * np.abs(samples).max()
    assert (loop[fade:] == samples[fade:length]).all()
    powers = (loop**2).reshape(-1, SAMPLE_RATE // 4 * 2).mean(axis=1)
    assert powers == pytest.approx(np.full(len(powers), (samples**2).mean()), rel=0.1)


def test_levels_are_relative_to_each_other() -> None:
    tone = np.sin(np.arange(12 * SAMPLE_RATE) * 2 * np.pi * 1000 / SAMPLE_RATE).astype(np.float32) * np.float32(0.1)
    loops = [np.stack([tone, tone * 0], 1), np.stack([tone * 0, tone], 1)]
    mixed = mix_layers([LayerLoop(loops[0], 0, "even"), LayerLoop(loops[1], -8, "even")])
    left, right = np.sqrt((mixed**2).mean(axis=0))
    assert 20 * np.log10(left / right) == pytest.approx(8, abs=0.1)


def test_a_mix_jumps_only_where_each_of_its_sounds_can() -> None:
    assert joins_of_mix(["even", "even"]) == "even"
    assert joins_of_mix(["even", "swelling"]) == "swelling"
    assert joins_of_mix(["cells", "cells"]) == "cells"
    for other in ("even", "swelling", "none"):
        assert joins_of_mix([other, "cells"]) == "none"
    assert joins_of_mix(["even", "none"]) == "none"


@long
def test_cells_stay_whole() -> None:
    cache = DiskCache(cache_folder())
    mixed = load_bed_loop("pads+harp:-4", Path, cache)
    assert mixed.joins == "cells"
    assert len(mixed.loop) % CELL_SAMPLES == 0
    assert mixed.content_key != load_bed_loop("pads+harp:-3", Path, cache).content_key


@long
@pytest.mark.parametrize("bed", [*MUSIC, "pads+harp:-4", "brown+kalimba"])
def test_no_join_is_a_larger_step_than_those_in_the_loop(bed: str) -> None:
    """Noise has no home, so between two cells it would jump and click."""
    mixed = load_bed_loop(bed, Path, DiskCache(cache_folder()))
    order = np.array(order_of_cells(mixed.joins, len(mixed.loop)), np.int64)
    largest = np.abs(np.diff(mixed.loop, axis=0, append=mixed.loop[:1])).max()
    ends, starts = mixed.loop[(order + 1) * CELL_SAMPLES - 1], mixed.loop[np.roll(order, -1) * CELL_SAMPLES]
    assert np.abs(starts - ends).max(initial=0) <= largest


def test_the_phone_dips_where_a_mix_of_music_and_noise_has_to_jump() -> None:
    mixed = load_bed_loop("brown+kalimba", Path, DiskCache(cache_folder()))
    assert LoopSource(2, {"brown+kalimba": mixed}).loop(BedSettings("brown+kalimba", -20, -6)).order == ()
    assert join_dip(mixed.joins) == {"dip_db": DIP_DB, "dip_frames": DIP_FRAMES}


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
