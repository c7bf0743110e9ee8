"""The public Python API. Every name in `__all__` can be imported from `voiceguide`. The rest of the package may change.

Routines, timelines and sessions are immutable. Any number of builds can run at the same time, in threads or in
processes. No function changes process-wide state, with one exception: before an engine is loaded, the environment
variable ORT_DISABLE_TELEMETRY is set to 1, because onnxruntime would otherwise use the network. For Chinese piper
voices, the same applies to HF_HUB_OFFLINE.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict, get_args

from voiceguide.builtin_names import DetailLevel, RoomName
from voiceguide.errors import ExportError, Problem, ScriptError, StrictError
from voiceguide.units import SAMPLE_RATE

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from pydub import AudioSegment
    from typing_extensions import Unpack

    from voiceguide.audio.mixer.source import AudioSource
    from voiceguide.pipeline.session_builder import Progress, SessionBuilder
    from voiceguide.script.loader import Script
    from voiceguide.speech.engines.protocol import Voice
    from voiceguide.timeline.model import Timeline
    from voiceguide.verification.verifier import VerifyReport

    Samples = npt.NDArray[np.float32]

__all__ = [
    "Clip",
    "Duration",
    "Format",
    "OverrideOptions",
    "Rendering",
    "Routine",
    "Session",
    "SessionInfo",
    "Sidecar",
    "bundled",
    "check",
    "info",
    "load",
    "loads",
    "say",
    "verify",
    "voices",
]

StrPath = str | os.PathLike[str]
Duration = str | timedelta
"""A string such as `"90s"`, `"1m30s"` or `"1:30"`, as in a script, or a timedelta. Bare numbers are not accepted."""
Format = Literal["mp3", "m4b", "opus", "flac", "wav"]
Sidecar = Literal[
    "lrc",
    "vtt",
    "srt",
    "labels",
    "transcript",
    "ssml",
    "otio",
    "chapters_json",
    "cue_sheet",
    "html_player",
    "timeline_svg",
]


class OverrideOptions(TypedDict, total=False):
    """Changes to a routine, given as keyword arguments. The command-line options have the same names."""

    set: Mapping[str, Duration] | Sequence[tuple[str, Duration]]
    """New lengths for steps or stages. Keys are STEP, STAGE/STEP or STAGE: `{"soak": "5m"}`."""
    total: Duration
    """The length of the whole session. Silences are lengthened or shortened; speech does not change."""
    skip: Sequence[str]
    """Tags and stages to leave out."""
    variants: Sequence[str]
    """Variants of the script to apply."""
    variant_file: str | os.PathLike[str]
    """A file that contains a variant to apply."""
    detail: DetailLevel
    voice: str
    """NAME or ENGINE/NAME."""
    room: RoomName
    """The room in which the voice speaks."""
    pace: float
    """Speaking rate, 0.5 to 2.0. 1.0 is the voice's normal rate."""
    bed: StrPath
    """A built-in bed, `"none"`, or an audio file."""
    bed_level_db: float
    """The level of the bed relative to the voice, from -60 to 0."""
    allow_paths: Sequence[StrPath]
    """Files and folders outside the script's own folder that the script may use."""


def load(source: StrPath) -> Routine:
    """Load a script file, or a bundled routine by name.

    Raises:
        ScriptError: The script has problems; `.problems` lists all of them.
        VoiceguideError: There is no such file or routine, or it cannot be read.
    """
    from voiceguide.pipeline.bundled_routines import find_routine
    from voiceguide.script.loader import load_script

    return Routine(load_script(find_routine(os.fspath(source))))


def loads(text: str, *, base_dir: StrPath = ".") -> Routine:
    """Load a script from a string. Paths of recordings and beds are relative to `base_dir`.

    Raises:
        ScriptError: The script has problems.
    """
    from voiceguide.script.loader import load_script

    return Routine(load_script(Path(base_dir, "<string>"), text.encode()))


def bundled() -> Mapping[str, Path]:
    """Return the paths of all bundled routines, keyed by name."""
    from voiceguide.pipeline.bundled_routines import list_bundled_routines

    return list_bundled_routines()


