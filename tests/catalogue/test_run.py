"""Runs of a catalogue into a folder: only what has changed is built, and nothing is lost."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import wave
from pathlib import Path

import pytest
from click.testing import CliRunner

import voiceguide
from tests.catalogue.catalogues import built, here, manifest, prepared, write_catalogue, write_scripts
from tests.conftest import Run
from tests.support.long_forms import few, long
from voiceguide.catalogue import store as store_module, waiting
from voiceguide.catalogue.config.loader import load_catalogue
from voiceguide.catalogue.job import JobResult
from voiceguide.catalogue.manifest import SessionRecord, record_name, write_record
from voiceguide.catalogue.origin import catalogue_origin
from voiceguide.catalogue.store import open_store
from voiceguide.cli.main import cli
from voiceguide.errors import ExportError, VoiceguideError

ALL_NEW = {"evening.mp3": "built", "evening-short.mp3": "built"}
SHORT = ["evening-short"]
SHORT_NEW = {"evening-short.mp3": "built"}


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    write_scripts(tmp_path, "evening")
    return write_catalogue(tmp_path)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "published"


@pytest.fixture(scope="module")
def first_output(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> Path:
    """The output of the first run of `catalogue`."""
    folder = tmp_path_factory.mktemp("first run")
    write_scripts(folder, "evening")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOICEGUIDE_CACHE", str(shared_cache))
        assert built(write_catalogue(folder)) == ALL_NEW
    return folder / "published"


@pytest.fixture
def finished(catalogue: Path, out: Path, first_output: Path) -> Path:
    """The catalogue after its first run. The files have the times that it knows, so nothing has to be read again."""
    shutil.copytree(first_output, out)
    return catalogue


def test_everything_is_built_verified_and_listed(catalogue: Path, out: Path) -> None:
    assert built(catalogue) == ALL_NEW
    for record in manifest(out):
        (file,) = record["files"]
        data = (out / file["name"]).read_bytes()
        assert file["bytes"] == len(data)
        assert file["sha256"] == hashlib.sha256(data).hexdigest()
        assert record["script"] == "routines/evening.yaml"
        assert voiceguide.verify(out / file["name"]).ok
    assert [record["length_s"] for record in manifest(out)] == [3.0, 7.0]


def test_a_second_run_builds_nothing_and_writes_nothing(finished: Path, out: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    assert built(finished) == {}
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()} == before


def test_a_changed_phrase_builds_only_what_says_it(finished: Path, tmp_path: Path, out: Path) -> None:
    short = (out / "evening-short.mp3").stat().st_mtime_ns
    write_scripts(tmp_path, "evening", soak="Breathe.")
    assert built(finished) == {"evening.mp3": "built", "evening-short.mp3": "unchanged"}
    assert (out / "evening-short.mp3").stat().st_mtime_ns == short
    assert built(finished) == {}


def test_a_comment_does_not_change_the_page(tmp_path: Path, out: Path) -> None:
    """The page holds the whole script, with the stages that this session skips, but not its comments."""
    write_scripts(tmp_path, "evening")
    catalogue = write_catalogue(tmp_path, more="    sidecars: [html_player]\n")
    catalogue.write_text(catalogue.read_text().replace("[all]", "[short]"))
    assert built(catalogue) == {"evening-short.mp3": "built"}
    script = tmp_path / "routines/evening.yaml"
    script.write_text(f"# a comment\n{script.read_text()}# another one\n")
    assert built(catalogue) == {"evening-short.mp3": "unchanged"}
    script.write_text(script.read_text().replace("Warm water.", "Cold water."))
    assert built(catalogue) == {"evening-short.mp3": "built"}


def test_a_dictionary_and_a_recording_count_as_inputs(catalogue: Path, tmp_path: Path) -> None:
    script = tmp_path / "routines/evening.yaml"
    words = tmp_path / "routines/words.yaml"
    words.write_text("strokes: strohks\n")
    script.write_text(script.read_text() + "words: words.yaml\n")
    assert built(catalogue, only=SHORT) == SHORT_NEW
    words.write_text("strokes: stroughks\n")
    assert built(catalogue) == ALL_NEW
    words.write_text("strokes: stroughks\nwater: wotter\n")
    assert built(catalogue) == {"evening.mp3": "built", "evening-short.mp3": "unchanged"}
    words.unlink()
    assert "words.yaml" in built(catalogue)["evening.mp3"]


@pytest.mark.parametrize(
    "use",
    few(1, ["bed: [brown, sound.wav]", "bed: sound.wav", "chime: sound.wav", "chime: {sound: sound.wav, level: -14}"]),
)
def test_the_sounds_of_a_script_count_as_inputs(use: str, catalogue: Path, tmp_path: Path) -> None:
    script = tmp_path / "routines/evening.yaml"
    script.write_text(script.read_text().replace(f"{use.partition(':')[0]}: none", use))
    _write_sound(tmp_path / "routines/sound.wav", 400)
    assert built(catalogue, only=SHORT) == SHORT_NEW
    assert built(catalogue, only=SHORT) == {}
    _write_sound(tmp_path / "routines/sound.wav", 600)
    assert built(catalogue, only=SHORT) == SHORT_NEW


@long
def test_a_room_and_levels_count_as_inputs(catalogue: Path, tmp_path: Path) -> None:
    script = tmp_path / "routines/evening.yaml"
    text = script.read_text()
    for line in (
        "bed: [brown, {sound: brown, level: -8}]",
        "bed: [brown, {sound: brown, level: -9}]",
        "chime: {sound: bowl, level: -9}",
        "chime: {sound: bowl, level: -8}",
    ):
        script.write_text(text.replace(f"{line.partition(':')[0]}: none", line))
        assert built(catalogue, only=SHORT) == SHORT_NEW
    script.write_text(f"{text}room: small\n")
    assert built(catalogue, only=SHORT) == SHORT_NEW


def _write_sound(path: Path, hertz: int) -> None:
    """Write two seconds of a square wave."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 48_000, 0, "NONE", ""))
        half = 24_000 // hertz
        file.writeframes(((b"\x00\x10" * half) + (b"\x00\xf0" * half)) * (2 * hertz))


