"""Keyboard control and status display for a player."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TextIO

from voiceguide.player.alternate_screen import Screen
from voiceguide.player.keyboard import KeyReader, suspendable
from voiceguide.player.progressive_source import ProgressiveSession
from voiceguide.player.resume_points import ResumePoint
from voiceguide.player.screen_layout import View, render_screen, replace_unprintable
from voiceguide.player.transport import BLOCK_SAMPLES, Player, PlayerStatus
from voiceguide.units import SAMPLE_RATE, format_clock

__all__ = ["PlaybackController"]

POLL_INTERVAL_S = 0.1
MESSAGE_DURATION_S = 4.0
OFFER_DURATION_S = 15.0
FADE_OUT_S = 0.1
"""How long to wait for the audio to fade out before the program is suspended, to avoid an abrupt cut."""
VOLUME_STEP_PERCENT = 10
RESTART_THRESHOLD_SAMPLES = 3 * SAMPLE_RATE
"""Going back this soon after the start of a step or stage selects the previous one instead of restarting the current
one."""
LENGTH_CHANGE_S = 10
PLAIN_HELP = "Keys: space pause, arrows step and stage, + - 10 s, 9 0 volume, r repeat, q quit"
DEVICE_TIMEOUT_S = 3.0
"""A device that has not read any audio for this long is considered lost, even if it reports no error."""


@dataclass
class _Message:
    text: str = ""
    until_s: float = 0.0


class PlaybackController:
    """Connects a player to the keyboard and the screen.

    Args:
        player: The player to control.
        progressive_source: The session that is being built, or None for a finished file.
        offer: The position where playback last stopped. Pressing Enter in the first few seconds continues from there.
        notice: A message to show first.
    """

    def __init__(
        self,
        player: Player,
        progressive_source: ProgressiveSession | None,
        offer: ResumePoint | None = None,
        notice: str = "",
    ) -> None:
        self.player = player
        self._progressive_source = progressive_source
        self._offer = offer
        self._offer_until_s = time.monotonic() + OFFER_DURATION_S
        self._message = _Message(notice, time.monotonic() + OFFER_DURATION_S if notice else 0.0)
        self._selected_stage: int | None = None
        self._help_visible = False
        self._was_playing = False
        self._quit_requested = False
        self._error: BaseException | None = None
        self._last_poll_s = self._polling_since_s = time.monotonic()

    def start_buffering(self) -> None:
        """Build the rest of the session in a background thread.

        The `run` methods raise any error that occurs in this thread.
        """

        def buffer() -> None:
            assert self._progressive_source is not None
            try:
                self._progressive_source.buffer_rest(self.player.replace_source)
            except BaseException as error:
                self._error = error

        threading.Thread(target=buffer, name="buffering", daemon=True).start()

    def handle_device_lost(self) -> None:
        """Pause playback and show that the audio device was lost."""
        self.player.pause("Paused because the audio device was lost. Reconnect it and resume playback.")

    def run_interactive(self, screen: Screen, key_reader: KeyReader) -> PlayerStatus:
        """Play with a full-screen display and keyboard control. Return the final status."""
        with suspendable(lambda: self._suspend(screen, key_reader), lambda: self._resume(screen, key_reader)):
            while True:
                status = self._poll_status()
                if status.ended or self._quit_requested:
                    return status
                columns, rows = screen.size()
                message = self._message.text if time.monotonic() < self._message.until_s else ""
                view = View(message, self._help_visible, self._selected_stage, screen.glyphs)
                screen.show(render_screen(status, columns, rows, view))
                for action in key_reader.wait_for_actions(POLL_INTERVAL_S):
                    self._handle_action(action)

    def run_plain(self, out: TextIO, key_reader: KeyReader | None = None) -> PlayerStatus:
        """Print one line at the start of each step, without moving the cursor. Return the final status.

        If a key reader is given, keys are handled and their messages are printed.
        """
        printed_step = -1
        printed_message = ""
        printed_reason = ""
        while True:
            status = self._poll_status()
            step_index = status.source.step_index_at(status.position)
            if step_index != printed_step and not status.ended:
                printed_step = step_index
                title = replace_unprintable(status.source.stage_at(status.position).title)
                caption = replace_unprintable(status.source.caption_at(status.position))
                text = title if caption == title else f"{title}: {caption}"
                out.write(f"{format_clock(status.position)}  {text}\n")
                out.flush()
            if status.pause_reason and status.pause_reason != printed_reason:
                printed_reason = status.pause_reason
                out.write(f"{printed_reason}\n")
                out.flush()
            if self._message.text != printed_message:
                printed_message = self._message.text
                out.write(f"{printed_message}\n")
                out.flush()
            if status.ended or self._quit_requested:
                return status
            if key_reader is not None:
                for action in key_reader.wait_for_actions(POLL_INTERVAL_S):
                    self._handle_plain_action(action)
            elif printed_reason and not status.playing:
                return status
            else:
                time.sleep(POLL_INTERVAL_S)

    def _handle_plain_action(self, action: str) -> None:
        """Handle a key when nothing can be drawn. Lists are not available, and changes are reported as messages."""
        if action == "help":
            self._show_message(PLAIN_HELP)
        elif action not in ("stages", "close"):
            self._handle_action(action)
            if action == "pause":
                self._show_message("Playing." if self.player.status().playing else "PAUSED")

    def _suspend(self, screen: Screen, key_reader: KeyReader) -> None:
        """Stop the audio and return the terminal to the shell."""
        self._was_playing = self.player.last_status().playing
        self.player.pause()
        time.sleep(FADE_OUT_S)
        screen.__exit__()
        key_reader.release()

    def _resume(self, screen: Screen, key_reader: KeyReader) -> None:
        key_reader.grab()
        screen.__enter__()
        if self._was_playing:
            self.player.resume()

    def _poll_status(self) -> PlayerStatus:
        """Return the status. If the audio device was lost, pause playback first."""
        if self._error is not None:
            raise self._error
        status = self.player.status()
        now_s = time.monotonic()
        if now_s - self._last_poll_s > DEVICE_TIMEOUT_S / 2:  # the program and the device were suspended
            self._polling_since_s = now_s
        self._last_poll_s = now_s
        if (
            status.playing
            and self.player.device_idle_s > DEVICE_TIMEOUT_S
            and now_s - self._polling_since_s > DEVICE_TIMEOUT_S
        ):
            self.handle_device_lost()
            status = self.player.status()
        return status

    def _handle_action(self, action: str) -> None:
        status = self._poll_status()
        if action == "quit":
            self._quit_requested = True
        elif action == "help":
            self._help_visible, self._selected_stage = not self._help_visible, None
        elif action == "stages":
            is_open = self._selected_stage is not None
            self._selected_stage = None if is_open else status.source.stage_index_at(status.position)
            self._help_visible = False
        elif action == "close":
            self._help_visible, self._selected_stage = False, None
        elif self._selected_stage is not None and action in ("next stage", "previous stage", "select"):
            self._handle_list_action(status, self._selected_stage, action)
        elif action == "select":
            self._accept_offer(status)
        elif action == "pause":
            (self.player.pause if status.playing else self.player.resume)()
        elif action in ("louder", "quieter"):
            step = VOLUME_STEP_PERCENT if action == "louder" else -VOLUME_STEP_PERCENT
            self.player.set_volume(self.player.volume_percent + step)
            self._show_message(f"Volume {self.player.volume_percent} %")
        elif action in ("longer", "shorter"):
            self._change_step_length(status, LENGTH_CHANGE_S if action == "longer" else -LENGTH_CHANGE_S)
        elif action == "repeat":
            self._repeat_instruction(status)
        else:
            self.player.seek(_seek_target(status, action))

    def _handle_list_action(self, status: PlayerStatus, selected: int, action: str) -> None:
        """Move the selection in the list of stages, or play the selected stage."""
        stages = status.source.timeline.stages
        if action == "select":
            self.player.seek(stages[min(selected, len(stages) - 1)].start)
            self._selected_stage = None
        else:
            self._selected_stage = max(0, min(selected + (1 if action == "next stage" else -1), len(stages) - 1))

    def _accept_offer(self, status: PlayerStatus) -> None:
        """Continue where playback last stopped, if that was offered."""
        if self._offer is not None and time.monotonic() < self._offer_until_s:
            self.player.seek(self._offer.position_in(status.source.timeline))
            self._offer = None
            self._show_message("Continuing where you stopped.")

    def _change_step_length(self, status: PlayerStatus, delta_s: int) -> None:
        if self._progressive_source is None:
            self._show_message(
                "The durations of a finished file or a single step are fixed. Play the routine to change them."
            )
            return
        source = self._progressive_source.change_step_length(status.source, status.position, delta_s)
        if source is None:
            self._show_message("Not possible yet: the session is still being built. Try again in a moment.")
            return
        change_s = (source.timeline.total - status.source.timeline.total) / SAMPLE_RATE
        self.player.replace_source(source)
        name = replace_unprintable(source.step_at(status.position).name)
        self._show_message(f"{change_s:+.0f} s: {name}" if abs(change_s) >= 1 else f"{name} cannot be shorter.")

    def _repeat_instruction(self, status: PlayerStatus) -> None:
        source = (
            self._progressive_source.repeat_instruction(status.source, status.position)
            if self._progressive_source and self._progressive_source.can_edit_steps
            else None
        )
        if source is not None:
            self.player.replace_source(source)
            self._show_message("Repeating the instruction.")
        else:
            self.player.seek(status.source.step_at(status.position).start)
            self._show_message("Restarting the step.")

    def _show_message(self, text: str) -> None:
        self._message = _Message(text, time.monotonic() + MESSAGE_DURATION_S)


def _seek_target(status: PlayerStatus, action: str) -> int:
    """Return the target position of an action such as "next step", in samples."""
    source, position = status.source, status.position
    starts = source.step_starts if action.endswith("step") else [stage.start for stage in source.timeline.stages]
    if action.startswith("next"):
        return next((start for start in starts if start > position), source.timeline.total - BLOCK_SAMPLES)
    return next((start for start in reversed(starts) if start <= max(position - RESTART_THRESHOLD_SAMPLES, 0)), 0)
