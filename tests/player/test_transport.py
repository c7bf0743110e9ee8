"""The transport plays the mix sample by sample, switches sources without cuts, and fades pauses and seeks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.support.timing import wait_for
from voiceguide.audio.mixer.session_mix import mix_session
from voiceguide.pipeline.bundled_routines import find_routine
from voiceguide.pipeline.override_options import open_builder
from voiceguide.pipeline.session_builder import SessionBuilder
from voiceguide.player.playback_source import PlaybackSource, Samples, map_position
from voiceguide.player.progressive_source import ProgressiveSession, with_locked_lengths
from voiceguide.player.transport import BLOCK_SAMPLES, FADE_SAMPLES, Player
from voiceguide.script.loader import load_script
from voiceguide.timeline.scheduling.scheduler import schedule
from voiceguide.units import SAMPLE_RATE

S = SAMPLE_RATE
SCRIPT = """\
voiceguide: 1
title: Played
voice: tone/tone
bed: brown
chime: none
stages:
  - stage: One
    steps:
      - step: soak
        say: Place both feet in the warm water.
        for: 40s
        cues: [{at: 30s left, say: Thirty seconds more.}]
      - {step: dry, say: Dry them well., for: 20s}
  - stage: Two
    steps:
      - {step: rest, say: "Rest. {total} are over.", pause: 20s}
