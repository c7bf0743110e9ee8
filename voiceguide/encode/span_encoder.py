"""Encodes pieces: many on one reel through one ffmpeg, several reels at a time, the results in order."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

import numpy as np

from voiceguide.audio.mixer.source import Blocks, Mixed
from voiceguide.encode.batches import in_lots
from voiceguide.encode.mp3_frames import count_frames, frame_bytes
from voiceguide.encode.smart_render import LOOK_AHEAD, SILENCE, Piece
from voiceguide.errors import ExportError
from voiceguide.system.disk_cache import Cache, digest
from voiceguide.system.ffmpeg import Child, ffmpeg_version
from voiceguide.units import MP3_FRAME_SAMPLES, SAMPLE_RATE

__all__ = ["PieceEncoder", "lame_arguments"]

LONGEST_REEL = 4000
"""Frames on a reel at most: a minute and a half, against which the start of an ffmpeg costs little."""
SHORTEST_REEL = 600
KNOWN = 8
"""Frames read from the cache, at the least, while one is encoded; and there is an end to what a reel may hold."""


def lame_scale(bit_rate: int) -> float:
    """By how much LAME 3.100 turns its input down at a constant bit rate (its presets.c); we turn it up before."""
    return {192: 0.97, 224: 0.98, 256: 1.0, 320: 1.0}.get(bit_rate, 0.95)


def lame_arguments(bit_rate: int, channels: int) -> list[str]:
    """ffmpeg's arguments to make, of float samples on standard input, frames that stand alone and can be joined."""
    source = ["-f", "f32le", "-ar", str(SAMPLE_RATE), "-ac", str(channels), "-i", "pipe:0"]
    level = ["-af", f"volume={1 / lame_scale(bit_rate):.6f}:precision=float"]
    lame = ["-c:a", "libmp3lame", "-b:a", f"{bit_rate}k", "-reservoir", "0"]
    bare = ["-write_xing", "0", "-id3v2_version", "0", "-f", "mp3", "-flush_packets", "0", "pipe:1"]
    return [*source, *level, *lame, *bare]


class PieceEncoder:
    """Turns pieces of a mix into frames. Leaving the `with` early ends every ffmpeg at once."""

    def __init__(self, mixed: Mixed, bit_rate: int, cache: Cache | None, jobs: int | None = None) -> None:
        self._mixed = mixed
        self._bit_rate = bit_rate
        self._cache = cache
        self._jobs = max(1, jobs or os.cpu_count() or 1)
        self._settings = f"{ffmpeg_version()} {lame_arguments(bit_rate, mixed.channels)}"
        self._children: set[Child] = set()
        self._stopped = threading.Event()
        self._pool = ThreadPoolExecutor(self._jobs, "encode")

    def __enter__(self) -> PieceEncoder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stopped.set()
        for child in list(self._children):
            child.kill()
        self._pool.shutdown(cancel_futures=True)

    def encode(self, pieces: Sequence[Piece]) -> Iterator[bytes]:
        """The frames of each piece, in order. Works ahead by a few reels and no further, so that memory stays flat."""
        waiting: deque[Future[list[bytes]]] = deque()
        keyed = [(piece, self._key(piece)) for piece in pieces]
        for reel in in_lots(keyed, self._work, self._jobs, SHORTEST_REEL, LONGEST_REEL):
            waiting.append(self._pool.submit(self._encode_reel, reel))
            if len(waiting) > self._jobs + 1:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()

    def _work(self, keyed: tuple[Piece, str]) -> int:
        """How many frames' encoding a piece costs: reels of as much work end at the same time."""
        piece, key = keyed
        return piece.frames // KNOWN if self._cache and self._cache.has(key) else piece.frames

    def _encode_reel(self, reel: Sequence[tuple[Piece, str]]) -> list[bytes]:
        """What the cache has is taken from it; the rest goes through one ffmpeg, rendered while it encodes."""
        known: list[bytes | None] = []
        child: Child | None = None
        try:
            for piece, key in reel:
                if self._stopped.is_set():
                    raise ExportError("The session could not be encoded: it was stopped.")
                known.append(self._cached(key, piece))
                if known[-1] is None:
                    child = child or self._start()
                    child.write(self._render(piece).reshape(-1).data)
            fresh = self._cut(child.finish(), [piece for piece, _ in reel], known) if child else []
        finally:
            if child:
                self._children.discard(child)
                child.close()
        return self._keep([key for _, key in reel], known, fresh)

    def _start(self) -> Child:
        child = Child(lame_arguments(self._bit_rate, self._mixed.channels), doing="encode the session")
        self._children.add(child)
        if self._stopped.is_set():
            child.kill()
        return child

    def _render(self, piece: Piece) -> Blocks:
        start, stop = piece.samples
        if piece.loop == SILENCE:
            return np.zeros((stop - start, self._mixed.channels), np.float32)
        if piece.loop:
            turn = piece.loop_frames * MP3_FRAME_SAMPLES
            return np.ascontiguousarray(self._mixed.render_loop(piece.loop, start + turn, stop + turn), "<f4")
        begin, end = max(start, 0), min(stop, self._mixed.total)
        sound = np.zeros((stop - start, self._mixed.channels), "<f4")
        if begin < end:
            sound[begin - start : end - start] = self._mixed.render(begin, end)
        return sound

    def _key(self, piece: Piece) -> str:
        """Frames are named by all that their sound depends on, so that those which are known need not be rendered."""
        start, stop = piece.samples
        place = f"{piece.run_in} {piece.frames}"
        if piece.loop:
            return digest("loop frames", self._settings, f"{piece.loop} {piece.loop_frames} {piece.first} {place}")
        end = min(stop, self._mixed.total)
        sound = self._mixed.key(start, end) if start < end else "nothing"
        return digest("island frames", self._settings, f"{place} {stop - end}", sound)

    def _cached(self, key: str, piece: Piece) -> bytes | None:
        data = self._cache.get(key) if self._cache else None
        if data is None or len(data) != piece.frames * frame_bytes(self._bit_rate):
            return None
        return data

    def _cut(self, data: bytes, reel: Sequence[Piece], known: Sequence[bytes | None]) -> list[bytes]:
        """The pieces' own frames from what ffmpeg made of all of them in a row."""
        count = count_frames(data, self._bit_rate, self._mixed.channels)
        size = frame_bytes(self._bit_rate)
        fresh = []
        at = 0
        for piece, have in zip(reel, known, strict=True):
            if have is None:
                first = at + piece.run_in
                fresh.append(data[first * size : (first + piece.frames) * size])
                at = first + piece.frames + LOOK_AHEAD
        if count < at:
            raise ExportError(
                f"ffmpeg made {count} MP3 frames where {at} were due. Unset VOICEGUIDE_FFMPEG, or try again."
            )
        return fresh

    def _keep(self, keys: Sequence[str], known: Sequence[bytes | None], fresh: Iterable[bytes]) -> list[bytes]:
        new = iter(fresh)
        result = []
        for key, have in zip(keys, known, strict=True):
            frames = have if have is not None else next(new)
            if have is None and self._cache:
                self._cache.put(key, frames)
            result.append(frames)
        return result
