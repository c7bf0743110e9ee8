"""Edits by common programs that leave the audio as it is: `verify` and `play` accept the file and report the edit.

A title that was changed with an ID3v2.4 tag, as mutagen saves it by default, made the plan unreadable.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from mutagen.apev2 import APEv2
from mutagen.flac import FLAC
from mutagen.id3 import ID3, TIT2, TPE1, TXXX
from mutagen.mp4 import MP4
from mutagen.oggopus import OggOpus
from mutagen.wave import WAVE

import voiceguide
from tests.conftest import Run
from tests.support.long_forms import few
from voiceguide.encode.formats import FORMATS
from voiceguide.metadata.audio_data import is_audio_file
from voiceguide.metadata.embedded_plan import read_session_info
from voiceguide.system.ffmpeg import find_ffmpeg

SCRIPT = """\
voiceguide: 1
title: Small
voice: tone/tone
stages:
  - stage: One
    steps:
      - {say: Sit., for: 2s}
  - stage: Two
    steps:
      - {say: Stand up., for: 3s}
"""
TITLE = 'The tag "title" is "My evening" instead of "Small".'


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the session in every format, as s.mp3, s.m4b and so on."""
    folder = tmp_path_factory.mktemp("sessions")
    (folder / "s.yaml").write_text(SCRIPT, "utf-8")
    for name in FORMATS:
        voiceguide.load(folder / "s.yaml").build(folder / f"s.{name}", cache=False)
    return folder


def id3_24(file: Path) -> None:
    tags = ID3(file)
    tags.add(TIT2(encoding=3, text="My evening"))
    tags.save()


def id3_23(file: Path) -> None:
    tags = ID3(file)
    tags.add(TIT2(encoding=1, text="My evening"))
    tags.update_to_v23()
    tags.save(v2_version=3, v1=2)


def id3_huge(file: Path) -> None:
    tags = ID3(file)
    tags.add(TPE1(encoding=3, text="Anna " * 20_000))
    tags.add(TXXX(encoding=3, desc="replaygain_track_gain", text="-3.00 dB"))
    tags.save()


def ape(file: Path) -> None:
    tags = APEv2()
    tags["REPLAYGAIN_TRACK_GAIN"] = "-3.0 dB"
    tags.save(file)


def ape_then_id3v1(file: Path) -> None:
    ape(file)
    file.write_bytes(file.read_bytes() + b"TAG" + bytes(125))


def second_tag(file: Path) -> None:
    file.write_bytes(b"ID3\4\0\0\0\0\0\x0a" + bytes(10) + file.read_bytes())


def flac(file: Path) -> None:
    tags = FLAC(file)
    tags["title"] = "My evening"
    tags.save(padding=lambda info: 70_000)


def opus(file: Path) -> None:
    tags = OggOpus(file)
    tags["title"] = "My evening"
    tags.save()


def mp4(file: Path) -> None:
    tags = MP4(file)
    tags["\xa9nam"] = "My evening"
    tags.save()


def wav(file: Path) -> None:
    tags = WAVE(file)
    tags.add_tags()
    assert tags.tags is not None
    tags.tags.add(TIT2(encoding=3, text="Any"))  # beside the title in the INFO chunk
    tags.save()


def copied(file: Path) -> None:
    other = file.with_name(f"copied{file.suffix}")
    command = [find_ffmpeg(), "-nostdin", "-v", "error", "-i", str(file), "-map", "0:a", "-map_metadata", "0"]
    subprocess.run([*command, "-c", "copy", str(other)], check=True)
    other.replace(file)


EDITS: list[tuple[str, Callable[[Path], None], list[str]]] = [
    ("mp3", id3_24, [TITLE]),
    ("mp3", id3_23, [TITLE, "Another program has added a tag of the type ID3v1."]),
    ("mp3", id3_huge, ['The tag "replaygain_track_gain" was added: -3.00 dB.']),
    ("mp3", ape, ["Another program has added a tag of the type APE."]),
    (
        "mp3",
        ape_then_id3v1,
        ["Another program has added a tag of the type APE.", "Another program has added a tag of the type ID3v1."],
    ),
    ("mp3", second_tag, []),
    ("flac", flac, [TITLE]),
    ("opus", opus, [TITLE]),
    ("m4b", mp4, [TITLE]),
    ("wav", wav, []),
    ("mp3", copied, ['The chapter "One" runs from 0.000 to ', 'The chapter "Two" runs from ']),
    ("flac", copied, ["The number of chapters is 0 instead of 2."]),
    ("opus", copied, []),
]


