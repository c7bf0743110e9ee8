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

from voiceguide.errors import LineError, AudioFileError, SpeechError
from voiceguide.speech.engines.guarded_call import call_engine, synthesis_limit_s
from voiceguide.speech.engines.protocol import Engine
from voiceguide.speech.engines.registry import choose_voice, close_engine, load_engine
from voiceguide.speech.text_normalization import is_speakable, speakable
from voiceguide.system.disk_cache import Store, digest
from voiceguide.system.malloc import give_back, share_one_heap
from voiceguide.system.thread_pool import do_side_by_side
from voiceguide.timeline.model import Line, Measured, Pause
from voiceguide.timeline.speech_estimate import estimate

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Samples = npt.NDArray[np.float32]

__all__ = ["Speaker"]

FORMAT = "clip 3"
"""Changes whenever the finishing of clips does, so that no clip of the old kind is used."""
BYTES_A_SAMPLE = 2
KEPT_CLIPS = 8
KEPT_RECORDINGS = 4


@dataclass(frozen=True)
class _Piece:
    """One text for one engine: a line without pauses is one piece."""

    engine: str
    """Empty for a recording, `text` then being its file as written."""
    voice: str
    pace: float
    language: str
    text: str
    key: str


@dataclass(frozen=True)
class _Clip:
    """What is known of a piece's sound without having it at hand."""

    samples: int
    name: str


