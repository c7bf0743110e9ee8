"""Smart rendering compared with encoding the whole session, with real voices, real beds and the real mixer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from tests.support.long_forms import few, long
from tests.support.mixes import pink
from tests.support.mp3 import split_frames
from voiceguide.audio.ducking import DUCK_RELEASE_SAMPLES
from voiceguide.audio.mixer.cell_order import CELL_FRAMES
from voiceguide.audio.mixer.frame_alignment import PaddedSource
from voiceguide.audio.mixer.mix import Mix
from voiceguide.encode.formats import FORMATS
from voiceguide.encode.lame_settling import SettlingFrames, frames_until_settled
from voiceguide.encode.mp3_frame_format import build_info_frame, frames_for_samples
from voiceguide.encode.mp3_writer import write_mp3
from voiceguide.encode.smart_render import CopySpan, plan_smart_render
from voiceguide.encode.span_encoder import lame_arguments
from voiceguide.metadata.tags import Tags
from voiceguide.pipeline.session_builder import open_builder_for_script
from voiceguide.script.loader import load_script
from voiceguide.speech.preview import encode_wav
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


EDGES = ["7.2s", "7.224s", "9.599s", "9.602s", "12s"]
"""A frame is 24 ms. Speech starts exactly at a frame, one frame later, and one millisecond before and after a frame."""
USUAL = ["12s", "25.001s", "7.7s", "10.3s"]
CASES = {
    "rain, a natural voice": one_stage("voice: heart\nbed: rain\n", USUAL),
    "waves": one_stage("voice: tone\nbed: waves\n", USUAL),
    "bowl, soft": one_stage("voice: tone\nbed: {sound: bowl, level: -34, duck: -12}\n", USUAL),
    "a custom file": one_stage("voice: tone\nbed: own.wav\n", USUAL),
    "no bed": one_stage("voice: tone\nbed: none\n", USUAL),
    "frame edges": one_stage("voice: tone\nbed: rain\n", EDGES),
    "close together": one_stage("voice: tone\nbed: stream\nchime: none\n", ["5s", "5.1s", "5.7s", "6.3s", "7s", "25s"]),
    "beds that change": (
        f"{HEAD}voice: tone\nbed: rain\nstages:\n"
        f"  - stage: One\n    steps:\n{steps(['12s', '15.5s'])}"
        f"  - stage: Two\n    bed: brown\n    steps:\n{steps(['14s', '13s'])}"
        f"  - stage: Three\n    bed: none\n    steps:\n{steps(['12s', '14s'])}"
        f"  - stage: Four\n    bed: {{sound: rain, level: -26}}\n    steps:\n{steps(['12s'])}"
    ),
}


@contextmanager
def mixed(script: str, folder: Path) -> Iterator[Mix]:
    (folder / "same.yaml").write_text(script, encoding="utf-8")
    (folder / "own.wav").write_bytes(encode_wav(pink(20 * 44_100, 2, 7, 0.1), 44_100))
    with open_builder_for_script(load_script(folder / "same.yaml"), Overrides(), DiskCache(cache_folder())) as session:
        yield session.mix(session.exact_timeline())


def encode_whole(mix: Mix) -> list[bytes]:
    """Return the whole session encoded by one LAME."""
    samples = np.pad(mix.render(0, mix.total), ((leading_silence(mix), 0), (0, 0)))
    arguments = lame_arguments(bit_rate_of(mix), mix.channels)
    data = run_ffmpeg(arguments, action="encode", input_chunks=[samples.reshape(-1).data])
    return split_frames(data, bit_rate_of(mix))


def bit_rate_of(mix: Mix) -> int:
    return FORMATS["mp3"].bit_rate_for(mix.channels, None)


def leading_silence(mix: Mix) -> int:
    """Return the samples of silence in the first frame."""
    return mix.grid_offset % MP3_FRAME_SAMPLES


def info_of(mix: Mix) -> bytes:
    return build_info_frame(mix.total, bit_rate_of(mix), mix.channels, leading_silence(mix))


def smart_render(mix: Mix, folder: Path) -> list[bytes]:
    path = folder / "smart.mp3"
    write_mp3(mix, path, tags=Tags(""), cache=DiskCache(cache_folder()), quiet_lead_samples=DUCK_RELEASE_SAMPLES)
    data = path.read_bytes()
    info = info_of(mix)
    return split_frames(data[data.index(info) + len(info) :], bit_rate_of(mix))


def decoded(frames: list[bytes], mix: Mix, folder: Path) -> Samples:
    path = folder / "decoded.mp3"
    path.write_bytes(info_of(mix) + b"".join(frames))
    data = run_ffmpeg(["-i", f"file:{path}", "-f", "f32le", "pipe:1"], action="decode")
    audio = np.frombuffer(data, np.float32).reshape(-1, mix.channels)
    assert len(audio) == mix.total
    return audio


def frames_where_cells_meet(mix: Mix) -> set[int]:
    """Return the first frame of each cell. It overlaps the end of the cell before, which is another one in the loop."""
    regions = [region for region in PaddedSource(mix, leading_silence(mix)).regions() if region.order]
    return {
        frame
        for region in regions
        for frame in range(region.start // MP3_FRAME_SAMPLES, region.stop // MP3_FRAME_SAMPLES)
        if (frame - region.loop_start // MP3_FRAME_SAMPLES) % CELL_FRAMES == 0
    }


def copied_share(mix: Mix) -> float:
    """Return the share of the frames that are copied."""
    padded = PaddedSource(mix, leading_silence(mix))
    settling = SettlingFrames(padded, DUCK_RELEASE_SAMPLES)
    spans = plan_smart_render(padded.regions(), padded.total, settling.run_out_frames, settling.run_in_frames)
    copied = sum(span.stop_frame - span.start_frame for span in spans if isinstance(span, CopySpan))
    return copied / frames_for_samples(mix.total)


def frame_power(samples: Samples) -> npt.NDArray[np.float64]:
    """Return the mean square of each complete frame."""
    count = len(samples) // MP3_FRAME_SAMPLES
    frames = samples[: count * MP3_FRAME_SAMPLES].reshape(count, -1).astype(np.float64)
    return np.asarray((frames**2).mean(axis=1))


@pytest.mark.parametrize("script", few(1, CASES.values()), ids=CASES.keys())
def test_a_smart_rendered_session_sounds_as_if_encoded_whole(script: str, tmp_path: Path) -> None:
    with mixed(script, tmp_path) as mix:
        assert copied_share(mix) > 0.3, "otherwise this test compares two complete encodings"
        whole, smart = encode_whole(mix), smart_render(mix, tmp_path)
        assert len(smart) == len(whole) == frames_for_samples(leading_silence(mix) + mix.total)
        different = [n for n, (one, other) in enumerate(zip(whole, smart, strict=True)) if one != other]
        assert set(different) <= frames_where_cells_meet(mix), f"of {len(whole)} frames, {different[:20]} differ"
        if different:
            smart_audio, whole_audio = decoded(smart, mix, tmp_path), decoded(whole, mix, tmp_path)
            encoding_error = frame_power(whole_audio - mix.render(0, mix.total)).mean()
            assert frame_power(smart_audio - whole_audio).max() <= encoding_error


@long
def test_spans_that_start_during_speech_are_as_if_encoded_whole(tmp_path: Path) -> None:
    """An encoder that started in a pause encoded the quietest second differently: 46 frames in this script."""
    text = " [2s] ".join(LINES * 6)
    script = (
        f'{HEAD}voice: tone\nbed: waves\nstages:\n  - stage: All\n    steps:\n      - {{say: "{text}", for: 130s}}\n'
    )
    with mixed(script, tmp_path) as mix:
        assert smart_render(mix, tmp_path) == encode_whole(mix)


@pytest.mark.parametrize(
    ("targets", "initial_ath", "min_frames", "max_frames"),
    [
        ([1.0] * 50, 1.0, 0, 0),
        ([0.000625] * 50, 1.0, 93, 95),
        ([0.01] * 50, 0.01, 0, 0),
        ([0.1, *[0.001] * 99], 0.01, 8, 60),
    ],
    ids=["loud throughout", "from speech to silence", "at the start of encoding", "an occasional burst"],
)
def test_lame_settles_by_its_own_rule(
    targets: list[float], initial_ath: float, min_frames: int, max_frames: int
) -> None:
    assert min_frames <= frames_until_settled(np.array(targets), initial_ath) <= max_frames
