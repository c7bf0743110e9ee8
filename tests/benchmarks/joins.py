"""Measure how often the joints of sessions assembled on the phone stand out from the bed itself.

Run `python -m tests.benchmarks.joins`. For each bed, a session with many changed lengths is assembled in Chromium and
decoded by ffmpeg. A joint stands out if the spectrum changes there by more than in 95 % of equally long moments of the
bed itself. 5 % is therefore what a bed without any joints would have.

With `--hard`, the bed does not dip at the joints. This shows that the measure hears them: a hard jump in a bowl stands
out every time.
"""

from __future__ import annotations

import base64
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from imageio_ffmpeg import get_ffmpeg_exe
from playwright.sync_api import Page

from tests.support.browser import chromium
from voiceguide.builtin_names import BEDS
from voiceguide.phone.html_page import KIT_MODULES, bundle_js
from voiceguide.phone.kit import Kit, make_kit
from voiceguide.pipeline.bundled_routines import find_routine
from voiceguide.pipeline.session_builder import open_builder_for_script
from voiceguide.script.loader import load_script
from voiceguide.script.model.bed_layers import bed_files
from voiceguide.system.disk_cache import open_cache
from voiceguide.timeline.arrangement.overrides import Overrides
from voiceguide.units import MP3_FRAME_SAMPLES as FRAME, SAMPLE_RATE

__all__ = ["joins_that_stand_out", "share_that_stands_out"]

WINDOW = 2048
DECODER_DELAY = 817
"""Half a frame sounds this much before its place in the file, after decoders have skipped what they skip."""
MOMENT = 5
"""Frames in which the spectrum is compared, around each joint."""
INAUDIBLE_DB = 30
FADING_DB = 12

Samples = npt.NDArray[np.float32]
JoinCount = tuple[str, int, int]


def decode(frames: bytes) -> Samples:
    """Decode MP3 with ffmpeg. Return mono samples."""
    command = [get_ffmpeg_exe(), "-v", "error", "-f", "mp3", "-i", "pipe:0", "-f", "f32le", "-ac", "1", "pipe:1"]
    return np.frombuffer(subprocess.run(command, input=frames, capture_output=True, check=True).stdout, np.float32)