"""


@contextmanager
def open_script(folder: Path, text: str = SCRIPT) -> Iterator[SessionBuilder]:
    script = folder / "s.yaml"
    script.write_text(text, encoding="utf-8")
    with open_builder(load_script(script), {}) as builder:
        yield builder


@contextmanager
def open_player(
    source: PlaybackSource, position: int = 0, clock: Callable[[], float] = lambda: 0.0
) -> Iterator[Player]:
    player = Player(source, 2, position, clock)
    try:
        yield player
    finally:
        player.close()


def read_samples(player: Player, count: int) -> Samples:
    """Read this many samples, never faster than they are rendered."""
    blocks = []
    while count > 0:
        size = min(count, 1920)
        _wait_for_buffer(player, size)
        blocks.append(player.read_frames(size))
        count -= size
    return np.concatenate(blocks)


def _wait_for_buffer(player: Player, count: int) -> None:
    wait_for(
        lambda: (
            sum(len(block.samples) for block in player._buffer) >= count
            or player._render_position >= player._render_source.buffered_until
        ),
        "nothing is rendered",
    )


def wait_for_switch(player: Player) -> None:
    """Wait until a switch that is due has been applied."""
    wait_for(lambda: (switch := player._pending) is None or switch.switch_position > player._render_position)


def test_blocks_equal_the_mix_sample_by_sample(tmp_path: Path) -> None:
    with open_script(tmp_path) as builder:
        source = ProgressiveSession(builder).complete_source()
        whole = mix_session(builder.exact_timeline(), builder.narrator, builder.load_bed, grid_offset=0).render(
            0, 12 * S
        )
        with open_player(source) as player:
            samples = read_samples(player, 12 * S)
    assert np.array_equal(samples[FADE_SAMPLES:], whole[FADE_SAMPLES:])


def test_after_lengthening_a_step_the_mix_of_the_new_timeline_plays(tmp_path: Path) -> None:
    with open_script(tmp_path) as builder:
        progressive = ProgressiveSession(builder)
        source = progressive.complete_source()
        with open_player(source, 8 * S) as player:
            before = read_samples(player, S // 2)
            changed = progressive.change_step_length(source, 8 * S + S // 2, 10)
            assert changed is not None
            player.replace_source(changed)
            wait_for_switch(player)
            after = read_samples(player, 16 * S)
            status = player.status()
    assert changed.timeline.total == source.timeline.total + 10 * S
    assert [cue.start for cue in changed.timeline.stages[0].steps[0].cues][1] == 20 * S, (
        "the cue should stay thirty seconds before the end"
    )
    assert changed.timeline.stages[0].steps[1].start == 50 * S
    assert np.array_equal(before[FADE_SAMPLES:], source.audio.render(8 * S, 8 * S + S // 2)[FADE_SAMPLES:])
    expected = changed.audio.render(8 * S + S // 2, 24 * S + S // 2)
    assert np.array_equal(after[S:], expected[S:])
    assert np.abs(after - expected).max() < 1e-5
    assert status.position == 24 * S + S // 2


def test_a_change_never_cuts_off_speech(tmp_path: Path) -> None:
    with open_script(tmp_path) as builder:
        progressive = ProgressiveSession(builder)
        source = progressive.complete_source()
        cue = source.timeline.stages[0].steps[0].cues[1]
        now = cue.start + cue.length // 4
        with open_player(source, now) as player:
            read_samples(player, 1920)
            changed = progressive.change_step_length(source, now + 1920, 10)
            assert changed is not None
            player.replace_source(changed)
            wait_for_switch(player)
            samples = read_samples(player, cue.end - now - 1920)
    expected = source.audio.render(now + 1920, cue.end)
    assert np.abs(samples - expected).max() < 1e-6


def test_a_step_is_never_shorter_than_the_time_already_played(tmp_path: Path) -> None:
    with open_script(tmp_path) as builder:
        progressive = ProgressiveSession(builder)
        source = progressive.complete_source()
        for _ in range(5):
            changed = progressive.change_step_length(source, 15 * S, -10)
            assert changed is not None
            source = changed
        assert source.timeline.stages[0].steps[0].length == 17 * S
        assert source.timeline.estimated is False


@pytest.mark.parametrize("name", ["foot-massage", "box-breathing"])
def test_locked_lengths_give_the_same_timeline(name: str) -> None:
    with open_builder(load_script(find_routine(name)), {"voice": "tone/tone", "total": "29m"}) as builder:
        timeline = builder.exact_timeline()
        again = schedule(with_locked_lengths(builder.arrangement, timeline), builder.narrator.measure, builder.phrases)
    assert again.stages == timeline.stages
    assert again.total == timeline.total


def test_pause_fades_out_and_holds_the_position(tmp_path: Path) -> None:
    with open_script(tmp_path) as builder, open_player(ProgressiveSession(builder).complete_source(), 5 * S) as player:
        read_samples(player, S)
        _wait_for_buffer(player, FADE_SAMPLES)
        player.pause()
        faded = player.read_frames(4800)
        position = player.status().position
        assert np.abs(faded[:FADE_SAMPLES]).max() > 1e-4
        assert np.abs(faded[FADE_SAMPLES:]).max() == 0
        assert np.abs(player.read_frames(48_000)).max() == 0
        assert player.status().position == position == 6 * S + FADE_SAMPLES
        player.resume()
        assert np.abs(read_samples(player, 4800)).max() > 1e-4


@pytest.mark.parametrize("target", [0, 30 * S, 55 * S])
def test_seek_fades_out_and_in_and_continues_at_the_target(tmp_path: Path, target: int) -> None:
    with open_script(tmp_path) as builder:
        source = ProgressiveSession(builder).complete_source()
        with open_player(source, 12 * S) as player:
            first = read_samples(player, S)
            _wait_for_buffer(player, FADE_SAMPLES)
            player.seek(target)
            faded = player.read_frames(FADE_SAMPLES)
            samples = read_samples(player, S)
            assert player.status().position == target + S
    assert np.abs(np.diff(np.concatenate([first, faded, samples]), axis=0)).max() < 0.2
    assert np.array_equal(samples[FADE_SAMPLES:], source.audio.render(target, target + S)[FADE_SAMPLES:])


def test_the_volume_changes_without_a_click_and_100_percent_changes_nothing(tmp_path: Path) -> None:
    with open_script(tmp_path) as builder:
        source = ProgressiveSession(builder).complete_source()
        with open_player(source, 5 * S) as player:
            full = read_samples(player, S)
            player.set_volume(50)
            softer = read_samples(player, S)
            player.set_volume(-3)
            read_samples(player, 1920)
            silent = read_samples(player, 1920)
            assert player.volume_percent == 0
    expected = source.audio.render(5 * S, 7 * S)
    assert np.array_equal(full[FADE_SAMPLES:], expected[FADE_SAMPLES:S])
    assert np.allclose(softer[1920:], expected[S + 1920 :] / 4, atol=1e-7)
    assert np.abs(np.diff(np.concatenate([full[FADE_SAMPLES:], softer]), axis=0)).max() < 0.2
    assert np.abs(silent).max() == 0


def test_playback_pauses_after_sleep(tmp_path: Path) -> None:
    now = [0.0]
    with (
        open_script(tmp_path) as builder,
        open_player(ProgressiveSession(builder).complete_source(), clock=lambda: now[0]) as player,
    ):
        read_samples(player, BLOCK_SAMPLES)
        now[0] = 2.5
        assert np.abs(player.read_frames(BLOCK_SAMPLES)).max() == 0
        status = player.status()
    assert (status.playing, status.pause_reason, status.position) == (
        False,
        "Paused because the computer was asleep. Resume playback.",
        BLOCK_SAMPLES,
    )


def test_playback_ends_at_the_total(tmp_path: Path) -> None:
    with open_script(tmp_path) as builder:
        source = ProgressiveSession(builder).complete_source()
        with open_player(source, source.timeline.total - S) as player:
            read_samples(player, S)
            assert player.status().ended
            assert np.abs(player.read_frames(BLOCK_SAMPLES)).max() == 0


def test_buffering_does_not_change_what_already_played(tmp_path: Path) -> None:
    words = "\n".join(f'      - {{say: "Number {n} is a step with words of its own.", pause: 3s}}' for n in range(30))
    text = f"voiceguide: 1\ntitle: Cold {tmp_path}\nvoice: tone/tone\nbed: none\nstages:\n  - stage: One\n    steps:\n"
    with open_script(tmp_path, f"{text}{words}\n") as builder:
        progressive = ProgressiveSession(builder)
        first = progressive.initial_source()
        assert first.timeline.estimated
        sources = [first]
        progressive.buffer_rest(lambda source, crossfade_samples: sources.append(source))
        assert len(sources) > 2
        for earlier, later in pairwise(sources):
            assert later.buffered_until > earlier.buffered_until
            assert map_position(earlier.buffered_until - S, earlier, later) == earlier.buffered_until - S
        assert sources[-1].timeline == builder.exact_timeline()
        assert sources[-1].buffered_until == sources[-1].timeline.total
