"""Encode spans in parallel ffmpeg processes, one per batch, and return the results in order."""

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
from voiceguide.encode.mp3_frame_format import count_frames, frame_bytes
from voiceguide.encode.smart_render import LOOK_AHEAD_FRAMES, SILENCE_LOOP, EncodeSpan
from voiceguide.errors import ExportError
from voiceguide.system.disk_cache import Cache, digest
from voiceguide.system.ffmpeg import FfmpegProcess, ffmpeg_version
from voiceguide.units import MP3_FRAME_SAMPLES, SAMPLE_RATE

__all__ = ["SpanEncoder", "lame_arguments"]

MAX_BATCH_FRAMES = 4000
"""About a minute and a half of audio. Encoding it takes much longer than starting ffmpeg."""
MIN_BATCH_FRAMES = 600
CACHE_READ_SPEEDUP = 8
"""Number of cached frames that can be read in the time it takes to encode one frame. The estimate is low, so that
batches of cached frames stay small too."""


def lame_preset_scale(bit_rate: int) -> float:
    """Return the gain that LAME 3.100 applies to its input at a constant bit rate (presets.c).

    `lame_arguments` compensates for this gain.
    """
    return {192: 0.97, 224: 0.98, 256: 1.0, 320: 1.0}.get(bit_rate, 0.95)


def lame_arguments(bit_rate: int, channels: int) -> list[str]:
    """Return the ffmpeg arguments for encoding float samples from standard input as independent MP3 frames."""
    source = ["-f", "f32le", "-ar", str(SAMPLE_RATE), "-ac", str(channels), "-i", "pipe:0"]
    level = ["-af", f"volume={1 / lame_preset_scale(bit_rate):.6f}:precision=float"]
    lame = ["-c:a", "libmp3lame", "-b:a", f"{bit_rate}k", "-reservoir", "0"]
    frames_only = ["-write_xing", "0", "-id3v2_version", "0", "-f", "mp3", "-flush_packets", "0", "pipe:1"]
    return [*source, *level, *lame, *frames_only]


class SpanEncoder:
    """Encodes spans of a mix to MP3 frames. Leaving the `with` block early kills all ffmpeg processes."""

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
        for process in list(self._processes):
            process.kill()
        self._pool.shutdown(cancel_futures=True)

    def encode(self, spans: Sequence[EncodeSpan]) -> Iterator[bytes]:
        """Yield the frames of each span, in order. Only a few batches are encoded ahead, to limit memory use."""
        pending: deque[Future[list[bytes]]] = deque()
        keyed = [(span, self._cache_key(span)) for span in spans]
        for batch in split_into_batches(keyed, self._cost_in_frames, self._jobs, MIN_BATCH_FRAMES, MAX_BATCH_FRAMES):
            pending.append(self._pool.submit(self._encode_batch, batch))
            if len(pending) > self._jobs + 1:
                yield from pending.popleft().result()
        while pending:
            yield from pending.popleft().result()

    def _cost_in_frames(self, keyed: tuple[EncodeSpan, str]) -> int:
        """Return the cost of a span, expressed as a number of frames to encode. Batches of equal cost take the same
        amount of time."""
        span, key = keyed
        return span.frame_count // CACHE_READ_SPEEDUP if self._cache and self._cache.has(key) else span.frame_count

    def _encode_batch(self, batch: Sequence[tuple[EncodeSpan, str]]) -> list[bytes]:
        """Return the frames of each span in a batch. Spans that are not cached are encoded in one ffmpeg process."""
        cached: list[bytes | None] = []
        process: FfmpegProcess | None = None
        try:
            for span, key in batch:
                if self._stopped.is_set():
                    raise ExportError("The session could not be encoded: encoding was stopped.")
                cached.append(self._read_cached_frames(key, span))
                if cached[-1] is None:
                    process = process or self._start_ffmpeg()
                    process.write(self._render(span).reshape(-1).data)
            encoded = self._split_output(process.read_all(), [span for span, _ in batch], cached) if process else []
        finally:
            if process:
                self._processes.discard(process)
                process.close()
        return self._merge_and_cache([key for _, key in batch], cached, encoded)

    def _start_ffmpeg(self) -> FfmpegProcess:
        process = FfmpegProcess(lame_arguments(self._bit_rate, self._source.channels), action="encode the session")
        self._processes.add(process)
        if self._stopped.is_set():
            process.kill()
        return process

    def _render(self, span: EncodeSpan) -> AudioBlock:
        start, stop = span.sample_range
        if span.loop == SILENCE_LOOP:
            return np.zeros((stop - start, self._source.channels), np.float32)
        if span.loop:
            loop_length = span.loop_frames * MP3_FRAME_SAMPLES
            return np.ascontiguousarray(
                self._source.render_loop(span.loop, start + loop_length, stop + loop_length), "<f4"
            )
        begin, end = max(start, 0), min(stop, self._source.total)
        audio = np.zeros((stop - start, self._source.channels), "<f4")
        if begin < end:
            audio[begin - start : end - start] = self._source.render(begin, end)
        return audio

    def _cache_key(self, span: EncodeSpan) -> str:
        """Return a digest of everything that the frames depend on, computed without rendering any audio."""
        start, stop = span.sample_range
        frames = f"{span.run_in_frames} {span.frame_count}"
        if span.loop:
            return digest(
                "loop frames", self._encoder_settings, f"{span.loop} {span.loop_frames} {span.start_frame} {frames}"
            )
        end = min(stop, self._source.total)
        audio = self._source.range_key(start, end) if start < end else "nothing"
        return digest("island frames", self._encoder_settings, f"{frames} {stop - end}", audio)

    def _read_cached_frames(self, key: str, span: EncodeSpan) -> bytes | None:
        data = self._cache.get(key) if self._cache else None
        if data is None or len(data) != span.frame_count * frame_bytes(self._bit_rate):
            return None
        return data

    def _split_output(self, data: bytes, batch: Sequence[EncodeSpan], cached: Sequence[bytes | None]) -> list[bytes]:
        """Split ffmpeg's output and return the frames of each span that was not cached."""
        count = count_frames(data, self._bit_rate, self._source.channels)
        size = frame_bytes(self._bit_rate)
        encoded = []
        at = 0
        for span, cached_frames in zip(batch, cached, strict=True):
            if cached_frames is None:
                first = at + span.run_in_frames
                encoded.append(data[first * size : (first + span.frame_count) * size])
                at = first + span.frame_count + LOOK_AHEAD_FRAMES
        if count < at:
            raise ExportError(
                f"ffmpeg returned {count} MP3 frames instead of {at}. Unset VOICEGUIDE_FFMPEG, or try again."
            )
        return encoded

    def _merge_and_cache(
        self, keys: Sequence[str], cached: Sequence[bytes | None], encoded: Iterable[bytes]
    ) -> list[bytes]:
        remaining = iter(encoded)
        merged = []
        for key, cached_frames in zip(keys, cached, strict=True):
            frames = cached_frames if cached_frames is not None else next(remaining)
            if cached_frames is None and self._cache:
                self._cache.put(key, frames)
            merged.append(frames)
        return merged
