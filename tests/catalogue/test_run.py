"""Runs of a catalogue into a folder: only what has changed is built, and nothing is lost."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import wave
from pathlib import Path

import pytest

import voiceguide
from tests.catalogue.catalogues import built, here, manifest, prepared, write_catalogue, write_scripts
from tests.conftest import Run
from voiceguide.catalogue import store as store_module, waiting
from voiceguide.catalogue.job import JobResult
from voiceguide.errors import ExportError, VoiceguideError

ALL_NEW = {"evening.mp3": "built", "evening-short.mp3": "built"}


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    write_scripts(tmp_path, "evening")
    return write_catalogue(tmp_path)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "published"


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


def test_a_second_run_builds_nothing_and_writes_nothing(catalogue: Path, out: Path) -> None:
    built(catalogue)
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    assert built(catalogue) == {}
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()} == before


def test_a_changed_phrase_builds_only_what_says_it(catalogue: Path, tmp_path: Path, out: Path) -> None:
    built(catalogue)
    short = (out / "evening-short.mp3").stat().st_mtime_ns
    write_scripts(tmp_path, "evening", soak="Breathe.")
    assert built(catalogue) == {"evening.mp3": "built", "evening-short.mp3": "unchanged"}
    assert (out / "evening-short.mp3").stat().st_mtime_ns == short
    assert built(catalogue) == {}


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
    assert built(catalogue) == ALL_NEW
    words.write_text("strokes: stroughks\n")
    assert built(catalogue) == ALL_NEW
    words.write_text("strokes: stroughks\nwater: wotter\n")
    assert built(catalogue) == {"evening.mp3": "built", "evening-short.mp3": "unchanged"}
    words.unlink()
    assert "words.yaml" in built(catalogue)["evening.mp3"]


@pytest.mark.parametrize(
    "use",
    ["bed: [brown, sound.wav]", "bed: sound.wav", "chime: sound.wav", "chime: {sound: sound.wav, level: -14}"],
)
def test_the_sounds_of_a_script_count_as_inputs(use: str, catalogue: Path, tmp_path: Path) -> None:
    script = tmp_path / "routines/evening.yaml"
    script.write_text(script.read_text().replace(f"{use.partition(':')[0]}: none", use))
    _write_sound(tmp_path / "routines/sound.wav", 400)
    assert built(catalogue) == ALL_NEW
    assert built(catalogue) == {}
    _write_sound(tmp_path / "routines/sound.wav", 600)
    assert built(catalogue) == ALL_NEW


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
        assert built(catalogue) == ALL_NEW
    script.write_text(f"{text}room: small\n")
    assert built(catalogue) == ALL_NEW


def _write_sound(path: Path, hertz: int) -> None:
    """Write two seconds of a square wave."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 48_000, 0, "NONE", ""))
        half = 24_000 // hertz
        file.writeframes(((b"\x00\x10" * half) + (b"\x00\xf0" * half)) * (2 * hertz))


@pytest.mark.parametrize("damage", ["missing", "cut", "other bytes"])
def test_a_damaged_file_is_built_again(damage: str, catalogue: Path, out: Path) -> None:
    built(catalogue)
    path = out / "evening.mp3"
    data = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(data[:-9] if damage == "cut" else bytes([data[0] ^ 1]) + data[1:])
    assert built(catalogue) == {"evening.mp3": "built"}
    assert path.read_bytes() == data


def test_damage_that_keeps_the_time_is_found_by_verify(catalogue: Path, out: Path) -> None:
    built(catalogue)
    path = out / "evening.mp3"
    status = path.stat()
    data = path.read_bytes()
    path.write_bytes(bytes([data[0] ^ 1]) + data[1:])
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert built(catalogue) == {}
    assert built(catalogue, verify=True) == {"evening.mp3": "built"}


def test_a_copy_of_the_output_is_recognized(catalogue: Path, out: Path) -> None:
    built(catalogue)
    copy = out.with_name("copy")
    shutil.copytree(out, copy, copy_function=shutil.copyfile)
    shutil.rmtree(out)
    copy.rename(out)
    assert built(catalogue) == {}


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


def test_a_damaged_manifest_is_refused(catalogue: Path, out: Path) -> None:
    out.mkdir()
    (out / "catalogue.manifest.json").write_text("{")
    with pytest.raises(ExportError, match=r"catalogue\.manifest\.json in .* is not a manifest of this version"):
        prepared(catalogue)


def test_the_command(catalogue: Path, tmp_path: Path, out: Path, run: Run) -> None:
    """The whole way once, with worker processes: check, dry run, build, and a second run."""
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
    (out / "evening.mp3").write_bytes(b"")
    write_scripts(tmp_path, "morning")
    script = tmp_path / "routines/morning.yaml"
    script.write_text(script.read_text().replace("say: Warm water. ", "audio: missing.wav"))
    failed = run("catalogue", "catalogue.yaml", "--only", "morning", "--fail-fast", status=1)
    assert 'File "missing.wav" not found in the script folder.' in failed.stderr
    script.unlink()
    assert "2 sessions" not in run("catalogue", "catalogue.yaml", "-q").stdout
    assert run("catalogue", "catalogue.yaml").stdout == f"0 built, 2 unchanged, 0 failed: {out}\n"


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
    option: tuple[str, ...], catalogue: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "PATIENCE_S", 0.1)
    monkeypatch.setattr(store_module, "RETRY_TIMEOUT_S", 1)
    for name, value in {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_REGION": "x"}.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    write_catalogue(tmp_path, output="s3://bucket/x")
    result = run("catalogue", "catalogue.yaml", *option, status=1)
    assert result.stderr.startswith("Waiting for s3://bucket/x ...\n") is (option == ())
    line = json.dumps({"event": "waiting", "address": "s3://bucket/x"})
    assert (line in result.stdout.splitlines()) is (option == ("--json",))


def test_pruning_asks_first(catalogue: Path, tmp_path: Path, out: Path, run: Run) -> None:
    write_scripts(tmp_path, "morning")
    built(catalogue)
    (tmp_path / "routines/morning.yaml").unlink()
    refused = run("catalogue", "catalogue.yaml", "--prune", status=2, stdin="")
    assert "--prune asks before it deletes files, but there is no terminal. Add --yes." in refused.stderr
    assert (out / "morning.mp3").exists()
    assert "--prune deletes them" in run("catalogue", "catalogue.yaml").stderr
    assert "morning.mp3  deleted" in run("catalogue", "catalogue.yaml", "--prune", "--yes").stdout
    assert not (out / "morning.mp3").exists()
    assert "--yes answers the question of --prune" in run("catalogue", "catalogue.yaml", "--yes", status=2).stderr
