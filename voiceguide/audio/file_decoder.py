"""Decode untrusted audio files in any common format.

ffmpeg runs as a child process with a time limit. The format is detected from the first bytes of the file and passed to
ffmpeg, which may open only local files. A playlist disguised as music therefore cannot make ffmpeg open anything else.
"""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from voiceguide.audio.array_type import Samples
from voiceguide.audio.file_type import AudioFileInfo, identify_audio_file
from voiceguide.errors import AudioFileError
from voiceguide.system.ffmpeg import start_decoder
from voiceguide.system.shortages import find_shortage
from voiceguide.system.time_limit import RunningTimer
from voiceguide.units import SAMPLE_RATE, format_clock, format_duration

if TYPE_CHECKING:
    from pydub import AudioSegment

__all__ = ["decode_blocks", "decode_to_segment", "segment_to_samples"]

DECODE_TIMEOUT_S = 120.0
MAX_ADDRESS_SPACE_BYTES = 1 << 31
"""Limit on ffmpeg's address space. ffmpeg reserves far more memory than it uses."""
MAX_MESSAGE_BYTES = 1 << 16
"""Number of bytes of ffmpeg's messages to keep. A damaged file can produce an endless stream of messages."""
FORMATS_WITH_EXACT_DURATION = frozenset({"flac", "aiff", "mov"})
"""Formats whose header gives ffmpeg the exact duration, so that a truncated file can be detected."""
DURATION_TOLERANCE_SAMPLES = SAMPLE_RATE // 4


def decode_to_segment(path: Path, max_seconds: float, channels: int) -> AudioSegment:
    """Decode up to `max_seconds` of an audio file to a 16-bit `AudioSegment` at 48 kHz.

    Raises:
        AudioFileError: the file is not an audio file, is damaged, truncated or too large, or contains no audio.
    """
    info = identify_audio_file(path)
    max_frames = int(max_seconds * SAMPLE_RATE)
    frame_bytes = 2 * channels
    data, messages = _run_ffmpeg(
        _decoder_arguments(path, info.format, max_seconds, channels), frame_bytes * max_frames, path
    )
    frames = len(data) // frame_bytes
    if not frames:
        reason = _failure_reason(messages, path)
        raise AudioFileError(_describe_failure(path, reason))
    _check_complete(path, frames, min(max_frames, _declared_samples(info, messages)))
    return _import_audio_segment()(
        data=data[: frames * frame_bytes], sample_width=2, frame_rate=SAMPLE_RATE, channels=channels
    )


