"""Check the parts of a file that can be checked without decoding the audio: the checksum, data after the audio,
chapters and tags."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

from voiceguide.encode.formats import Format
from voiceguide.encode.mp3_frame_format import BIT_RATES, build_info_frame, frame_bytes
from voiceguide.metadata.audio_data import AudioData, crc32_of_range, opus_checksum
from voiceguide.metadata.tags import Chapter, clip_tag_text
from voiceguide.units import samples_to_seconds
from voiceguide.verification.chapter_reader import FileTags
from voiceguide.verification.reference_plan import ReferencePlan

__all__ = ["check_chapters", "check_checksum", "check_end", "describe_tag_changes"]

_INFO_MARKERS = (b"Info", b"Xing")
_INFO_END = 40
"""The marker of an Info frame is within this many bytes of the start of the frame."""


def check_checksum(
    path: Path, audio: AudioData, plan: ReferencePlan, stored: int | None, decoded_md5: str
) -> list[str]:
    """Compare the audio with the stored checksum. `decoded_md5` is the MD5 of the decoded 16-bit samples."""
    if stored is None:
        return ["The audio checksum is missing, so small changes to the audio cannot be ruled out."]
    if stored == _checksum(path, audio, plan, decoded_md5):
        return []
    return ["Audio checksum mismatch: the file is damaged or was re-encoded."]


def check_end(audio: AudioData) -> list[str]:
    """Return an error if anything other than tags follows the audio."""
    if not audio.unknown_bytes:
        return []
    return [f"The audio is followed by {audio.unknown_bytes} bytes that are neither audio nor tags."]


def check_chapters(tags: FileTags, audio_format: Format, plan: ReferencePlan) -> list[str]:
    """Return every difference between the chapters of a file and those of its plan."""
    if not audio_format.has_chapters:
        return []
    if len(tags.chapters) != len(plan.chapters):
        return [f"The number of chapters is {len(tags.chapters)} instead of {len(plan.chapters)}."]
    return [
        failure
        for pair in zip(tags.chapters, plan.chapters, strict=True)
        if (failure := _check_chapter(*pair, audio_format.chapter_tolerance_s))
    ]


def describe_tag_changes(tags: FileTags, audio: AudioData, plan: ReferencePlan) -> Iterator[str]:
    """Yield sentences that describe changes to the tags by other programs."""
    for name, planned in (("title", plan.title), ("album", plan.title)):
        found = tags.tags.get(name, "")
        if found.split() != clip_tag_text(planned).split():
            yield f'The tag "{name}" is "{clip_tag_text(found)}" instead of "{clip_tag_text(planned)}".'
    for name, value in tags.tags.items():
        if name.startswith("replaygain_"):
            yield f'The tag "{name}" was added: {clip_tag_text(value)}.'
    for name in audio.tags_after:
        yield f"Another program has added a tag of the type {name}."


def _checksum(path: Path, audio: AudioData, plan: ReferencePlan, decoded_md5: str) -> int:
    if audio.container == "flac":
        return int(decoded_md5[:8], 16)
    if audio.container == "ogg":
        return opus_checksum(path)
    if audio.container == "mp3":
        # Other programs replace the Info frame, so the checksum is calculated with the original Info frame.
        frames, info = _mp3_frames(path, audio, plan)
        return crc32_of_range(path, frames, audio.offset + audio.size - frames, crc32(info))
    return crc32_of_range(path, audio.offset, audio.size)


def _mp3_frames(path: Path, audio: AudioData, plan: ReferencePlan) -> tuple[int, bytes]:
    """Return the position of the first audio frame of an MP3, and the Info frame that voiceguide originally wrote."""
    with path.open("rb") as file:
        file.seek(audio.offset)
        head = file.read(_INFO_END)
        frames = audio.offset
        if any(marker in head for marker in _INFO_MARKERS) and (size := _frame_size(head)):
            frames += size
        file.seek(frames)
        rate = _frame_size(file.read(4)) // 3
    info = build_info_frame(plan.total, rate, plan.channels, plan.leading_silence) if rate else b""
    return frames, info


def _frame_size(header: bytes) -> int:
    """Return the size in bytes of an MP3 frame at 48 kHz, or 0 if `header` is not the header of such a frame."""
    index = header[2] >> 4 if len(header) > 3 and header[0] == 0xFF else 0
    return frame_bytes(BIT_RATES[index - 1]) if 0 < index <= len(BIT_RATES) else 0


def _check_chapter(found: Chapter, planned: tuple[float, float, str], tolerance_s: float) -> str:
    start, end, title = planned
    if found.title.split() != title.split() and not title.startswith(found.title.rstrip("…")):
        return f'The chapter "{found.title}" should be called "{title}".'
    first, last = samples_to_seconds(found.start), samples_to_seconds(found.stop)
    if abs(first - start) > tolerance_s or abs(last - end) > tolerance_s:
        return f'The chapter "{title}" runs from {first:.3f} to {last:.3f} s, not {start:.3f} to {end:.3f} s.'
    return ""
