"""Engines that each fail in one way, and functions that install engines like a third-party package.

This file is copied into a temporary folder together with package metadata, so that its engines are loaded through real
entry points.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from tests.support.environment import child_environment
from voiceguide.errors import SpeechError
from voiceguide.speech.engines.protocol import Speech, Voice

RATE_HZ = 22_050


def install(folder: Path, source: Path, name: str, entry_points: Mapping[str, str]) -> None:
    """Install a package with one module as pip does: the module, and its metadata in NAME.dist-info."""
    metadata = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    metadata.mkdir(parents=True)
    (folder / source.name).write_bytes(source.read_bytes())
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    points = "".join(f"{point} = {target}\n" for point, target in entry_points.items())
    (metadata / "entry_points.txt").write_text(f"[voiceguide.engines]\n{points}")


def words(seconds: float = 2.0) -> np.ndarray:
    """Return a sound that passes for speech: loud, with a fade at the end."""
    time_s = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    samples: np.ndarray = (0.4 * np.sin(700 * time_s) * np.minimum(1, (seconds - time_s) * 5) ** 4).astype(np.float32)
    return samples


class Sound:
    """An engine that works. Each of the others overrides one thing."""

    parallel = True

    def __init__(self) -> None:
        self.name = type(self).__name__.lower()

    def version(self) -> str:
        return "1"

    def voices(self) -> list[Voice]:
        return [Voice(self.name, "only", "en")]

    def synthesize(self, text: str, voice: str, pace: float, language: str) -> Speech:
        return Speech(words(), RATE_HZ)

    def close(self) -> None:
        pass


class Hangs(Sound):
    def synthesize(self, text: str, voice: str, pace: float, language: str) -> Speech:
        time.sleep(600)
        return Speech(words(), RATE_HZ)

    def close(self) -> None:
        time.sleep(600)


class Refuses(Sound):
    def synthesize(self, text: str, voice: str, pace: float, language: str) -> Speech:
        raise SpeechError("The studio is closed on Sundays. Come back tomorrow.")


class Crashes(Sound):
    def synthesize(self, text: str, voice: str, pace: float, language: str) -> Speech:
        raise RuntimeError("out of cheese")


class Exits(Sound):
    def synthesize(self, text: str, voice: str, pace: float, language: str) -> Speech:
        sys.exit("goodbye")


class Interrupts(Sound):
    def synthesize(self, text: str, voice: str, pace: float, language: str) -> Speech:
        raise KeyboardInterrupt


class Silent(Sound):
    def synthesize(self, text: str, voice: str, pace: float, language: str) -> Speech:
        return Speech(np.zeros(2 * RATE_HZ, np.float32), RATE_HZ)


class Nothing(Sound):
    def synthesize(self, text: str, voice: str, pace: float, language: str) -> Speech:
        return None  # type: ignore[return-value]


class Endless(Sound):
    def synthesize(self, text: str, voice: str, pace: float, language: str) -> Speech:
        noise = np.random.default_rng(1).normal(0, 0.2, 200 * RATE_HZ).clip(-1, 1)
        return Speech(np.append(noise, np.zeros(RATE_HZ)).astype(np.float32), RATE_HZ)


class Blip(Sound):
    def synthesize(self, text: str, voice: str, pace: float, language: str) -> Speech:
        return Speech(words(0.05), RATE_HZ)


class Holes(Sound):
    def synthesize(self, text: str, voice: str, pace: float, language: str) -> Speech:
        samples = words()
        samples[1000] = np.nan
        return Speech(samples, RATE_HZ)


class Rateless(Sound):
    def synthesize(self, text: str, voice: str, pace: float, language: str) -> Speech:
        return Speech(words(), 0)


class Half(Sound):
    def synthesize(self, text: str, voice: str, pace: float, language: str) -> Speech:
        return Speech(words(4.0)[: 2 * RATE_HZ], RATE_HZ)


class Chatty(Sound):
    def synthesize(self, text: str, voice: str, pace: float, language: str) -> Speech:
        print("Thank you for choosing the chatty engine!")
        return super().synthesize(text, voice, pace, language)


class Mute(Sound):
    """An engine that can speak but cannot list its voices."""

    def voices(self) -> list[Voice]:
        raise OSError("the list is on the other computer")


class Unstable(Sound):
    """An engine that returns a clip of a different length each time."""

    asked = 0

    def synthesize(self, text: str, voice: str, pace: float, language: str) -> Speech:
        Unstable.asked += 1
        return Speech(words(2.0 + Unstable.asked / 10), RATE_HZ)


class Unmakeable:
    def __init__(self) -> None:
        raise OSError("license file not found")


class Shapeless:
    name = "shapeless"


FAULTY = {
    engine.__name__.lower(): f"faulty_engines:{engine.__name__}"
    for engine in (
        Sound, Hangs, Refuses, Crashes, Exits, Interrupts, Silent, Nothing, Endless, Blip, Holes, Rateless, Half,
        Chatty, Mute, Unstable, Unmakeable, Shapeless,
    )
}  # fmt: skip
FAULTY["absent"] = "no_such_module:Engine"
FAULTY["hibari"] = "faulty_engines:Silent"  # a package must not replace a built-in engine


def install_faulty(folder: Path) -> None:
    """Install all engines of this module."""
    install(folder, Path(__file__), "faulty-voices", FAULTY)


def environment_with(folder: Path) -> dict[str, str]:
    """Return an environment in which a child process finds the packages installed in a folder."""
    return child_environment(PYTHONPATH=str(folder))
