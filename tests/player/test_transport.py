"""The transport: blocks are the mix sample by sample, changes go over without a cut, pauses and jumps fade."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from voiceguide.audio.mixer.session_mix import mix_session
from voiceguide.pipeline.bundled_routines import find_routine
from voiceguide.pipeline.override_options import open_builder
from voiceguide.pipeline.session_builder import SessionBuilder
from voiceguide.player.playback_source import PlaybackSource, Samples, map_position
from voiceguide.player.progressive_source import ProgressiveSource, lock_lengths
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
def opened(folder: Path, text: str = SCRIPT) -> Iterator[SessionBuilder]:
    script = folder / "s.yaml"
    script.write_text(text, encoding="utf-8")
    with open_builder(load_script(script), {}) as session:
        yield session


@contextmanager
def playing(score: PlaybackSource, position: int = 0, clock: Callable[[], float] = lambda: 0.0) -> Iterator[Player]:
    player = Player(score, 2, position, clock)
    try:
        yield player
    finally:
        player.close()


def heard(player: Player, samples: int) -> Samples:
    """So many samples, never asked for faster than they are made."""
    parts = []
    while samples > 0:
        part = min(samples, 1920)
        _lie_ready(player, part)
        parts.append(player.read_frames(part))
        samples -= part
    return np.concatenate(parts)


def _lie_ready(player: Player, samples: int) -> None:
    until = time.monotonic() + 5
    while (
        sum(len(block.samples) for block in player._buffer) < samples
        and player._render_position < player._render_source.buffered_until
    ):
        assert time.monotonic() < until, "no sound is made"
        time.sleep(0.001)


def at_rest(player: Player) -> None:
    """Wait until a change has been gone over to."""
    until = time.monotonic() + 5
    while player._pending is not None and player._pending.switch_position <= player._render_position:
        assert time.monotonic() < until
        time.sleep(0.001)


def test_the_blocks_are_the_mix_sample_by_sample(tmp_path: Path) -> None:
    with opened(tmp_path) as session:
        score = ProgressiveSource(session).complete_source()
        whole = mix_session(session.exact_timeline(), session.narrator, session.load_bed, grid_offset=0).render(
            0, 12 * S
        )
        with playing(score) as player:
            sound = heard(player, 12 * S)
    assert np.array_equal(sound[FADE_SAMPLES:], whole[FADE_SAMPLES:])


def test_ten_seconds_more_are_the_mix_of_the_changed_timeline_from_there_on(tmp_path: Path) -> None:
    with opened(tmp_path) as session:
        live = ProgressiveSource(session)
        score = live.complete_source()
        with playing(score, 8 * S) as player:
            before = heard(player, S // 2)
            changed = live.change_step_length(score, 8 * S + S // 2, 10)
            assert changed is not None
            player.replace_source(changed)
            at_rest(player)
            after = heard(player, 16 * S)
            place = player.status()
    assert changed.timeline.total == score.timeline.total + 10 * S
    assert [cue.start for cue in changed.timeline.stages[0].steps[0].cues][1] == 20 * S, "still thirty seconds before"
    assert changed.timeline.stages[0].steps[1].start == 50 * S
    assert np.array_equal(before[FADE_SAMPLES:], score.audio.render(8 * S, 8 * S + S // 2)[FADE_SAMPLES:])
    wanted = changed.audio.render(8 * S + S // 2, 24 * S + S // 2)
    assert np.array_equal(after[S:], wanted[S:])
    assert np.abs(after - wanted).max() < 1e-5
    assert place.position == 24 * S + S // 2


def test_words_being_spoken_are_never_cut_by_a_change(tmp_path: Path) -> None:
    with opened(tmp_path) as session:
        live = ProgressiveSource(session)
        score = live.complete_source()
        cue = score.timeline.stages[0].steps[0].cues[1]
        now = cue.start + cue.length // 4
        with playing(score, now) as player:
            heard(player, 1920)
            changed = live.change_step_length(score, now + 1920, 10)
            assert changed is not None
            player.replace_source(changed)
            at_rest(player)
            sound = heard(player, cue.end - now - 1920)
    wanted = score.audio.render(now + 1920, cue.end)
    assert np.abs(sound - wanted).max() < 1e-6


def test_a_step_is_never_shorter_than_what_is_over_of_it(tmp_path: Path) -> None:
    with opened(tmp_path) as session:
        live = ProgressiveSource(session)
        score = live.complete_source()
        for _ in range(5):
            changed = live.change_step_length(score, 15 * S, -10)
            assert changed is not None
            score = changed
        assert score.timeline.stages[0].steps[0].length == 17 * S
        assert score.timeline.estimated is False


@pytest.mark.parametrize("name", ["foot-massage", "box-breathing", "reflexology"])
def test_a_frozen_plan_is_the_same_timeline(name: str) -> None:
    with open_builder(load_script(find_routine(name)), {"voice": "tone/tone", "total": "29m"}) as session:
        timeline = session.exact_timeline()
        again = schedule(lock_lengths(session.arrangement, timeline), session.narrator.measure, session.phrases)
    assert again.stages == timeline.stages
    assert again.total == timeline.total


def test_pause_fades_and_the_time_stands(tmp_path: Path) -> None:
    with opened(tmp_path) as session, playing(ProgressiveSource(session).complete_source(), 5 * S) as player:
        heard(player, S)
        player.pause()
        fading = player.read_frames(4800)
        stood = player.status().position
        assert np.abs(fading[:FADE_SAMPLES]).max() > 1e-4
        assert np.abs(fading[FADE_SAMPLES:]).max() == 0
        assert np.abs(player.read_frames(48_000)).max() == 0
        assert player.status().position == stood == 6 * S + FADE_SAMPLES
        player.resume()
        assert np.abs(heard(player, 4800)).max() > 1e-4


@pytest.mark.parametrize("target", [0, 30 * S, 55 * S])
def test_a_jump_fades_out_and_in_and_goes_on_there(tmp_path: Path, target: int) -> None:
    with opened(tmp_path) as session:
        score = ProgressiveSource(session).complete_source()
        with playing(score, 12 * S) as player:
            first = heard(player, S)
            player.seek(target)
            fading = player.read_frames(FADE_SAMPLES)
            sound = heard(player, S)
            assert player.status().position == target + S
    assert np.abs(np.diff(np.concatenate([first, fading, sound]), axis=0)).max() < 0.2
    assert np.array_equal(sound[FADE_SAMPLES:], score.audio.render(target, target + S)[FADE_SAMPLES:])


def test_a_machine_that_slept_pauses(tmp_path: Path) -> None:
    now = [0.0]
    with (
        opened(tmp_path) as session,
        playing(ProgressiveSource(session).complete_source(), clock=lambda: now[0]) as player,
    ):
        heard(player, BLOCK_SAMPLES)
        now[0] = 2.5
        assert np.abs(player.read_frames(BLOCK_SAMPLES)).max() == 0
        place = player.status()
    assert (place.playing, place.pause_reason, place.position) == (
        False,
        "Paused, since the machine was asleep.",
        BLOCK_SAMPLES,
    )


def test_it_ends_at_the_total(tmp_path: Path) -> None:
    with opened(tmp_path) as session:
        score = ProgressiveSource(session).complete_source()
        with playing(score, score.timeline.total - S) as player:
            heard(player, S)
            assert player.status().ended
            assert np.abs(player.read_frames(BLOCK_SAMPLES)).max() == 0


def test_nothing_heard_changes_while_the_rest_is_made(tmp_path: Path) -> None:
    words = "\n".join(f'      - {{say: "Number {n} is a step with words of its own.", pause: 3s}}' for n in range(30))
    text = f"voiceguide: 1\ntitle: Cold {tmp_path}\nvoice: tone/tone\nbed: none\nstages:\n  - stage: One\n    steps:\n"
    with opened(tmp_path, f"{text}{words}\n") as session:
        live = ProgressiveSource(session)
        first = live.initial_source()
        assert first.timeline.estimated
        scores = [first]
        live.buffer_rest(lambda score, blend: scores.append(score))
        assert len(scores) > 2
        for known, better in pairwise(scores):
            assert better.buffered_until > known.buffered_until
            assert map_position(known.buffered_until - S, known, better) == known.buffered_until - S
        assert scores[-1].timeline == session.exact_timeline()
        assert scores[-1].buffered_until == scores[-1].timeline.total
