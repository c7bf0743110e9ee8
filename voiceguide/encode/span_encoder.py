"""Encodes pieces: many on one reel through one ffmpeg, several reels at a time, the results in order."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

import numpy as np

from voiceguide.audio.mixer.source import AudioBlock, AudioSource
from voiceguide.encode.batches import split_into_batches
from voiceguide.encode.mp3_frames import count_frames, frame_bytes
from voiceguide.encode.smart_render import LOOK_AHEAD_FRAMES, SILENCE_LOOP, EncodeSpan
from voiceguide.errors import ExportError
from voiceguide.system.disk_cache import Cache, digest
from voiceguide.system.ffmpeg import FfmpegProcess, ffmpeg_version
from voiceguide.units import MP3_FRAME_SAMPLES, SAMPLE_RATE

__all__ = ["SpanEncoder", "lame_arguments"]

MAX_BATCH_FRAMES = 4000
"""Frames on a reel at most: a minute and a half, against which the start of an ffmpeg costs little."""
MIN_BATCH_FRAMES = 600
CACHE_READ_SPEEDUP = 8
"""Frames read from the cache, at the least, while one is encoded; and there is an end to what a reel may hold."""


def lame_input_gain(bit_rate: int) -> float:
    """By how much LAME 3.100 turns its input down at a constant bit rate (its presets.c); we turn it up before."""
    return {192: 0.97, 224: 0.98, 256: 1.0, 320: 1.0}.get(bit_rate, 0.95)


def lame_arguments(bit_rate: int, channels: int) -> list[str]:
    """ffmpeg's arguments to make, of float samples on standard input, frames that stand alone and can be joined."""
    source = ["-f", "f32le", "-ar", str(SAMPLE_RATE), "-ac", str(channels), "-i", "pipe:0"]
    level = ["-af", f"volume={1 / lame_input_gain(bit_rate):.6f}:precision=float"]
    lame = ["-c:a", "libmp3lame", "-b:a", f"{bit_rate}k", "-reservoir", "0"]
    bare = ["-write_xing", "0", "-id3v2_version", "0", "-f", "mp3", "-flush_packets", "0", "pipe:1"]
    return [*source, *level, *lame, *bare]