@pytest.mark.parametrize("damage", ["missing", "cut", "other bytes"])
def test_a_damaged_file_is_built_again(damage: str, finished: Path, out: Path) -> None:
    path = out / "evening.mp3"
    data = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(data[:-9] if damage == "cut" else bytes([data[0] ^ 1]) + data[1:])
    assert built(finished) == {"evening.mp3": "built"}
    assert path.read_bytes() == data


def test_damage_that_keeps_the_time_is_found_by_verify(finished: Path, out: Path) -> None:
    path = out / "evening.mp3"
    status = path.stat()
    data = path.read_bytes()
    path.write_bytes(bytes([data[0] ^ 1]) + data[1:])
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert built(finished) == {}
    assert built(finished, verify=True) == {"evening.mp3": "built"}


def test_a_copy_of_the_output_is_recognized(finished: Path, out: Path) -> None:
    copy = out.with_name("copy")
    shutil.copytree(out, copy, copy_function=shutil.copyfile)
    shutil.rmtree(out)
    copy.rename(out)
    assert built(finished) == {}


def test_a_file_of_somebody_else_is_kept(catalogue: Path, out: Path) -> None:
    out.mkdir()
    (out / "evening.mp3").write_bytes(b"mine")
    assert built(catalogue) == {"evening-short.mp3": "built"}
    assert (out / "evening.mp3").read_bytes() == b"mine"
    assert built(catalogue, replace_foreign=True) == {"evening.mp3": "built"}


def test_what_the_catalogue_no_longer_names_is_pruned(catalogue: Path, tmp_path: Path, out: Path) -> None:
    write_scripts(tmp_path, "morning")
    built(catalogue)
    (out / "notes.txt").write_text("mine")
    (tmp_path / "routines/morning.yaml").unlink()
    run = prepared(catalogue)
    assert [record.name for record in run.stale] == ["morning-short.mp3", "morning.mp3"]
    run.prune()
    files = sorted(path.name for path in out.iterdir() if path.is_file())
    assert files == ["catalogue.manifest.json", "evening-short.mp3", "evening.mp3", "notes.txt"]
    assert [record["name"] for record in manifest(out)] == ["evening-short.mp3", "evening.mp3"]
    assert prepared(catalogue).stale == ()


