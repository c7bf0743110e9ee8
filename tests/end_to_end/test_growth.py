"""Work in proportion to the length of a script: five times as many steps take five times as much work.

Each of these parts once looked at all steps again for every step. 5,000 steps then took far more than five times as
long as 1,000. The tests count lines of Python instead of seconds.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from itertools import islice, product
from pathlib import Path
from string import ascii_lowercase

import numpy as np
import pytest

import voiceguide
from tests.support.work import MAX_GROWTH, growth
from voiceguide.audio.array_type import Samples
from voiceguide.audio.beds.loader import BedLoop
from voiceguide.audio.mixer.excerpt import Excerpt
from voiceguide.audio.mixer.mix import Mix
from voiceguide.audio.mixer.session_mix import mix_session
from voiceguide.encode.smart_render import EncodeSpan
from voiceguide.export.timeline_svg import render_timeline_svg
from voiceguide.timeline.model import BedSettings, Cue, Line, TimedStage, TimedStep, Timeline
from voiceguide.timeline.scheduling.proportional_fit import FlexibleSilence, fit_proportionally
from voiceguide.units import MP3_FRAME_SAMPLES, SAMPLE_RATE
from voiceguide.verification.fingerprint import BAND_COUNT
from voiceguide.verification.partial_mp3_decoding import Mp3Regions
from voiceguide.verification.reference_plan import ReferenceCue, ReferencePlan

STEP_SAMPLES = 10 * SAMPLE_RATE
SPEECH_SAMPLES = 2 * SAMPLE_RATE
STEPS = 200


class SilentClips:
    """Clips that are never rendered."""

    def clip(self, line: Line) -> Samples:
        raise AssertionError("a clip was rendered")

    def clip_id(self, line: Line) -> str:
        return "clip"


def timeline(step_count: int, steps_per_stage: int = 1, beds: tuple[str, ...] = ("none",)) -> Timeline:
    """Return a session with two seconds of speech in every step. The stages use the beds in turn."""
    line = Line(("Rest.",), "tone/tone", 1.0, "en")
    stages: list[TimedStage] = []
    for first in range(0, step_count, steps_per_stage):
        steps = []
        for number in range(first, first + steps_per_stage):
            start = number * STEP_SAMPLES
            cue = Cue(start + SAMPLE_RATE, "say", SPEECH_SAMPLES, line, opens_step=True)
            steps.append(TimedStep(f"s{number}", start, start + STEP_SAMPLES, SPEECH_SAMPLES, (cue,)))
        bed = BedSettings(beds[len(stages) % len(beds)])
        stages.append(TimedStage(f"Stage {first}", steps[0].start, steps[-1].end, tuple(steps), bed))
    return Timeline("Long", "en", tuple(stages), step_count * STEP_SAMPLES)


def load_bed(name: str) -> BedLoop:
    return BedLoop(np.full((50 * MP3_FRAME_SAMPLES, 2), 0.01, np.float32), f"loop {name}")


def mix(session: Timeline) -> Mix:
    return mix_session(session, SilentClips(), load_bed, gains={("tone/tone", False): 1.0}, grid_offset=0)


def use_mix(session: Timeline) -> None:
    """Do what a build does with a mix, apart from the audio."""
    mixed = mix(session)
    for region in mixed.regions():
        mixed.range_key(region.start, region.stop)
    for stage in session.stages:
        Excerpt(mixed, stage.start, stage.end).regions()


@pytest.mark.parametrize("steps_per_stage", [1, STEPS], ids=["many stages", "many steps"])
@pytest.mark.parametrize("beds", [("none",), ("rain",), ("rain", "brown")], ids=["no bed", "one bed", "two beds"])
def test_the_work_of_a_mix(beds: tuple[str, ...], steps_per_stage: int) -> None:
    """With a bed that changes in every stage, each track looked at all of the speech, and each range at all tracks."""
    assert growth(lambda count: lambda: use_mix(timeline(count, steps_per_stage, beds)), STEPS) < MAX_GROWTH


def test_a_bed_that_returns_is_loaded_only_once() -> None:
    loaded: list[str] = []

    def load(name: str) -> BedLoop:
        loaded.append(name)
        return load_bed(name)

    session = timeline(12, beds=("rain", "brown"))
    mix_session(session, SilentClips(), load, gains={("tone/tone", False): 1.0}, grid_offset=0)
    assert loaded == ["rain", "brown"]


def regions_to_verify(step_count: int, folder: Path) -> Callable[[], object]:
    """Return a call that finds the regions to verify in a session with speech in every step."""
    total = step_count * STEP_SAMPLES
    fingerprint = np.zeros((1, BAND_COUNT), np.uint8)
    cues = (
        ReferenceCue(at, SPEECH_SAMPLES, "Rest.", fingerprint, at) for at in range(SAMPLE_RATE, total, STEP_SAMPLES)
    )
    plan = ReferencePlan("Steps", total, 1, (), tuple(cues), 0, np.zeros((0, 3), np.uint8), None)
    spans = [
        EncodeSpan(first // MP3_FRAME_SAMPLES, (first + STEP_SAMPLES) // MP3_FRAME_SAMPLES)
        for first in range(0, total, STEP_SAMPLES)
    ]
    return lambda: Mp3Regions(folder / "s.mp3", 0, 64, plan, spans).regions()


def test_the_work_of_finding_what_to_verify(tmp_path: Path) -> None:
    """Each region of ten seconds was compared with every cue of the session."""
    assert growth(lambda count: regions_to_verify(count, tmp_path), STEPS) < MAX_GROWTH


def test_the_work_of_a_picture() -> None:
    assert growth(lambda count: lambda: render_timeline_svg(timeline(count)), STEPS) < MAX_GROWTH


def test_the_memory_of_a_total() -> None:
    """`--total` needed a copy of all lengths for every step: 200 MB for 5,000 steps."""
    silences = [FlexibleSilence(480_000 + number, 0, 10**9) for number in range(1000)]
    tracemalloc.start()
    fit_proportionally(silences, 550_000_001)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 2000 * len(silences)


def test_the_work_of_a_plan(tmp_path: Path) -> None:
    def plan(step_count: int) -> Callable[[], object]:
        words = islice(product(ascii_lowercase, repeat=3), step_count)  # numbers take more work as they become longer
        steps = ["      - {step: %s, say: Say %s., for: 10s}" % (2 * ("".join(word),)) for word in words]
        head = "voiceguide: 1\ntitle: Long\nvoice: tone/tone\nstages:\n  - stage: All\n    steps:\n"
        path = tmp_path / f"{step_count}.yaml"
        path.write_text(head + "\n".join(steps) + "\n", encoding="utf-8")
        return lambda: voiceguide.load(path).plan(total=f"{12 * step_count}s")

    plan(1)()  # imports and tables that every plan needs
    assert growth(plan, 40) < MAX_GROWTH
