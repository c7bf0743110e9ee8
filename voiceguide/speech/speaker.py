"""Lines in, clips out: what is said, by whom, and what has been said before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from types import TracebackType

import numpy as np
import numpy.typing as npt

from voiceguide.errors import SoundError, SpeechError
from voiceguide.speech.clip import finish_clip, from_int16, to_int16
from voiceguide.speech.engine import Engine, Speech
from voiceguide.speech.registry import choose_voice, load_engine
from voiceguide.speech.wording import is_speakable, speakable
from voiceguide.store import Store, digest
from voiceguide.timeline.estimate import estimate
from voiceguide.timeline.model import Line, Measured, Pause

__all__ = ["Speaker"]

FORMAT = "clip 1"
"""Changes whenever the finishing of clips does, so that no clip of the old kind is used."""
KEPT_CLIPS = 64
Samples = npt.NDArray[np.float32]


@dataclass(frozen=True)
class _Piece:
    """One text for one engine: a line without pauses is one piece."""

    engine: str
    voice: str
    pace: float
    language: str
    text: str
    key: str


class Speaker:
    """Speaks lines, each at most once ever: clips live in the store, under all that their sound depends on.

    `decode` reads a recording named in a script, as mono float32 at 48 kHz; it is handed in because decoding is not
    speech's trade. A context manager: leaving it ends the engines.
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
        self._engines: dict[str, Engine] = {}
        self._lengths: dict[str, int] = {}
        self._recordings: dict[str, Samples] = {}
        self._read = lru_cache(maxsize=KEPT_CLIPS)(self._from_store)
        self._pieces = lru_cache(maxsize=None)(self._make_pieces)

    def __enter__(self) -> Speaker:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for engine in self._engines.values():
            engine.close()

    def measure(self, line: Line) -> Measured:
        """How long a line lasts: exactly where its clip is there already, else estimated. Loads no engine's model."""
        total = 0
        for piece in self._pieces(line):
            if isinstance(piece, Pause):
                total += piece.samples
                continue
            length = self._known_length(piece)
            if length is None:
                return estimate(line)
            total += length
        return Measured(total, exact=True)

    def speak(self, lines: Iterable[Line], done: Callable[[], None] = lambda: None) -> None:
        """See to it that every line can be heard; `done` is called after each.

        Raises:
            SpeechError: for the first line that cannot be spoken, with its words and the engine's own message.
        """
        for parallel, group in self._by_parallel(lines).items():
            with ThreadPoolExecutor(self._workers if parallel else 1) as pool:
                for _ in pool.map(self._speak_line, group):
                    done()

    def clip(self, line: Line) -> Samples:
        """The sound of a line: mono float32 at 48 kHz, its pauses exact."""
        parts = [
            np.zeros(piece.samples, np.float32) if isinstance(piece, Pause) else self._sound(piece)
            for piece in self._pieces(line)
        ]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _by_parallel(self, lines: Iterable[Line]) -> dict[bool, list[Line]]:
        groups: dict[bool, list[Line]] = {}
        for line in dict.fromkeys(lines):
            engines = {piece.engine for piece in self._pieces(line) if isinstance(piece, _Piece) and piece.engine}
            groups.setdefault(all(self._engine(name).parallel for name in engines), []).append(line)
        return groups

    def _speak_line(self, line: Line) -> None:
        try:
            for piece in self._pieces(line):
                if isinstance(piece, _Piece):
                    self._lengths[piece.key] = self._sound(piece).size
        except (SpeechError, SoundError) as error:
            raise SpeechError(f'"{line.text}" could not be spoken. {error}') from error

    def _make_pieces(self, line: Line) -> tuple[_Piece | Pause, ...]:
        if line.audio:
            return (_Piece("", "", 1.0, "", line.audio, f"recording {line.audio}"),)
        chosen = choose_voice(line.voice, line.language)
        engine = self._engine(chosen.engine)
        pieces: list[_Piece | Pause] = []
        for part in line.parts:
            if isinstance(part, Pause):
                pieces.append(part)
                continue
            text = speakable(part, line.language, self._words, ipa=getattr(engine, "takes_ipa", False))
            if not is_speakable(text):
                raise SpeechError(f'"{part}" has nothing in it that can be spoken. Write it in words.')
            facts = (chosen.engine, engine.version(), chosen.voice, f"{line.pace:.4f}", line.language, text)
            pieces.append(_Piece(chosen.engine, chosen.voice, line.pace, line.language, text, digest(FORMAT, *facts)))
        return tuple(pieces)

    def _engine(self, name: str) -> Engine:
        if name not in self._engines:
            self._engines[name] = load_engine(name)
        return self._engines[name]

    def _known_length(self, piece: _Piece) -> int | None:
        if not piece.engine:
            return self._recording(piece.text).size
        if piece.key not in self._lengths:
            size = self._store.size(piece.key)
            return size // 2 if size is not None else None
        return self._lengths[piece.key]

    def _sound(self, piece: _Piece) -> Samples:
        if not piece.engine:
            return self._recording(piece.text)
        return self._read(piece)

    def _from_store(self, piece: _Piece) -> Samples:
        data = self._store.get(piece.key)
        if data is None:
            speech: Speech = self._engine(piece.engine).synthesize(piece.text, piece.voice, piece.pace, piece.language)
            data = to_int16(finish_clip(speech))
            self._store.put(piece.key, data)
        return from_int16(data)

    def _recording(self, name: str) -> Samples:
        if name not in self._recordings:
            if self._decode is None:
                raise SoundError(f"{name}: recordings cannot be read here.")
            self._recordings[name] = self._decode(name)
        return self._recordings[name]
