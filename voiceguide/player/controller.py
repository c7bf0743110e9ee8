"""One sitting: a player, the keys that steer it, and what is shown meanwhile."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TextIO

from voiceguide.player.keyboard import Keys
from voiceguide.player.playback_source import Score
from voiceguide.player.progressive_source import Live
from voiceguide.player.terminal_ui import Screen, lines_of, plain
from voiceguide.player.transport import BLOCK, Place, Player
from voiceguide.units import SAMPLE_RATE, format_clock

__all__ = ["Sitting"]

TICK_S = 0.1
MESSAGE_S = 4.0
AGAIN = 3 * SAMPLE_RATE
"""Going back within this many samples of a start goes to what is before it."""
STEP_S = 10
GONE_S = 3.0
"""A device that takes nothing for so long has gone, whether or not anybody was told."""


@dataclass
class _Message:
    text: str = ""
    until_s: float = 0.0


class Sitting:
    """Plays until the end or until somebody leaves; `live` is None for a finished file."""

    def __init__(self, player: Player, live: Live | None) -> None:
        self.player = player
        self._live = live
        self._message = _Message()
        self._helping = False
        self._leaving = False
        self._error: BaseException | None = None
        self._looked_s = self._since_s = time.monotonic()

    def settle_meanwhile(self) -> None:
        """Speak the rest in a thread of its own; what goes wrong there is told by the sitting."""

        def settle() -> None:
            assert self._live is not None
            try:
                self._live.settle_into(self.player.change)
            except BaseException as error:
                self._error = error

        threading.Thread(target=settle, name="settling", daemon=True).start()

    def lost(self) -> None:
        """The device has gone."""
        self.player.pause("Paused, since the sound device has gone. Connect it and start again with --resume.")

    def on_screen(self, screen: Screen, keys: Keys) -> Place:
        """Play with a screen and keys. Where it was left."""
        while True:
            place = self._place()
            if place.ended or self._leaving:
                return place
            columns, rows = screen.size()
            told = self._message.text if time.monotonic() < self._message.until_s else ""
            screen.show(lines_of(place, columns, rows, told, self._helping))
            for key in keys.wait(TICK_S):
                self._press(key)

    def in_lines(self, out: TextIO) -> Place:
        """Play without keys; a line as each step begins."""
        shown = -1
        told = ""
        while True:
            place = self._place()
            number = place.score.index(place.position)
            if number != shown and not place.ended:
                shown = number
                stage, words = place.score.stage(place.position), place.score.words(place.position)
                out.write(f"{format_clock(place.position)}  {plain(stage.title)}: {plain(words)}\n")
                out.flush()
            if place.notice and place.notice != told:
                told = place.notice
                out.write(f"{told}\n")
                out.flush()
            if place.ended or (told and not place.playing):
                return place
            time.sleep(TICK_S)

    def _place(self) -> Place:
        """Where it is. A machine that slept is noticed by the player, when the device asks again."""
        if self._error is not None:
            raise self._error
        place = self.player.place()
        now_s = time.monotonic()
        if now_s - self._looked_s > GONE_S / 2:  # we were not running ourselves, so nor was the device
            self._since_s = now_s
        self._looked_s = now_s
        if place.playing and self.player.idle_s > GONE_S and now_s - self._since_s > GONE_S:
            self.lost()
            place = self.player.place()
        return place

    def _press(self, key: str) -> None:
        place = self._place()
        if key == "leave":
            self._leaving = True
        elif key == "help":
            self._helping = not self._helping
        elif key == "pause":
            (self.player.pause if place.playing else self.player.resume)()
        elif key in ("longer", "shorter"):
            self._lengthen(place, STEP_S if key == "longer" else -STEP_S)
        elif key == "repeat":
            self._repeat(place)
        else:
            self.player.jump(_target(place, key))

    def _lengthen(self, place: Place, seconds: int) -> None:
        if self._live is None:
            self._say("A finished file keeps its times. Play the routine to change them.")
            return
        score = self._live.lengthened(place.score, place.position, seconds)
        if score is None:
            self._say("Not yet: the words are still being made.")
            return
        change = (score.timeline.total - place.score.timeline.total) / SAMPLE_RATE
        self.player.change(score)
        step = plain(score.step(place.position).name)
        self._say(f"{change:+.0f} s: {step}" if abs(change) >= 1 else f"{step} cannot be shorter now.")

    def _repeat(self, place: Place) -> None:
        score = self._live.repeated(place.score, place.position) if self._live and self._live.settled else None
        if score is not None:
            self.player.change(score)
            self._say("Once more.")
        else:
            self.player.jump(place.score.step(place.position).start)
            self._say("The step from its start.")

    def _say(self, text: str) -> None:
        self._message = _Message(text, time.monotonic() + MESSAGE_S)


def _target(place: Place, key: str) -> int:
    """Where a key goes, in samples."""
    score, position = place.score, place.position
    starts = score.starts if key.endswith("step") or key.startswith("step") else _stage_starts(score)
    if key.startswith("next"):
        return next((start for start in starts if start > position), score.timeline.total - BLOCK)
    return next((start for start in reversed(starts) if start <= max(position - AGAIN, 0)), 0)


def _stage_starts(score: Score) -> list[int]:
    return [stage.start for stage in score.timeline.stages]
