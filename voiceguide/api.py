"""The public Python API. `import voiceguide` offers every name in `__all__`; the rest of the package may change.

Routines, timelines and sessions are immutable, and nothing here changes the state of your process. Any number of
builds can run at the same time, in threads or in processes.
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

from voiceguide.errors import ExportError, Problem, ScriptError, StrictError
from voiceguide.names import DetailLevel
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
"""`"90s"`, `"1m30s"`, `"1:30"` as in a script, or a timedelta. A bare number is refused."""
Format = Literal["mp3", "m4b", "opus", "flac", "wav"]
Sidecar = Literal["lrc", "vtt", "chapters_json", "cue_sheet", "html_player", "timeline_svg"]


class OverrideOptions(TypedDict, total=False):
    """Changes to a routine, as keyword arguments. They are the options of the same names on the command line."""

    set: Mapping[str, Duration] | Sequence[tuple[str, Duration]]
    """New lengths by step, STAGE/STEP or stage: `{"soak": "5m"}`."""
    total: Duration
    """The length of the whole session. Silences are stretched or shrunk, speech is not."""
    skip: Sequence[str]
    """Tags and stages to leave out."""
    variants: Sequence[str]
    """Variants of the script to apply."""
    detail: DetailLevel
    voice: str
    """NAME or ENGINE/NAME."""
    pace: float
    """Speaking rate, 0.5 to 2.0. 1.0 is the voice's normal rate."""
    bed: StrPath
    """A built-in bed, `"none"`, or an audio file."""
    bed_level_db: float
    """The level of the bed against the voice, -60 to 0."""
    allow_paths: Sequence[StrPath]
    """Files and folders outside the script's own folder that the script may use."""


def load(source: StrPath) -> Routine:
    """Load a script file, or a bundled routine by its name.

    Raises:
        ScriptError: The script has problems; `.problems` lists all of them.
        VoiceguideError: There is no such file or routine, or it cannot be read.
    """
    from voiceguide.pipeline.bundled_routines import find_routine
    from voiceguide.script.loader import load_script

    return Routine(load_script(find_routine(os.fspath(source))))


def loads(text: str, *, base_dir: StrPath = ".") -> Routine:
    """Load a script from a string. Recordings and beds that it names are looked up in `base_dir`.

    Raises:
        ScriptError: The script has problems.
    """
    from voiceguide.script.loader import load_script

    return Routine(load_script(Path(base_dir, "<string>"), text.encode()))


def bundled() -> Mapping[str, Path]:
    """Return the path of every bundled routine by name."""
    from voiceguide.pipeline.bundled_routines import list_bundled_routines

    return list_bundled_routines()


def check(source: StrPath, *, allow_paths: Sequence[StrPath] = ()) -> list[Problem]:
    """Return every problem of a script, or every warning if it has no problems, in reading order.

    Raises:
        VoiceguideError: There is no such file or routine, or it cannot be read. A bad script does not raise.
    """
    try:
        return list(load(source).plan(allow_paths=allow_paths).warnings)
    except ScriptError as error:
        return list(error.problems)


def verify(path: StrPath) -> VerifyReport:
    """Decode a finished session and compare it with the plan that it carries.

    Raises:
        VerifyError: The file has no plan, or cannot be decoded at all. Other faults are in the report.
    """
    from voiceguide.verification.verifier import verify_file

    return verify_file(Path(path))


def info(path: StrPath) -> SessionInfo:
    """Read the timeline that a finished session carries. Nothing is decoded.

    Raises:
        AudioFileError: The file cannot be read, or was not built by voiceguide.
    """
    from voiceguide.encode.formats import format_for_file_name
    from voiceguide.metadata.embedded_plan import read_session_info

    timeline, channels = read_session_info(Path(path))
    known = format_for_file_name(Path(path).name)
    return SessionInfo(Path(path), known.name if known else "", channels, timeline)


def voices(language: str | None = None) -> list[Voice]:
    """Return the voices of all engines, or those that speak a language such as `"de"` or `"en-GB"`."""
    from voiceguide.speech.engines.registry import list_voices
    from voiceguide.speech.voice_languages import speaks_language

    found, _ = list_voices()
    return [voice for voice in found if language is None or speaks_language(voice, language)]


def say(text: str, *, voice: str = "", pace: float = 1.0, language: str = "") -> Clip:
    """Synthesize one line as a session would say it, `[2s]` pauses included.

    Raises:
        SpeechError: The line cannot be spoken.
    """
    from voiceguide.speech.preview import synthesize_preview
    from voiceguide.system.disk_cache import open_cache

    with open_cache() as cache:
        return Clip(synthesize_preview(cache, text, voice, pace, language))


