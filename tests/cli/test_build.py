"""What `build` writes besides the plain MP3: other kinds of files, stages apart, words beside."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from tests.conftest import Run
from tests.support.long_forms import few
from voiceguide.pipeline.bundled_routines import list_bundled_routines

SCRIPT = """\
voiceguide: 1
title: "Two/minutes: <b>&\\"</b>"
voice: tone
bed: rain
stages:
  - stage: "../Soak"
    steps:
      - step: soak
        say: Both feet into the water.
        for: 6s
  - stage: Rest
    steps:
      - say: Rest now.
        pause: 4s
"""


@pytest.fixture
def script(tmp_path: Path) -> str:
    (tmp_path / "two.yaml").write_text(SCRIPT, encoding="utf-8")
    return "two.yaml"


def seconds(path: Path) -> float:
    command = [get_ffmpeg_exe(), "-v", "error", "-nostdin", "-i", str(path), "-map", "0:a", "-f", "s16le", "-ac", "1"]
    raw = subprocess.run([*command, "-ar", "48000", "-"], capture_output=True, check=True).stdout
    return len(raw) / 2 / 48_000


@pytest.mark.parametrize(
    ("name", "off_by_s"), few(2, [("a.m4b", 0.03), ("a.wav", 0), ("a.flac", 0), ("a.mp3", 0), ("a.opus", 0.03)])
)
def test_the_ending_of_the_name_chooses_the_format(
    name: str, off_by_s: float, run: Run, script: str, tmp_path: Path
) -> None:
    plan = json.loads(run("build", script, "-o", name, "--json").stdout)
    assert abs(seconds(tmp_path / name) - plan["total"]) <= off_by_s + 1e-6


def test_format_chooses_over_the_ending(run: Run, script: str, tmp_path: Path) -> None:
    run("build", script, "-o", "sound", "--format", "flac")
    assert (tmp_path / "sound").read_bytes()[:4] == b"fLaC"


def test_a_name_that_says_nothing_is_asked_about(run: Run, script: str) -> None:
    done = run("build", script, "-o", "sound", status=1)
    assert done.stderr.startswith("-o sound: not an audio file extension. Use .mp3,")


def test_a_bit_rate_that_mp3_does_not_have_is_refused(run: Run, script: str, tmp_path: Path) -> None:
    done = run("build", script, "-o", "a.mp3", "--bitrate", "100", status=1)
    assert "100" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "a.mp3").exists()


def test_stages_apart_and_the_playlist_that_joins_them(run: Run, script: str, tmp_path: Path) -> None:
    plan = json.loads(run("build", script, "-o", "out/a.mp3", "--split", "--json").stdout)
    listed = [line for line in (tmp_path / "out" / "a.m3u8").read_text("utf-8").splitlines() if line[:1] != "#"]
    assert listed == ["a-01-soak.mp3", "a-02-rest.mp3"], "a title like ../Soak stays in the folder"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted([*listed, "a.m3u8"])
    for name, stage in zip(listed, plan["stages"], strict=True):
        assert seconds(tmp_path / "out" / name) == pytest.approx(stage["end"] - stage["start"], abs=1e-5)
    assert plan["files"] == [f"out/{name}" for name in (*listed, "a.m3u8")]


def test_words_beside_the_session(run: Run, script: str, tmp_path: Path) -> None:
    run("build", script, "-o", "a.mp3", "--lrc", "--vtt", "--chapters-json", "--cue-sheet")
    assert "[00:01.00]Both feet into the water." in (tmp_path / "a.lrc").read_text("utf-8")
    assert (tmp_path / "a.vtt").read_text("utf-8").startswith("WEBVTT\n")
    chapters = json.loads((tmp_path / "a.chapters.json").read_text("utf-8"))["chapters"]
    assert [chapter["title"] for chapter in chapters] == ["../Soak", "Rest"]
    page = (tmp_path / "a.html").read_text("utf-8")
    assert "<b>&" not in page
    assert re.search(r"&lt;b&gt;&amp;", page)


def test_several_routines_in_one_call(run: Run, script: str, tmp_path: Path) -> None:
    (tmp_path / "three.yaml").write_text(SCRIPT, encoding="utf-8")
    shown = run("build", script, "three.yaml", "-o", "all/").stdout
    assert [line.split()[0] for line in shown.splitlines()] == ["all/two.mp3", "all/three.mp3"]
    done = run("build", script, "three.yaml", "-o", "one.mp3", status=1)
    assert done.stderr == (
        "-o one.mp3: building several routines requires an output folder. Use -o one.mp3/ to create one.\n"
    )


@pytest.mark.skipif(sys.platform != "linux", reason="other systems accept only valid text in file names")
def test_parts_with_an_undecodable_name(script: str, tmp_path: Path, run: Run) -> None:
    """The playlist ended in a traceback, after the parts had been written."""
    name = os.fsdecode(b"s\xfe")
    run("build", script, "-o", f"{name}.wav", "--split")
    playlist = (tmp_path / f"{name}.m3u8").read_bytes().splitlines()
    assert [line for line in playlist if not line.startswith(b"#")] == [b"s\xfe-01-soak.wav", b"s\xfe-02-rest.wav"]
    assert all((tmp_path / os.fsdecode(line)).is_file() for line in playlist if not line.startswith(b"#"))


def test_parts_are_written_all_or_none(script: str, tmp_path: Path, run: Run) -> None:
    (tmp_path / "two-02-rest.wav").mkdir()
    message = run("build", script, "-o", "two.wav", "--split", status=1).stderr
    assert message == "two-02-rest.wav could not be written: it is a folder. Choose a file name inside it.\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["two-02-rest.wav", "two.yaml"]


def test_the_others_are_built_if_one_of_several_fails(run: Run, script: str, tmp_path: Path) -> None:
    """The first routine with an error ended the whole build."""
    (tmp_path / "bad.yaml").write_text(SCRIPT.replace("for: 6s", "for: 6"), encoding="utf-8")
    (tmp_path / "mute.yaml").write_text(SCRIPT.replace("voice: tone", "voice: hart"), encoding="utf-8")
    done = run("build", "bad.yaml", "mute.yaml", script, "qqq", "-o", "all/", status=1)
    errors = done.stderr.splitlines()
    assert errors[0].startswith('bad.yaml:10:14: stages[0].steps[0].for: "6" has no unit.')
    assert errors[1] == (
        f'No file or bundled routine named "qqq". Bundled routines: {", ".join(list_bundled_routines())}.'
    )
    assert errors[2].startswith('mute.yaml:3:8: voice: Unknown voice "hart".')
    assert errors[3:] == ['1 of 4 sessions built. Failed: "bad.yaml", "qqq", "mute.yaml".']
    assert done.stdout.startswith("all/two.mp3  0:11")
    assert [path.name for path in (tmp_path / "all").iterdir()] == ["two.mp3"]


def test_verbose_says_what_took_how_long(run: Run, script: str) -> None:
    told = run("build", script, "-o", "a.wav", "-v", "--no-cache", "--bed", "none").stderr
    assert re.search(r"^note: Synthesizing speech: 2 lines in \d+\.\d s$", told, re.MULTILINE)
    assert re.search(r"^note: Encoding and checking: 10 seconds in \d+\.\d s$", told, re.MULTILINE)


def test_verify_goes_on_after_a_file_that_it_cannot_read(run: Run, script: str, tmp_path: Path) -> None:
    run("build", script, "-o", "a.wav", "-q")
    done = run("verify", "gone.wav", "a.wav", status=1)
    assert done.stderr == "gone.wav does not exist. Specify a session built by voiceguide.\n"
    assert done.stdout.startswith("a.wav: 2 of 2 cues verified, 2 chapters, 0:11 (sample-exact)")
    assert run("verify", "a.wav", "-q").stdout == ""


def test_verify_counts_one_chapter_and_shows_which_cue_is_a_recording(run: Run, tmp_path: Path) -> None:
    """It counted 1 chapters, and the line of a recording without a caption ended with nothing."""
    run("bed", "brown", "--for", "2s", "-o", "brown.wav", "-q")
    step = "{step: rest, for: 4s, audio: brown.wav}"
    (tmp_path / "one.yaml").write_text(
        f"voiceguide: 1\ntitle: One\nvoice: tone\nchime: none\nstages: [{{stage: Rest, steps: [{step}]}}]\n", "utf-8"
    )
    run("build", "one.yaml", "-o", "one.wav", "-q")
    cue, summary = run("verify", "one.wav", "-v").stdout.splitlines()
    assert cue.endswith(" dB  (recording)")
    assert summary.startswith("one.wav: 1 of 1 cues verified, 1 chapter, 0:0")


def test_an_empty_output_is_refused(run: Run, script: str) -> None:
    """It was taken for the current folder, for example if a variable of a shell script was not set."""
    done = run("build", script, "-o", "", status=1)
    assert done.stderr == "-o is empty. Specify a file, such as evening.mp3, or a folder, such as output/.\n"