def check(source: StrPath, *, allow_paths: Sequence[StrPath] = ()) -> list[Problem]:
    """Return all errors in a script, or all warnings if there are no errors, in reading order.

    Raises:
        VoiceguideError: There is no such file or routine, or it cannot be read. Script errors are returned, not raised.
    """
    try:
        return list(load(source).plan(allow_paths=allow_paths).warnings)
    except ScriptError as error:
        return list(error.problems)


def verify(path: StrPath) -> VerifyReport:
    """Decode a finished session and compare it with its embedded plan.

    Raises:
        VerifyError: The file has no plan, or cannot be decoded at all. All other failures are listed in the report.
    """
    from voiceguide.verification.verifier import verify_file

    return verify_file(Path(path))


def info(path: StrPath) -> SessionInfo:
    """Read the timeline embedded in a finished session. No audio is decoded.

    Raises:
        AudioFileError: The file cannot be read, or was not built by voiceguide.
    """
    from voiceguide.encode.formats import format_of_container
    from voiceguide.metadata.audio_data import find_audio
    from voiceguide.metadata.embedded_plan import read_session_info

    timeline, channels = read_session_info(Path(path))
    return SessionInfo(Path(path), format_of_container(find_audio(Path(path)).container).name, channels, timeline)


def voices(language: str | None = None) -> list[Voice]:
    """Return all voices, or only the voices for a language such as `"de"` or `"en-GB"`."""
    from voiceguide.speech.engines.registry import list_voices
    from voiceguide.speech.voice_languages import speaks_language

    found, _ = list_voices()
    return [voice for voice in found if language is None or speaks_language(voice, language)]


def say(text: str, *, voice: str = "", pace: float = 1.0, language: str = "", room: RoomName = "none") -> Clip:
    """Synthesize one line as in a session, including pauses such as `[2s]`, in a room: none, small or large.

    Raises:
        SpeechError: The line cannot be synthesized, or there is no such room.
    """
    from voiceguide.speech.preview import synthesize_preview
    from voiceguide.system.disk_cache import open_cache

    with open_cache() as cache:
        return Clip(synthesize_preview(cache, text, voice, pace, language, room))


@dataclass(frozen=True)
class Clip:
    """A piece of audio."""

    samples: Samples
    """Mono float32 samples from -1 to 1, shape (frames,)."""
    sample_rate: int = SAMPLE_RATE

    @property
    def duration_s(self) -> float:
        return len(self.samples) / self.sample_rate

    def save(self, path: StrPath) -> None:
        """Write a 16-bit WAV file.

        Raises:
            ExportError: The file cannot be written.
        """
        from voiceguide.system.atomic_file import write_atomically

        write_atomically(Path(path), self.to_wav())

    def to_pydub(self) -> AudioSegment:
        """Return the audio as a 16-bit pydub `AudioSegment`."""
        import io

        from pydub import AudioSegment

        return AudioSegment.from_wav(io.BytesIO(self.to_wav()))

    def to_wav(self) -> bytes:
        """Return the audio as a 16-bit WAV file."""
        from voiceguide.speech.preview import encode_wav

        return encode_wav(self.samples, self.sample_rate)


