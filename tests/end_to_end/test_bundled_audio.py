"""Bundled routines, built with their own voices and measured by ffmpeg: all in `make soak`, by default parts of two."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from tests.conftest import Run
from tests.support.long_forms import long
from voiceguide.pipeline.bundled_routines import list_bundled_routines

ALL = os.environ.get("VOICEGUIDE_ROUTINES") == "all"
ROUTINES = sorted(list_bundled_routines()) if ALL else ("five-minutes", "fussmassage")
SKIPPED = {
    "five-minutes": ("Ankle, left foot", "Sole, right foot", "Ankle, right foot"),
    "fussmassage": (
        "Fußbad",
        "Streichen, linke Seite",
        "Ruhe",
        "Sohle, linke Seite",
        *(f"{part}, rechte Seite" for part in ("Streichen", "Knöchel", "Sohle")),
    ),
}
"""What leaves a few minutes, which have the same voice, bed and chimes."""


@long
@pytest.mark.parametrize("name", ROUTINES)
def test_a_bundled_routine_has_the_documented_loudness_and_is_never_silent(name: str, run: Run, tmp_path: Path) -> None:
    target = tmp_path / f"{name}.mp3"
    options = [] if ALL else [f"--skip={stage}" for stage in SKIPPED[name]]
    run("build", name, *options, "-o", str(target))
    command = [get_ffmpeg_exe(), "-hide_banner", "-nostats", "-nostdin", "-i", str(target), "-map", "0:a"]
    command += ["-af", "silencedetect=noise=-70dB:d=1,ebur128=peak=true", "-f", "null", "-"]
    messages = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    loudness, peak = (
        float(re.findall(pattern, messages)[-1]) for pattern in (r"I: +(-?[\d.]+) LUFS", r"Peak: +(-?[\d.]+) dBFS")
    )
    assert -19.5 <= loudness <= -16.5
    assert peak <= -1.0
    assert "silence_start" not in messages.partition("Summary:")[0]
