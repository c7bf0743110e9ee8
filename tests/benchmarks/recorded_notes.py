"""Compare the notes of the music beds with notes of real instruments, partial by partial.

Run `python -m tests.benchmarks.recorded_notes` for the table in docs/beds.md. It needs `fluidsynth` and the sound font
`FluidR3_GM.sf2` (`apt-get install fluidsynth fluid-soundfont-gm`), whose notes are recordings of instruments (MIT
license). With `--data`, the command prints the measured levels in the form in which
`voiceguide.audio.beds.music.partial_levels` holds them.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import wave
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from voiceguide.units import SAMPLE_RATE

__all__ = ["TIMES_S", "measure_partials", "recorded_notes"]

SOUND_FONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
TIMES_S = (0.05, 0.2, 0.5, 1.0, 2.0)
FLOOR_DB = -40.0
"""What is weaker than this, relative to the strongest partial at 0.05 s, cannot be heard in a bed."""
WINDOW = 3840
NOTE_S, GAP_S = 4.0, 5.0
TICKS_PER_S = 960
PROGRAMS = {"harp": 46, "kalimba": 108}
"""General MIDI programs. There is no hang among them."""
RATIOS: dict[str, tuple[float, ...]] = {"harp": (1, 2, 3, 4), "kalimba": (1, 6.6)}
NOTES = {"harp": (52, 59, 64, 67, 71), "kalimba": (64, 67, 71, 74, 76)}

Samples = npt.NDArray[Any]


def midi_hertz(number: int) -> float:
    """Return the frequency of a MIDI note."""
    return float(440 * 2 ** ((number - 69) / 12))


def recorded_notes(program: int, numbers: tuple[int, ...]) -> list[Samples]:
    """Return recorded notes without any effects, each from its onset, shape (GAP_S seconds,)."""
    events = b"\x00\xc0" + bytes([program])
    for number in numbers:
        events += b"\x00\x90" + bytes([number, 64]) + _ticks(NOTE_S) + b"\x80" + bytes([number, 0])
        events += _ticks(GAP_S - NOTE_S) + b"\xb0\x7f\x00"
    events += b"\x00\xff\x2f\x00"
    header = b"MThd\x00\x00\x00\x06\x00\x00\x00\x01\x01\xe0MTrk" + len(events).to_bytes(4, "big")
    with tempfile.TemporaryDirectory() as folder:
        score, sound = Path(folder, "notes.mid"), Path(folder, "notes.wav")
        score.write_bytes(header + events)
        dry = ["-ni", "-q", "-R", "0", "-C", "0", "-g", "0.8", "-r", str(SAMPLE_RATE), "-F", str(sound)]
        subprocess.run(["fluidsynth", *dry, str(SOUND_FONT), str(score)], check=True, capture_output=True)
        with wave.open(str(sound)) as file:
            stereo = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    mono, length = stereo.mean(axis=1) / 32768, int(GAP_S * SAMPLE_RATE)
    pieces = [mono[index * length : (index + 1) * length] for index in range(len(numbers))]
    return [piece[int(np.argmax(np.abs(piece) > 0.02 * np.abs(piece).max())) :] for piece in pieces]


def _ticks(seconds: float) -> bytes:
    ticks = round(seconds * TICKS_PER_S)
    return bytes([0x80 | ticks >> 7, ticks & 0x7F])


def measure_partials(note: Samples, hertz: float, ratios: tuple[float, ...]) -> list[list[float]]:
    """Return the level of each partial at TIMES_S, in decibels relative to the strongest partial at the first time."""
    levels = np.array([_partials_at(note, time_s, hertz, ratios) for time_s in TIMES_S]).T
    return [[float(max(level, 3 * FLOOR_DB / 2)) for level in row] for row in levels - levels[:, 0].max()]


def _partials_at(note: Samples, time_s: float, hertz: float, ratios: tuple[float, ...]) -> list[float]:
    start = int(time_s * SAMPLE_RATE) - WINDOW // 2
    part = np.zeros(WINDOW)
    inside = note[max(start, 0) : start + WINDOW]
    part[max(-start, 0) : max(-start, 0) + len(inside)] = inside
    spectrum = np.abs(np.fft.rfft(part * np.hanning(WINDOW), 8 * WINDOW))
    per_hertz, found = 8 * WINDOW / SAMPLE_RATE, []
    for ratio in ratios:
        width = 0.02 if ratio == round(ratio) else 0.06
        low, high = (round(ratio * hertz * (1 + side * width) * per_hertz) for side in (-1, 1))
        found.append(20 * np.log10(spectrum[low : high + 1].max() + 1e-9))
    return found


def _print_data() -> None:
    for name, program in PROGRAMS.items():
        print(f'    "{name}": (')
        numbers = NOTES[name]
        for number, note in zip(numbers, recorded_notes(program, numbers), strict=True):
            rows = measure_partials(note, midi_hertz(number), RATIOS[name])
            cells = ", ".join(
                f"({ratio:g}, ({', '.join(f'{level:.0f}' for level in row)}))"
                for ratio, row in zip(RATIOS[name], rows, strict=True)
            )
            print(f"        Note({midi_hertz(number):.1f}, ({cells})),")
        print("    ),")


def comparison_rows() -> list[tuple[str, int, float, float]]:
    """For each note of each instrument, return its name, its number, and how far ours is off: mean and most, in dB."""
    from voiceguide.audio.beds.music.plucked_notes import pluck

    result = []
    for name, program in PROGRAMS.items():
        for number, real in zip(NOTES[name], recorded_notes(program, NOTES[name]), strict=True):
            hertz = midi_hertz(number)
            theirs = np.array(measure_partials(real, hertz, RATIOS[name]))
            ours = np.array(measure_partials(pluck(name, hertz, 1.0), hertz, RATIOS[name]))
            off = np.abs(np.maximum(theirs, FLOOR_DB) - np.maximum(ours, FLOOR_DB))
            result.append((name, number, float(off.mean()), float(off.max())))
    return result


def main() -> None:
    """Print the table, or the measured levels."""
    if "--data" in sys.argv:
        _print_data()
        return
    print("| instrument | note | mean difference | largest difference |\n|---|---|---|---|")
    for name, number, mean_db, most_db in comparison_rows():
        print(f"| {name} | {midi_hertz(number):.0f} Hz | {mean_db:.1f} dB | {most_db:.1f} dB |")


if __name__ == "__main__":
    main()
