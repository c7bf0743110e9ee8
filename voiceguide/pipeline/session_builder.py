"""The way through, from a script to a finished file: each stage called in order. No rule of the trade lives here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from voiceguide.errors import LineError, ScriptError, VoiceguideError
from voiceguide.pipeline.asset_check import check_assets
from voiceguide.script.asset_paths import resolve_asset_path
from voiceguide.script.loader import Script
from voiceguide.speech.narrator import Narrator
from voiceguide.speech.phrases import PhraseError, Phrases, check_phrase, load_phrases
from voiceguide.system.disk_cache import DiskCache
from voiceguide.timeline.arrangement.model import Arrangement
from voiceguide.timeline.arrangement.overrides import Overrides
from voiceguide.timeline.arrangement.unroll import unroll_routine
from voiceguide.timeline.model import Line, SpeechLength, Timeline
from voiceguide.timeline.scheduling.scheduler import schedule
from voiceguide.units import SAMPLE_RATE

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from voiceguide.audio.beds.loader import BedLoop
    from voiceguide.audio.mixer.mix import Mix
    from voiceguide.export.exporter import ExportSettings

__all__ = ["ProgressCallback", "SessionBuilder", "open_builder_for_script"]

ProgressCallback = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""

MAX_SCHEDULE_PASSES = 6


def _ignore_progress(activity: str, done: int, total: int) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True)
class SessionBuilder:
    """A routine with its overrides, arranged; and the speaker that can say its lines."""

    script: Script
    arrangement: Arrangement
    narrator: Narrator
    cache: DiskCache
    phrases: Phrases
    progress: ProgressCallback = _ignore_progress
    override_bed_file: Path | None = None
    """The file of the bed that overrides the script's, which may lie anywhere."""
    allowed_paths: tuple[Path, ...] = ()
    """Where else the files that the script names may lie."""

    def estimated_timeline(self) -> Timeline:
        """The timeline with what is known now: words never spoken yet are estimated. Loads no model."""
        return schedule(self.arrangement, self.narrator.measure, self.phrases)

    def exact_timeline(self) -> Timeline:
        """The timeline with every word's true length, speaking what has not been spoken before."""
        from voiceguide.audio.beds.loader import prefetching_beds

        for _ in range(MAX_SCHEDULE_PASSES):
            timeline, missing = self._schedule_once()
            if not missing:
                return timeline
            with prefetching_beds((stage.bed.sound for stage in timeline.stages), self.cache):
                self._synthesize(missing, timeline)
        raise VoiceguideError(
            "The words that name times never settle. Take {total} or {remaining} out of the steps' own words."
        )

    def _schedule_once(self) -> tuple[Timeline, list[Line]]:
        """The timeline with what is known now, and the lines whose true lengths it still wants."""
        missing: dict[Line, None] = {}

        def measure(line: Line) -> SpeechLength:
            measured = self.narrator.measure(line)
            if not measured.exact:
                missing[line] = None
            return measured

        return schedule(self.arrangement, measure, self.phrases), list(missing)

    def mix(self, timeline: Timeline) -> Mix:
        """The sound of a settled timeline."""
        from voiceguide.audio.mixer.session_mix import mix_session

        self._synthesize(timeline.unique_lines, timeline)
        self.narrator.release_engines()
        return mix_session(timeline, self.narrator, self.load_bed, cache=self.cache)

    def load_bed(self, sound: str) -> BedLoop:
        """The loop of a bed, by its name or file as the script or an override has it."""
        from voiceguide.audio.beds.loader import load_bed_loop

        return load_bed_loop(sound, self._find_bed_file, self.cache)

    def write(self, timeline: Timeline, target: Path, settings: ExportSettings, split: bool = False) -> list[Path]:
        """Mix and encode a settled timeline, and deliver the file under its name; with `split`, a file for each stage
        and the playlist that names them. What was written."""
        from voiceguide.export.exporter import export_session

        mixed = self.mix(timeline)
        if split:
            return self._write_stages(mixed, timeline, target, settings)
        export_session(mixed, timeline, target, settings, self.cache, self._make_encode_callback(timeline))
        return [target]

    def _write_stages(self, mix: Mix, timeline: Timeline, target: Path, settings: ExportSettings) -> list[Path]:
        from voiceguide.audio.mixer.excerpt import Excerpt
        from voiceguide.export.exporter import export_session
        from voiceguide.export.stage_files import stage_file_path, stage_timeline, write_playlist

        files = []
        for index, stage in enumerate(timeline.stages):
            own = stage_timeline(timeline, index)
            files.append(stage_file_path(target, index + 1, stage.title))
            part = Excerpt(mix, stage.start, stage.end)
            export_session(part, own, files[-1], settings, self.cache, self._make_encode_callback(own))
        return [*files, write_playlist(timeline, target, files)]

    def _make_encode_callback(self, timeline: Timeline) -> Callable[[int], None]:
        return lambda done: self.progress("Encoding", done // SAMPLE_RATE, timeline.total // SAMPLE_RATE)

    def _find_bed_file(self, name: str) -> Path:
        """Where a bed's file is: beside the script, or where the person at the keyboard said."""
        if self.override_bed_file is not None and name == self.arrangement.bed_override:
            return self.override_bed_file
        return resolve_asset_path(self.script.folder, name, self.allowed_paths)

    def _synthesize(self, lines: list[Line], timeline: Timeline) -> None:
        """Speak lines, and tell of one that cannot be by its place in the script."""
        done = 0

        def count() -> None:
            nonlocal done
            done += 1
            self.progress("Speaking", done, len(lines))

        self.progress("Speaking", 0, len(lines))
        try:
            self.narrator.synthesize_missing(lines, count)
        except LineError as error:
            path = next((cue.yaml_path for cue in timeline.cues if cue.text == error.text), "")
            raise ScriptError([self.script.problem_at(path, str(error))]) from error


@contextmanager
def open_builder_for_script(
    script: Script, overrides: Overrides, cache: DiskCache, progress: ProgressCallback = _ignore_progress
) -> Iterator[SessionBuilder]:
    """Arrange a routine and make its speaker ready; engines end when the context does."""
    phrases = _load_phrases(script)
    check_assets(script, overrides.allowed_paths)
    plan = unroll_routine(script.routine, overrides, phrases)
    recording = partial(_load_recording, script.folder, overrides.allowed_paths)
    with Narrator(cache, script.routine.words, recording) as speaker:
        yield SessionBuilder(
            script, plan, speaker, cache, phrases, progress, overrides.bed_file, overrides.allowed_paths
        )


def _load_phrases(script: Script) -> Phrases:
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


def _load_recording(folder: Path, allowed_paths: tuple[Path, ...], name: str) -> npt.NDArray[np.float32]:
    from voiceguide.audio.recording import load_recording

    return load_recording(resolve_asset_path(folder, name, allowed_paths))
