"""Measure each background: cost, loudness, width, joins, and how many words are understood over it.

Run `python -m tests.benchmarks.beds` for the table in docs/performance.md. With `--ear COMMAND`, the command is called
with the names of audio files, and prints the words that it hears in each of them, after a line `== FILE`.
"""

from __future__ import annotations

import difflib
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from imageio_ffmpeg import get_ffmpeg_exe

from tests.benchmarks.joins import decode, share_that_stands_out
from tests.support.mp3 import split_frames
from voiceguide.audio.beds.loader import BedLoop, load_bed_loop
from voiceguide.audio.ducking import Envelope
from voiceguide.audio.loudness import block_powers, gated_loudness, integrated_loudness
from voiceguide.audio.mixer.cell_order import CELL_FRAMES, order_of_cells
from voiceguide.audio.mixer.loop_jumps import CROSSFADE_SAMPLES, MUSIC_CROSSFADE_SAMPLES
from voiceguide.audio.mixer.mix import BedTrack, LoopJump
from voiceguide.builtin_names import BEDS, DUCK_DB
from voiceguide.encode.span_encoder import lame_arguments
from voiceguide.pipeline.bundled_routines import find_routine
from voiceguide.pipeline.session_builder import open_builder_for_script
from voiceguide.script.loader import load_script
from voiceguide.speech.preview import encode_wav
from voiceguide.system.disk_cache import DiskCache, cache_folder, open_cache
from voiceguide.system.ffmpeg import run_ffmpeg
from voiceguide.timeline.arrangement.overrides import Overrides
from voiceguide.units import MP3_FRAME_SAMPLES as FRAME, SAMPLE_RATE, db_to_gain

__all__ = ["MIXED", "beds_section"]

MIXED = ("rain+pads", "pads+harp:-4")
BIT_RATE = 128
JOINS = 300
"""Of 100 joins, chance alone puts from 2 to 9 among the 5 % that stand out in any bed."""
RUNS = 3
"""The fastest of these counts, because other programs only ever make a run slower."""
JUMP_AFTER = (5 * SAMPLE_RATE, 8 * SAMPLE_RATE)
"""The shortest and the longest time from one jump to the next."""
SCRIPTS = ("foot-massage", "swedish", "bedtime")
LINES, GAP_S = 8, 0.6
"""Lines of each script that are spoken, and the pause after each."""
LEVELS_DB = (-20, -14)
MAKE = """
import re, sys, tempfile, time
from pathlib import Path
from voiceguide.audio.beds.loader import load_bed_loop
from voiceguide.system.disk_cache import DiskCache
with tempfile.TemporaryDirectory() as folder:
    started = time.process_time()
    loop = load_bed_loop(sys.argv[1], Path, DiskCache(Path(folder))).loop
    seconds = (time.process_time() - started) * 60 * 48000 / len(loop)
peak_kib = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]
print(seconds, int(peak_kib) * 1024 / 1e6)
"""

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Narration:
    """Some lines of a script, spoken one after another."""

    samples: Samples
    words: list[str]


def encode(samples: Samples) -> list[bytes]:
    """Return the MP3 frames of stereo samples."""
    data = np.ascontiguousarray(samples, np.float32).reshape(-1).data
    return split_frames(run_ffmpeg(lame_arguments(BIT_RATE, 2), action="encode", input_chunks=[data]), BIT_RATE)