def test_two_catalogues_of_one_file_name_leave_each_other_alone(tmp_path: Path) -> None:
    feet, hands = tmp_path / "feet", tmp_path / "hands"
    for folder, name in ((feet, "evening"), (hands, "morning")):
        folder.mkdir()
        write_scripts(folder, name, "same")
    path = write_catalogue(feet, output="../published")
    other = write_catalogue(hands, output="../published")
    out = tmp_path / "published"
    built(path)
    assert set(built(other)) == {"morning.mp3", "morning-short.mp3"}
    assert prepared(path).stale == prepared(other).stale == ()
    assert [record.name for record in prepared(path).others] == ["morning-short.mp3", "morning.mp3"]
    write_scripts(hands, "same", soak="Warm hands.")
    run = prepared(other)
    assert [(each.session.name, each.previous and each.previous.catalogue) for each in run.foreign] == [
        ("same.mp3", "../feet/catalogue.yaml"), ("same-short.mp3", "../feet/catalogue.yaml")
    ]  # fmt: skip
    before = (out / "same.mp3").read_bytes()
    assert built(other) == {}
    assert (out / "same.mp3").read_bytes() == before
    (hands / "routines/morning.yaml").unlink()
    prepared(other).prune()
    assert sorted(file.name for file in out.glob("*.mp3")) == [
        "evening-short.mp3", "evening.mp3", "same-short.mp3", "same.mp3"
    ]  # fmt: skip


def test_a_catalogue_in_another_place_takes_its_sessions_over(catalogue: Path, tmp_path: Path, run: Run) -> None:
    folder = tmp_path / "feet"
    folder.mkdir()
    write_scripts(folder, "evening", "morning")
    path = write_catalogue(folder, output="../published")
    built(path)
    (folder / "routines/morning.yaml").unlink()
    folder.rename(tmp_path / "toes")
    path = tmp_path / "toes/catalogue.yaml"
    assert built(path) == {}
    write_scripts(path.parent, "evening", soak="Breathe.")
    told = run("catalogue", "toes/catalogue.yaml", "--prune", "--yes", status=1).stderr
    assert (
        "2 sessions in the output were made by another catalogue of the same file name (../feet/catalogue.yaml) and "
        "will be kept. Give each catalogue a file name of its own."
    ) in told
    assert (
        "evening.mp3: Another catalogue of the same file name made evening.mp3 (../feet/catalogue.yaml). Rename one of "
        "them; or if this is that one, in another place, add --replace."
    ) in told
    planned = run("catalogue", "toes/catalogue.yaml", "--dry-run", status=1).stderr
    assert planned == (
        "2 files are not made by this catalogue. Another catalogue of the same file name made evening.mp3 "
        "(../feet/catalogue.yaml). Rename one of them; or if this is that one, in another place, add --replace.\n"
    )
    assert built(path, replace_foreign=True) == {"evening.mp3": "built", "evening-short.mp3": "unchanged"}
    write_scripts(path.parent, "evening")
    assert set(built(path)) == {"evening.mp3", "evening-short.mp3"}


@pytest.mark.parametrize(
    ("output", "git", "expected"),
    [
        ("published", "", "../catalogue.yaml"),
        ("../published", "", "../audio/catalogue.yaml"),
        ("s3://sessions/x", "studio", "studio/audio/catalogue.yaml"),
        ("s3://sessions/x", "", None),
    ],
)
def test_where_a_catalogue_is(output: str, git: str, expected: str | None, tmp_path: Path) -> None:
    """It stays the same if the project is moved, unless nothing but the path tells it from others."""
    folder = tmp_path / "studio/audio"
    folder.mkdir(parents=True)
    if git:
        (tmp_path / git / ".git").mkdir()
    path = write_catalogue(folder, output=output)
    assert catalogue_origin(load_catalogue(path)) == (expected or path.resolve().as_posix())


def test_pruning_keeps_to_the_chosen_sessions(catalogue: Path, tmp_path: Path, out: Path) -> None:
    write_scripts(tmp_path, "morning", "noon")
    built(catalogue)
    for name in ("morning", "noon"):
        (tmp_path / f"routines/{name}.yaml").unlink()
    run = prepared(catalogue, only=["evening", "noon*"])
    assert [record.name for record in run.stale] == ["noon-short.mp3", "noon.mp3"]
    run.prune()
    assert not (out / "noon.mp3").exists()
    assert (out / "morning.mp3").exists()
    assert len(prepared(catalogue).stale) == 2


