"""Build sessions from recordings that are not speech, with any bed, level and bit rate. None may be refused.

Run it with `make soak`, or with `python -m tests.reliability.honest 20` for a short run.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

import voiceguide
from voiceguide.errors import VoiceguideError
from voiceguide.speech.preview import encode_wav
from voiceguide.units import SAMPLE_RATE

Signal = npt.NDArray[np.float64]
BED_LEVELS_DB = (-30, -20, -14, -6, -3, 0)
BIT_RATES = {"mp3": (32, 40, 48, 64, 128, 320), "m4b": (32, 48, 64, 128), "opus": (16, 24, 32, 48, 96), "wav": (None,)}
BIT_RATES["flac"] = BIT_RATES["wav"]


def seconds(length_s: float) -> Signal:
    return np.arange(int(SAMPLE_RATE * length_s)) / SAMPLE_RATE


def noise(rng: np.random.Generator, length_s: float) -> Signal:
    return rng.standard_normal(int(SAMPLE_RATE * length_s))


def smoothed(signal: Signal, width: int) -> Signal:
    return np.asarray(np.convolve(signal, np.ones(width) / width, "same"), np.float64)


def bell(rng: np.random.Generator) -> Signal:
    t = seconds(rng.uniform(1, 6))
    return np.sin(2 * np.pi * rng.uniform(200, 3000) * t) * np.exp(-t * rng.uniform(0.5, 6))


def claps(rng: np.random.Generator) -> Signal:
    result = np.zeros(int(SAMPLE_RATE * 4))
    for at in np.arange(0.3, 3.6, rng.uniform(0.15, 0.9)):
        length = int(0.08 * SAMPLE_RATE)
        decay = np.exp(-np.arange(length) / SAMPLE_RATE / rng.uniform(0.003, 0.02))
        result[int(at * SAMPLE_RATE) :][:length] += rng.standard_normal(length) * decay
    return result


def clicks(rng: np.random.Generator) -> Signal:
    """Return single samples, as of a metronome or a gramophone record."""
    result = np.zeros(int(SAMPLE_RATE * 3))
    result[rng.integers(0, result.size, 12)] = 1.0
    return result


def breath(rng: np.random.Generator) -> Signal:
    t = seconds(8)
    swell: Signal = np.sin(np.pi * t / rng.uniform(2, 5)) ** 2
    return smoothed(noise(rng, 8), int(rng.integers(8, 200))) * swell


def hum(rng: np.random.Generator) -> Signal:
    t = seconds(rng.uniform(2, 7))
    phase = 2 * np.pi * np.cumsum(rng.uniform(80, 300) * (1 + 0.02 * np.sin(2 * np.pi * 5.5 * t))) / SAMPLE_RATE
    return np.asarray(sum(np.sin(k * phase) / k**1.5 for k in range(1, 8)))


def white_noise(rng: np.random.Generator) -> Signal:
    return noise(rng, rng.uniform(0.3, 5))


def dark_noise(rng: np.random.Generator) -> Signal:
    return smoothed(noise(rng, rng.uniform(1, 5)), 400)


def chord(rng: np.random.Generator) -> Signal:
    t = seconds(5)
    root = rng.uniform(60, 600)
    return np.asarray(np.minimum(1, (5 - t) / 0.5) * sum(np.sin(2 * np.pi * root * r * t) for r in (1, 1.26, 1.5)))


def bowl(rng: np.random.Generator) -> Signal:
    t = seconds(8)
    base = rng.uniform(100, 400)
    partials = ((base, 0.3), (base + 0.8, 0.3), (2.7 * base, 0.6), (5.1 * base, 1.1))
    return np.asarray(sum(np.sin(2 * np.pi * f * t) * np.exp(-t * decay) for f, decay in partials))


def drums(rng: np.random.Generator) -> Signal:
    result = np.zeros(int(6 * SAMPLE_RATE))
    t = seconds(0.25)
    for number, at in enumerate(np.arange(0.1, 5.5, rng.uniform(0.12, 0.5))):
        low = np.sin(2 * np.pi * (60 * t + 8 * (1 - np.exp(-t * 30)))) * np.exp(-t * 14)
        hit = low if number % 2 else 0.5 * rng.standard_normal(t.size) * np.exp(-t * 25)
        result[int(at * SAMPLE_RATE) :][: t.size] += hit
    return result


def sweep(rng: np.random.Generator) -> Signal:
    t = seconds(5)
    return np.sin(2 * np.pi * np.cumsum(40 * (18_000 / 40) ** (t / 5)) / SAMPLE_RATE)


def whistle(rng: np.random.Generator) -> Signal:
    t = seconds(rng.uniform(0.5, 3))
    return np.sin(2 * np.pi * rng.uniform(5000, 15_000) * t)


def rumble(rng: np.random.Generator) -> Signal:
    t = seconds(4)
    return np.sin(2 * np.pi * rng.uniform(20, 45) * t)


def square(rng: np.random.Generator) -> Signal:
    return np.sign(np.sin(2 * np.pi * rng.uniform(80, 900) * seconds(3)))


def bursts(rng: np.random.Generator) -> Signal:
    """Return loud noise between quiet stretches, where encoders make pre-echoes."""
    result = 0.001 * noise(rng, 5)
    for at in (0.5, 1.7, 2.9, 4.1):
        result[int(at * SAMPLE_RATE) :][: SAMPLE_RATE // 5] *= 1000
    return result


def quiet_voice(rng: np.random.Generator) -> Signal:
    """Return syllables of a formant-like buzz, 30 dB of range."""
    buzz = hum(rng)
    steps = 10 ** (rng.uniform(-1.5, 0, -(-buzz.size // 6000)) / 1)
    return buzz * np.repeat(steps, 6000)[: buzz.size]


def high_tone(rng: np.random.Generator) -> Signal:
    """Return a tone that many encoders remove."""
    return np.sin(2 * np.pi * rng.uniform(10_000, 22_000) * seconds(3))


def high_square(rng: np.random.Generator) -> Signal:
    return np.sign(np.sin(2 * np.pi * rng.uniform(5000, 21_000) * seconds(3)))


def violet_noise(rng: np.random.Generator) -> Signal:
    return np.diff(noise(rng, 3))


def blue_noise(rng: np.random.Generator) -> Signal:
    spectrum = np.fft.rfft(noise(rng, 3))
    return np.asarray(np.fft.irfft(spectrum * np.sqrt(np.arange(spectrum.size))), np.float64)


def uniform_noise(rng: np.random.Generator) -> Signal:
    """Return noise with lower peaks than the noise that encoders replace it with."""
    return rng.uniform(-1, 1, int(SAMPLE_RATE * rng.uniform(0.5, 4)))


def pulses(rng: np.random.Generator) -> Signal:
    """Return clicks of up to 2 ms in one direction only, as of a relay."""
    result = np.zeros(SAMPLE_RATE * 4)
    length = int(rng.integers(10, 100))
    for at in range(0, result.size - 100, int(rng.integers(4000, 40_000))):
        result[at : at + length] = 1.0
    return result


def pulse_train(rng: np.random.Generator) -> Signal:
    result = np.zeros(SAMPLE_RATE * 3)
    result[:: int(rng.integers(150, 3000))] = 1.0
    return result


def tremolo(rng: np.random.Generator) -> Signal:
    t = seconds(4)
    swell: Signal = 1 + np.sin(2 * np.pi * rng.uniform(3, 40) * t)
    return np.sin(2 * np.pi * rng.uniform(100, 9000) * t) * swell


def infrasound(rng: np.random.Generator) -> Signal:
    """Return a tone below the lowest one that can be heard, with a little noise."""
    return np.sin(2 * np.pi * rng.uniform(4, 20) * seconds(4)) + 0.02 * noise(rng, 4)


def offset_tone(rng: np.random.Generator) -> Signal:
    return 0.5 + rng.uniform(0.01, 0.4) * np.sin(2 * np.pi * rng.uniform(60, 2000) * seconds(3))


RECORDINGS: tuple[Callable[[np.random.Generator], Signal], ...] = (
    *(bell, claps, clicks, breath, hum, white_noise, dark_noise, chord, bowl),
    *(drums, sweep, whistle, rumble, square, bursts, quiet_voice),
    *(high_tone, high_square, violet_noise, blue_noise, uniform_noise, pulses, pulse_train),
    *(tremolo, infrasound, offset_tone),
)


def save_recording(path: Path, signal: Signal, peak: float) -> None:
    samples = signal / np.abs(signal).max() * peak
    path.write_bytes(encode_wav(samples.astype(np.float32), SAMPLE_RATE))


def build_honest(seed: int, folder: Path) -> str:
    """Build and verify a session from recordings. Return "" or a failure."""
    rng, numbers = random.Random(seed), np.random.default_rng(seed)
    bed = rng.choice(["none", "none", "rain", "waves", "wind", "brown", "bowl", "stream"])
    level, duck = rng.choice(BED_LEVELS_DB), rng.choice([0, -3, -6, -12])
    format_name = rng.choice([*["mp3"] * 5, *["m4b", "opus", "flac", "wav"]])
    rate = rng.choice(BIT_RATES[format_name])
    used = [RECORDINGS[number % len(RECORDINGS)] for number in (2 * seed, 2 * seed + 1)]
    lines = ["voiceguide: 1", "title: Own recordings", "voice: tone/tone"]
    lines += [f"bed: {{sound: {bed}, level: {level}, duck: {duck}}}" if bed != "none" else "bed: none"]
    lines += [f"chime: {rng.choice(['none', 'bell', 'wood'])}", "stages:", "  - stage: One", "    steps:"]
    for number, recording in enumerate(used):
        save_recording(folder / f"{number}.wav", recording(numbers), rng.choice([1.0, 0.6, 0.05]))
        lines.append(f"      - {{say: Listen {number}., audio: {number}.wav, pause: {rng.choice([0, 3, 12])}s}}")
        lines.append(f"      - {{say: {rng.choice(['Good.', 'Rest now and breathe.'])}, for: 6s}}")
    script = folder / "s.yaml"
    script.write_text("\n".join(lines) + "\n", "utf-8")
    what = f"seed {seed}, {'+'.join(r.__name__ for r in used)}, {bed} at {level}/{duck} dB, {format_name} {rate}"
    try:
        voiceguide.load(script).build(folder / f"s.{format_name}", bitrate_kbps=rate)
        failures = voiceguide.verify(folder / f"s.{format_name}").failures
    except VoiceguideError as error:
        return f"{what}: {error}"
    return f"{what}: {failures[0]}" if failures else ""


def main() -> None:
    count, first = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    began, refused = time.monotonic(), []
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("VOICEGUIDE_CACHE", f"{folder}/cache")
        for seed in range(first, first + count):
            if failure := build_honest(seed, Path(folder)):
                refused.append(failure)
                print(failure, flush=True)
    print(f"{count} sessions from recordings, {len(refused)} refused, {time.monotonic() - began:.0f} s")
    sys.exit(bool(refused))


if __name__ == "__main__":
    main()