def decode_blocks(path: Path, max_seconds: float, block_samples: int) -> Iterator[npt.NDArray[np.int16]]:
    """Decode up to `max_seconds` of an audio file to mono at 48 kHz, and yield blocks. The last block may be shorter.

    The time that the caller takes between two blocks does not count toward the time limit.

    Raises:
        AudioFileError: the file is not an audio file, is damaged or truncated, or contains no audio. The error for a
            truncated file follows the last block.
    """
    info = identify_audio_file(path)
    messages = _FfmpegMessages()
    frames = 0
    with _ffmpeg_process(_decoder_arguments(path, info.format, max_seconds, 1), messages) as (pipe, timer):
        while data := pipe.read(2 * block_samples):
            timer.is_paused = True
            frames += len(data) // 2
            yield np.frombuffer(data[: len(data) // 2 * 2], "<i2")
            timer.is_paused = False
    _raise_for_messages(messages, path)
    if not frames:
        raise AudioFileError(_describe_failure(path, _failure_reason(messages.text, path)))
    _check_complete(path, frames, min(int(max_seconds * SAMPLE_RATE), _declared_samples(info, messages.text)))


def _check_complete(path: Path, frames: int, declared: int) -> None:
    if frames < declared - DURATION_TOLERANCE_SAMPLES:
        raise AudioFileError(
            f'"{path.name}" is incomplete: it contains only {format_duration(frames)} of {format_clock(declared)}. '
            "Copy it again, or save it again in an audio editor."
        )


def _raise_for_messages(messages: _FfmpegMessages, path: Path) -> None:
    """Raise an error if ffmpeg did not get the time, the memory or the threads that it needed."""
    if messages.timed_out:
        raise AudioFileError(_describe_timeout(path))
    # What is indented describes the file, such as its title.
    shortage = find_shortage("\n".join(line for line in messages.text.splitlines() if not line.startswith(" ")))
    if shortage == errno.ENOMEM and not _has_own_memory_limit():
        return  # the file asked for more than MAX_ADDRESS_SPACE_BYTES
    if shortage is not None:
        raise OSError(shortage, os.strerror(shortage))


def _describe_timeout(path: Path) -> str:
    return f'Decoding "{path.name}" took longer than {DECODE_TIMEOUT_S:.0f}s. Convert it to MP3 or WAV, or shorten it.'


def _describe_failure(path: Path, reason: str) -> str:
    return f'"{path.name}" cannot be decoded{reason}. Open it in an audio editor and save it as MP3 or WAV.'


def segment_to_samples(segment: AudioSegment) -> Samples:
    """Convert an `AudioSegment` of any sample width and rate to 48 kHz samples, shape (frames, channels)."""
    integers = np.frombuffer(segment.raw_data, dtype=f"<i{segment.sample_width}").reshape(-1, segment.channels)
    samples: Samples = integers.astype(np.float32)
    samples *= np.float32(2.0 ** (1 - 8 * segment.sample_width))
    if segment.frame_rate == SAMPLE_RATE:
        return samples
    import soxr

    return np.asarray(soxr.resample(samples, segment.frame_rate, SAMPLE_RATE, quality="HQ"), dtype=np.float32)


def _decoder_arguments(path: Path, format_name: str, max_seconds: float, channels: int) -> list[str]:
    limit = f"{max_seconds:.3f}"
    source = ["-protocol_whitelist", "file", "-f", format_name, "-t", limit, "-i", f"file:{path.absolute()}"]
    result = ["-map", "0:a:0", "-vn", "-sn", "-dn", "-t", limit, "-ac", str(channels), "-ar", str(SAMPLE_RATE)]
    return ["-nostats", *source, *result, "-f", "s16le", "pipe:1"]


@dataclass
class _FfmpegMessages:
    """The beginning of ffmpeg's messages. A thread reads them so that the pipe never fills up and blocks ffmpeg."""

    raw: bytes = b""
    timed_out: bool = False

    @property
    def text(self) -> str:
        return self.raw.decode("utf-8", "replace")

    def collect(self, pipe: IO[bytes]) -> None:
        while block := pipe.read(4096):
            if len(self.raw) < MAX_MESSAGE_BYTES:
                self.raw += block


def _run_ffmpeg(arguments: list[str], max_bytes: int, path: Path) -> tuple[bytes, str]:
    """Return the first `max_bytes` of ffmpeg's output together with its messages."""
    messages = _FfmpegMessages()
    with _ffmpeg_process(arguments, messages) as (pipe, _):
        data = pipe.read(max_bytes)
    _raise_for_messages(messages, path)
    return data, messages.text


@contextmanager
def _ffmpeg_process(arguments: list[str], messages: _FfmpegMessages) -> Iterator[tuple[IO[bytes], RunningTimer]]:
    """Start ffmpeg and yield its output pipe and its time limit.

    The process is killed when the time limit expires or the context exits.
    """
    process = start_decoder(arguments)
    _limit_resources(process.pid)
    assert process.stdout is not None
    assert process.stderr is not None

    def kill_on_timeout() -> None:
        messages.timed_out = True
        process.kill()

    timer = RunningTimer(DECODE_TIMEOUT_S, kill_on_timeout)
    reader = threading.Thread(target=messages.collect, args=(process.stderr,), daemon=True)
    timer.start()
    reader.start()
    try:
        yield process.stdout, timer
        process.stdout.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)
    finally:
        timer.cancel()
        process.kill()
        process.wait()
        reader.join()
        timer.join()
        process.stdout.close()
        process.stderr.close()


def _has_own_memory_limit() -> bool:
    """Return whether this process may use less memory than ffmpeg is allowed to."""
    if sys.platform == "win32":
        return False
    import resource

    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return limit != resource.RLIM_INFINITY and limit < MAX_ADDRESS_SPACE_BYTES


def _limit_resources(pid: int) -> None:
    """Limit the memory and CPU time of a running process.

    No genuine file reaches the limits. They are set only on Linux. On other systems, only the timeout applies.
    """
    if sys.platform == "linux":
        import resource

        with suppress(OSError):  # the process has already ended
            resource.prlimit(pid, resource.RLIMIT_AS, (MAX_ADDRESS_SPACE_BYTES, MAX_ADDRESS_SPACE_BYTES))
            resource.prlimit(pid, resource.RLIMIT_CPU, (int(DECODE_TIMEOUT_S), int(DECODE_TIMEOUT_S)))


def _failure_reason(messages: str, path: Path) -> str:
    """Return the reason from ffmpeg's messages as `" (reason)"`, or an empty string if none is known."""
    lines = [line.rpartition("] ")[2].strip() for line in messages.splitlines() if line.strip()]
    reasons = [
        line for line in lines if re.search(r"matches no streams|Invalid data|not supported|denied|No space", line)
    ]
    reason = reasons[-1].replace(f"file:{path.absolute()}: ", "").rstrip(".:") if reasons else ""
    return f" ({reason[:120]})" if reason else ""


def _declared_samples(info: AudioFileInfo, messages: str) -> int:
    """Return the duration declared in the file, in samples, or 0 if it is missing or only an estimate."""
    if info.declared_duration_s is not None:
        return int(info.declared_duration_s * SAMPLE_RATE)
    declared = re.search(r"^  Duration: (\d+):(\d\d):(\d\d\.\d+)", messages, re.MULTILINE)
    if info.format not in FORMATS_WITH_EXACT_DURATION or not declared:
        return 0
    hours, minutes, seconds = declared.groups()
    return int((int(hours) * 3600 + int(minutes) * 60 + float(seconds)) * SAMPLE_RATE)


def _import_audio_segment() -> Any:
    """Import pydub's AudioSegment on demand, without pydub's warnings about programs that voiceguide does not use."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pydub import AudioSegment
    return AudioSegment
