"""The public Python API: lazy, typed, immutable, without effects on the process, and safe in threads."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any, get_args

import pytest

import voiceguide as vg
from tests.support.long_forms import long

SCRIPT = """\
voiceguide: 1
title: Two feet
voice: tone/tone
stages:
  - stage: Soak
    steps:
      - {step: soak, say: Feet in., for: 20s}
      - {step: dry, say: Feet out., for: 10s}
  - stage: Stroke
    steps:
      - {step: strokes, say: Long strokes., for: 15s}
variants:
  short: {set: {soak: 12s}}
"""
WARNED = SCRIPT.replace("say: Long strokes.", f"say: {'Stroke and ' * 30} rest.").replace("for: 15s", "for: 30s")
"""With a sentence that is too long to follow by ear."""


@pytest.fixture
def routine() -> vg.Routine:
    return vg.loads(SCRIPT)


# ---------------------------------------------------------------- importing


def test_importing_loads_nothing_of_ours() -> None:
    program = "import sys; import voiceguide; print([name for name in sys.modules if name.startswith('voiceguide.')])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_every_public_name_is_there_and_listed_once_more_for_type_checkers() -> None:
    assert len(set(vg.__all__)) == len(vg.__all__)
    assert all(getattr(vg, name) is not None for name in vg.__all__)
    source = Path(vg.__file__).read_text("utf-8")
    assert all(f" {name} as {name}" in source for name in vg.__all__ if name != "__version__")
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        vg.nonsense  # noqa: B018


# ---------------------------------------------------------------- loading


def test_a_routine_is_loaded_by_name_by_path_and_from_text(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(SCRIPT, "utf-8")
    assert vg.load("five-minutes").title == vg.load(vg.bundled()["five-minutes"]).title
    assert vg.load(file) != vg.load("five-minutes")
    assert (vg.load(str(file)).title, vg.load(file).path, vg.loads(SCRIPT).variants) == ("Two feet", file, ("short",))


def test_files_of_a_text_are_looked_up_in_its_folder(tmp_path: Path) -> None:
    text = SCRIPT.replace("title: Two feet", "title: Two feet\nbed: mine.wav")
    with pytest.raises(vg.ScriptError, match=r"mine\.wav"):
        vg.loads(text, base_dir=tmp_path).plan()
    vg.say("A bed that lasts longer than a second, as it has to.", voice="tone/tone").save(tmp_path / "mine.wav")
    assert vg.loads(text, base_dir=tmp_path).plan().duration_s == 45.0


def test_a_bad_script_carries_every_problem_and_check_returns_them(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(SCRIPT.replace("20s", "20").replace("10s", "ten"), "utf-8")
    with pytest.raises(vg.ScriptError) as caught:
        vg.load(file)
    assert [(problem.line, problem.severity) for problem in caught.value.problems] == [(7, "error"), (8, "error")]
    assert vg.check(file) == list(caught.value.problems)


def test_warnings_have_their_place_and_say_that_they_are_warnings(tmp_path: Path) -> None:
    file = tmp_path / "long.yaml"
    file.write_text(WARNED, "utf-8")
    (warning,) = vg.check(file)
    assert (warning.file, warning.line, warning.severity) == (str(file), 11, "warning")
    assert str(warning).startswith(f"{file}:11:")
    with pytest.raises(vg.StrictError) as caught:
        vg.load(file).build(tmp_path / "long.mp3", strict=True)
    assert caught.value.problems == (warning,)
    assert not (tmp_path / "long.mp3").exists()


# ---------------------------------------------------------------- planning


def test_overrides_are_those_of_the_command_line(routine: vg.Routine) -> None:
    assert routine.plan().duration_s == 45.0
    assert routine.plan(total="1m").duration_s == 60.0
    assert routine.plan(total=timedelta(seconds=50.5)).duration_s == 50.5
    assert routine.plan(set={"soak": "5s", "Stroke": timedelta(seconds=5)}).duration_s == 20.0
    assert routine.plan(set=[("soak", "5s")]).duration_s == 30.0
    assert routine.plan(variants=["short"]).duration_s == 37.0
    assert [stage.title for stage in routine.plan(skip=["soak"]).stages] == ["Stroke"]
    assert routine.plan(bed="rain", bed_level_db=-12).stages[0].bed == dataclasses.replace(
        routine.plan(bed="rain").stages[0].bed, level_db=-12.0
    )


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"total": 20}, 'total: expected a duration such as "90s" or a timedelta, not 20'),
        ({"set": {"soak": 20.0}}, 'set: expected a duration such as "90s" or a timedelta, not 20.0'),
        ({"skip": "soak"}, 'skip: expected a list of strings, not the string "soak"'),
        ({"length": "20m"}, '"length" is not an override. Overrides: set, total, skip, variants, variant_file'),
    ],
)
def test_wrong_types_are_type_errors(overrides: dict[str, Any], message: str, routine: vg.Routine) -> None:
    with pytest.raises(TypeError) as caught:
        routine.plan(**overrides)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("overrides", "option", "value"),
    [
        ({"total": "1s"}, "total", "1s"),
        ({"total": timedelta(seconds=-5)}, "total", "-5.0"),
        ({"total": "soon"}, "total", ""),
        ({"set": {"sok": "5m"}}, "set", '"sok"'),
        ({"skip": ["wet"]}, "skip", "wet"),
        ({"variants": ["night"]}, "variant", "night"),
        ({"detail": "terse"}, "detail", "terse"),
        ({"voice": "nobody"}, "voice", "nobody"),
        ({"pace": 9}, "pace", ""),
        ({"bed": "fog"}, "bed", "fog"),
        ({"bed_level_db": 3}, "bed_level", ""),
        ({"allow_paths": ["/no/such/folder"]}, "allow_path", "/no/such/folder"),
    ],
)
def test_an_override_that_cannot_be_followed_names_no_option_of_the_command_line(
    overrides: Any, option: str, value: str, routine: vg.Routine
) -> None:
    with pytest.raises(vg.OverrideError) as caught:
        routine.plan(exact=True, **overrides)
    assert (caught.value.option, caught.value.value) == (option, value)
    assert "--" not in str(caught.value)


def test_values_are_immutable(routine: vg.Routine) -> None:
    values: list[Any] = [routine, routine.plan(), routine.plan().stages[0], routine.plan().cues[0]]
    for value in values:
        with pytest.raises(dataclasses.FrozenInstanceError):
            value.title = "Another"


# ---------------------------------------------------------------- building


def test_a_build_writes_what_it_says(routine: vg.Routine, tmp_path: Path) -> None:
    has_otio = find_spec("opentimelineio")  # it has no wheel for Python 3.14
    sidecars = [name for name in get_args(vg.Sidecar) if name != "otio" or has_otio]
    session = routine.build(tmp_path / "two.mp3", total="40s", sidecars=sidecars)
    assert session.path == tmp_path / "two.mp3"
    assert sorted(session.files) == sorted(tmp_path.iterdir())
    assert len(session.files) == 1 + len(sidecars)
    assert session.size_bytes == session.path.stat().st_size
    assert session.timeline == routine.plan(exact=True, total="40s")
    assert (vg.verify(session.path).ok, vg.verify(session.path).duration_s) == (True, 40.0)
    info = vg.info(session.path)
    assert (info.format, info.channels, info.timeline.duration_s) == ("mp3", 1, 40.0)


def test_a_split_build_names_every_stage(routine: vg.Routine, tmp_path: Path) -> None:
    session = routine.build(tmp_path / "two.flac", split=True)
    assert [path.name for path in session.files] == ["two-01-soak.flac", "two-02-stroke.flac", "two.m3u8"]


@pytest.mark.parametrize(
    ("name", "arguments", "error", "message"),
    [
        ("two.txt", {}, vg.ExportError, "not an audio file extension. Use .mp3, .m4b"),
        ("two.mp3", {"format": "aac"}, ValueError, 'format: "aac" is not one of mp3, m4b, opus, flac, wav'),
        ("two.mp3", {"sidecars": ["pdf"]}, ValueError, 'sidecars: "pdf" is not one of lrc, vtt'),
        ("two.mp3", {"sidecars": ["html_player"], "split": True}, ValueError, "cannot be combined with split"),
        ("none/two.txt/../two.mp3", {"total": "1s"}, vg.OverrideError, "total 1s"),
    ],
)
def test_a_build_that_cannot_begin_writes_nothing(
    name: str, arguments: Any, error: type[Exception], message: str, routine: vg.Routine, tmp_path: Path
) -> None:
    with pytest.raises(error) as caught:
        routine.build(tmp_path / name, **arguments)
    assert message in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_progress_comes_in_the_calling_thread_and_reaches_the_end(routine: vg.Routine, tmp_path: Path) -> None:
    seen: list[tuple[vg.Progress, int]] = []
    routine.build(
        tmp_path / "two.mp3", cache=False, progress=lambda progress: seen.append((progress, threading.get_ident()))
    )
    assert {thread for _, thread in seen} == {threading.get_ident()}
    assert [progress.activity for progress, _ in seen] == sorted((p.activity for p, _ in seen), reverse=True)
    assert vg.Progress("synthesize", 3, 3, "lines") in [progress for progress, _ in seen]
    assert seen[-1][0] == vg.Progress("encode", 45, 45, "seconds")


@pytest.mark.parametrize("activity", ["synthesize", "encode"])
def test_an_exception_from_progress_cancels_the_build(activity: str, routine: vg.Routine, tmp_path: Path) -> None:
    class CancelledError(Exception):
        pass

    def cancel(progress: vg.Progress) -> None:
        if progress.activity == activity:
            raise CancelledError

    target = tmp_path / "two.mp3"
    target.write_bytes(b"the session of yesterday")
    with pytest.raises(CancelledError):
        routine.build(target, cache=False, progress=cancel)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"the session of yesterday"]
    assert routine.build(target).path.stat().st_size > 1000


@long
def test_builds_run_at_the_same_time_in_threads(routine: vg.Routine, tmp_path: Path) -> None:
    def build(number: int) -> bytes:
        return routine.build(tmp_path / f"{number}.mp3", total="50s", cache=number != 3).path.read_bytes()

    with ThreadPoolExecutor(4) as pool:
        files = set(pool.map(build, range(6)))
    assert len(files) == 1


def test_a_build_leaves_the_process_as_it_was(tmp_path: Path) -> None:
    """stdout was swapped while an engine worked, the umask was changed for a moment, and malloc was set up for good."""
    program = f"""
