"""A user's sound file, in any usual format, decoded without trusting it.

ffmpeg runs as a child under a time limit. It is told the format, which the file's first bytes decide, and may open
plain files only: a playlist dressed as music leads nowhere.
"""

from __future__ import annotations

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

from voiceguide.audio.file_type import AudioFileInfo, identify_audio_file
from voiceguide.errors import AudioFileError
from voiceguide.system.ffmpeg import start_decoder
from voiceguide.units import SAMPLE_RATE, format_clock, format_duration

if TYPE_CHECKING:
    from pydub import AudioSegment

__all__ = ["decode_audio_file", "segment_to_samples"]

DECODE_TIMEOUT_S = 120.0
MAX_MEMORY_BYTES = 1 << 31
"""Address space of ffmpeg, most of which it never touches."""
MAX_MESSAGE_BYTES = 1 << 16
"""Bytes of ffmpeg's messages that are kept; a damaged file makes it write without end."""
FORMATS_WITH_EXACT_DURATION = frozenset({"flac", "aiff", "mov"})
"""Formats in whose header ffmpeg finds how long the sound is, so that a file cut short is found out."""
DURATION_TOLERANCE_SAMPLES = SAMPLE_RATE // 4


def decode_audio_file(path: Path, max_seconds: float, channels: int) -> AudioSegment:
    """The sound of a file as 16-bit `AudioSegment` at 48 kHz; what comes after `max_seconds` is left out.

    Raises:
        SoundError: when it is not a sound file, is damaged or cut short, too large, or has no sound in it.
    """
    found = identify_audio_file(path)
    wanted = int(max_seconds * SAMPLE_RATE)
    data, told = _run_ffmpeg(_decoder_arguments(path, found.format, max_seconds, channels), 2 * channels * wanted, path)
    frames = len(data) // (2 * channels)
    if not frames:
        reason = _failure_reason(told, path)
        raise AudioFileError(
            f'"{path.name}" cannot be decoded{reason}. Open it in an audio editor and save it as MP3 or WAV.'
        )
    promised = _declared_samples(found, told)
    if frames < min(wanted, promised) - DURATION_TOLERANCE_SAMPLES:
        raise AudioFileError(
            f'"{path.name}" is cut short: {format_duration(frames)} of {format_clock(promised)} are there. '
            "Copy it again, or save it anew in an audio editor."
        )
    return _import_audio_segment()(
        data=data[: frames * 2 * channels], sample_width=2, frame_rate=SAMPLE_RATE, channels=channels
    )


def segment_to_samples(segment: AudioSegment) -> npt.NDArray[np.float32]:
    """The samples of any `AudioSegment` at 48 kHz: float32 in -1 to 1, shape (frames, channels)."""
    whole = np.frombuffer(segment.raw_data, dtype=f"<i{segment.sample_width}").reshape(-1, segment.channels)
    samples: npt.NDArray[np.float32] = whole.astype(np.float32)
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
    """The beginning of what ffmpeg says, gathered beside the sound so that neither pipe fills up."""

    raw: bytes = b""
    timed_out: bool = False

    def collect(self, pipe: IO[bytes]) -> None:
        while block := pipe.read(4096):
            if len(self.raw) < MAX_MESSAGE_BYTES:
                self.raw += block


def _run_ffmpeg(command: list[str], max_bytes: int, path: Path) -> tuple[bytes, str]:
    """At most `most_bytes` of what the command writes, and its messages."""
    told = _FfmpegMessages()
    with _ffmpeg_process(command, told) as pipe:
        data = pipe.read(max_bytes)
    if told.timed_out:
        raise AudioFileError(
            f'"{path.name}" was given up after {DECODE_TIMEOUT_S:.0f}s of decoding. Convert it to MP3 or WAV, or cut it.'
        )
    return data, told.raw.decode("utf-8", "replace")


@contextmanager
def _ffmpeg_process(command: list[str], messages: _FfmpegMessages) -> Iterator[IO[bytes]]:
    """The command's output; when the context is left, or the time is up, it has ended."""
    child = start_decoder(command)
    _limit_resources(child.pid)
    assert child.stdout is not None
    assert child.stderr is not None

    def give_up() -> None:
        messages.timed_out = True
        child.kill()

    clock = threading.Timer(DECODE_TIMEOUT_S, give_up)
    listener = threading.Thread(target=messages.collect, args=(child.stderr,), daemon=True)
    clock.start()
    listener.start()
    try:
        yield child.stdout
        child.stdout.close()
        with suppress(subprocess.TimeoutExpired):
            child.wait(timeout=5)
    finally:
        clock.cancel()
        child.kill()
        child.wait()
        listener.join()
        clock.join()
        child.stdout.close()
        child.stderr.close()


def _limit_resources(pid: int) -> None:
    """Let a process have no more memory and processor time than any honest file needs. Elsewhere than on Linux nobody
    can say that of a running process; there the clock alone ends it."""
    if sys.platform == "linux":
        import resource

        with suppress(OSError):  # it has ended already
            resource.prlimit(pid, resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
            resource.prlimit(pid, resource.RLIMIT_CPU, (int(DECODE_TIMEOUT_S), int(DECODE_TIMEOUT_S)))


def _failure_reason(messages: str, path: Path) -> str:
    """ffmpeg's own reason, in brackets, or nothing."""
    lines = [line.rpartition("] ")[2].strip() for line in messages.splitlines() if line.strip()]
    known = [
        line for line in lines if re.search(r"matches no streams|Invalid data|not supported|denied|No space", line)
    ]
    reason = known[-1].replace(f"file:{path.absolute()}: ", "").rstrip(".:") if known else ""
    return f" ({reason[:120]})" if reason else ""


def _declared_samples(info: AudioFileInfo, messages: str) -> int:
    """How long the file says it is; 0 where it does not say, or cannot know."""
    if info.declared_duration_s is not None:
        return int(info.declared_duration_s * SAMPLE_RATE)
    said = re.search(r"^  Duration: (\d+):(\d\d):(\d\d\.\d+)", messages, re.MULTILINE)
    if info.format not in FORMATS_WITH_EXACT_DURATION or not said:
        return 0
    hours, minutes, seconds = said.groups()
    return int((int(hours) * 3600 + int(minutes) * 60 + float(seconds)) * SAMPLE_RATE)


def _import_audio_segment() -> Any:
    """pydub's AudioSegment, imported late and quietly: it warns of programs that are not used here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pydub import AudioSegment
    return AudioSegment