@dataclass(frozen=True, repr=False)
class Routine:
    """A script that has been read and checked."""

    _script: Script

    def __repr__(self) -> str:
        return f"<Routine {self.title!r} from {self.path}>"

    @property
    def title(self) -> str:
        return self._script.routine.title

    @property
    def description(self) -> str:
        return self._script.routine.description or ""

    @property
    def language(self) -> str:
        """The language as a BCP 47 tag, such as `en-US` or `de`."""
        return self._script.routine.language

    @property
    def variants(self) -> tuple[str, ...]:
        """The names of the script's variants."""
        return tuple(self._script.routine.variants)

    @property
    def pronunciations(self) -> Mapping[str, str]:
        """The pronunciations of certain words: the script's `words`, or the contents of the file that it names.

        Raises:
            VoiceguideError: The file cannot be used.
        """
        from voiceguide.script.dictionary_file import load_pronunciations

        return load_pronunciations(self._script)

    @property
    def path(self) -> Path:
        """The path of the script file."""
        return Path(self._script.file)

    @property
    def input_files(self) -> tuple[Path, ...]:
        """The files that `build` reads and never overwrites: script, recordings, beds, chimes, dictionary and
        configuration.

        Some of them may not exist. Paths with placeholders such as `{side}` are not included.
        """
        from voiceguide.pipeline.input_overwrite_check import list_input_files

        return list_input_files(self._script)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Warnings that apply to the script regardless of overrides. `Timeline.warnings` includes these and more."""
        return self._script.warnings

    def plan(
        self,
        *,
        exact: bool = False,
        cache: bool = True,
        progress: Callable[[Progress], None] | None = None,
        **overrides: Unpack[OverrideOptions],
    ) -> Timeline:
        """Return the timeline without rendering anything.

        The length of speech that is not in the cache is estimated. With `exact`, the speech is synthesized first.

        Raises:
            OverrideError: An override cannot be applied to the routine.
            ScriptError, SpeechError: A voice or file named in the script cannot be used.
        """
        with self._open(overrides, cache, progress) as builder:
            timeline = builder.exact_timeline() if exact else builder.estimated_timeline()
            return builder.with_all_warnings(timeline)

    def build(
        self,
        output: StrPath,
        *,
        format: Format | None = None,
        bitrate_kbps: int | None = None,
        split: bool = False,
        stems: bool = False,
        step: str | None = None,
        sidecars: Collection[Sidecar] = (),
        strict: bool = False,
        jobs: int | None = None,
        cache: bool = True,
        progress: Callable[[Progress], None] | None = None,
        **overrides: Unpack[OverrideOptions],
    ) -> Session:
        """Render the session to `output`. The file is verified against its plan before it is saved.

        Args:
            output: The audio file. An existing file is replaced once the new one is complete, unless the build reads
                from it.
            format: The audio format. Default: determined by the extension of `output`.
            bitrate_kbps: The bitrate for mp3, m4b and opus.
            split: Write one file per stage, plus a playlist, all named after `output`.
            step: Write only this step, given as STEP or STAGE/STEP. Cannot be combined with `split` or `stems`.
            stems: Also write the voice, the bed and the chimes as WAV files of the same length, named after `output`.
            sidecars: Sidecar files to write next to `output`, with the same base name.
            strict: Treat warnings as errors.
            jobs: The number of encoder processes to run in parallel. Default: one per core.
            cache: Whether to use the cache for speech and encoded audio.
            progress: Called in the calling thread, no more than about ten times per second. If it raises an exception,
                the build is canceled, nothing is written, and the exception is passed on to the caller.

        Raises:
            OverrideError: An override cannot be applied to the routine.
            ScriptError, SpeechError, AudioFileError: A line, voice or file cannot be used.
            StrictError: There are warnings and `strict` is set.
            ExportError: A file cannot be written, or would overwrite a file that the build reads.
            VerifyError: The result does not match the plan.
        """
        from voiceguide.export.exporter import ExportSettings
        from voiceguide.export.otio_timeline import require_otio
        from voiceguide.export.sidecars import HTML_PLAYER, OTIO, sidecar_path, write_sidecars
        from voiceguide.export.single_step import find_step
        from voiceguide.pipeline.input_overwrite_check import check_outputs

        target = Path(output)
        settings = ExportSettings(format or _format_of(target), bitrate_kbps, jobs)
        _check_choices(settings.format, sidecars, split, stems, step)
        if OTIO in sidecars:
            require_otio()
        started_s = time.monotonic()
        with self._open(overrides, cache, progress) as builder:
            beds, variant = builder.overrides.bed_files, overrides.get("variant_file")
            variant_file = Path(variant) if variant is not None else None
            check_outputs(self._script, builder.arrangement, beds, variant_file, target, split, sidecars, stems)
            if step is not None:
                find_step(builder.estimated_timeline(), step)
            timeline = builder.with_all_warnings(builder.exact_timeline())
            if strict and timeline.warnings:
                raise StrictError(timeline.warnings)
            mix = builder.mix(timeline)
            if step is None:
                audio = builder.write(mix, timeline, target, settings, split)
            else:
                audio = [target]
                timeline = builder.write_step(mix, timeline, find_step(timeline, step), target, settings)
            extra = builder.write_stems(mix, timeline, target) if stems else []
            extra += write_sidecars(timeline, target, [kind for kind in sidecars if kind != HTML_PLAYER])
            if HTML_PLAYER in sidecars:
                from voiceguide.phone.html_page import write_page_of_session

                extra.append(sidecar_path(target, HTML_PLAYER))
                write_page_of_session(builder, extra[-1])
        size_bytes = sum(path.stat().st_size for path in audio)
        return Session(audio[0], (*audio, *extra), timeline, size_bytes, time.monotonic() - started_s)

    @contextmanager
    def render(
        self,
        *,
        cache: bool = True,
        progress: Callable[[Progress], None] | None = None,
        **overrides: Unpack[OverrideOptions],
    ) -> Iterator[Rendering]:
        """Render the session to samples on demand, for programs that encode or play it themselves.

        Raises:
            The same errors as `plan`.
        """
        with self._open(overrides, cache, progress) as builder:
            timeline = builder.with_all_warnings(builder.exact_timeline())
            yield Rendering(timeline, builder.mix(timeline))

    def _open(
        self, overrides: Mapping[str, Any], cache: bool, progress: Callable[[Progress], None] | None
    ) -> AbstractContextManager[SessionBuilder]:
        from voiceguide.pipeline.override_options import open_builder

        return open_builder(self._script, overrides, progress, cache)


@dataclass(frozen=True)
class Session:
    """A session that has been built."""

    path: Path
    """The audio file. With `split`, the file for the first stage."""
    files: tuple[Path, ...]
    """All files that were written, audio files first."""
    timeline: Timeline
    size_bytes: int
    """The total size of the audio files in bytes."""
    elapsed_s: float

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return self.timeline.warnings


@dataclass(frozen=True)
class SessionInfo:
    """The metadata embedded in a finished session."""

    path: Path
    format: str
    channels: int
    timeline: Timeline


class Rendering:
    """A session as 48 kHz samples, computed on demand. Memory use is constant."""

    sample_rate = SAMPLE_RATE

    def __init__(self, timeline: Timeline, source: AudioSource) -> None:
        self.timeline = timeline
        self._source = source

    @property
    def channels(self) -> int:
        """The number of channels: 2 if the session has a bed, otherwise 1."""
        return self._source.channels

    def __len__(self) -> int:
        """The length in samples."""
        return self._source.total

    def read(self, start: int, stop: int) -> Samples:
        """Return the samples from `start` to `stop` as float32, shape (stop - start, channels)."""
        return self._source.render(start, stop)

    def blocks(self, size: int = 5 * SAMPLE_RATE) -> Iterator[Samples]:
        """Yield the session in blocks of `size` samples. The last block may be shorter."""
        for start in range(0, len(self), size):
            yield self.read(start, min(start + size, len(self)))


def _format_of(target: Path) -> str:
    from voiceguide.encode.formats import FORMATS, format_for_file_name

    found = format_for_file_name(target.name)
    if found is None:
        extensions = ", ".join(f".{name}" for name in FORMATS)
        raise ExportError(f"{target}: not an audio file extension. Use {extensions}.")
    return found.name


def _check_choices(format_name: str, sidecars: Collection[str], split: bool, stems: bool, step: str | None) -> None:
    """Reject values that a type checker would also reject."""
    if format_name not in get_args(Format):
        raise ValueError(f'format: "{format_name}" is not one of {", ".join(get_args(Format))}')
    for name in sidecars:
        if name not in get_args(Sidecar):
            raise ValueError(f'sidecars: "{name}" is not one of {", ".join(get_args(Sidecar))}')
    if step is not None and (split or stems or "html_player" in sidecars):
        raise ValueError("step cannot be combined with split, stems or html_player, which need the whole session")
    if split and "otio" in sidecars:
        raise ValueError("otio refers to one audio file, so it cannot be combined with split")
    if split and "html_player" in sidecars:
        raise ValueError("html_player writes the whole session to one page, so it cannot be combined with split")