class Speaker:
    """Speaks lines, each at most once ever: clips live in the store, under all that their sound depends on.

    `decode` reads a recording named in a script, as mono float32 at 48 kHz; it is handed in because decoding is not
    speech's trade. Safe to use from several threads. A context manager: leaving it ends the engines.
    """

    def __init__(
        self,
        store: Store,
        words: Mapping[str, str] | None = None,
        decode: Callable[[str], Samples] | None = None,
        workers: int = 2,
    ) -> None:
        self._store = store
        self._words = dict(words or {})
        self._decode = decode
        self._workers = workers
        self._lock = threading.Lock()
        self._engines: dict[str, Engine] = {}
        self._turns: dict[str, threading.Lock] = {}
        self._clips: dict[str, _Clip] = {}
        self._read = lru_cache(maxsize=KEPT_CLIPS)(self._spoken)
        self._recording = lru_cache(maxsize=KEPT_RECORDINGS)(self._decoded)
        self._pieces = lru_cache(maxsize=None)(self._make_pieces)
        self._version = lru_cache(maxsize=None)(self._ask_version)

    def __enter__(self) -> Speaker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.rest()

    def rest(self) -> None:
        """End the engines, whose models take more memory than all the rest. They begin anew when they are wanted."""
        with self._lock:
            engines, self._engines = self._engines, {}
        for name, engine in engines.items():
            close_engine(name, engine)
        if engines:
            give_back()

    def measure(self, line: Line) -> Measured:
        """How long a line lasts: exactly where its clip is there already, else estimated. Loads no engine's model.

        Raises:
            SpeechError: for a voice that is not there, or words in which there is nothing to say.
        """
        total = 0
        for piece in self._pieces(line):
            if isinstance(piece, Pause):
                total += piece.samples
                continue
            clip = self._known(piece)
            if clip is None:
                return estimate(line)
            total += clip.samples
        return Measured(total, exact=True)

    def speak(self, lines: Iterable[Line], done: Callable[[], None] = lambda: None) -> None:
        """See to it that every line can be heard; `done` is called after each.

        Raises:
            SpeechError: for the first line that cannot be spoken, with its words and the engine's own message.
        """
        share_one_heap()
        for parallel, group in self._by_parallel(lines).items():
            do_side_by_side(self._speak_line, group, self._workers if parallel else 1, done, self.rest)

    def clip(self, line: Line) -> Samples:
        """The sound of a line: mono float32 at 48 kHz, its pauses exact. Speaks it where that has not been done."""
        import numpy as np

        with _told_of(line):
            parts = [
                np.zeros(piece.samples, np.float32) if isinstance(piece, Pause) else self._sound(piece)
                for piece in self._pieces(line)
            ]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def name(self, line: Line) -> str:
        """A name for the sound of a line: lines of the same name sound the same. Speaks it where that has not been
        done."""
        with _told_of(line):
            return " ".join(
                f"pause {piece.samples}" if isinstance(piece, Pause) else self._spoken_once(piece).name
                for piece in self._pieces(line)
            )

    def _by_parallel(self, lines: Iterable[Line]) -> dict[bool, list[Line]]:
        groups: dict[bool, list[Line]] = {}
        for line in dict.fromkeys(lines):
            engines = {piece.engine for piece in self._pieces(line) if isinstance(piece, _Piece) and piece.engine}
            groups.setdefault(all(self._engine(name).parallel for name in engines), []).append(line)
        return groups

    def _speak_line(self, line: Line) -> None:
        with _told_of(line):
            for piece in self._pieces(line):
                if isinstance(piece, _Piece):
                    self._spoken_once(piece)

    def _make_pieces(self, line: Line) -> tuple[_Piece | Pause, ...]:
        if line.audio:
            return (_Piece("", "", 1.0, "", line.audio, f"recording {line.audio}"),)
        chosen = choose_voice(line.voice, line.language)
        takes_ipa = getattr(self._engine(chosen.engine), "takes_ipa", False)
        pieces: list[_Piece | Pause] = []
        for part in line.parts:
            if isinstance(part, Pause):
                pieces.append(part)
                continue
            text = speakable(part, line.language, self._words, ipa=takes_ipa)
            if not is_speakable(text):
                raise SpeechError(f'"{part}" has nothing in it that can be spoken. Write it in words.')
            version, pace = self._version(chosen.engine, chosen.voice), round(line.pace, 4)
            key = digest(FORMAT, chosen.engine, version, chosen.voice, f"{pace:.4f}", line.language, text)
            pieces.append(_Piece(chosen.engine, chosen.voice, pace, line.language, text, key))
        return tuple(pieces)

    def _engine(self, name: str) -> Engine:
        with self._lock:
            if name not in self._engines:
                self._engines[name] = load_engine(name)
            return self._engines[name]

    def _ask_version(self, engine_name: str, voice: str) -> str:
        engine = self._engine(engine_name)
        of_voice = getattr(engine, "voice_version", lambda voice: "")
        return call_engine(engine_name, "tell its version", lambda: f"{engine.version()} {of_voice(voice)}")

    def _spoken_once(self, piece: _Piece) -> _Clip:
        known = self._known(piece)
        if known is None:
            known = self._heard(piece, self._data(piece))
        return known

    def _known(self, piece: _Piece) -> _Clip | None:
        """From the whole entry with its checksum: a timeline built on a torn clip's length would be wrong."""
        if piece.key not in self._clips:
            if not piece.engine:
                self._sound(piece)
            elif (data := self._store.get(piece.key)) is not None:
                self._heard(piece, data)
        return self._clips.get(piece.key)

    def _heard(self, piece: _Piece, data: bytes) -> _Clip:
        """An engine that says the same words otherwise another time is told by the sum of the samples."""
        return self._learnt(piece, _Clip(len(data) // BYTES_A_SAMPLE, f"{piece.key} {crc32(data):08x}"))

    def _learnt(self, piece: _Piece, clip: _Clip) -> _Clip:
        """What is known of a piece from now on. It may not change: what is made is named by it."""
        if self._clips.setdefault(piece.key, clip) != clip:
            raise SpeechError("Its clip was lost meanwhile, and spoken again it is another one. Build once more.")
        return clip

    def _sound(self, piece: _Piece) -> Samples:
        return self._read(piece) if piece.engine else self._recording(piece)

    def _spoken(self, piece: _Piece) -> Samples:
        from voiceguide.speech.clip_processing import from_int16

        data = self._data(piece)
        self._heard(piece, data)
        samples = from_int16(data)
        samples.setflags(write=False)  # it is kept, and handed to whoever asks for it again
        return samples

    def _data(self, piece: _Piece) -> bytes:
        """A piece's clip from the store, else from its engine. One that is not parallel is asked by one at a time."""
        data = self._store.get(piece.key)
        if data is None:
            with self._turn(piece):
                data = self._store.get(piece.key) or self._synthesized(piece)
        return data

    def _turn(self, piece: _Piece) -> threading.Lock:
        """What to hold while a piece is spoken, so that no two threads speak the same one."""
        name = piece.key if self._engine(piece.engine).parallel else piece.engine
        with self._lock:
            return self._turns.setdefault(name, threading.Lock())

    def _synthesized(self, piece: _Piece) -> bytes:
        from voiceguide.speech.clip_processing import check_length, finish_clip, to_int16

        engine = self._engine(piece.engine)
        speech = call_engine(
            piece.engine,
            "speak this",
            lambda: engine.synthesize(piece.text, piece.voice, piece.pace, piece.language),
            synthesis_limit_s(piece.text),
        )
        samples = finish_clip(speech)
        check_length(samples, piece.text, piece.pace)
        data = to_int16(samples)
        self._store.put(piece.key, data)
        return data

    def _decoded(self, piece: _Piece) -> Samples:
        if self._decode is None:
            raise AudioFileError(f"{piece.text}: recordings cannot be read here.")
        sound = self._decode(piece.text)
        self._learnt(piece, _Clip(sound.size, digest(sound.reshape(-1).data)))
        return sound


@contextmanager
def _told_of(line: Line) -> Iterator[None]:
    """What goes wrong with a line is told with its words."""
    try:
        yield
    except (SpeechError, AudioFileError) as error:
        raise LineError(line.text, str(error)) from error
