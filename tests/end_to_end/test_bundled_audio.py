"""Every bundled routine is built in its own voice, and measured by another program."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from tests.conftest import Run
from voiceguide.pipeline.bundled_routines import list_bundled_routines

WHOLE = ("bedtime", "box-breathing", "five-minutes", "reflexology")
"""Those of few words, of many, of other beds; of the others the short variant, which says most of the words too."""


@pytest.mark.parametrize("name", sorted(list_bundled_routines()))
def test_a_bundled_routine_is_as_loud_as_promised_and_never_silent(name: str, run: Run, tmp_path: Path) -> None:
    target = tmp_path / f"{name}.mp3"
    run("build", name, *(() if name in WHOLE else ("--variant", "short")), "-o", str(target))
    command = [get_ffmpeg_exe(), "-hide_banner", "-nostats", "-nostdin", "-i", str(target), "-map", "0:a"]
    command += ["-af", "silencedetect=noise=-70dB:d=1,ebur128=peak=true", "-f", "null", "-"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    loudness, peak = (
        float(re.findall(pattern, told)[-1]) for pattern in (r"I: +(-?[\d.]+) LUFS", r"Peak: +(-?[\d.]+) dBFS")
    )
    assert -19.5 <= loudness <= -16.5
    assert peak <= -1.0
    assert "silence_start" not in told.partition("Summary:")[0]