def joins_under_speech(bed: BedLoop) -> tuple[int, int]:
    """Return how many jumps of the mixer stand out, and how many there are. There is nothing but the bed."""
    draw, order = np.random.default_rng(1), order_of_cells(bed.joins, len(bed.loop))
    length = len(order) * CELL_FRAMES or len(bed.loop) // FRAME
    starts = np.cumsum(draw.integers(*JUMP_AFTER, JOINS)).tolist()
    places = draw.integers(0, length, JOINS)
    if order:
        places = places // CELL_FRAMES * CELL_FRAMES - MUSIC_CROSSFADE_SAMPLES // 2 // FRAME
    fade = MUSIC_CROSSFADE_SAMPLES if order else CROSSFADE_SAMPLES
    jumps = [LoopJump(at, fade, (at // FRAME - int(to)) * FRAME) for at, to in zip(starts, places, strict=True)]
    total = starts[-1] + JUMP_AFTER[0]
    level = Envelope((0,), (0.0,))
    track = BedTrack(0, total, 0, 0, bed.loop, "", level, (LoopJump(0, 0, 0), *jumps), order)
    heard = decode(b"".join(encode(track.render(0, total))))
    return share_that_stands_out(heard, [at + fade // 2 for at in starts], _own(bed))


def joins_of_cells(bed: BedLoop) -> tuple[int, int]:
    """Return how many cuts between random cells, and between cells and a part of the rest, stand out."""
    draw, count = np.random.default_rng(2), len(bed.loop) // FRAME
    frames = encode(np.concatenate([bed.loop, bed.loop, bed.loop[: 200 * FRAME]]))[count : 2 * count]
    last = count // CELL_FRAMES - 1
    run: list[bytes] = []
    joints: list[int] = []
    while len(joints) < JOINS:
        cell = int(draw.integers(last)) * CELL_FRAMES
        run += frames[cell : cell + CELL_FRAMES]
        joints.append(len(run) * FRAME)
        if draw.random() < 0.5:
            run += frames[last * CELL_FRAMES :][: int(draw.integers(1, CELL_FRAMES))]
            joints.append(len(run) * FRAME)
    return share_that_stands_out(decode(b"".join(run)), joints[:-1], _own(bed))


def _own(bed: BedLoop) -> Samples:
    return decode(b"".join(encode(np.concatenate([bed.loop, bed.loop]))))


def loudness_range(loop: Samples) -> float:
    """Return the loudness range in LU, measured by ffmpeg."""
    command = [get_ffmpeg_exe(), "-hide_banner", "-f", "f32le", "-ar", str(SAMPLE_RATE), "-ac", "2", "-i", "pipe:0"]
    data = np.concatenate([loop, loop]).tobytes()
    told = subprocess.run([*command, "-af", "ebur128", "-f", "null", "-"], input=data, capture_output=True, check=True)
    return float(re.findall(rb"Summary:.*?LRA:\s+([\d.]+) LU", told.stderr, re.DOTALL)[0])


def narrations() -> Iterator[Narration]:
    """Yield the first lines of some scripts, at the level of a session."""
    for name in SCRIPTS:
        with (
            open_cache() as cache,
            open_builder_for_script(load_script(find_routine(name)), Overrides(), cache) as each,
        ):
            timeline = each.exact_timeline()
            mix, cues = each.mix(timeline), [cue for cue in timeline.cues if cue.is_speech][:LINES]
            gap = np.zeros(int(GAP_S * SAMPLE_RATE), np.float32)
            spoken = np.concatenate([part for cue in cues for part in (mix.cue_samples(cue.start), gap)])
            yield Narration(spoken, _words(" ".join(cue.text for cue in cues)))


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())


def words_heard(loop: Samples | None, ear: str, spoken: Sequence[Narration]) -> list[float]:
    """Return the share of words that are understood over a bed at each of LEVELS_DB, in percent."""
    shares = []
    with tempfile.TemporaryDirectory() as folder:
        for level_db in LEVELS_DB:
            paths = [Path(folder, f"{level_db}-{number}.wav") for number in range(len(spoken))]
            for path, narration in zip(paths, spoken, strict=True):
                # The voice is at -18 LUFS, and the loop at -20.
                gain = 0 if loop is None else db_to_gain(2 + level_db + DUCK_DB)
                bed = (
                    np.zeros((len(narration.samples), 2))
                    if loop is None
                    else np.resize(loop, (len(narration.samples), 2))
                )
                samples = narration.samples[:, np.newaxis] + bed * gain
                path.write_bytes(encode_wav(samples.astype(np.float32), SAMPLE_RATE))
            told = subprocess.run([*shlex.split(ear), *map(str, paths)], capture_output=True, text=True, check=True)
            heard = [_words(re.sub(r"[\d.]+", " ", part)) for part in re.split(r"^== .*$", told.stdout, flags=re.M)[1:]]
            found = sum(
                sum(
                    block.size
                    for block in difflib.SequenceMatcher(None, each.words, words, False).get_matching_blocks()
                )
                for each, words in zip(spoken, heard, strict=True)
            )
            shares.append(100 * found / sum(len(each.words) for each in spoken))
    return shares


def _cost(name: str) -> tuple[float, float]:
    """Return the CPU seconds for a minute of the loop, and the peak of memory in megabytes, in a new process."""
    told = subprocess.run([sys.executable, "-c", MAKE, name], capture_output=True, text=True, check=True).stdout
    seconds, megabytes = map(float, told.split())
    return seconds, megabytes


def row(name: str, ear: str | None, spoken: Sequence[Narration]) -> str:
    """Return a row of the table."""
    seconds, megabytes = min(_cost(name) for _ in range(RUNS))
    bed = load_bed_loop(name, Path, DiskCache(cache_folder()))
    usual = integrated_loudness(bed.loop)
    loudest = max(gated_loudness(block[np.newaxis]) for block in block_powers(bed.loop))
    left, right = bed.loop.T
    loss_db = 10 * np.log10(2 * ((left + right) ** 2 / 4).mean() / ((left**2).mean() + (right**2).mean()))
    jumps = (0, 0) if bed.joins == "none" else joins_under_speech(bed)
    cuts = joins_of_cells(bed) if bed.joins == "cells" else (0, 0)
    words = words_heard(bed.loop, ear, spoken) if ear else []
    cells = [
        *(name, f"{seconds:.2f} s", f"{megabytes:.0f} MB", f"{loudness_range(bed.loop):.1f} LU"),
        *(f"{loudest - usual:+.1f} LU", f"{np.corrcoef(left, right)[0, 1]:.2f}", f"{-loss_db:.1f} dB"),
        *(f"{100 * out / total:.0f} %" if total else "-" for out, total in (jumps, cuts)),
        *([f"{share:.1f} %" for share in words] or ["-"] * len(LEVELS_DB)),
    ]
    return f"| {' | '.join(cells)} |"


def beds_section(ear: str | None = None, beds: Sequence[str] = (*BEDS, *MIXED)) -> str:
    """Return the section of docs/performance.md about backgrounds, in Markdown."""
    spoken = list(narrations()) if ear else []
    dry = f"\n\nWithout a background, {words_heard(None, ear, spoken)[0]:.1f} % of the words are heard." if ear else ""
    rows = []
    for name in beds:
        rows.append(row(name, ear, spoken))
        print(rows[-1], file=sys.stderr, flush=True)
    return (
        "## Backgrounds\n\n`python -m tests.benchmarks.beds` measures this table. The time is the shortest of three "
        "runs, for one minute of the loop, on one core. LRA is the loudness range. The loudest moment is relative to "
        "the integrated loudness. Joins are counted if they stand out, as defined above. "
        f"{JOINS} joins of each kind were measured: jumps under speech, with the speech left out, and cuts from cell "
        "to cell. A bed of music and noise never jumps in a built session, so it has no such joins. The budgets are "
        "1.5 s, +6 LU, 1.5 dB and 8 %. The words were spoken over the background and "
        f"recognized by a program (Whisper base).{dry}\n\n"
        "| background | time | memory | LRA | loudest moment | correlation | loss in mono | joins under speech "
        "| joins of cells | words at -20 dB | words at -14 dB |\n"
        "|---|---|---|---|---|---|---|---|---|---|---|\n" + "\n".join(rows) + "\n"
    )


def main() -> None:
    """Print the section."""
    arguments = sys.argv[1:]
    ear = arguments[arguments.index("--ear") + 1] if "--ear" in arguments else None
    names = [each for each in arguments if each not in ("--ear", ear)]
    print(beds_section(ear, names or (*BEDS, *MIXED)))


if __name__ == "__main__":
    main()
