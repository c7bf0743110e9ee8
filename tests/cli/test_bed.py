"""`voiceguide bed` as a person meets it: a file of the kind, the length and the loudness that were asked for."""

from __future__ import annotations

import json
import re
import subprocess
import wave
from pathlib import Path

import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from tests.conftest import Run
from tests.support.forked_processes import run_command
from tests.support.long_forms import few
from voiceguide.builtin_names import BEDS


def measured(path: Path) -> tuple[float, float]:
    """Seconds and LUFS of a file, told by ffmpeg."""
    command = [get_ffmpeg_exe(), "-hide_banner", "-nostdin", "-i", str(path), "-map", "0:a"]
    raw = subprocess.run([*command, "-f", "s16le", "-ac", "1", "-"], capture_output=True, check=True).stdout
    told = subprocess.run([*command, "-af", "ebur128", "-f", "null", "-"], capture_output=True, check=True).stderr
    (loudness,) = re.findall(rb"Summary:.*?I:\s+(-?[\d.]+) LUFS", told, re.DOTALL)
    return len(raw) / 2 / 48_000, float(loudness)


@pytest.mark.parametrize("name", ["rain.wav", "rain.flac", "rain.mp3"])
def test_the_ending_chooses_the_kind_of_file(name: str, run: Run, tmp_path: Path) -> None:
    done = run("bed", "rain", "-o", name, "--for", "30s")
    assert done.stdout == f"{name}  rain, 30s\n"
    length_s, loudness_lufs = measured(tmp_path / name)
    assert length_s == pytest.approx(30, abs=0.001)
    assert loudness_lufs == pytest.approx(-20, abs=1)


def test_it_fades_at_both_ends(run: Run, tmp_path: Path) -> None:
    import numpy as np

    run("bed", "brown", "-o", "brown.wav", "--for", "6s")
    raw = (tmp_path / "brown.wav").read_bytes()[-6 * 48_000 * 4 :]
    sound = np.abs(np.frombuffer(raw, "<i2").reshape(-1, 2).astype(float)).mean(axis=1)
    edges = max(sound[:480].mean(), sound[-480:].mean())
    assert edges < sound[3 * 48_000 : 4 * 48_000].mean() / 20


def test_to_a_pipe_it_is_a_wav(tmp_path: Path, run: Run) -> None:
    heard = run_command("bed", "rain", "--for", "1s", cwd=tmp_path).stdout
    assert heard[:4] == b"RIFF"
    assert len(heard) >= 48_000 * 4


@pytest.fixture(scope="module")
def own_bed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A recording of five seconds as FLAC."""
    path = tmp_path_factory.mktemp("own") / "own.flac"
    source = ["-f", "lavfi", "-i", "anoisesrc=d=5:c=pink:a=0.2:r=48000:seed=1"]
    subprocess.run([get_ffmpeg_exe(), "-v", "error", "-nostdin", *source, path], check=True)
    return path.read_bytes()


def test_a_file_of_ones_own_loops(run: Run, own_bed: bytes, tmp_path: Path) -> None:
    (tmp_path / "own.flac").write_bytes(own_bed)
    run("bed", "own.flac", "-o", "long.wav", "--for", "11s")
    with wave.open(str(tmp_path / "long.wav")) as sound:
        assert sound.getnframes() == 11 * 48_000


@pytest.mark.parametrize("name", few(1, ["Track No.5+Rain.flac", "song", "a.flac+b.flac", "a%2Bb.flac"]))
def test_a_file_may_have_any_name(name: str, run: Run, own_bed: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(own_bed)
    run("bed", name, "-o", "long.wav", "--for", "6s")
    with wave.open(str(tmp_path / "long.wav")) as sound:
        assert sound.getnframes() == 6 * 48_000
    script = "voiceguide: 1\ntitle: T\nvoice: tone\nstages:\n  - {stage: A, steps: [{say: One., for: 3s}]}\n"
    (tmp_path / "s.yaml").write_text(script, encoding="utf-8")
    run("build", "s.yaml", "--bed", name, "-o", "own.wav")
    if "." in name:
        (tmp_path / "s.yaml").write_text(f"{script}bed: ['{name}']\n", encoding="utf-8")
        run("build", "s.yaml", "-o", "listed.wav")
        assert (tmp_path / "listed.wav").read_bytes() == (tmp_path / "own.wav").read_bytes()


def test_without_a_name_it_lists_them(run: Run) -> None:
    shown = run("bed").stdout.splitlines()
    assert [line.split()[0] for line in shown] == list(BEDS)
    assert [bed["name"] for bed in json.loads(run("bed", "--json").stdout)] == list(BEDS)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rian", "-o", "x.wav"], '"rian" is not a bed. Did you mean "rain"?'),
        (
            ["none", "-o", "x.wav"],
            f'"none" is silence. Specify a bed ({", ".join(BEDS)}) or an',
        ),
        (["gone.mp3", "-o", "x.wav"], "gone.mp3 does not exist. Check its name."),
        (["rain", "-o", "x.wav", "--for", "3"], '--for: "3" has no unit. Write 3s for seconds or 3m for minutes.'),
        (["rain", "-o", "x.wav", "--for", "0s"], "--for 0s: this is zero. Write a longer duration, such as 30s."),
        (
            ["rain", "-o", "x.ogg"],
            "-o x.ogg: not an audio file extension. Use .mp3, .m4b, .opus, .flac, .wav.",
        ),
        (["rain", "-o", "no/x.wav"], "no/x.wav could not be written: the folder no does not exist. Create it or"),
    ],
)
def test_what_cannot_be_heard(arguments: list[str], message: str, run: Run, tmp_path: Path) -> None:
    done = run("bed", *arguments, status=1)
    assert done.stderr.startswith(message)
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.glob("x.*"))