import ctypes, os, sys, threading
import voiceguide as vg
changes, stdout, folder = [], sys.stdout, os.getcwd()
os.umask, real = lambda mask: changes.append(mask) or real(mask), os.umask
seen = set()
routine = vg.loads({SCRIPT!r})
routine.build("two.mp3", cache=False, progress=lambda progress: seen.add(sys.stdout is stdout))
print(changes, seen, sys.stdout is stdout, os.getcwd() == folder)
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "[] {True} True True\n"


def test_samples_can_be_had_without_a_file(routine: vg.Routine) -> None:
    with routine.render(bed="rain", total="40s") as rendering:
        assert (rendering.channels, rendering.sample_rate, len(rendering)) == (2, 48_000, 40 * 48_000)
        blocks = list(rendering.blocks(100_000))
        assert [block.shape for block in blocks[:-1]] == [(100_000, 2)] * 19
        assert sum(map(len, blocks)) == len(rendering)
        assert (rendering.read(50_000, 60_000) == blocks[0][50_000:60_000]).all()


# ---------------------------------------------------------------- lines, voices, files


def test_one_line_is_spoken(tmp_path: Path) -> None:
    clip = vg.say("One two. [2s] Three.", voice="tone/tone")
    assert clip.samples.ndim == 1
    assert clip.duration_s > 2
    clip.save(tmp_path / "line.wav")
    assert (tmp_path / "line.wav").read_bytes() == clip.to_wav()
    segment = clip.to_pydub()
    assert (segment.frame_rate, segment.channels, segment.frame_count()) == (48_000, 1, len(clip.samples))
    with pytest.raises(vg.SpeechError):
        vg.say("", voice="tone/tone")


