"""The markers of a WAV file are read back by a parser of its own and by two other programs."""

from __future__ import annotations

import struct
import subprocess
import wave
from collections.abc import Iterator
from pathlib import Path

import voiceguide
from tests.support.programs import program

SCRIPT = """\
voiceguide: 1
title: Märkte
bed: none
voice: tone
stages:
  - stage: Füße
    steps:
      - {step: soak, say: Both feet into the water., for: 8s}
      - {step: dry, say: Dry them., for: 4.5s}
  - stage: Rest
    steps: [{step: rest, say: Rest., for: 3s}]
"""


def chunks(data: bytes, start: int = 12) -> Iterator[tuple[bytes, bytes]]:
    while start + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, start)
        yield name, data[start + 8 : start + 8 + size]
        start += 8 + size + size % 2


def test_stages_and_steps_are_regions_with_labels(tmp_path: Path) -> None:
    session = voiceguide.loads(SCRIPT).build(tmp_path / "a.wav")
    data = session.path.read_bytes()
    assert struct.unpack_from("<I", data, 4)[0] == len(data) - 8
    found = dict(chunks(data))
    points = struct.iter_unpack("<II4sIII", found[b"cue "][4:])
    starts = {number: offset for number, _, _, _, _, offset in points}
    adtl = list(chunks(found[b"LIST"], 4))
    labels = {struct.unpack("<I", body[:4])[0]: body[4:-1].decode() for name, body in adtl if name == b"labl"}
    lengths = {
        struct.unpack_from("<II", body)[0]: struct.unpack_from("<II", body)[1] for name, body in adtl if name == b"ltxt"
    }
    regions = [(labels[number], starts[number] / 48_000, lengths[number] / 48_000) for number in starts]
    assert regions == [("Füße", 0, 12.5), ("soak", 0, 8), ("dry", 8, 4.5), ("Rest", 12.5, 3), ("rest", 12.5, 3)]
    assert found[b"bext"][:256].rstrip(b"\0").decode() == "Märkte"
    assert voiceguide.verify(session.path).ok


def test_other_programs_read_the_file(tmp_path: Path) -> None:
    session = voiceguide.loads(SCRIPT).build(tmp_path / "a.wav")
    with wave.open(str(session.path)) as file:
        assert file.getnframes() == session.timeline.total
    command = [
        program("ffprobe"),
        "-v",
        "error",
        "-show_entries",
        "format_tags",
        "-of",
        "default=nw=1",
        str(session.path),
    ]
    shown = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    assert "TAG:title=Märkte" in shown
    assert "TAG:encoded_by=voiceguide" in shown
