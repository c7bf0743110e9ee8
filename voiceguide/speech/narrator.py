"""Lines in, clips out: what is said, by whom, and what has been said before."""

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
from voiceguide.speech.engines.registry import close_engine, load_engine, resolve_voice
from voiceguide.speech.text_normalization import has_speech, normalize_text
from voiceguide.system.disk_cache import DiskCache, digest
from voiceguide.system.malloc import limit_malloc_arenas, trim_malloc
from voiceguide.system.thread_pool import parallel_for_each
from voiceguide.timeline.model import Line, Pause, SpeechLength
from voiceguide.timeline.speech_estimate import estimate_speech_length

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Samples = npt.NDArray[np.float32]

__all__ = ["Narrator"]

CLIP_FORMAT_VERSION = "clip 3"
"""Changes whenever the finishing of clips does, so that no clip of the old kind is used."""
BYTES_PER_SAMPLE = 2
MAX_CLIPS_IN_MEMORY = 8
MAX_RECORDINGS_IN_MEMORY = 4


@dataclass(frozen=True)
class _Piece:
    """One text for one engine: a line without pauses is one piece."""

    engine: str
    """Empty for a recording, `text` then being its file as written."""
    voice: str
    pace: float
    language: str
    text: str
    cache_key: str


@dataclass(frozen=True)
class _ClipInfo:
    """What is known of a piece's sound without having it at hand."""

    length_samples: int
    clip_id: str