def test_pruning_keeps_what_a_session_that_was_not_chosen_uses(catalogue: Path, tmp_path: Path, out: Path) -> None:
    """The captions of a name belong to its first format, which has changed."""
    formats = "    formats: [{}]\n    sidecars: [vtt]\n"
    built(write_catalogue(tmp_path, more=formats.format("wav")))
    built(write_catalogue(tmp_path, more=formats.format("mp3, wav")))
    write_catalogue(tmp_path, more=formats.format("mp3"))
    prepared(catalogue, only=["*-short", "evening.wav"]).prune()
    assert (out / "evening.vtt").exists()
    assert not (out / "evening.wav").exists()


def test_what_somebody_has_replaced_is_not_deleted(catalogue: Path, tmp_path: Path, out: Path) -> None:
    write_scripts(tmp_path, "morning")
    built(write_catalogue(tmp_path, more="    sidecars: [vtt, lrc]\n"))
    (tmp_path / "routines/morning.yaml").unlink()
    (out / "morning.mp3").write_bytes(b"mine")
    size = (out / "evening.vtt").stat().st_size
    (out / "evening.vtt").write_bytes(b"x" * size)
    kept: list[str] = []
    run = prepared(write_catalogue(tmp_path))
    run.build(here, on_kept=kept.append)
    assert kept == ["evening.vtt"]
    assert run.prune() == ["morning.mp3"]
    assert (out / "morning.mp3").read_bytes() == b"mine"
    remaining = sorted(path.name for path in out.iterdir() if path.is_file())
    assert remaining == [
        "catalogue.manifest.json", "evening-short.mp3", "evening.mp3", "evening.vtt", "morning.mp3"
    ]  # fmt: skip
    assert prepared(catalogue).stale == ()


def test_a_sidecar_that_is_no_longer_wanted_goes(catalogue: Path, tmp_path: Path, out: Path) -> None:
    built(write_catalogue(tmp_path, more="    sidecars: [vtt, chapters_json]\n"))
    assert (out / "evening.chapters.json").exists()
    built(write_catalogue(tmp_path, more="    sidecars: [vtt]\n"))
    assert (out / "evening.vtt").exists()
    assert not (out / "evening.chapters.json").exists()


def test_only_some_sessions(catalogue: Path) -> None:
    assert built(catalogue, only=["*-short"]) == {"evening-short.mp3": "built"}
    assert built(catalogue) == {"evening.mp3": "built"}
    with pytest.raises(VoiceguideError, match=r"No session matches midnight\. A dry run lists their names\."):
        prepared(catalogue, only=["midnight"])


def test_one_failure_does_not_keep_the_others(catalogue: Path, tmp_path: Path) -> None:
    script = tmp_path / "routines/evening.yaml"
    script.write_text(script.read_text().replace("say: Warm water. ", "audio: missing.wav"))
    statuses = built(catalogue, only=["evening"])
    assert 'File "missing.wav" not found in the script folder.' in statuses["evening.mp3"]


def test_a_run_that_was_killed_goes_on(catalogue: Path, out: Path) -> None:
    """The worker has written its files and its record, but nobody has written the manifest."""
    run = prepared(catalogue)
    jobs = run._jobs(share=False)
    list(here(jobs[:1]))
    assert not (out / "catalogue.manifest.json").exists()
    assert built(catalogue) == {"evening-short.mp3": "built"}
    assert [record["name"] for record in manifest(out)] == ["evening-short.mp3", "evening.mp3"]
    assert not list((out / ".voiceguide").glob("records/*"))


def test_a_run_that_was_killed_while_it_wrote_a_file_goes_on(catalogue: Path, out: Path) -> None:
    built(catalogue, only=["evening"])
    (out / "catalogue.manifest.json").unlink()
    run = prepared(catalogue, replace_foreign=True)
    list(here(run._jobs(share=False)))
    for record in (out / ".voiceguide/records").iterdir():  # as before the last write of a worker
        record.write_text(json.dumps({**json.loads(record.read_text()), "files": []}))
    assert built(catalogue) == ALL_NEW


def test_two_runs_at_once_end_with_one_set_of_files(catalogue: Path, out: Path) -> None:
    first, second = prepared(catalogue), prepared(catalogue)
    results: list[JobResult] = []
    first.build(here)
    second.build(here, on_result=lambda session, result: results.append(result))
    assert [result.status for result in results] == ["built", "built"]
    assert len(manifest(out)) == 2
    assert built(catalogue) == {}