class SpanEncoder:
    """Turns pieces of a mix into frames. Leaving the `with` early ends every ffmpeg at once."""

    def __init__(self, source: AudioSource, bit_rate: int, cache: Cache | None, jobs: int | None = None) -> None:
        self._source = source
        self._bit_rate = bit_rate
        self._cache = cache
        self._jobs = max(1, jobs or os.cpu_count() or 1)
        self._encoder_settings = f"{ffmpeg_version()} {lame_arguments(bit_rate, source.channels)}"
        self._processes: set[FfmpegProcess] = set()
        self._stopped = threading.Event()
        self._pool = ThreadPoolExecutor(self._jobs, "encode")

    def __enter__(self) -> SpanEncoder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stopped.set()
        for child in list(self._processes):
            child.kill()
        self._pool.shutdown(cancel_futures=True)

    def encode(self, spans: Sequence[EncodeSpan]) -> Iterator[bytes]:
        """The frames of each piece, in order. Works ahead by a few reels and no further, so that memory stays flat."""
        waiting: deque[Future[list[bytes]]] = deque()
        keyed = [(piece, self._cache_key(piece)) for piece in spans]
        for reel in split_into_batches(keyed, self._cost_in_frames, self._jobs, MIN_BATCH_FRAMES, MAX_BATCH_FRAMES):
            waiting.append(self._pool.submit(self._encode_batch, reel))
            if len(waiting) > self._jobs + 1:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()

    def _cost_in_frames(self, keyed: tuple[EncodeSpan, str]) -> int:
        """How many frames' encoding a piece costs: reels of as much work end at the same time."""
        piece, key = keyed
        return piece.frame_count // CACHE_READ_SPEEDUP if self._cache and self._cache.has(key) else piece.frame_count

    def _encode_batch(self, reel: Sequence[tuple[EncodeSpan, str]]) -> list[bytes]:
        """What the cache has is taken from it; the rest goes through one ffmpeg, rendered while it encodes."""
        known: list[bytes | None] = []
        child: FfmpegProcess | None = None
        try:
            for piece, key in reel:
                if self._stopped.is_set():
                    raise ExportError("The session could not be encoded: it was stopped.")
                known.append(self._read_cached_frames(key, piece))
                if known[-1] is None:
                    child = child or self._start_ffmpeg()
                    child.write(self._render(piece).reshape(-1).data)
            fresh = self._split_output(child.read_all(), [piece for piece, _ in reel], known) if child else []
        finally:
            if child:
                self._processes.discard(child)
                child.close()
        return self._merge_and_cache([key for _, key in reel], known, fresh)

    def _start_ffmpeg(self) -> FfmpegProcess:
        child = FfmpegProcess(lame_arguments(self._bit_rate, self._source.channels), action="encode the session")
        self._processes.add(child)
        if self._stopped.is_set():
            child.kill()
        return child

    def _render(self, span: EncodeSpan) -> AudioBlock:
        start, stop = span.sample_range
        if span.loop == SILENCE_LOOP:
            return np.zeros((stop - start, self._source.channels), np.float32)
        if span.loop:
            turn = span.loop_frames * MP3_FRAME_SAMPLES
            return np.ascontiguousarray(self._source.render_loop(span.loop, start + turn, stop + turn), "<f4")
        begin, end = max(start, 0), min(stop, self._source.total)
        sound = np.zeros((stop - start, self._source.channels), "<f4")
        if begin < end:
            sound[begin - start : end - start] = self._source.render(begin, end)
        return sound

    def _cache_key(self, piece: EncodeSpan) -> str:
        """Frames are named by all that their sound depends on, so that those which are known need not be rendered."""
        start, stop = piece.sample_range
        place = f"{piece.run_in_frames} {piece.frame_count}"
        if piece.loop:
            return digest(
                "loop frames", self._encoder_settings, f"{piece.loop} {piece.loop_frames} {piece.start_frame} {place}"
            )
        end = min(stop, self._source.total)
        sound = self._source.range_key(start, end) if start < end else "nothing"
        return digest("island frames", self._encoder_settings, f"{place} {stop - end}", sound)

    def _read_cached_frames(self, key: str, piece: EncodeSpan) -> bytes | None:
        data = self._cache.get(key) if self._cache else None
        if data is None or len(data) != piece.frame_count * frame_bytes(self._bit_rate):
            return None
        return data

    def _split_output(self, data: bytes, reel: Sequence[EncodeSpan], known: Sequence[bytes | None]) -> list[bytes]:
        """The pieces' own frames from what ffmpeg made of all of them in a row."""
        count = count_frames(data, self._bit_rate, self._source.channels)
        size = frame_bytes(self._bit_rate)
        fresh = []
        at = 0
        for piece, have in zip(reel, known, strict=True):
            if have is None:
                first = at + piece.run_in_frames
                fresh.append(data[first * size : (first + piece.frame_count) * size])
                at = first + piece.frame_count + LOOK_AHEAD_FRAMES
        if count < at:
            raise ExportError(
                f"ffmpeg made {count} MP3 frames where {at} were due. Unset VOICEGUIDE_FFMPEG, or try again."
            )
        return fresh

    def _merge_and_cache(
        self, keys: Sequence[str], known: Sequence[bytes | None], fresh: Iterable[bytes]
    ) -> list[bytes]:
        new = iter(fresh)
        result = []
        for key, have in zip(keys, known, strict=True):
            frames = have if have is not None else next(new)
            if have is None and self._cache:
                self._cache.put(key, frames)
            result.append(frames)
        return result
