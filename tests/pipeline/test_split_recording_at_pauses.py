"""A recording is cut at its pauses, and the script plays it with every part at its time."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

import voiceguide
from tests.conftest import Run
from tests.support.programs import program

RATE = 48_000


def recording(folder: Path, name: str, *pieces: tuple[float, float], chapters: str = "") -> Path:
    """Write a recording. Each piece is a pause, then speech-like noise, in seconds."""
    random = np.random.default_rng(1)
    parts = []
    for pause_s, speech_s in pieces:
        parts.append(random.normal(0, 0.0005, round(pause_s * RATE)))
        swell = 0.6 + 0.4 * np.sin(np.arange(round(speech_s * RATE)) * 2 * np.pi * 4 / RATE)
        parts.append(random.normal(0, 0.1, round(speech_s * RATE)) * swell)
    samples = (np.clip(np.concatenate(parts), -1, 1) * 32767).astype("<i2").tobytes()
    metadata = folder / "chapters"
    metadata.write_text(f";FFMETADATA1\n{chapters}")
    source = ["-f", "s16le", "-ar", str(RATE), "-ac", "1", "-i", "-", "-f", "ffmetadata", "-i", str(metadata)]
    command = [
        program("ffmpeg"),
        "-v",
        "error",
        *source,
        "-map_metadata",
        "1",
        "-map_chapters",
        "1",
        str(folder / name),
    ]
    subprocess.run(command, input=samples, check=True)
    return folder / name


def test_the_parts_start_at_their_times(run: Run, tmp_path: Path) -> None:
    recording(tmp_path, "take.flac", (3, 2), (6.5, 4), (0.8, 1), (20, 2.5), (4, 0))
    shown = run("new", "my.yaml", "--audio", "take.flac").stdout
    assert shown.endswith("parts: 3, chapters -> stages: 0, comments: 0\n")
    timeline = voiceguide.load(tmp_path / "my.yaml").plan()
    starts = [cue.start / RATE for cue in timeline.cues if cue.is_speech]
    assert starts == pytest.approx([2.95, 11.45, 37.25], abs=0.03)
    assert timeline.total / RATE == pytest.approx(43.8, abs=0.01)
    assert not timeline.warnings


def test_nothing_of_the_speech_is_cut_off(run: Run, tmp_path: Path) -> None:
    source = recording(tmp_path, "take.wav", (2, 2), (3, 2), (2, 0))
    run("new", "my.yaml", "--audio", "take.wav")
    parts = sorted((tmp_path / "my-audio").iterdir())
    assert [path.name for path in parts] == ["001.flac", "002.flac"]
    command = [program("ffmpeg"), "-v", "error", "-i", "{}", "-f", "s16le", "-"]
    decoded = [
        subprocess.run([part.replace("{}", str(path)) for part in command], capture_output=True, check=True).stdout
        for path in (source, *parts)
    ]
    whole, first, second = (np.frombuffer(data, "<i2") for data in decoded)
    for part in (first, second):
        assert any(
            np.array_equal(whole[start : start + len(part)], part) for start in range(0, len(whole) - len(part), 480)
        )
    assert (np.abs(first) > 1000).sum() + (np.abs(second) > 1000).sum() == (np.abs(whole) > 1000).sum()


def test_chapters_become_stages(run: Run, tmp_path: Path) -> None:
    chapter = "[CHAPTER]\nTIMEBASE=1/1000\nSTART={}\nEND={}\ntitle={}\n"
    chapters = chapter.format(0, 1000, "A jingle") + chapter.format(1000, 8000, "Settle in")
    chapters += chapter.format(8000, 16000, "The feet") + chapter.format(16000, 20000, "Credits")
    recording(tmp_path, "take.m4a", (2, 2), (5, 2), (4, 2), (3, 0), chapters=chapters)
    shown = run("new", "my.yaml", "--audio", "take.m4a").stdout
    assert shown.endswith("parts: 3, chapters -> stages: 2, comments: 2\n")
    script = (tmp_path / "my.yaml").read_text("utf-8")
    assert "# from the text: A jingle\n" in script
    assert "# from the text: Credits\n" in script
    timeline = voiceguide.load(tmp_path / "my.yaml").plan()
    assert [(stage.title, len(stage.steps)) for stage in timeline.stages] == [("Settle in", 2), ("The feet", 2)]


def test_what_cannot_be_imported(run: Run, tmp_path: Path) -> None:
    recording(tmp_path, "quiet.wav", (3, 0))
    (tmp_path / "not.mp3").write_text("Sit.")
    assert run("new", "a.yaml", "--audio", "quiet.wav", status=1).stderr == (
        '"quiet.wav" contains no speech. Check its level in an audio editor.\n'
    )
    assert "not.mp3" in run("new", "a.yaml", "--audio", "not.mp3", status=1).stderr
    whole = recording(tmp_path, "cut.flac", (3, 9), (3, 9))
    whole.write_bytes(whole.read_bytes()[:1_000_000])
    assert '"cut.flac" is incomplete: it contains only ' in run("new", "a.yaml", "--audio", "cut.flac", status=1).stderr
    assert "gone.mp3" in run("new", "a.yaml", "--audio", "gone.mp3", status=1).stderr
    assert "Keep one" in run("new", "a.yaml", "--audio", "quiet.wav", "--text", "x", status=2).stderr
    (tmp_path / "a-audio").mkdir()
    assert "a-audio already exists" in run("new", "a.yaml", "--audio", "quiet.wav", status=1).stderr
    assert not (tmp_path / "a.yaml").exists()
