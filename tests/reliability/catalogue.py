"""Publish the ten bundled routines to a folder and to an S3 server, and kill a worker: part of `make soak`.

Each routine is built in every variant and at two bit rates, with captions, chapters and a feed. While the run is going
on, a worker is killed. Afterwards, every file must be there and pass `verify`, and the feed must be valid. Then one
sentence of one routine is changed, and the next run must build exactly the sessions that say it.

    python -m tests.reliability.catalogue [FOLDER]
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from PIL import Image

import voiceguide
from tests.catalogue.feed_rules import feed_problems
from tests.support.environment import child_environment
from tests.support.forked_processes import start_command
from tests.support.s3_server import BUCKET, s3_server
from voiceguide.catalogue.feed import FEED_NAME
from voiceguide.catalogue.store import open_store
from voiceguide.pipeline.bundled_routines import list_bundled_routines

CATALOGUE = """\
catalogue: 1
output: {output}
name: "{{script}}-{{variant}}-{{bitrate}}"
sessions:
  - scripts: [routines/*.yaml]
    variants: [all]
    formats: [{{format: mp3, bitrate: 64}}, {{format: mp3, bitrate: 128}}]
    sidecars: [vtt, chapters_json]
feed:
  title: Calm feet
  description: Foot massages and breathing, for the evening.
  author: A Studio
  address: https://example.com/audio/
  cover: cover.png
"""
COVER = "catalogue-cover.png"
ROUTINE = "foot-massage"
SENTENCE, CHANGED = "Spread your toes wide in the water", "Spread your toes as wide as you can"


def main(folder: Path) -> None:
    """Publish to both outputs, and print what was seen. An AssertionError says what was wrong."""
    (folder / "server").mkdir(parents=True)
    with s3_server(folder / "server") as server:
        os.environ.update(server.environment)
        for name, output in (("folder", "published"), ("bucket", f"s3://{BUCKET}/published")):
            _publish(folder / name, output)


def _publish(folder: Path, output: str) -> None:
    _write(folder, output)
    expected = _dry_run(folder)
    events, killed = _run(folder, kill_at=len(expected) // 2)
    counts = Counter(event["event"] for event in events)
    assert killed, "no worker was killed"
    assert (counts["built"], counts["failed"]) == (len(expected), 0), events[-1]
    files = _check_store(folder, output, expected)
    print(
        f"{folder.name}: {len(expected)} sessions built, a worker was killed while it was "
        f"{killed}; {files} files, every session verified, the feed is valid.",
        flush=True,
    )
    again, _ = _run(folder)
    assert Counter(event["event"] for event in again)["built"] == 0
    script = folder / "routines" / f"{ROUTINE}.yaml"
    text = script.read_text(encoding="utf-8")
    assert text.count(SENTENCE) == 1, text
    script.write_text(text.replace(SENTENCE, CHANGED), encoding="utf-8")
    changed, _ = _run(folder)
    built = {event["name"] for event in changed if event["event"] == "built"}
    assert built == _sessions_with(CHANGED, folder, expected), built
    print(f"{folder.name}: one sentence changed: {len(built)} sessions built, {events[-1]['stale']} stale.", flush=True)
    _check_store(folder, output, expected)


def _write(folder: Path, output: str) -> None:
    (folder / "routines").mkdir(parents=True)
    for path in list_bundled_routines().values():
        shutil.copy(path, folder / "routines")
    Image.new("RGB", (1400, 1400)).save(folder / "cover.png")
    (folder / "catalogue.yaml").write_text(CATALOGUE.format(output=output), encoding="utf-8")


def _start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    command = ("catalogue", "catalogue.yaml", "--json", *arguments)
    environment = child_environment(VOICEGUIDE_CACHE=str(folder.parent / "cache"))
    return start_command(*command, cwd=folder, stdout=subprocess.PIPE, text=True, env=environment)


def _dry_run(folder: Path) -> set[str]:
    output, _ = _start(folder, "--dry-run").communicate()
    return {event["name"] for event in map(json.loads, output.splitlines()) if event["event"] == "pending"}


def _run(folder: Path, kill_at: int | None = None) -> tuple[list[dict[str, Any]], str]:
    """Build the catalogue. Kill the worker that starts to encode after `kill_at` sessions. Return its phase."""
    process = _start(folder)
    assert process.stdout is not None
    events: list[dict[str, Any]] = []
    killed, built = "", 0
    for line in process.stdout:
        events.append(json.loads(line))
        built += events[-1]["event"] == "built"
        if kill_at is not None and built >= kill_at and not killed and events[-1].get("phase") == "encoding":
            os.kill(events[-1]["pid"], signal.SIGKILL)
            killed = "encoding"
    assert process.wait() == 0, events[-1]
    return events, killed


def _check_store(folder: Path, output: str, expected: set[str]) -> int:
    """Check every file of the output. Return their number."""
    store = open_store(output, folder)
    listed = {name for name in store.list() if not name.startswith(".")}
    stems = {name.removesuffix(".mp3") for name in expected}
    endings = (".mp3", ".vtt", ".chapters.json")
    assert listed == {f"{stem}{ending}" for stem in stems for ending in endings} | {
        FEED_NAME,
        COVER,
        "catalogue.manifest.json",
    }, sorted(listed)
    for name in sorted(expected):
        copy = folder / "copy.mp3"
        copy.write_bytes(store.read(name) or b"")
        report = voiceguide.verify(copy)
        assert report.ok, (name, report)
    assert feed_problems(store.read(FEED_NAME) or b"") == []
    return len(listed)


def _sessions_with(sentence: str, folder: Path, expected: set[str]) -> set[str]:
    """Return the sessions of the changed routine that say a sentence."""
    script = voiceguide.load(folder / "routines" / f"{ROUTINE}.yaml")
    saying = set()
    for name in expected:
        stem = name.removesuffix(".mp3").rpartition("-")[0]
        if stem == ROUTINE or (stem.startswith(f"{ROUTINE}-") and stem.removeprefix(f"{ROUTINE}-") in script.variants):
            variant = stem.removeprefix(ROUTINE).removeprefix("-")
            timeline = script.plan(variants=[variant] if variant else [])
            if any(sentence in cue.text for cue in timeline.cues):
                saying.add(name)
    return saying


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]).resolve())
    else:
        with tempfile.TemporaryDirectory(prefix="voiceguide-") as temp:
            main(Path(temp).resolve())