def test_an_older_run_never_replaces_what_a_newer_one_has_written(catalogue: Path, tmp_path: Path, out: Path) -> None:
    older = prepared(catalogue)
    old_jobs = older._jobs(share=False)
    old_script = (tmp_path / "routines/evening.yaml").read_text()
    write_scripts(tmp_path, "evening", soak="Newer words.")
    built(catalogue)
    newer = (out / "evening.mp3").read_bytes()
    (tmp_path / "routines/evening.yaml").write_text(old_script)
    ((_, result), _) = here(old_jobs)
    assert result.message == (
        "evening.mp3 was not replaced: another run of the catalogue has written it in the meantime. Run it again."
    )
    assert (out / "evening.mp3").read_bytes() == newer


def test_a_script_that_changes_during_the_run_is_not_published(catalogue: Path, tmp_path: Path, out: Path) -> None:
    jobs = prepared(catalogue)._jobs(share=False)
    write_scripts(tmp_path, "evening", soak="Other words.")
    results = [result for _, result in here(jobs)]
    assert {result.status for result in results} == {"failed"}
    assert "changed while the catalogue was being built. Run it again." in results[0].message
    assert not (out / "evening.mp3").exists()


def test_a_worker_with_other_versions_refuses(catalogue: Path) -> None:
    from dataclasses import replace

    job = prepared(catalogue)._jobs(share=False)[0]
    ((_, result),) = here([replace(job, environment={**job.environment, "hibari-tts": "0.0"})])
    assert result.message.endswith("has another version of hibari-tts. Install the same versions on every machine.")


