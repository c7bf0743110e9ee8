"""The timeline and the channel count, read back from a finished file."""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import voiceguide
from tests.reliability.builds import routine
from tests.support.long_forms import long
from voiceguide.errors import AudioFileError, VerifyError
from voiceguide.metadata.embedded_plan import read_embedded_plan, read_session_info
from voiceguide.metadata.id3 import build_id3_tag
from voiceguide.metadata.tags import Tags
from voiceguide.timeline.model import TimedStage, TimedStep, Timeline
from voiceguide.verification.accuracy import Accuracy
from voiceguide.verification.fingerprint import SEARCH_MARGIN_SAMPLES, compute_fingerprint, match_fingerprint
from voiceguide.verification.reference_plan import parse_reference_plan

S = 48_000
TIMELINE = Timeline("Feet", "en", (TimedStage("Soak", 0, S, (TimedStep("soak", 0, S, 0, ()),)),), S)
PLAN = {**TIMELINE.to_dict(), "channels": 2}


def write_file(path: Path, plan: bytes | None) -> Path:
    path.write_bytes(build_id3_tag(Tags("Feet", plan=plan), [], None, S))
    return path


def test_timeline_and_channels_are_read_back(tmp_path: Path) -> None:
    assert read_session_info(write_file(tmp_path / "s.mp3", json.dumps(PLAN).encode())) == (TIMELINE, 2)


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "s.mp3"
    with pytest.raises(AudioFileError) as caught:
        read_session_info(path)
    assert str(caught.value) == f"{path} cannot be read: No such file or directory. Check its name."


def test_a_file_without_a_plan_is_reported(tmp_path: Path) -> None:
    path = write_file(tmp_path / "s.mp3", None)
    with pytest.raises(AudioFileError) as caught:
        read_session_info(path)
    assert str(caught.value) == (
        f"{path} contains no embedded plan. It was not built by voiceguide, or it was modified later. "
        "Use another player."
    )


@pytest.mark.parametrize(
    ("plan", "reason"),
    [
        ({**PLAN, "stages": []}, "it has no steps"),
        ({**PLAN, "channels": None}, "it has neither one nor two channels"),
        ({**PLAN, "total": 1e308}, "1e+308 is not a time in seconds"),
        ({**PLAN, "total": float("inf")}, "inf is not a time in seconds"),
        ({**PLAN, "total": 10**400}, "10000000000000000000 is not a time in seconds"),
        ({**PLAN, "total": 2}, "its steps do not fill the session"),
        ({**PLAN, "title": [[]]}, "a list is not text"),
        ({**PLAN, "title": "\ud800"}, "'utf-8' codec can't encode"),
        ({**PLAN, "title": None}, "None is not text"),
        ({"title": "Feet"}, "'channels' is missing"),
        ("text", "string indices must be integers"),
    ],
)
def test_an_unreadable_plan_is_reported(plan: object, reason: str, tmp_path: Path) -> None:
    path = write_file(tmp_path / "s.mp3", json.dumps(plan).encode())
    with pytest.raises(AudioFileError) as caught:
        read_session_info(path)
    assert str(caught.value).startswith(f"The embedded plan of {path} is invalid: {reason}")
    assert str(caught.value).endswith(". Build the file again.")


VALUES: list[Any] = [None, True, -1, -1e9, 1e308, float("nan"), float("inf"), 2**63, 0, 3.5]
VALUES += ["", "x", "\ud800", "\x1b[2J", [], {}, [[]]]


def positions(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield from positions(value, (*path, key))


def mutations(plan: Any, count: int) -> Iterator[bytes]:
    """Yield plans in which one value has been replaced or removed."""
    generator = random.Random(12)
    everywhere = list(positions(plan))
    for _ in range(count):
        changed = copy.deepcopy(plan)
        *parents, last = generator.choice(everywhere)
        node = changed
        for key in parents:
            node = node[key]
        if generator.random() < 0.2:
            del node[last]
        else:
            node[last] = generator.choice(VALUES)
        yield json.dumps(changed).encode()


@long
def test_a_plan_that_was_tampered_with_is_read_or_refused(tmp_path: Path, shared_cache: Path) -> None:
    """Both readers: the one of `play`, and the one of `verify`."""
    script = tmp_path / "s.yaml"
    script.write_text(routine(), encoding="utf-8")
    voiceguide.load(script).build(tmp_path / "s.mp3")
    plan = read_embedded_plan(tmp_path / "s.mp3")
    assert plan is not None
    outcomes = Counter[str]()
    for number, changed in enumerate(mutations(json.loads(plan), 2000)):
        file = write_file(tmp_path / "changed.mp3", changed)
        try:
            timeline, _ = read_session_info(file)
            assert Timeline.from_dict(timeline.to_dict()) == timeline, number
            outcomes["played"] += 1
        except AudioFileError:
            outcomes["not played"] += 1
        try:
            parse_reference_plan(file, changed)
            outcomes["verified"] += 1
        except VerifyError:
            outcomes["not verified"] += 1
    assert min(outcomes.values()) > 100


@pytest.mark.parametrize("plan", [b"[" * 200_000, b'{"a":' * 100_000, b" " * (1 << 20), b"\xff", b'"text"', b"{}"])
def test_a_plan_that_is_no_plan_is_refused(plan: bytes, tmp_path: Path) -> None:
    file = write_file(tmp_path / "s.mp3", plan)
    with pytest.raises(AudioFileError):
        read_session_info(file)
    with pytest.raises(VerifyError):
        parse_reference_plan(file, plan)


def test_a_time_that_no_float_can_hold_is_refused(tmp_path: Path, shared_cache: Path) -> None:
    script, session = tmp_path / "s.yaml", tmp_path / "s.mp3"
    script.write_text(routine(), encoding="utf-8")
    voiceguide.load(script).build(session)
    embedded = read_embedded_plan(session)
    assert embedded is not None
    plan = json.loads(embedded)
    plan["stages"][0]["start"] = 10**400
    with pytest.raises(VerifyError):
        parse_reference_plan(session, json.dumps(plan).encode())


def test_a_line_that_is_shorter_than_its_fingerprint_does_not_match() -> None:
    """The line was found at the start of the audio, which is too short for the place where it was planned."""
    line = np.random.default_rng(1).standard_normal(2 * S).astype(np.float32)
    audio = np.pad(line, (0, SEARCH_MARGIN_SAMPLES // 2))
    assert match_fingerprint(compute_fingerprint(line), audio, Accuracy.HIGH).similarity == 0
