"""Draw the spectrogram of each bed for docs/beds.md. Run `python -m tests.docs.bed_pictures`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
from imageio_ffmpeg import get_ffmpeg_exe

__all__ = ["draw"]

ROOT = Path(__file__).parents[2]
SECONDS, RATE, WINDOW = 60, 24_000, 8192
WIDTH, HEIGHT = 720, 200
LOWEST_HZ, HIGHEST_HZ = 40.0, 10_000.0
RANGE_DB = 70.0
COLORS = np.array([(8, 8, 24), (60, 20, 110), (190, 50, 90), (250, 150, 50), (255, 250, 200)], float)
"""From silence to the loudest point."""


def draw(sound: str, picture: Path) -> None:
    """Draw one minute of a bed as PNG, with the lowest frequencies at the bottom."""
    levels_db = _levels(_samples(sound))
    share = np.clip(1 + (levels_db - levels_db.max()) / RANGE_DB, 0, 1) * (len(COLORS) - 1)
    steps = np.round(share * 8) / 8  # few colors make a small file
    image = np.stack([np.interp(steps, np.arange(len(COLORS)), COLORS[:, each]) for each in range(3)], axis=2)
    raw = ["-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", f"{WIDTH}x{HEIGHT}", "-i", "pipe:0"]
    small = ["-lavfi", "split[a][b];[a]palettegen=max_colors=64[p];[b][p]paletteuse=dither=none"]
    command = [get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y", *raw, *small, str(picture)]
    subprocess.run(command, input=image.astype(np.uint8).tobytes(), check=True)


def _samples(sound: str) -> npt.NDArray[np.float32]:
    with tempfile.TemporaryDirectory() as folder:
        audio = Path(folder, "bed.wav")
        build = [sys.executable, "-m", "voiceguide", "bed", sound, "-o", str(audio), "--for", f"{SECONDS}s", "-q"]
        subprocess.run(build, check=True)
        decode = [get_ffmpeg_exe(), "-v", "error", "-i", str(audio), "-f", "f32le", "-ar", str(RATE), "-ac", "1", "-"]
        return np.frombuffer(subprocess.run(decode, capture_output=True, check=True).stdout, np.float32)


def _levels(samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Return the level of each point in decibels, shape (HEIGHT, WIDTH), with the highest frequencies first."""
    starts = np.linspace(0, len(samples) - WINDOW, WIDTH).astype(int)
    power = np.stack([np.abs(np.fft.rfft(samples[at : at + WINDOW] * np.hanning(WINDOW))) ** 2 for at in starts])
    edges = np.geomspace(LOWEST_HZ, HIGHEST_HZ, HEIGHT + 1) * WINDOW / RATE
    low = np.floor(edges[:-1]).astype(int)
    high = np.maximum(np.ceil(edges[1:]).astype(int), low + 1)
    bands = np.stack([power[:, a:b].max(axis=1) for a, b in zip(low, high, strict=True)])
    return np.asarray(10 * np.log10(bands[::-1] + 1e-9))


def main() -> None:
    """Draw every bed, and one that is mixed from two."""
    from voiceguide.builtin_names import BEDS

    folder = ROOT / "docs" / "beds"
    folder.mkdir(exist_ok=True)
    for sound in sys.argv[1:] or [*BEDS, "rain+pads"]:
        draw(sound, folder / f"{sound.replace('+', '-')}.png")


if __name__ == "__main__":
    main()