def test_another_machine_needs_only_the_store(
    catalogue: Path, tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scripts, their dictionary and the spoken clips come from the store; the clips are not spoken again."""
    script = tmp_path / "routines/evening.yaml"
    (tmp_path / "sounds").mkdir()
    (tmp_path / "sounds/words.yaml").write_text("strokes: strohks\n")
    script.write_text(script.read_text() + "words: ../sounds/words.yaml\n")
    catalogue.write_text(catalogue.read_text() + "allow_paths: [sounds]\nshared: work\n")
    monkeypatch.setenv("VOICEGUIDE_CACHE", str(tmp_path / "cache 1"))
    jobs = prepared(catalogue)._jobs(share=True)
    shutil.rmtree(tmp_path / "routines")
    shutil.rmtree(tmp_path / "sounds")
    assert [result.message for _, result in here(jobs[:1])] == [""]
    shared = len(list((tmp_path / "work/.voiceguide/cache").iterdir()))
    assert shared > 2
    monkeypatch.setenv("VOICEGUIDE_CACHE", str(tmp_path / "cache 2"))
    (out / "evening.mp3").unlink()
    for record in (out / ".voiceguide/records").iterdir():
        record.unlink()
    assert [result.message for _, result in here(jobs[:1])] == [""]
    assert len(list((tmp_path / "work/.voiceguide/cache").iterdir())) == shared


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "is damaged: it is cut off or was edited"),
        ('{"sessions": [', "is damaged: it is cut off or was edited"),
        ('{"sessions": [{"name": "evening.mp3"}]}', "belongs to another version of voiceguide"),
        ("[]", "belongs to another version of voiceguide"),
        ('{"sessions": [], "feed": 1}', "belongs to another version of voiceguide"),
    ],
)
def test_a_manifest_that_cannot_be_read(content: str, problem: str, finished: Path, out: Path) -> None:
    (out / "catalogue.manifest.json").write_text(content)
    advice = r"Move it away and add --replace; then every session is built again\."
    with pytest.raises(ExportError, match=rf"^catalogue\.manifest\.json in .*published {problem}\. {advice}$"):
        prepared(finished)


def test_the_advice_for_a_manifest_that_cannot_be_read_helps(finished: Path, out: Path) -> None:
    (out / "catalogue.manifest.json").unlink()
    assert built(finished) == {}
    assert built(finished, replace_foreign=True) == ALL_NEW


BIT_RATES = (32, 40, 48, 56, 64, 80)
UNSAFE = [
    "../../precious.txt",
    "/tmp/precious.txt",
    "C:/precious.txt",
    "a\\..\\precious.txt",
    ".voiceguide/a",
    "a//b",
    ".",
]


@pytest.mark.parametrize("unsafe", UNSAFE)
@pytest.mark.parametrize("key", ["name", "files"])
def test_a_name_that_no_catalogue_makes_is_refused(key: str, unsafe: str, finished: Path, out: Path) -> None:
    """`--prune` deletes what the manifest names, so somebody who can write it could delete any file."""
    record = manifest(out)[0]
    (out / "catalogue.manifest.json").unlink()
    write_record(open_store(str(out)), SessionRecord.from_dict(record))
    assert len(prepared(finished, replace_foreign=True).leftover_records) == 1
    path = out / record_name(record["name"])
    if key == "name":
        record["name"] = unsafe
    else:
        record["files"][0]["name"] = unsafe
    path.write_text(json.dumps(record))
    assert prepared(finished, replace_foreign=True).leftover_records == ()
    (out / "catalogue.manifest.json").write_text(json.dumps({"sessions": [record]}))
    with pytest.raises(ExportError, match=r"cannot be used, because it names .*, which no catalogue makes\. Move it"):
        prepared(finished)


def test_the_command(catalogue: Path, out: Path, run: Run, scheduler: str) -> None:
    """The whole way once, with worker processes: check, dry run, build, a second run, and one that mends a file."""
    assert run("catalogue", "catalogue.yaml", "--check").stdout == "2 sessions from 1 script: no problems.\n"
    planned = run("catalogue", "catalogue.yaml", "--dry-run").stdout
    assert planned == "evening.mp3  new\nevening-short.mp3  new\n2 to build. 0 unchanged.\n"
    result = run("catalogue", "catalogue.yaml", "--json", "--workers", "1")
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert events[0] == {"event": "started", "pending": 2, "unchanged": 0}
    assert [event["name"] for event in events if event["event"] == "built"] == ["evening.mp3", "evening-short.mp3"]
    assert {event["phase"] for event in events if event["event"] == "running"} >= {"planning", "encoding", "publishing"}
    assert events[-1]["built"] == 2
    assert events[-1]["failed"] == 0
    assert run("catalogue", "catalogue.yaml").stdout == f"0 built, 2 unchanged, 0 failed: {out}\n"
    (out / "evening-short.mp3").write_bytes(b"")
    assert run("catalogue", "catalogue.yaml", "-q", "--scheduler", scheduler).stdout == ""
    assert run("catalogue", "catalogue.yaml").stdout == f"0 built, 2 unchanged, 0 failed: {out}\n"


def test_a_dry_run_says_what_is_in_the_way(catalogue: Path, out: Path, run: Run) -> None:
    out.mkdir()
    (out / "evening.mp3").write_bytes(b"mine")
    planned = run("catalogue", "catalogue.yaml", "--dry-run", status=1)
    assert planned.stdout == (
        "evening-short.mp3  new\nevening.mp3  not made by this catalogue\n1 to build. 0 unchanged.\n"
    )
    assert planned.stderr == "1 file is not made by this catalogue. Move it away, or add --replace.\n"
    (out / "evening-short.mp3").write_bytes(b"mine")
    planned = run("catalogue", "catalogue.yaml", "-n", "-q", status=1)
    assert planned.stderr == "2 files are not made by this catalogue. Move them away, or add --replace.\n"
    (*_, last) = run("catalogue", "catalogue.yaml", "-n", "--json", status=1).stdout.splitlines()
    assert json.loads(last)["foreign"] == 2
    assert "2 to build." in run("catalogue", "catalogue.yaml", "-n", "--replace").stdout


def test_what_was_not_tried_is_counted_and_a_failure_is_told_once(
    finished: Path, tmp_path: Path, out: Path, run: Run, scheduler: str
) -> None:
    write_scripts(tmp_path, "broken", "dusk")
    script = tmp_path / "routines/broken.yaml"
    script.write_text(script.read_text().replace("say: Long strokes.", "audio: missing.wav"))
    done = run("catalogue", "catalogue.yaml", "--fail-fast", "--scheduler", scheduler, status=1)
    assert done.stdout == f"0 built, 2 unchanged, 1 failed, 3 not tried: {out}\n"
    assert done.stderr.count('File "missing.wav" not found in the script folder.') == 1
    assert done.stderr.count("missing.wav") == 1
    assert done.stderr.count("broken.mp3") == 1


def test_failures_are_listed_again_after_many_lines(
    catalogue: Path, tmp_path: Path, out: Path, run: Run, scheduler: str
) -> None:
    """Most of the lines are failures too, because nothing is encoded for them."""
    script = tmp_path / "routines/evening.yaml"
    script.write_text(script.read_text().replace("say: Long strokes.", "audio: missing.wav"))
    formats = ", ".join(f"{{format: mp3, bitrate: {rate}}}" for rate in BIT_RATES)
    catalogue.write_text(
        f'{catalogue.read_text()}    formats: [{formats}]\nname: "{{script}}-{{variant}}-{{bitrate}}"\n'
    )
    out.mkdir()
    (out / "evening-32.mp3").write_bytes(b"mine")
    told = run("catalogue", "catalogue.yaml", "--scheduler", scheduler, status=1).stderr
    assert told.count("evening-32.mp3: A file of this name is in the output, but this catalogue did not make it.") == 2
    assert told.count("Move it, or add --replace.") == 2
    assert told.count("evening-short-80.mp3: ") == 2


@pytest.mark.parametrize("address", ["", "nonsense", "http://example.com", "tls://", "tcp://x:y"])
def test_options_that_are_no_address_or_pattern(address: str, catalogue: Path, run: Run) -> None:
    told = run("catalogue", "catalogue.yaml", "--scheduler", address, status=2).stderr
    assert "Write an address such as tls://10.0.0.5:8786." in told
    assert "--only is empty." in run("catalogue", "catalogue.yaml", "--only", "", status=2).stderr


def test_mistakes_in_the_catalogue_are_json_too(catalogue: Path, run: Run) -> None:
    catalogue.write_text(catalogue.read_text().replace("    variants: [all]", "  - scripts: [none.yaml, no.yaml]"))
    checked = run("catalogue", "catalogue.yaml", "--json", "--check", status=1)
    (event,) = [json.loads(line) for line in checked.stdout.splitlines()]
    assert (event["event"], event["sessions"], event["warnings"]) == ("checked", 0, [])
    assert len(event["problems"]) == 2
    assert checked.stderr == ""
    failed = run("catalogue", "catalogue.yaml", "--json", status=1)
    events = [json.loads(line) for line in failed.stdout.splitlines()]
    assert events == [{"event": "failed", "message": problem} for problem in event["problems"]]
    assert failed.stderr.splitlines() == event["problems"]


@pytest.mark.parametrize("option", [(), ("--json",), ("-q",)])
def test_it_says_for_which_server_it_waits(
    option: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this process, because in another one the command would wait for a minute."""
    monkeypatch.setattr(waiting, "PATIENCE_S", 0.1)
    monkeypatch.setattr(store_module, "RETRY_TIMEOUT_S", 1)
    for name, value in {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_REGION": "x"}.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    write_scripts(tmp_path, "evening")
    path = write_catalogue(tmp_path, output="s3://bucket/x")
    result = CliRunner().invoke(cli, ["catalogue", str(path), *option])
    assert isinstance(result.exception, VoiceguideError)
    assert result.stderr.startswith("Waiting for s3://bucket/x ...\n") is (option == ())
    line = json.dumps({"event": "waiting", "address": "s3://bucket/x"})
    assert (line in result.stdout.splitlines()) is (option == ("--json",))


def test_pruning_asks_first(catalogue: Path, tmp_path: Path, out: Path, run: Run) -> None:
    write_scripts(tmp_path, "noon")
    built(catalogue)
    (tmp_path / "routines/evening.yaml").unlink()
    script = tmp_path / "routines/noon.yaml"
    script.write_text(script.read_text().replace("variants:\n  short: {skip: [soak]}\n", ""))
    assert built(catalogue) == {"noon.mp3": "unchanged"}
    refused = run("catalogue", "catalogue.yaml", "--prune", status=2)
    assert "--prune asks before it deletes files, but there is no terminal. Add --yes." in refused.stderr
    assert (out / "evening.mp3").exists()
    one, more = "1 session in the output no longer belongs", "3 sessions in the output no longer belong"
    only = run("catalogue", "catalogue.yaml", "--only", "noon*").stderr
    assert f"{one} to the catalogue. --prune deletes it." in only
    told = run("catalogue", "catalogue.yaml").stderr
    assert f"{more} to the catalogue. --prune deletes them." in told
    (out / "noon-short.mp3").write_bytes(b"mine")
    pruned = run("catalogue", "catalogue.yaml", "--prune", "--yes")
    assert "evening.mp3  deleted" in pruned.stdout
    assert "noon-short.mp3  deleted" not in pruned.stdout
    assert pruned.stderr == "noon-short.mp3 was kept, because someone has replaced it since it was made.\n"
    assert not (out / "evening.mp3").exists()
    assert "--yes answers the question of --prune" in run("catalogue", "catalogue.yaml", "--yes", status=2).stderr
