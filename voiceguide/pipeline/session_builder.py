"""The way through, from a script to a finished file: each stage called in order. No rule of the trade lives here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from voiceguide.errors import LineError, ScriptError, VoiceguideError
from voiceguide.pipeline.asset_check import check_references
from voiceguide.script.asset_paths import resolve_asset_path
from voiceguide.script.loader import Script
from voiceguide.speech.narrator import Speaker
from voiceguide.speech.phrases import PhraseError, Phrases, check_phrase, load_phrases
from voiceguide.system.disk_cache import Store
from voiceguide.timeline.arrangement.model import Plan
from voiceguide.timeline.arrangement.overrides import Overrides
from voiceguide.timeline.arrangement.unroll import arrange
from voiceguide.timeline.model import Line, Measured, Timeline
from voiceguide.timeline.scheduling.scheduler import settle
from voiceguide.units import SAMPLE_RATE

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from voiceguide.audio.beds.loader import BedSource
    from voiceguide.audio.mixer.mix import Mix
    from voiceguide.export.exporter import Delivery

__all__ = ["Progress", "Session", "open_session"]

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""

ROUNDS = 6


def _no_progress(doing: str, done: int, total: int) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True)
class Session:
    """A routine with its overrides, arranged; and the speaker that can say its lines."""

    script: Script
    plan: Plan
    speaker: Speaker
    store: Store
    phrases: Phrases
    progress: Progress = _no_progress
    own_bed: Path | None = None
    """The file of the bed that overrides the script's, which may lie anywhere."""
    allowed: tuple[Path, ...] = ()
    """Where else the files that the script names may lie."""

    def planned(self) -> Timeline:
        """The timeline with what is known now: words never spoken yet are estimated. Loads no model."""
        return settle(self.plan, self.speaker.measure, self.phrases)

    def settled(self) -> Timeline:
        """The timeline with every word's true length, speaking what has not been spoken before."""
        from voiceguide.audio.beds.loader import beds_meanwhile

        for _ in range(ROUNDS):
            timeline, missing = self._settled_once()
            if not missing:
                return timeline
            with beds_meanwhile((stage.bed.sound for stage in timeline.stages), self.store):
                self._speak(missing, timeline)
        raise VoiceguideError(
            "The words that name times never settle. Take {total} or {remaining} out of the steps' own words."
        )

    def _settled_once(self) -> tuple[Timeline, list[Line]]:
        """The timeline with what is known now, and the lines whose true lengths it still wants."""
        missing: dict[Line, None] = {}

        def measure(line: Line) -> Measured:
            measured = self.speaker.measure(line)
            if not measured.exact:
                missing[line] = None
            return measured

        return settle(self.plan, measure, self.phrases), list(missing)

    def mix(self, timeline: Timeline) -> Mix:
        """The sound of a settled timeline."""
        from voiceguide.audio.mixer.session_mix import mix_session

        self._speak(timeline.lines, timeline)
        self.speaker.rest()
        return mix_session(timeline, self.speaker, self.bed, cache=self.store)

    def bed(self, sound: str) -> BedSource:
        """The loop of a bed, by its name or file as the script or an override has it."""
        from voiceguide.audio.beds.loader import bed_source

        return bed_source(sound, self._bed_file, self.store)

    def write(self, timeline: Timeline, target: Path, how: Delivery, split: bool = False) -> list[Path]:
        """Mix and encode a settled timeline, and deliver the file under its name; with `split`, a file for each stage
        and the playlist that names them. What was written."""
        from voiceguide.export.exporter import deliver

        mixed = self.mix(timeline)
        if split:
            return self._write_stages(mixed, timeline, target, how)
        deliver(mixed, timeline, target, how, self.store, self._encoding(timeline))
        return [target]

    def _write_stages(self, mixed: Mix, timeline: Timeline, target: Path, how: Delivery) -> list[Path]:
        from voiceguide.audio.mixer.excerpt import Part
        from voiceguide.export.exporter import deliver
        from voiceguide.export.stage_files import stage_file, stage_timeline, write_playlist

        files = []
        for index, stage in enumerate(timeline.stages):
            own = stage_timeline(timeline, index)
            files.append(stage_file(target, index + 1, stage.title))
            part = Part(mixed, stage.start, stage.end)
            deliver(part, own, files[-1], how, self.store, self._encoding(own))
        return [*files, write_playlist(timeline, target, files)]

    def _encoding(self, timeline: Timeline) -> Callable[[int], None]:
        return lambda done: self.progress("Encoding", done // SAMPLE_RATE, timeline.total // SAMPLE_RATE)

    def _bed_file(self, name: str) -> Path:
        """Where a bed's file is: beside the script, or where the person at the keyboard said."""
        if self.own_bed is not None and name == self.plan.bed:
            return self.own_bed
        return resolve_asset_path(self.script.folder, name, self.allowed)

    def _speak(self, lines: list[Line], timeline: Timeline) -> None:
        """Speak lines, and tell of one that cannot be by its place in the script."""
        done = 0

        def count() -> None:
            nonlocal done
            done += 1
            self.progress("Speaking", done, len(lines))

        self.progress("Speaking", 0, len(lines))
        try:
            self.speaker.speak(lines, count)
        except LineError as error:
            path = next((cue.path for cue in timeline.cues if cue.text == error.text), "")
            raise ScriptError([self.script.problem_at(path, str(error))]) from error


@contextmanager
def open_session(
    script: Script, overrides: Overrides, store: Store, progress: Progress = _no_progress
) -> Iterator[Session]:
    """Arrange a routine and make its speaker ready; engines end when the context does."""
    phrases = _phrases(script)
    check_references(script, overrides.allowed)
    plan = arrange(script.routine, overrides, phrases)
    recording = partial(_recording, script.folder, overrides.allowed)
    with Speaker(store, script.routine.words, recording) as speaker:
        yield Session(script, plan, speaker, store, phrases, progress, overrides.bed_file, overrides.allowed)


def _phrases(script: Script) -> Phrases:
    """The phrases of the script's language with its own over them; what is wrong there is wrong with the script."""
    routine = script.routine
    wrong = [
        script.problem_at(f"phrases.{key}", message)
        for key, text in routine.phrases.items()
        if (message := check_phrase(key, text))
    ]
    if wrong:
        raise ScriptError(wrong)
    try:
        return load_phrases(routine.language, routine.phrases)
    except PhraseError as error:
        raise ScriptError([script.problem_at("language", str(error))]) from error


def _recording(folder: Path, allowed: tuple[Path, ...], name: str) -> npt.NDArray[np.float32]:
    from voiceguide.audio.recording import load_recording

    return load_recording(resolve_asset_path(folder, name, allowed))
