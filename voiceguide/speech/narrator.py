"""Turn lines into clips: choose the engine and voice, normalize the text, synthesize it and cache the clip."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from types import TracebackType
from typing import TYPE_CHECKING
from zlib import crc32

from voiceguide.errors import AudioFileError, LineError, SpeechError
from voiceguide.speech.engines.guarded_call import call_engine, synthesis_timeout_s
from voiceguide.speech.engines.protocol import Engine
from voiceguide.speech.engines.registry import close_engine, create_engine, resolve_voice
from voiceguide.speech.room_reverb import ROOM_REVISION, add_room
from voiceguide.speech.text_normalization import has_speech, normalize_text
from voiceguide.speech.thread_pool import parallel_for_each
from voiceguide.system.disk_cache import DiskCache, digest
from voiceguide.system.memory_limits import trim_malloc
from voiceguide.timeline.model import Line, Pause, SpeechLength
from voiceguide.timeline.speech_estimate import estimate_speech_length

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Samples = npt.NDArray[np.float32]

__all__ = ["Narrator"]

CLIP_FORMAT_VERSION = "clip 3"
"""Part of every cache key. Change it whenever `clip_processing` changes, so that older clips are not reused."""
BYTES_PER_SAMPLE = 2
MAX_CLIPS_IN_MEMORY = 8
MAX_RECORDINGS_IN_MEMORY = 4


@dataclass(frozen=True)
class _Piece:
    """A recording, or text to be spoken by a single engine. A line without pauses is one piece."""

    engine: str
    """The name of the engine, or empty for a recording. For a recording, `text` is the file name as written in the
    script."""
    voice: str
    pace: float
    language: str
    text: str
    cache_key: str


@dataclass(frozen=True)
class _ClipInfo:
    """The length and ID of a piece's audio, available without loading the audio."""

    length_samples: int
    clip_id: str


