"""A real session, built with the command line and read by other programs: duration, chapters, positions of speech."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from mutagen.id3 import ID3
from mutagen.mp3 import MP3

from tests.conftest import Run
from tests.support.long_forms import long
from voiceguide.audio.array_type import Samples

SCRIPT = """\
voiceguide: 1
title: A calm minute
language: en-US
voice: heart
bed: rain
needs: [a towel]
safety: [Keep off open wounds.]
stages:
  - stage: Soak
    steps:
      - step: soak
        say: Place both feet in the warm water.
        for: 15s
        cues:
          - {at: half, say: Halfway. Breathe out slowly.}
  - each: {side: [left, right]}
    stages:
      - stage: Stroke, {side} foot
        steps:
          - say: Long strokes on your {side} foot, from the toes to the ankle.
            for: 10s
  - stage: Rest
    steps:
      - say: Rest now. [2s] Well done.
        pause: 6s
"""
RATE = 48_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("session")
    (folder / "calm.yaml").write_text(SCRIPT, encoding="utf-8")
    return folder


def decode(path: Path) -> Samples:
    command = [get_ffmpeg_exe(), "-v", "error", "-nostdin", "-i", str(path), "-f", "f32le", "-"]
    raw = subprocess.run(command, capture_output=True, check=True, stdin=subprocess.DEVNULL).stdout
    return np.frombuffer(raw, np.float32).reshape(-1, 2)


def test_a_session_matches_its_plan(run: Run, folder: Path) -> None:
    target = folder / "calm.mp3"
    plan = json.loads(run("build", str(folder / "calm.yaml"), "-o", str(target), "--json").stdout)
    samples = decode(target)
    assert plan["estimated"] is False
    assert plan["file"] == str(target)
    assert plan["bytes"] == target.stat().st_size
    assert samples.shape[0] == round(plan["total"] * RATE), "the decoded length is exact to the sample"
    info = MP3(target).info
    assert info is not None
    assert info.length == pytest.approx(plan["total"], abs=0.001)

    tag = ID3(target)
    assert str(tag["TIT2"]) == "A calm minute"
    titles = [str(tag[f"CHAP:{child}"].sub_frames["TIT2"]) for child in tag["CTOC:toc"].child_element_ids]
    assert titles == ["Before you begin", "Soak", "Stroke, left foot", "Stroke, right foot", "Rest"]
    assert titles == [stage["title"] for stage in plan["stages"]]
    starts = [tag[f"CHAP:{child}"].start_time / 1000 for child in tag["CTOC:toc"].child_element_ids]
    assert starts == pytest.approx([stage["start"] for stage in plan["stages"]], abs=0.001)

    mono = samples.mean(axis=1)
    cues = [cue for stage in plan["stages"] for step in stage["steps"] for cue in step["cues"] if cue["kind"] == "say"]
    assert len(cues) == 7
    for cue in cues:
        begin, end = int(cue["at"] * RATE), int((cue["at"] + cue["length"]) * RATE)
        during = rms_db(mono[begin:end])
        before = rms_db(mono[max(begin - RATE // 4, 0) : begin]) if begin > RATE else -80.0
        assert during > before + 6, f"{cue['text']} is not audible at {cue['at']}"


def test_speech_starts_at_its_sample(run: Run, folder: Path) -> None:
    """Without a bed, nothing but the lead-in of the clip is between the silence and the first word."""
    target = folder / "dry.mp3"
    arguments = ["--bed", "none", "--voice", "tone", "-o", str(target), "--json"]
    plan = json.loads(run("build", str(folder / "calm.yaml"), *arguments).stdout)
    command = [get_ffmpeg_exe(), "-v", "error", "-nostdin", "-i", str(target), "-f", "f32le", "-"]
    samples = np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, np.float32)
    assert samples.size == round(plan["total"] * RATE), "without a bed there is one channel"
    soak = plan["stages"][1]["steps"][0]["cues"][0]
    begin = int(soak["at"] * RATE)
    onset = begin - RATE // 10 + int(np.argmax(np.abs(samples[begin - RATE // 10 : begin + RATE]) > 0.02))
    assert abs(onset - begin) < 0.03 * RATE


def test_loudness_measured_by_ffmpeg(run: Run, folder: Path) -> None:
    target = folder / "loud.mp3"
    (folder / "plain.yaml").write_text(SCRIPT.replace("title:", "chime: none\ntitle:"), encoding="utf-8")
    run("build", str(folder / "plain.yaml"), "--bed", "none", "-o", str(target))
    command = [get_ffmpeg_exe(), "-hide_banner", "-nostats", "-nostdin", "-i", str(target)]
    command += ["-af", "ebur128=peak=true", "-f", "null", "-"]
    summary = subprocess.run(command, capture_output=True, text=True, check=True).stderr.rpartition("Summary:")[2]
    integrated, peak = (float(re.search(rf"{name}: +(-?[\d.]+)", summary)[1]) for name in ("I", "Peak"))  # type: ignore[index]
    assert integrated == pytest.approx(-18, abs=1.0)
    assert peak <= -1.0


@long
def test_the_same_script_gives_the_same_bytes(run: Run, folder: Path) -> None:
    one, two = folder / "one.mp3", folder / "two.mp3"
    short = folder / "one-stage.yaml"
    short.write_text(SCRIPT.partition("  - each:")[0], encoding="utf-8")
    run("build", str(short), "-o", str(one))
    run("build", str(short), "-o", str(two), "--no-cache")
    assert one.read_bytes() == two.read_bytes()


def test_a_changed_duration_is_exact_to_the_sample(run: Run, folder: Path) -> None:
    target = folder / "short.mp3"
    source = str(folder / "calm.yaml")
    changes = ("--set", "soak=20s", "--total", "1m20s", "--bed", "none")
    run("build", source, "-o", str(target), *changes)
    assert decode(target).size == 80 * RATE, "without a bed there is one channel"
    plan = json.loads(run("plan", source, *changes, "--json").stdout)
    soak = plan["stages"][1]["steps"][0]
    assert soak["end"] - soak["start"] == pytest.approx(20, abs=1e-5)


def test_the_output_folder_is_created_and_the_file_named_after_the_script(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    result = run("build", str(folder / "calm.yaml"), "--bed", "none")
    assert (tmp_path / "output" / "calm.mp3").exists()
    assert result.stdout.startswith("output/calm.mp3  0:")
    assert result.stderr == ""


def rms_db(samples: Samples) -> float:
    return float(10 * np.log10(np.mean(samples.astype(np.float64) ** 2) + 1e-12))


@long
def test_a_loud_bed_does_not_push_speech_over_the_peak_limit(run: Run, folder: Path) -> None:
    target = folder / "loud-bed.mp3"
    run("build", str(folder / "calm.yaml"), "--bed-level", "-4", "-o", str(target))
    command = [get_ffmpeg_exe(), "-hide_banner", "-nostats", "-nostdin", "-i", str(target)]
    command += ["-af", "ebur128=peak=true", "-f", "null", "-"]
    summary = subprocess.run(command, capture_output=True, text=True, check=True).stderr.rpartition("Summary:")[2]
    match = re.search(r"Peak: +(-?[\d.]+)", summary)
    assert match is not None
    assert float(match[1]) <= -1.0