def change(samples: Samples, center: int, usual: float) -> float:
    """Return the largest change of the shape of the spectrum from one frame to the next around a sample.

    A slow fade does not change the shape. `usual` is the level of the bed. What is 18 dB below it counts less and less,
    and 30 dB below it, nothing is heard any more.
    """
    starts = center - DECODER_DELAY + (np.arange(MOMENT + 1) - MOMENT // 2) * FRAME - WINDOW // 2
    level = _levels(samples, starts)
    total = level.sum(axis=1)
    shape = level / np.maximum(total, 1e-9)[:, np.newaxis]
    below_db = 40 * np.log10(np.minimum(total[1:], total[:-1]) / usual + 1e-9)  # levels are roots of amplitudes
    heard = np.clip((below_db + INAUDIBLE_DB) / FADING_DB, 0, 1)
    return float((np.abs(np.diff(shape, axis=0)).sum(axis=1) * heard).max())


def _levels(samples: Samples, starts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    rows = np.stack([samples[start : start + WINDOW] for start in starts]) * np.hanning(WINDOW)
    return np.asarray(np.sqrt(np.abs(np.fft.rfft(rows, axis=1))))


def share_that_stands_out(samples: Samples, joints: list[int], bed: Samples) -> tuple[int, int]:
    """Return how many joints, given in samples, stand out, and how many can be compared."""
    draw = random.Random(2)
    centers = [draw.randrange(10 * FRAME, len(bed) - 10 * FRAME) for _ in range(1500)]
    usual = float(_levels(bed, np.array(centers)).sum(axis=1).mean())
    limit = float(np.percentile([change(bed, center, usual) for center in centers], 95))
    inside = [joint for joint in joints if 10 * FRAME < joint < len(samples) - 10 * FRAME]
    return sum(change(samples, joint, usual) > limit for joint in inside), len(inside)


def music(path: Path) -> None:
    """Write three minutes of slow plucked chords, as somebody's own music could be."""
    draw = np.random.default_rng(3)
    audio = np.zeros(180 * SAMPLE_RATE, np.float32)
    chords = ([220, 261.6, 329.6], [174.6, 220, 261.6], [196, 246.9, 293.7], [164.8, 207.7, 246.9])
    t = np.arange(4 * SAMPLE_RATE) / SAMPLE_RATE
    for number in range(440):
        at = int(number * 0.4 * SAMPLE_RATE)
        note = float(draw.choice(chords[number // 16 % 4])) * float(draw.choice([1, 2, 0.5]))
        tone = sum(np.sin(2 * np.pi * note * k * t) * 0.5**k for k in (1, 2, 3)) * np.exp(-t / 0.9) * 0.2
        end = min(at + len(t), len(audio))
        audio[at:end] += tone[: end - at].astype(np.float32)
    command = [get_ffmpeg_exe(), "-v", "error", "-y", "-f", "f32le", "-ar", "48000", "-ac", "1", "-i", "pipe:0"]
    subprocess.run([*command, str(path)], input=audio.tobytes(), check=True)


def random_settings(kit: dict[str, Any], draw: random.Random) -> dict[str, Any]:
    """Return settings with every step that can change at a random whole second between 20 s and 2 minutes."""
    lengths = {}
    for step in (step for stage in kit["stages"] for step in stage["steps"]):
        if step["min"] < step["max"]:
            low, high = -(-step["min"] // SAMPLE_RATE), min(step["max"] // SAMPLE_RATE, 120)
            lengths[step["target"]] = draw.randint(max(low, min(20, high)), high) * 1000
    return {"lengths": lengths, "given": {}, "skip": [], "total": None, "bedDb": 0, "voiceDb": 0}


def assembled(page: Any, kit: Kit, rounds: int) -> Iterator[tuple[bytes, list[dict[str, int]]]]:
    """Yield sessions with random lengths, assembled by the page, and the joints of each."""
    frames = {name: base64.b64encode(data).decode() for name, data in kit.encode()}
    page.evaluate(
        """([json, frames]) => {
          window.kit = new Kit(json);
          for (const [id, text] of Object.entries(frames)) {
            kit.frames.set(id, Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
          }
        }""",
        [kit.data, frames],
    )
    draw = random.Random(1)
    for _ in range(rounds):
        answer = page.evaluate(
            """async (settings) => {
              const { blob, joints } = kit.assemble(settings);
              const bytes = new Uint8Array(await blob.arrayBuffer());
              let text = "";
              for (let at = 0; at < bytes.length; at += 32768) {
                text += String.fromCharCode(...bytes.subarray(at, at + 32768));
              }
              return { text: btoa(text), joints };
            }""",
            random_settings(kit.data, draw),
        )
        yield base64.b64decode(answer["text"]), answer["joints"]


def measure(page: Any, bed: str, rounds: int, hard: bool) -> tuple[int, int]:
    """Return how many joints of a bed stand out, and how many there are. `hard` leaves out the dips."""
    overrides = Overrides(bed=bed, bed_files={file: Path(file) for file in bed_files(bed)})
    out = total = 0
    with (
        open_cache() as cache,
        open_builder_for_script(load_script(find_routine("foot-massage")), overrides, cache) as builder,
    ):
        kit = make_kit(builder)
        if hard:
            for each in kit.data["loops"]:
                each["join"] = {"dip_db": 0.0, "dip_frames": 0}
        loop = dict(kit.encode())[kit.data["loops"][0]["id"]]
        own = decode(loop * 2)
        for audio, joints in assembled(page, kit, rounds):
            found, count = share_that_stands_out(decode(audio), [each["at"] * FRAME for each in joints], own)
            out, total = out + found, total + count
    return out, total


def joins_that_stand_out(page: Page, rounds: int, beds: Sequence[str] = (), hard: bool = False) -> list[JoinCount]:
    """Return the name of each bed, how many joints stand out, and how many there are."""
    with tempfile.TemporaryDirectory() as folder:
        music(Path(folder) / "music.ogg")
        script = bundle_js(KIT_MODULES)
        page.set_content(f"<script type=module>{script}\nwindow.Kit = Kit;</script>")
        every = beds or [*BEDS, str(Path(folder) / "music.ogg")]
        return [(Path(bed).stem, *measure(page, bed, rounds, hard)) for bed in every]


def main() -> None:
    """Print a row of the table for each bed."""
    hard, arguments = "--hard" in sys.argv, [each for each in sys.argv[1:] if each != "--hard"]
    with chromium() as browser:
        rounds = int(arguments[0]) if arguments else 4
        for bed, out, total in joins_that_stand_out(browser.new_page(), rounds, arguments[1:], hard):
            print(f"{bed:8} {total:4} joints, {100 * out / max(total, 1):5.1f} % stand out", flush=True)


if __name__ == "__main__":
    main()