class Narrator:
    """Turns lines into clips and caches them. The cache key covers everything that the audio depends on.

    `pronunciations` maps words to their pronunciations. `decode_recording` returns a recording named in a script as
    mono float32 at 48 kHz. A narrator is thread-safe, and is also a context manager that closes its engines on exit.
    """

    def __init__(
        self,
        cache: DiskCache,
        pronunciations: Mapping[str, str] | None = None,
        decode_recording: Callable[[str], Samples] | None = None,
        max_workers: int = 2,
    ) -> None:
        self._cache = cache
        self._pronunciations = dict(pronunciations or {})
        self._decode_recording = decode_recording
        self._max_workers = max_workers
        self._lock = threading.Lock()
        self._engines: dict[str, Engine] = {}
        self._synthesis_locks: dict[str, threading.Lock] = {}
        self._clip_infos: dict[str, _ClipInfo] = {}
        self.missing_keys: set[str] = set()
        """The cache keys of clips that were looked for and not found."""
        self._speech_samples = lru_cache(maxsize=MAX_CLIPS_IN_MEMORY)(self._load_or_synthesize)
        self._recording_samples = lru_cache(maxsize=MAX_RECORDINGS_IN_MEMORY)(self._load_recording)
        self._clips_in_room = lru_cache(maxsize=MAX_CLIPS_IN_MEMORY)(self._add_room)
        self._pieces = lru_cache(maxsize=None)(self._make_pieces)
        self._engine_version = lru_cache(maxsize=None)(self._query_engine_version)

    def __enter__(self) -> Narrator:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release_engines()

    def release_engines(self) -> None:
        """Close the engines to free the memory of their models. The engines are loaded again when needed."""
        with self._lock:
            engines, self._engines = self._engines, {}
        for name, engine in engines.items():
            close_engine(name, engine)
        if engines:
            trim_malloc()

    def measure(self, line: Line) -> SpeechLength:
        """Return the length of a line without loading a model: exact if its clips are cached, otherwise estimated.

        Raises:
            SpeechError: if the voice does not exist, or if the text contains nothing that can be spoken.
        """
        total = line.tail_samples
        for piece in self._pieces(line):
            if isinstance(piece, Pause):
                total += piece.samples
                continue
            info = self._cached_info(piece)
            if info is None:
                return estimate_speech_length(line)
            total += info.length_samples
        return SpeechLength(total, exact=True)

    def synthesize_missing(self, lines: Iterable[Line], on_line_done: Callable[[], None] = lambda: None) -> None:
        """Synthesize all lines that are not cached yet. `on_line_done` is called after each line, cached or not.

        Raises:
            LineError: if a line cannot be spoken. It contains the text of the first one and the engine's message.
        """
        for parallel, group in self._group_by_parallel(lines).items():
            workers = self._max_workers if parallel else 1
            parallel_for_each(self._synthesize_line, group, workers, on_line_done, self.release_engines)

    def clip(self, line: Line) -> Samples:
        """Return the audio of a line as mono float32 at 48 kHz, with exact pauses. Synthesize it if necessary."""
        return self._clips_in_room(line) if line.tail_samples else self._dry_clip(line)

    def _dry_clip(self, line: Line) -> Samples:
        import numpy as np

        with _convert_to_line_error(line):
            parts = [
                np.zeros(piece.samples, np.float32) if isinstance(piece, Pause) else self._samples(piece)
                for piece in self._pieces(line)
            ]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def clip_id(self, line: Line) -> str:
        """Return the audio ID of a line. Lines with the same ID have identical audio. Synthesize if necessary."""
        with _convert_to_line_error(line):
            dry = " ".join(
                f"pause {piece.samples}" if isinstance(piece, Pause) else self._ensure_clip_info(piece).clip_id
                for piece in self._pieces(line)
            )
        return f"{dry} {ROOM_REVISION} {line.room} {line.tail_samples}" if line.tail_samples else dry

    def _add_room(self, line: Line) -> Samples:
        clip = add_room(self._dry_clip(line), line.room, line.tail_samples)
        clip.setflags(write=False)  # every caller gets the same array
        return clip

    def _group_by_parallel(self, lines: Iterable[Line]) -> dict[bool, list[Line]]:
        groups: dict[bool, list[Line]] = {}
        for line in dict.fromkeys(lines):
            engines = {piece.engine for piece in self._pieces(line) if isinstance(piece, _Piece) and piece.engine}
            groups.setdefault(all(self._engine(name).parallel for name in engines), []).append(line)
        return groups

    def _synthesize_line(self, line: Line) -> None:
        with _convert_to_line_error(line):
            for piece in self._pieces(line):
                if isinstance(piece, _Piece):
                    self._ensure_clip_info(piece)

    def _make_pieces(self, line: Line) -> tuple[_Piece | Pause, ...]:
        if line.audio:
            return (_Piece("", "", 1.0, "", line.audio, f"recording {line.audio}"),)
        resolved = resolve_voice(line.voice, line.language)
        takes_ipa = getattr(self._engine(resolved.engine), "takes_ipa", False)
        pieces: list[_Piece | Pause] = []
        for part in line.parts:
            if isinstance(part, Pause):
                pieces.append(part)
                continue
            text = normalize_text(part, line.language, self._pronunciations, takes_ipa=takes_ipa)
            if not has_speech(text):
                raise SpeechError(f'"{part}" contains nothing that can be spoken. Write it in words.')
            engine, voice, pace = resolved.engine, resolved.voice, round(line.pace, 4)
            version = self._engine_version(engine, voice)
            key = digest(CLIP_FORMAT_VERSION, engine, version, voice, f"{pace:.4f}", line.language, text)
            pieces.append(_Piece(engine, voice, pace, line.language, text, key))
        return tuple(pieces)

    def _engine(self, name: str) -> Engine:
        with self._lock:
            if name not in self._engines:
                self._engines[name] = create_engine(name)
            return self._engines[name]

    def _query_engine_version(self, engine_name: str, voice: str) -> str:
        engine = self._engine(engine_name)
        voice_version = getattr(engine, "voice_version", lambda voice: "")
        return call_engine(engine_name, "report its version", lambda: f"{engine.version()} {voice_version(voice)}")

    def _ensure_clip_info(self, piece: _Piece) -> _ClipInfo:
        return self._cached_info(piece) or self._remember_clip_info(piece, self._clip_bytes(piece))

    def _cached_info(self, piece: _Piece) -> _ClipInfo | None:
        """Read the whole cache entry to verify its checksum, because a truncated clip would have the wrong length."""
        if piece.cache_key not in self._clip_infos:
            if not piece.engine:
                self._samples(piece)
            elif (data := self._cache.get(piece.cache_key)) is not None:
                self._remember_clip_info(piece, data)
            else:
                self.missing_keys.add(piece.cache_key)
        return self._clip_infos.get(piece.cache_key)

    def _remember_clip_info(self, piece: _Piece, data: bytes) -> _ClipInfo:
        """Record a new clip. The checksum in the ID of a clip reveals engines whose output is not reproducible."""
        return self._remember_info(
            piece, _ClipInfo(len(data) // BYTES_PER_SAMPLE, f"{piece.cache_key} {crc32(data):08x}")
        )

    def _remember_info(self, piece: _Piece, info: _ClipInfo) -> _ClipInfo:
        """Remember a piece's length and ID. Neither may change, because both are part of other cache keys."""
        if self._clip_infos.setdefault(piece.cache_key, info) != info:
            raise SpeechError(
                "Its clip was removed from the cache in the meantime, and the engine spoke it differently this time. "
                "Build again."
            )
        return info

    def _samples(self, piece: _Piece) -> Samples:
        return self._speech_samples(piece) if piece.engine else self._recording_samples(piece)

    def _load_or_synthesize(self, piece: _Piece) -> Samples:
        from voiceguide.speech.clip_processing import decode_clip_bytes

        data = self._clip_bytes(piece)
        self._remember_clip_info(piece, data)
        samples = decode_clip_bytes(data)
        samples.setflags(write=False)  # every caller gets the same array
        return samples

    def _clip_bytes(self, piece: _Piece) -> bytes:
        data = self._cache.get(piece.cache_key)
        if data is None:
            with self._synthesis_lock(piece):
                data = self._cache.get(piece.cache_key) or self._synthesize(piece)
        return data

    def _synthesis_lock(self, piece: _Piece) -> threading.Lock:
        """Return the lock for synthesizing a piece: one per piece, or one per engine if the engine is not parallel."""
        name = piece.cache_key if self._engine(piece.engine).parallel else piece.engine
        with self._lock:
            return self._synthesis_locks.setdefault(name, threading.Lock())

    def _synthesize(self, piece: _Piece) -> bytes:
        from voiceguide.speech.clip_processing import check_clip_length, encode_clip_bytes, process_clip

        engine = self._engine(piece.engine)
        speech = call_engine(
            piece.engine,
            "synthesize this text",
            lambda: engine.synthesize(piece.text, piece.voice, piece.pace, piece.language),
            synthesis_timeout_s(piece.text),
        )
        try:
            samples = process_clip(speech)
            check_clip_length(samples, piece.text, piece.pace)
        except SpeechError as error:
            raise SpeechError(f"{error} Try different words or another voice.") from error
        data = encode_clip_bytes(samples)
        self._cache.put(piece.cache_key, data)
        return data

    def _load_recording(self, piece: _Piece) -> Samples:
        if self._decode_recording is None:
            raise AudioFileError(f"{piece.text}: recordings cannot be read here.")
        recording = self._decode_recording(piece.text)
        self._remember_info(piece, _ClipInfo(recording.size, digest(recording.reshape(-1).data)))
        return recording


@contextmanager
def _convert_to_line_error(line: Line) -> Iterator[None]:
    """Add the line's text to any error raised in the `with` block."""
    try:
        yield
    except (SpeechError, AudioFileError) as error:
        raise LineError(line.text or line.audio, str(error), is_file=not line.text) from error