@pytest.mark.parametrize(("kind", "edit", "notes"), few(6, EDITS))
def test_an_edit_beside_the_audio_is_reported(
    kind: str, edit: Callable[[Path], None], notes: list[str], sessions: Path, tmp_path: Path
) -> None:
    file = tmp_path / f"s.{kind}"
    shutil.copy(sessions / file.name, file)
    edit(file)
    report = voiceguide.verify(file)
    assert report.failures == ()
    assert len(report.cues) == 2
    assert len(report.notes) == len(notes), report.notes
    assert all(note.startswith(start) for note, start in zip(report.notes, notes, strict=True)), report.notes
    assert read_session_info(file)[0].total == 5 * 48_000


@pytest.mark.parametrize("kind", FORMATS)
def test_the_name_of_a_file_does_not_matter(kind: str, sessions: Path, tmp_path: Path) -> None:
    file = tmp_path / "s.sound"
    shutil.copy(sessions / f"s.{kind}", file)
    assert is_audio_file(file)  # `play` takes any other file for a script
    report = voiceguide.verify(file)
    assert (report.failures, report.notes) == ((), ())
    assert voiceguide.info(file).format == kind


@pytest.mark.parametrize("kind", few(2, FORMATS))
def test_data_behind_the_audio_is_a_failure(kind: str, sessions: Path, tmp_path: Path) -> None:
    """Half a download, or a whole second M4B or WAV file, behind the end was not noticed."""
    good = (sessions / f"s.{kind}").read_bytes()
    for junk in (bytes(3), b"x", b"some text at the end", good[:3000], good):
        file = tmp_path / f"s.{kind}"
        file.write_bytes(good + junk)
        try:
            failures = voiceguide.verify(file).failures
        except voiceguide.VerifyError as error:
            failures = (str(error),)
        assert failures, f"{kind} and {junk[:20]!r}"


def without_checksum(kind: str, data: bytes) -> bytes:
    """Return a file whose checksum is gone, while its plan is still there."""
    if kind == "mp3":
        return data.replace(b"voiceguide sum\0", b"something else\0", 1)
    return data.replace(b"VOICEGUIDE_SUM", b"SOMETHING_ELSE", 1)


@pytest.mark.parametrize("kind", ["mp3", "flac"])
def test_a_missing_checksum_is_a_failure(kind: str, sessions: Path, tmp_path: Path) -> None:
    file = tmp_path / f"s.{kind}"
    file.write_bytes(without_checksum(kind, (sessions / file.name).read_bytes()))
    assert voiceguide.verify(file).failures == (
        "The audio checksum is missing, so small changes to the audio cannot be ruled out.",
    )


def test_the_advice_to_build_again_is_given_once(run: Run, sessions: Path, tmp_path: Path) -> None:
    (tmp_path / "s.mp3").write_bytes(without_checksum("mp3", (sessions / "s.mp3").read_bytes()))
    assert run("verify", "s.mp3", status=1).stderr == (
        "s.mp3: The audio checksum is missing, so small changes to the audio cannot be ruled out.\n"
        "s.mp3 does not match its plan. Build it again.\n"
    )


def test_private_frames_are_read_from_unusual_tags(sessions: Path, tmp_path: Path) -> None:
    """Unsynchronized ID3v2.4, as some taggers write it, with zeros after each 0xFF."""
    file = tmp_path / "s.mp3"
    shutil.copy(sessions / "s.mp3", file)
    frames: dict[str, bytes] = {frame.owner: frame.data for frame in cast("list[Any]", ID3(file).getall("PRIV"))}
    assert set(frames) == {"voiceguide", "voiceguide sum"}
    body = b""
    for owner, content in frames.items():
        data = (owner.encode() + b"\0" + content).replace(b"\xff", b"\xff\0")
        body += b"PRIV" + syncsafe(len(data)) + b"\0\x02" + data
    audio = file.read_bytes()[10 + unsyncsafe(file.read_bytes()[6:10]) :]
    file.write_bytes(b"ID3\4\0\x80" + syncsafe(len(body)) + body + audio)
    assert voiceguide.verify(file).failures == ()


def syncsafe(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def unsyncsafe(data: bytes) -> int:
    return sum(byte << shift for byte, shift in zip(data, (21, 14, 7, 0), strict=True))
