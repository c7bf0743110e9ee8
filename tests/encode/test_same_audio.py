"""Islands and copies against the same session encoded whole, with real voices, real beds and the real mixer."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from tests.support.mixes import pink
from voiceguide.audio.ducking import DUCK_RELEASE_SAMPLES
from voiceguide.audio.mixer.frame_alignment import PaddedSource
from voiceguide.audio.mixer.mix import Mix
from voiceguide.encode.lame_settling import LameSettling, frames_until_settled
from voiceguide.encode.mp3_frames import build_info_frame, frames_for_samples, split_frames
from voiceguide.encode.mp3_writer import DEFAULT_BIT_RATES, write_mp3
from voiceguide.encode.smart_render import CopySpan, plan_smart_render
from voiceguide.encode.span_encoder import lame_arguments
from voiceguide.metadata.tags import Tags
from voiceguide.pipeline.session_builder import open_builder_for_script
from voiceguide.script.loader import load_script
from voiceguide.system.disk_cache import DiskCache, cache_folder
from voiceguide.system.ffmpeg import run_ffmpeg
from voiceguide.timeline.arrangement.overrides import Overrides
from voiceguide.units import MP3_FRAME_SAMPLES

Samples = npt.NDArray[np.float32]
HEAD = "voiceguide: 1\ntitle: Same\nlanguage: en-US\nannounce_quiet: no\n"
LINES = (
    "Place both feet in the warm water.",
    "Long strokes, from the toes to the ankle.",
    "Hold the foot, and breathe.",
)


def steps(lengths: list[str]) -> str:
    return "".join(f'      - {{say: "{LINES[n % 3]}", for: {length}}}\n' for n, length in enumerate(lengths))


def one_stage(head: str, lengths: list[str]) -> str:
    return f"{HEAD}{head}stages:\n  - stage: All\n    steps:\n{steps(lengths)}"


EDGES = ["7.2s", "12.024s", "9.599s", "12s", "7.2s", "14.4s", "9.601s", "21.6s"]
"""A frame is 24 ms: words that begin at a frame's first sample, one frame on, a millisecond before it and after it."""
USUAL = ["20s", "35.001s", "15.7s", "50s", "8s", "51.3s"]
CASES = {
    "rain, a natural voice": one_stage("voice: heart\nbed: rain\n", USUAL),
    "waves": one_stage("voice: tone\nbed: waves\n", USUAL),
    "bowl, soft": one_stage("voice: tone\nbed: {sound: bowl, level: -34, duck: -12}\n", USUAL),
    "a file of one's own": one_stage("voice: tone\nbed: own.wav\n", USUAL),
    "no bed": one_stage("voice: tone\nbed: none\n", USUAL),
    "frame edges": one_stage("voice: tone\nbed: rain\n", EDGES),
    "close together": one_stage("voice: tone\nbed: stream\nchime: none\n", ["5s", "5.1s", "5.7s", "6.3s", "7s", "30s"]),
    "beds that change": (
        f"{HEAD}voice: tone\nbed: rain\nstages:\n"
        f"  - stage: One\n    steps:\n{steps(['20s', '35.5s'])}"
        f"  - stage: Two\n    bed: brown\n    steps:\n{steps(['30s', '25s'])}"
        f"  - stage: Three\n    bed: none\n    steps:\n{steps(['20s', '30s'])}"
        f"  - stage: Four\n    bed: {{sound: rain, level: -26}}\n    steps:\n{steps(['20s'])}"
    ),
}


@contextmanager
def mixed(script: str, folder: Path) -> Iterator[Mix]:
    (folder / "same.yaml").write_text(script, encoding="utf-8")
    with wave.open(str(folder / "own.wav"), "wb") as file:
        file.setparams((2, 2, 44_100, 0, "NONE", ""))
        file.writeframes((pink(20 * 44_100, 2, 7, 0.1) * 32_767).astype("<i2").tobytes())
    with open_builder_for_script(load_script(folder / "same.yaml"), Overrides(), DiskCache(cache_folder())) as session:
        yield session.mix(session.exact_timeline())


def encoded_whole(mix: Mix) -> list[bytes]:
    """Every second mixed, all through one LAME."""
    samples = np.pad(mix.render(0, mix.total), ((quiet_before(mix), 0), (0, 0)))
    arguments = lame_arguments(DEFAULT_BIT_RATES[mix.channels], mix.channels)
    return split_frames(
        run_ffmpeg(arguments, action="encode", input_chunks=[samples.reshape(-1).data]), DEFAULT_BIT_RATES[mix.channels]
    )