@pytest.mark.parametrize("room", ["hall", "", None])
def test_an_unknown_room_is_refused(room: Any) -> None:
    """A line in a room that does not exist was spoken without a room."""
    with pytest.raises(vg.SpeechError) as caught:
        vg.say("One.", voice="tone/tone", room=room)
    assert str(caught.value) == f'"{room or ""}" is not a room. Write none, small or large.'


def test_a_line_in_a_room_ends_with_its_reflections() -> None:
    dry, small = vg.say("One.", voice="tone/tone"), vg.say("One.", voice="tone/tone", room="small")
    assert small.duration_s == pytest.approx(dry.duration_s + 0.3)


def test_voices_can_be_narrowed_to_a_language() -> None:
    assert {voice.full_name for voice in vg.voices("en")} >= {"hibari/heart"}
    assert len(vg.voices("en")) < len(vg.voices())


def test_files_that_are_not_ours_are_one_sentence(tmp_path: Path) -> None:
    vg.say("Hello.", voice="tone/tone").save(tmp_path / "other.wav")
    with pytest.raises(vg.AudioFileError):
        vg.info(tmp_path / "other.wav")
    with pytest.raises(vg.VerifyError):
        vg.verify(tmp_path / "other.wav")
    with pytest.raises(vg.VoiceguideError):
        vg.load(tmp_path / "none.yaml")
    assert os.listdir(tmp_path) == ["other.wav"]