class Narrator:
    """Speaks lines, each at most once ever: clips live in the store, under all that their sound depends on.

    `decode` reads a recording named in a script, as mono float32 at 48 kHz; it is handed in because decoding is not
    speech's trade. Safe to use from several threads. A context manager: leaving it ends the engines.
    """

    def __init__(
        self,
        store: DiskCache,
        pronunciations: Mapping[str, str] | None = None,
        decode_recording: Callable[[str], Samples] | None = None,
        max_workers: int = 2,
    ) -> None:
        self._store = store
        self._pronunciations = dict(pronunciations or {})
        self._decode_recording = decode_recording
        self._max_workers = max_workers
        self._lock = threading.Lock()
        self._engines: dict[str, Engine] = {}
        self._synthesis_locks: dict[str, threading.Lock] = {}
        self._clip_infos: dict[str, _ClipInfo] = {}
        self._speech_samples = lru_cache(maxsize=MAX_CLIPS_IN_MEMORY)(self._load_or_synthesize)
        self._recording_samples = lru_cache(maxsize=MAX_RECORDINGS_IN_MEMORY)(self._load_recording)
        self._pieces = lru_cache(maxsize=None)(self._make_pieces)
        self._engine_version = lru_cache(maxsize=None)(self._query_engine_version)

    def __enter__(self) -> Narrator:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release_engines()

    def release_engines(self) -> None:
        """End the engines, whose models take more memory than all the rest. They begin anew when they are wanted."""
        with self._lock:
            engines, self._engines = self._engines, {}
        for name, engine in engines.items():
            close_engine(name, engine)
        if engines:
            trim_malloc()

    def measure(self, line: Line) -> SpeechLength:
        """How long a line lasts: exactly where its clip is there already, else estimated. Loads no engine's model.

        Raises:
            SpeechError: for a voice that is not there, or words in which there is nothing to say.
        """
        total = 0
        for piece in self._pieces(line):
            if isinstance(piece, Pause):
                total += piece.samples
                continue
            clip = self._cached_info(piece)
            if clip is None:
                return estimate_speech_length(line)
            total += clip.length_samples
        return SpeechLength(total, exact=True)

    def synthesize_missing(self, lines: Iterable[Line], done: Callable[[], None] = lambda: None) -> None:
        """See to it that every line can be heard; `done` is called after each.

        Raises:
            SpeechError: for the first line that cannot be spoken, with its words and the engine's own message.
        """
        limit_malloc_arenas()
        for parallel, group in self._group_by_parallel(lines).items():
            parallel_for_each(
                self._synthesize_line, group, self._max_workers if parallel else 1, done, self.release_engines
            )

    def clip(self, line: Line) -> Samples:
        """The sound of a line: mono float32 at 48 kHz, its pauses exact. Speaks it where that has not been done."""
        import numpy as np

        with _convert_to_line_error(line):
            parts = [
                np.zeros(piece.samples, np.float32) if isinstance(piece, Pause) else self._samples(piece)
                for piece in self._pieces(line)
            ]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def clip_id(self, line: Line) -> str:
        """A name for the sound of a line: lines of the same name sound the same. Speaks it where that has not been
        done."""
        with _convert_to_line_error(line):
            return " ".join(
                f"pause {piece.samples}" if isinstance(piece, Pause) else self._ensure_clip_info(piece).clip_id
                for piece in self._pieces(line)
            )

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
        chosen = resolve_voice(line.voice, line.language)
        takes_ipa = getattr(self._engine(chosen.engine), "takes_ipa", False)
        pieces: list[_Piece | Pause] = []
        for part in line.parts:
            if isinstance(part, Pause):
                pieces.append(part)
                continue
            text = normalize_text(part, line.language, self._pronunciations, takes_ipa=takes_ipa)
            if not has_speech(text):
                raise SpeechError(f'"{part}" has nothing in it that can be spoken. Write it in words.')
            version, pace = self._engine_version(chosen.engine, chosen.voice), round(line.pace, 4)
            key = digest(CLIP_FORMAT_VERSION, chosen.engine, version, chosen.voice, f"{pace:.4f}", line.language, text)
            pieces.append(_Piece(chosen.engine, chosen.voice, pace, line.language, text, key))
        return tuple(pieces)

    def _engine(self, name: str) -> Engine:
        with self._lock:
            if name not in self._engines:
                self._engines[name] = load_engine(name)
            return self._engines[name]

    def _query_engine_version(self, engine_name: str, voice: str) -> str:
        engine = self._engine(engine_name)
        of_voice = getattr(engine, "voice_version", lambda voice: "")
        return call_engine(engine_name, "tell its version", lambda: f"{engine.version()} {of_voice(voice)}")

    def _ensure_clip_info(self, piece: _Piece) -> _ClipInfo:
        known = self._cached_info(piece)
        if known is None:
            known = self._remember_clip(piece, self._clip_bytes(piece))
        return known

    def _cached_info(self, piece: _Piece) -> _ClipInfo | None:
        """From the whole entry with its checksum: a timeline built on a torn clip's length would be wrong."""
        if piece.cache_key not in self._clip_infos:
            if not piece.engine:
                self._samples(piece)
            elif (data := self._store.get(piece.cache_key)) is not None:
                self._remember_clip(piece, data)
        return self._clip_infos.get(piece.cache_key)

    def _remember_clip(self, piece: _Piece, data: bytes) -> _ClipInfo:
        """An engine that says the same words otherwise another time is told by the sum of the samples."""
        return self._remember_info(
            piece, _ClipInfo(len(data) // BYTES_PER_SAMPLE, f"{piece.cache_key} {crc32(data):08x}")
        )

    def _remember_info(self, piece: _Piece, clip: _ClipInfo) -> _ClipInfo:
        """What is known of a piece from now on. It may not change: what is made is named by it."""
        if self._clip_infos.setdefault(piece.cache_key, clip) != clip:
            raise SpeechError("Its clip was lost meanwhile, and spoken again it is another one. Build once more.")
        return clip

    def _samples(self, piece: _Piece) -> Samples:
        return self._speech_samples(piece) if piece.engine else self._recording_samples(piece)

    def _load_or_synthesize(self, piece: _Piece) -> Samples:
        from voiceguide.speech.clip_processing import decode_clip_bytes

        data = self._clip_bytes(piece)
        self._remember_clip(piece, data)
        samples = decode_clip_bytes(data)
        samples.setflags(write=False)  # it is kept, and handed to whoever asks for it again
        return samples

    def _clip_bytes(self, piece: _Piece) -> bytes:
        """A piece's clip from the store, else from its engine. One that is not parallel is asked by one at a time."""
        data = self._store.get(piece.cache_key)
        if data is None:
            with self._synthesis_lock(piece):
                data = self._store.get(piece.cache_key) or self._synthesize(piece)
        return data

    def _synthesis_lock(self, piece: _Piece) -> threading.Lock:
        """What to hold while a piece is spoken, so that no two threads speak the same one."""
        name = piece.cache_key if self._engine(piece.engine).parallel else piece.engine
        with self._lock:
            return self._synthesis_locks.setdefault(name, threading.Lock())

    def _synthesize(self, piece: _Piece) -> bytes:
        from voiceguide.speech.clip_processing import check_clip_length, encode_clip_bytes, process_clip

        engine = self._engine(piece.engine)
        speech = call_engine(
            piece.engine,
            "speak this",
            lambda: engine.synthesize(piece.text, piece.voice, piece.pace, piece.language),
            synthesis_timeout_s(piece.text),
        )
        samples = process_clip(speech)
        check_clip_length(samples, piece.text, piece.pace)
        data = encode_clip_bytes(samples)
        self._store.put(piece.cache_key, data)
        return data

    def _load_recording(self, piece: _Piece) -> Samples:
        if self._decode_recording is None:
            raise AudioFileError(f"{piece.text}: recordings cannot be read here.")
        sound = self._decode_recording(piece.text)
        self._remember_info(piece, _ClipInfo(sound.size, digest(sound.reshape(-1).data)))
        return sound


@contextmanager
def _convert_to_line_error(line: Line) -> Iterator[None]:
    """What goes wrong with a line is told with its words."""
    try:
        yield
    except (SpeechError, AudioFileError) as error:
        raise LineError(line.text, str(error)) from error