def quiet_before(mix: Mix) -> int:
    """Samples of nothing in the first frame."""
    return mix.grid_offset % MP3_FRAME_SAMPLES


def info_of(mix: Mix) -> bytes:
    return build_info_frame(mix.total, DEFAULT_BIT_RATES[mix.channels], mix.channels, quiet_before(mix))


def encoded_by_islands(mix: Mix, folder: Path) -> list[bytes]:
    path = folder / "islands.mp3"
    write_mp3(mix, path, tags=Tags(""), cache=DiskCache(cache_folder()), quiet_lead_samples=DUCK_RELEASE_SAMPLES)
    data = path.read_bytes()
    info = info_of(mix)
    return split_frames(data[data.index(info) + len(info) :], DEFAULT_BIT_RATES[mix.channels])


def decoded(frames: list[bytes], mix: Mix, folder: Path) -> Samples:
    path = folder / "decoded.mp3"
    path.write_bytes(info_of(mix) + b"".join(frames))
    data = run_ffmpeg(["-i", f"file:{path}", "-f", "f32le", "pipe:1"], action="decode")
    sound = np.frombuffer(data, np.float32).reshape(-1, mix.channels)
    assert len(sound) == mix.total
    return sound


def frame_power(samples: Samples) -> npt.NDArray[np.float64]:
    """Mean square of each whole frame."""
    whole = len(samples) // MP3_FRAME_SAMPLES
    frames = samples[: whole * MP3_FRAME_SAMPLES].reshape(whole, -1).astype(np.float64)
    return np.asarray((frames**2).mean(axis=1))


@pytest.mark.parametrize("script", CASES.values(), ids=CASES.keys())
def test_a_session_of_islands_and_copies_sounds_as_if_encoded_whole(script: str, tmp_path: Path) -> None:
    with mixed(script, tmp_path) as mix:
        whole, islands = encoded_whole(mix), encoded_by_islands(mix, tmp_path)
        assert len(islands) == len(whole) == frames_for_samples(quiet_before(mix) + mix.total)
        different = [n for n, (one, other) in enumerate(zip(whole, islands, strict=True)) if one != other]
        assert len(different) <= len(whole) / 1000, f"{len(different)} of {len(whole)} frames differ: {different[:20]}"
        if different:
            ours, theirs = decoded(islands, mix, tmp_path), decoded(whole, mix, tmp_path)
            own_error = frame_power(theirs - mix.render(0, mix.total)).mean()
            assert frame_power(ours - theirs).max() <= own_error


def test_pieces_that_go_on_amid_words_are_as_if_encoded_whole(tmp_path: Path) -> None:
    """An encoder that began in a pause between them coded its softest second otherwise: 46 frames here."""
    words = " [2s] ".join(LINES * 8)
    script = (
        f'{HEAD}voice: tone\nbed: waves\nstages:\n  - stage: All\n    steps:\n      - {{say: "{words}", for: 3m}}\n'
    )
    with mixed(script, tmp_path) as mix:
        assert encoded_by_islands(mix, tmp_path) == encoded_whole(mix)


@pytest.mark.parametrize("script", CASES.values(), ids=CASES.keys())
def test_most_of_a_session_is_copied(script: str, tmp_path: Path) -> None:
    """Else the comparison above would compare the same work done twice."""
    with mixed(script, tmp_path) as mix:
        framed = PaddedSource(mix, quiet_before(mix))
        settling = LameSettling(framed, DUCK_RELEASE_SAMPLES)
        runs = plan_smart_render(framed.regions(), framed.total, settling.run_out_frames, settling.run_in_frames)
        copied = sum(run.stop_frame - run.start_frame for run in runs if isinstance(run, CopySpan))
        assert copied > 0.3 * frames_for_samples(mix.total)


@pytest.mark.parametrize(
    ("goals", "threshold", "least", "most"),
    [
        ([1.0] * 50, 1.0, 0, 0),
        ([0.000625] * 50, 1.0, 93, 95),
        ([0.01] * 50, 0.01, 0, 0),
        ([0.1, *[0.001] * 99], 0.01, 8, 60),
    ],
    ids=["loud on", "from words to silence", "as an encoder begins", "a burst now and then"],
)
def test_lame_forgets_by_its_own_rule(goals: list[float], threshold: float, least: int, most: int) -> None:
    assert least <= frames_until_settled(np.array(goals), threshold) <= most
