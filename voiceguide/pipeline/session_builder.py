"""Run the steps from a script to a finished file. The steps themselves are implemented in other modules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from voiceguide.errors import AudioFileError, LineError, Problem, ScriptError, VoiceguideError, timeline_warning
from voiceguide.pipeline.asset_check import check_assets, recording_problem
from voiceguide.pipeline.bed_advice import running_water_advice
from voiceguide.script.asset_paths import resolve_asset_path
from voiceguide.script.dictionary_file import load_pronunciations
from voiceguide.script.loader import Script
from voiceguide.speech.narrator import Narrator
from voiceguide.speech.phrases import MissingPhrasesError, Phrases, check_phrase, load_phrases
from voiceguide.system.disk_cache import DiskCache
from voiceguide.timeline.arrangement.model import Arrangement
from voiceguide.timeline.arrangement.overrides import Overrides
from voiceguide.timeline.arrangement.unroll import unroll_routine
from voiceguide.timeline.model import Cue, Line, SpeechLength, TimedStep, Timeline
from voiceguide.timeline.scheduling.scheduler import schedule
from voiceguide.units import SAMPLE_RATE

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from voiceguide.audio.beds.loader import BedLoop
    from voiceguide.audio.mixer.mix import Mix
    from voiceguide.export.exporter import ExportSettings

__all__ = ["Progress", "ProgressCallback", "SessionBuilder", "make_narrator", "open_builder_for_script"]


@dataclass(frozen=True)
class Progress:
    """The progress of the current activity."""

    activity: Literal["synthesize", "encode"]
    done: int
    total: int
    unit: Literal["lines", "seconds"]


ProgressCallback = Callable[[Progress], None]

MAX_SCHEDULE_PASSES = 6


@dataclass(frozen=True)
class SessionBuilder:
    """A routine with its overrides, and everything needed to build the session."""

    script: Script
    arrangement: Arrangement
    narrator: Narrator
    cache: DiskCache
    phrases: Phrases
    progress: ProgressCallback | None = None
    overrides: Overrides = field(default_factory=Overrides)
    """The overrides that are applied in `arrangement`."""

    def estimated_timeline(self) -> Timeline:
        """Return the timeline without loading a model. The length of speech that is not in the cache is estimated.

        Raises:
            ScriptError: A recording cannot be used.
            OverrideError: The speech is too long for a requested length, even allowing for errors in the estimate.
        """
        return schedule(self.arrangement, self._measure, self.phrases, refuse_estimates=True)

    def exact_timeline(self) -> Timeline:
        """Return the timeline with the exact length of all speech. Lines that are not in the cache are synthesized.

        Raises:
            ScriptError: A line cannot be synthesized. The problem includes its position in the script.
            OverrideError: The speech is too long for a requested length.
        """
        from voiceguide.audio.beds.loader import prefetching_beds

        for _ in range(MAX_SCHEDULE_PASSES):
            timeline, missing = self._schedule_once()
            if not missing:
                return timeline
            with prefetching_beds((stage.bed.sound for stage in timeline.stages), self.cache):
                self._synthesize(missing, timeline)
        raise VoiceguideError(
            "The spoken durations change whenever the session is scheduled again. "
            "Remove {total} and {remaining} from the text of the steps."
        )

    def step_only_timeline(self, find: Callable[[Timeline], TimedStep]) -> tuple[Timeline, TimedStep]:
        """Return a timeline in which only one step has cues, and the step itself.

        The length of its speech is exact. Lines of this step that are not in the cache are synthesized. The positions
        of the steps are estimates.

        Args:
            find: returns the step in a timeline.

        Raises:
            ScriptError: A line cannot be synthesized.
        """
        for _ in range(MAX_SCHEDULE_PASSES):
            timeline = self.estimated_timeline()
            step = find(timeline)
            missing = list(dict.fromkeys(cue.line for cue in step.cues if cue.line is not None and cue.estimated))
            if not missing:
                break
            self._synthesize(missing, timeline)
        stages = (
            replace(stage, steps=tuple(each if each is step else replace(each, cues=()) for each in stage.steps))
            for stage in timeline.stages
        )
        return replace(timeline, stages=tuple(stages)), step

    def _schedule_once(self) -> tuple[Timeline, list[Line]]:
        """Return the timeline, and the lines whose length is still an estimate."""
        missing: dict[Line, None] = {}

        def measure(line: Line) -> SpeechLength:
            measured = self._measure(line)
            if not measured.exact:
                missing[line] = None
            return measured

        return schedule(self.arrangement, measure, self.phrases), list(missing)

    def _measure(self, line: Line) -> SpeechLength:
        try:
            return self.narrator.measure(line)
        except AudioFileError as error:
            raise recording_problem(self.script, line.audio, error) from error

    def with_all_warnings(self, timeline: Timeline) -> Timeline:
        """Return the timeline with all warnings, including script and voice warnings, each with its line number."""
        warnings = {*self.script.warnings, *(self._locate_warning(warning) for warning in timeline.warnings)}
        warnings |= set(self._voice_language_warnings(timeline))
        if advice := running_water_advice(timeline, self.script, self.overrides):
            warnings.add(self._locate_warning(advice))
        if isinstance(self.script.routine.words, str):
            warnings |= set(
                self.script.reading_warnings(load_pronunciations(self.script, self.overrides.allowed_paths))
            )
        return replace(timeline, warnings=tuple(sorted(warnings)))

    def _locate_warning(self, warning: Problem) -> Problem:
        return replace(self.script.problem_at(warning.path, warning.message), severity="warning")

    def _voice_language_warnings(self, timeline: Timeline) -> Iterator[Problem]:
        """Yield a warning at the first use of each voice that does not speak the routine's language."""
        from voiceguide.speech.voice_languages import language_mismatch_warning

        spoken = [(cue.line, cue.yaml_path) for cue in timeline.cues if cue.line is not None and not cue.line.audio]
        first_use = {line.voice: path for line, path in reversed(spoken)}
        for voice, path in first_use.items():
            message = language_mismatch_warning(voice, timeline.language)
            if message:
                yield self._locate_warning(timeline_warning(f"{path}.voice" if path else "voice", message))

    def mix(self, timeline: Timeline) -> Mix:
        """Return the audio of an exact timeline."""
        from voiceguide.audio.mixer.session_mix import mix_session

        chimes = dict.fromkeys(cue.chime.recording for cue in timeline.cues if cue.chime and cue.chime.recording)
        self._synthesize([*timeline.unique_lines, *chimes], timeline)
        self.narrator.release_engines()
        return mix_session(timeline, self.narrator, self.load_bed, cache=self.cache)

    def load_bed(self, sound: str) -> BedLoop:
        """Return the loop of a bed, given its name or file as written in the script or an override."""
        from voiceguide.audio.beds.loader import load_bed_loop

        return load_bed_loop(sound, self.find_bed_file, self.cache)

    def write(
        self, mix: Mix, timeline: Timeline, target: Path, settings: ExportSettings, split: bool = False
    ) -> list[Path]:
        """Encode the mix of an exact timeline, verify the result, and save it as `target`.

        With `split`, write one file per stage and a playlist. If any of these files cannot be written, none of them is.
        Return the paths of the files written, with the playlist last.

        Raises:
            ExportError: A file cannot be written.
            VerifyError: The result does not match the plan.
        """
        from voiceguide.export.exporter import export_session

        if split:
            return self._write_stages(mix, timeline, target, settings)
        export_session(mix, timeline, target, settings, self.cache, self._make_encode_callback(timeline))
        return [target]

    def write_step(
        self, mix: Mix, timeline: Timeline, step: TimedStep, target: Path, settings: ExportSettings
    ) -> Timeline:
        """Encode one step of an exact timeline, verify the result, and save it as `target`. Return its timeline.

        Raises:
            ExportError: The file cannot be written.
            VerifyError: The result does not match the plan.
        """
        from voiceguide.audio.mixer.excerpt import Excerpt
        from voiceguide.export.exporter import export_session
        from voiceguide.export.single_step import step_timeline

        alone = step_timeline(timeline, step)
        progress = self._make_encode_callback(alone)
        export_session(Excerpt(mix, step.start, step.end), alone, target, settings, self.cache, progress)
        return alone

    def write_stems(self, mix: Mix, timeline: Timeline, target: Path) -> list[Path]:
        """Write the voice, the bed and the chimes of a mix next to `target`, and return their paths.

        Raises:
            ExportError: A file cannot be written.
        """
        from voiceguide.export.stems import write_stems

        return write_stems(mix, target, self._make_encode_callback(timeline))

    def _write_stages(self, mix: Mix, timeline: Timeline, target: Path, settings: ExportSettings) -> list[Path]:
        from voiceguide.audio.mixer.excerpt import Excerpt
        from voiceguide.export.exporter import export_session, make_folder
        from voiceguide.export.stage_files import excerpt_timeline, playlist_path, render_playlist, stage_file_path
        from voiceguide.system.atomic_group import atomic_group

        files = [stage_file_path(target, number, stage.title) for number, stage in enumerate(timeline.stages, 1)]
        playlist = playlist_path(target)
        make_folder(target.parent)
        with atomic_group() as group:
            # the first file opened is renamed last, so the playlist never lists a missing file
            group.write_bytes(playlist, render_playlist(timeline, files))
            for stage, file in zip(timeline.stages, files, strict=True):
                excerpt, alone = Excerpt(mix, stage.start, stage.end), excerpt_timeline(timeline, stage, stage.title)
                progress = self._make_encode_callback(alone)
                export_session(excerpt, alone, file, settings, self.cache, progress, group.write)
        return [*files, playlist]

    def _make_encode_callback(self, timeline: Timeline) -> Callable[[int], None]:
        total_s = timeline.total // SAMPLE_RATE
        return lambda done: self._report(Progress("encode", done // SAMPLE_RATE, total_s, "seconds"))

    def _report(self, progress: Progress) -> None:
        if self.progress is not None:
            self.progress(progress)

    def find_bed_file(self, name: str) -> Path:
        """Return the audio file of a bed: the file from the override, or a file that the script may use."""
        if name in self.overrides.bed_files:
            return self.overrides.bed_files[name]
        return resolve_asset_path(self.script.folder, name, self.overrides.allowed_paths)

    def _synthesize(self, lines: list[Line], timeline: Timeline) -> None:
        """Synthesize lines. Errors include the position of the line in the script."""
        done = 0

        def count() -> None:
            nonlocal done
            done += 1
            self._report(Progress("synthesize", done, len(lines), "lines"))

        self._report(Progress("synthesize", 0, len(lines), "lines"))
        try:
            self.narrator.synthesize_missing(lines, count)
        except LineError as error:
            path = next((cue.yaml_path for cue in timeline.cues if error.text in _names(cue)), "")
            raise ScriptError([self.script.problem_at(path, str(error))]) from error


def _names(cue: Cue) -> tuple[str, ...]:
    """Return the texts by which a `LineError` can refer to a cue."""
    return (cue.text, cue.line.audio) if cue.line else (cue.text,)


@contextmanager
def open_builder_for_script(
    script: Script,
    overrides: Overrides,
    cache: DiskCache,
    progress: ProgressCallback | None = None,
    narrator: Narrator | None = None,
) -> Iterator[SessionBuilder]:
    """Unroll a routine and prepare its narrator. Engines are closed when the context exits.

    If a `narrator` from `make_narrator` is given, it is used and left open, so that its models stay loaded.

    Raises:
        ScriptError: A voice, file or phrase in the script cannot be used.
        OverrideError: An override does not match anything in the script.
    """
    phrases = _load_phrases(script)
    check_assets(script, overrides.allowed_paths)
    arrangement = unroll_routine(script.routine, overrides, phrases)
    with nullcontext(narrator) if narrator else make_narrator(script, overrides, cache) as opened:
        yield SessionBuilder(script, arrangement, opened, cache, phrases, progress, overrides)


def make_narrator(script: Script, overrides: Overrides, cache: DiskCache) -> Narrator:
    """Return a narrator for a script and any other script in its folder with the same `words` and recordings.

    Raises:
        VoiceguideError: The dictionary named in the script cannot be used.
    """
    decode_recording = partial(_load_recording, script.folder, overrides.allowed_paths)
    return Narrator(cache, load_pronunciations(script, overrides.allowed_paths), decode_recording)


def _load_phrases(script: Script) -> Phrases:
    """Return the phrases for the script's language. Phrases defined in the script replace the built-in ones."""
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
    except MissingPhrasesError as error:
        raise ScriptError([script.problem_at("language", str(error))]) from error


def _load_recording(folder: Path, allowed_paths: tuple[Path, ...], name: str) -> npt.NDArray[np.float32]:
    from voiceguide.audio.recording import load_recording

    return load_recording(resolve_asset_path(folder, name, allowed_paths))