@dataclass(frozen=True)
class Clip:
    """A piece of audio."""

    samples: Samples
    """Mono float32 in -1 to 1, shape (frames,)."""
    sample_rate: int = SAMPLE_RATE

    @property
    def duration_s(self) -> float:
        return len(self.samples) / self.sample_rate

    def save(self, path: StrPath) -> None:
        """Write a 16-bit WAV file.

        Raises:
            ExportError: It cannot be written.
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
        """BCP 47: `en-US`, `de`."""
        return self._script.routine.language

    @property
    def variants(self) -> tuple[str, ...]:
        """The names of the script's variants."""
        return tuple(self._script.routine.variants)

    @property
    def path(self) -> Path:
        """The script file."""
        return Path(self._script.file)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What the script should change, whatever the overrides. `Timeline.warnings` has these and more."""
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

        Speech that is not in the cache has an estimated length. With `exact` it is synthesized first.

        Raises:
            OverrideError: The routine cannot follow an override.
            ScriptError, SpeechError: A voice or a file that the script names cannot be used.
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
        sidecars: Collection[Sidecar] = (),
        strict: bool = False,
        jobs: int | None = None,
        cache: bool = True,
        progress: Callable[[Progress], None] | None = None,
        **overrides: Unpack[OverrideOptions],
    ) -> Session:
        """Render the session to `output`. The file is verified against its plan before it gets its name.

        Args:
            output: The audio file. An older file of that name is replaced when the new one is complete.
            format: The audio format. Default: by the extension of `output`.
            bitrate_kbps: For mp3, m4b and opus.
            split: Write one file for each stage and a playlist, named after `output`.
            sidecars: Other files to write next to it, under its name.
            strict: Treat warnings as errors.
            jobs: How many encoder processes run at a time. Default: one for each core.
            cache: Whether to use and fill the cache of speech and encoded audio.
            progress: Called in this thread, at most some ten times a second. An exception that it raises cancels the
                build: nothing is written, and the exception reaches you.

        Raises:
            OverrideError: The routine cannot follow an override.
            ScriptError, SpeechError, AudioFileError: A line, a voice or a file cannot be used.
            StrictError: There are warnings, and `strict` is set.
            ExportError: The file cannot be written.
            VerifyError: The result does not match the plan.
        """
        from voiceguide.export.exporter import ExportSettings
        from voiceguide.export.sidecars import write_sidecars

        target = Path(output)
        settings = ExportSettings(format or _format_of(target), bitrate_kbps, jobs)
        _check_choices(settings.format, sidecars, split)
        started_s = time.monotonic()
        with self._open(overrides, cache, progress) as builder:
            timeline = builder.with_all_warnings(builder.exact_timeline())
            if strict and timeline.warnings:
                raise StrictError(timeline.warnings)
            audio = builder.write(timeline, target, settings, split)
            extra = write_sidecars(timeline, target, audio[0], sidecars)
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
        """Open the session as samples, for programs that encode or play it themselves.

        Raises:
            The errors of `plan`.
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
    """The audio file; with `split`, that of the first stage."""
    files: tuple[Path, ...]
    """Every file that was written, audio first."""
    timeline: Timeline
    size_bytes: int
    """Of the audio."""
    elapsed_s: float

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return self.timeline.warnings


@dataclass(frozen=True)
class SessionInfo:
    """What a finished session says about itself."""

    path: Path
    format: str
    channels: int
    timeline: Timeline


class Rendering:
    """A session as 48 kHz samples, computed when you ask for them. Memory stays flat."""

    sample_rate = SAMPLE_RATE

    def __init__(self, timeline: Timeline, source: AudioSource) -> None:
        self.timeline = timeline
        self._source = source

    @property
    def channels(self) -> int:
        """2 with a bed, 1 without."""
        return self._source.channels

    def __len__(self) -> int:
        """The length in samples."""
        return self._source.total

    def read(self, start: int, stop: int) -> Samples:
        """Return the samples from `start` to `stop`: float32, shape (stop - start, channels)."""
        return self._source.render(start, stop)

    def blocks(self, size: int = 5 * SAMPLE_RATE) -> Iterator[Samples]:
        """Yield the session in blocks of `size` samples; the last one may be shorter."""
        for start in range(0, len(self), size):
            yield self.read(start, min(start + size, len(self)))


def _format_of(target: Path) -> str:
    from voiceguide.encode.formats import FORMATS, format_for_file_name

    found = format_for_file_name(target.name)
    if found is None:
        extensions = ", ".join(f".{name}" for name in FORMATS)
        raise ExportError(f"{target}: not an audio file extension. Use {extensions}.")
    return found.name


def _check_choices(format_name: str, sidecars: Collection[str], split: bool) -> None:
    """Refuse what a type checker would have refused."""
    if format_name not in get_args(Format):
        raise ValueError(f'format: "{format_name}" is not one of {", ".join(get_args(Format))}')
    for name in sidecars:
        if name not in get_args(Sidecar):
            raise ValueError(f'sidecars: "{name}" is not one of {", ".join(get_args(Sidecar))}')
    if split and "html_player" in sidecars:
        raise ValueError("html_player is one page with the whole session, and cannot be combined with split")
