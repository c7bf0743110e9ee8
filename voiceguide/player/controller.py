"""One sitting: a player, the keys that steer it, and what is shown meanwhile."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TextIO

from voiceguide.player.keyboard import KeyReader
from voiceguide.player.playback_source import PlaybackSource
from voiceguide.player.progressive_source import ProgressiveSource
from voiceguide.player.terminal_ui import Screen, render_screen, replace_unprintable
from voiceguide.player.transport import BLOCK_SAMPLES, Player, PlayerStatus
from voiceguide.units import SAMPLE_RATE, format_clock

__all__ = ["PlaybackController"]

POLL_INTERVAL_S = 0.1
MESSAGE_DURATION_S = 4.0
RESTART_THRESHOLD_SAMPLES = 3 * SAMPLE_RATE
"""Going back within this many samples of a start goes to what is before it."""
LENGTH_CHANGE_S = 10
DEVICE_TIMEOUT_S = 3.0
"""A device that takes nothing for so long has gone, whether or not anybody was told."""


@dataclass
class _Message:
    text: str = ""
    until_s: float = 0.0


class PlaybackController:
    """Plays until the end or until somebody leaves; `live` is None for a finished file."""

    def __init__(self, player: Player, progressive_source: ProgressiveSource | None) -> None:
        self.player = player
        self._progressive_source = progressive_source
        self._message = _Message()
        self._help_visible = False
        self._quit_requested = False
        self._error: BaseException | None = None
        self._last_poll_s = self._polling_since_s = time.monotonic()

    def start_buffering(self) -> None:
        """Speak the rest in a thread of its own; what goes wrong there is told by the sitting."""

        def settle() -> None:
            assert self._progressive_source is not None
            try:
                self._progressive_source.buffer_rest(self.player.replace_source)
            except BaseException as error:
                self._error = error

        threading.Thread(target=settle, name="settling", daemon=True).start()

    def handle_device_lost(self) -> None:
        """The device has gone."""
        self.player.pause("Paused, since the sound device has gone. Connect it and start again with --resume.")

    def run_interactive(self, screen: Screen, keys: KeyReader) -> PlayerStatus:
        """Play with a screen and keys. Where it was left."""
        while True:
            place = self._poll_status()
            if place.ended or self._quit_requested:
                return place
            columns, rows = screen.size()
            told = self._message.text if time.monotonic() < self._message.until_s else ""
            screen.show(render_screen(place, columns, rows, told, self._help_visible))
            for key in keys.wait_for_actions(POLL_INTERVAL_S):
                self._handle_action(key)

    def run_plain(self, out: TextIO) -> PlayerStatus:
        """Play without keys; a line as each step begins."""
        shown = -1
        told = ""
        while True:
            place = self._poll_status()
            number = place.source.step_index_at(place.position)
            if number != shown and not place.ended:
                shown = number
                stage, words = place.source.stage_at(place.position), place.source.caption_at(place.position)
                out.write(
                    f"{format_clock(place.position)}  {replace_unprintable(stage.title)}: {replace_unprintable(words)}\n"
                )
                out.flush()
            if place.pause_reason and place.pause_reason != told:
                told = place.pause_reason
                out.write(f"{told}\n")
                out.flush()
            if place.ended or (told and not place.playing):
                return place
            time.sleep(POLL_INTERVAL_S)

    def _poll_status(self) -> PlayerStatus:
        """Where it is. A machine that slept is noticed by the player, when the device asks again."""
        if self._error is not None:
            raise self._error
        place = self.player.status()
        now_s = time.monotonic()
        if now_s - self._last_poll_s > DEVICE_TIMEOUT_S / 2:  # we were not running ourselves, so nor was the device
            self._polling_since_s = now_s
        self._last_poll_s = now_s
        if (
            place.playing
            and self.player.device_idle_s > DEVICE_TIMEOUT_S
            and now_s - self._polling_since_s > DEVICE_TIMEOUT_S
        ):
            self.handle_device_lost()
            place = self.player.status()
        return place

    def _handle_action(self, key: str) -> None:
        place = self._poll_status()
        if key == "leave":
            self._quit_requested = True
        elif key == "help":
            self._help_visible = not self._help_visible
        elif key == "pause":
            (self.player.pause if place.playing else self.player.resume)()
        elif key in ("longer", "shorter"):
            self._change_step_length(place, LENGTH_CHANGE_S if key == "longer" else -LENGTH_CHANGE_S)
        elif key == "repeat":
            self._repeat_instruction(place)
        else:
            self.player.seek(_seek_target(place, key))

    def _change_step_length(self, place: PlayerStatus, seconds: int) -> None:
        if self._progressive_source is None:
            self._show_message("A finished file keeps its times. Play the routine to change them.")
            return
        score = self._progressive_source.change_step_length(place.source, place.position, seconds)
        if score is None:
            self._show_message("Not yet: the words are still being made.")
            return
        change = (score.timeline.total - place.source.timeline.total) / SAMPLE_RATE
        self.player.replace_source(score)
        step = replace_unprintable(score.step_at(place.position).name)
        self._show_message(f"{change:+.0f} s: {step}" if abs(change) >= 1 else f"{step} cannot be shorter now.")

    def _repeat_instruction(self, place: PlayerStatus) -> None:
        score = (
            self._progressive_source.repeat_instruction(place.source, place.position)
            if self._progressive_source and self._progressive_source.can_edit_steps
            else None
        )
        if score is not None:
            self.player.replace_source(score)
            self._show_message("Once more.")
        else:
            self.player.seek(place.source.step_at(place.position).start)
            self._show_message("The step from its start.")

    def _show_message(self, text: str) -> None:
        self._message = _Message(text, time.monotonic() + MESSAGE_DURATION_S)


def _seek_target(status: PlayerStatus, action: str) -> int:
    """Where a key goes, in samples."""
    score, position = status.source, status.position
    starts = score.step_starts if action.endswith("step") or action.startswith("step") else _stage_starts(score)
    if action.startswith("next"):
        return next((start for start in starts if start > position), score.timeline.total - BLOCK_SAMPLES)
    return next((start for start in reversed(starts) if start <= max(position - RESTART_THRESHOLD_SAMPLES, 0)), 0)


def _stage_starts(source: PlaybackSource) -> list[int]:
    return [stage.start for stage in source.timeline.stages]
