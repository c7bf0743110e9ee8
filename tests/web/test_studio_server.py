"""`voiceguide edit`: what it lists, edits, speaks and writes, and what it refuses. A real process, real requests."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import http.client
import io
import json
import os
import tempfile
import threading
import wave
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from tests.conftest import Run
from tests.support.served import SCRIPT, Answer, Served, exchange, free_port, served
from tests.support.timing import HANG_S, wait_for
from voiceguide.errors import VoiceguideError
from voiceguide.script.loader import Script, load_script
from voiceguide.script.parsing.text_encoding import MAX_SCRIPT_BYTES
from voiceguide.speech.preview import encode_wav
from voiceguide.system.disk_cache import open_cache
from voiceguide.units import SAMPLE_RATE, parse_duration
from voiceguide.web import connection_limits
from voiceguide.web.connection_limits import LimitedProtocol
from voiceguide.web.network_address import Address, open_listening_sockets
from voiceguide.web.services.plan_pool import TooSlowError
from voiceguide.web.studio import narrator_keeper, studio_routes
from voiceguide.web.studio.hearing import StepPlayer
from voiceguide.web.studio.script_folder import ChangedFileError, ScriptFolder
from voiceguide.web.studio.studio_routes import Studio, studio_extension
from voiceguide.web.studio.studio_server import serve_studio

COMMENTED = SCRIPT + "# the end, without a line break"
SOAK: list[str | int] = ["stages", 0, "steps", 0]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    around = tmp_path_factory.mktemp("around")  # what a name could lead to, and nothing of other tests
    home = around / "studio"
    home.mkdir()
    (home / "tones.yaml").write_bytes(COMMENTED.encode())
    (home / "below").mkdir()
    (home / "below" / "more.yml").write_text(SCRIPT, encoding="utf-8")
    (home / ".hidden").mkdir()
    (home / ".hidden" / "no.yaml").write_text(SCRIPT, encoding="utf-8")
    (home / "compose.yaml").write_text("services: {}\n", encoding="utf-8")
    (home / "folder.yaml").mkdir()
    outside = around / "elsewhere"
    outside.mkdir()
    (outside / "theirs.yaml").write_text(SCRIPT, encoding="utf-8")
    (home / "link.yaml").symlink_to(outside / "theirs.yaml")
    (home / "out").symlink_to(outside)
    (home / "notes.txt").write_text("voiceguide: 1\n", encoding="utf-8")
    (home / "notes.yaml").symlink_to(home / "notes.txt")
    return home


@pytest.fixture(scope="module")
def studio(folder: Path, shared_cache: Path) -> Iterator[Served]:
    with served(folder, shared_cache, "--no-browser", name="edit") as running:
        yield running


def post(studio: Served, path: str, **body: Any) -> Answer:
    return studio.ask(f"studio/api/{path}", "POST", body)


def edited(studio: Served, *operations: dict[str, Any], text: str = COMMENTED) -> Any:
    return post(studio, "edit", name="tones.yaml", text=text, operations=list(operations)).data


def test_the_scripts_below_the_folder_are_offered(studio: Served) -> None:
    offered = studio.ask("studio/api/files").data
    assert offered["files"] == ["tones.yaml", "below/more.yml"]
    assert offered["open"] is None
    assert "foot-massage" in offered["bundled"]
    assert studio.ask("studio/").headers["content-type"] == "text/html; charset=utf-8"


def test_an_edit_changes_one_line_and_describes_the_result(studio: Served) -> None:
    told = edited(studio, {"op": "set", "path": [*SOAK, "for"], "value": "30s"})
    assert told["text"] == COMMENTED.replace("for: 20s", "for: 30s")
    assert told["tree"]["stages"][0]["steps"][0]["for"] == "30s"
    assert told["timeline"]["total"] == 55.0
    assert told["timeline"]["stages"][0]["steps"][0]["path"] == SOAK


def test_a_problem_leads_to_its_field(studio: Served) -> None:
    told = edited(studio, {"op": "set", "path": [*SOAK, "for"], "value": "30"})
    (problem,) = told["problems"]
    assert (problem["path"], problem["severity"]) == ([*SOAK, "for"], "error")
    assert problem["message"] == '"30" has no unit. Write 30s for seconds or 30m for minutes.'
    assert told["timeline"] is None
    (problem,) = edited(studio, {"op": "set", "path": [*SOAK, "say"], "value": "!!"})["problems"]
    assert (problem["path"], problem["message"][:4]) == ([*SOAK, "say"], '"!!"')  # it led to the whole routine


def test_a_problem_in_a_dictionary_leads_to_the_key_that_names_it(studio: Served, folder: Path) -> None:
    text = COMMENTED.replace("voice: tone", "voice: tone\nwords: words.yaml", 1)
    assert "words: words.yaml" in text
    for dictionary, messages in {
        "qi: chee\nyin: []\n": ["words.yaml:2:6: yin: yin takes a single value, but this is a list. Put text that "],
        "qi: chee\n": [],
    }.items():
        (folder / "words.yaml").write_text(dictionary, encoding="utf-8")
        told = edited(studio, {"op": "set", "path": [*SOAK, "for"], "value": "30s"}, text=text)
        assert [problem["message"][:80] for problem in told["problems"]] == [each[:80] for each in messages]
        assert [problem["path"] for problem in told["problems"]] == [["words"]] * len(messages)
        assert "words: words.yaml\n" in told["text"]
        assert (told["timeline"] is None) == bool(messages)
    (folder / "words.yaml").unlink()


def test_text_that_is_not_yaml_is_described_as_well(studio: Served) -> None:
    told = edited(studio, text="stages: [\n")
    assert told["tree"] is None
    assert told["problems"][0]["severity"] == "error"


def test_the_total_is_divided_among_the_steps(studio: Served) -> None:
    told = post(studio, "fit", name="tones.yaml", text=COMMENTED, total="90s").data
    assert told["timeline"]["total"] == 90.0
    assert told["text"].endswith("# the end, without a line break")
    refused = post(studio, "fit", name="tones.yaml", text=COMMENTED, total="1s")
    assert refused.status == 400
    assert refused.data["error"].startswith("This length is not possible. The shortest possible is ")


LIMITED = """\
voiceguide: 1
title: Limits
voice: tone
chime: none
stages:
  - stage: Soak
    steps:
      - {step: soak, say: Both feet into the warm water., for: 61s, min: 58s, max: 63s}
      - {step: rest, say: Be still., pause: 37s, max: 47s}
  - each: {side: [left, right]}
    stages:
      - stage: Stroke, {side} foot
        steps:
          - {step: strokes, say: Long strokes., for: 1m53s, min: 1m49s, max: 1m57s}
          - {step: hold, say: Hold it., for: 50s, cues: [{at: 43s, say: Soon.}, {every: 20s, until: 22s left, say: O.}]}
"""


@pytest.mark.parametrize("total", ["6m50s", "7m00s", "7m13s", "7m20s"])
def test_a_total_keeps_to_the_limits_of_every_step(studio: Served, total: str) -> None:
    """Rounded lengths were outside min and max, or before a cue, so the script had an error."""
    told = post(studio, "fit", name="tones.yaml", text=LIMITED, total=total).data
    assert told["problems"] == []
    assert told["timeline"]["total"] == pytest.approx(parse_duration(total) / SAMPLE_RATE, abs=1.5)


def test_a_step_is_heard_in_parts_with_its_bed(studio: Served) -> None:
    """The words are at the start. The whole of the step comes in two requests, and is as long as the timeline says."""

    def hear(start: int, length: int) -> Answer:
        return _hear(studio, COMMENTED, ["stages", 1, "steps", 0], start, length)[0]

    without = _samples(hear(0, 5).body)  # heard at once, even if the rain is not made yet
    assert np.abs(without).max() > 0.1
    wait_for(lambda: hear(0, 1).headers["x-bed"] == "yes", "the rain is never made")
    parts = []
    for start, length in ((0, 5), (5, 60)):
        heard = hear(start, length)
        assert (heard.status, heard.headers["x-length"]) == (200, "25.0")
        parts.append(_samples(heard.body))
    whole = np.concatenate(parts)
    assert whole.shape == (25 * 48_000, 2)
    assert np.abs(whole[: 2 * 48_000]).max() > 0.1  # the words
    assert 0.001 < np.abs(whole[-5 * 48_000 : -48_000]).max() < 0.1  # the rain


def _hear(studio: Served, text: str, step: list[Any], start: int, length: int) -> tuple[Answer, list[int]]:
    """Ask for part of a step until it is spoken. Return the answer, and the numbers of lines that were missing."""
    missing: list[int] = []
    while True:
        place = {"step": step, "turn": 0, "start": start, "length": length}
        heard = post(studio, "hear", name="tones.yaml", text=text, **place)
        if heard.status != 202:
            return heard, missing
        missing.append(heard.data["missing"])


def test_a_step_is_heard_before_its_later_cues_are_spoken(studio: Served) -> None:
    """Each request speaks one line at most, so a long step does not have to be spoken whole, and can be stopped."""
    cues = "cues: [{at: 10s, say: Ten seconds, new.}, {at: half, say: Halfway, new.}, {at: end, say: Over, new.}]"
    text = COMMENTED.replace("for: 20s", f"for: 60s, {cues}").replace("Both feet", "Both new feet")
    text = text.replace(", new.", " new.")
    heard, missing = _hear(studio, text, SOAK, 0, 5)
    assert (heard.status, missing) == (200, [1])
    assert np.abs(_samples(heard.body)).max() > 0.1
    heard, missing = _hear(studio, text, SOAK, 5, 20)
    assert missing == [1]
    assert np.abs(_samples(heard.body)[5 * 48_000 : 6 * 48_000]).max() > 0.1
    prepared = []
    while count := post(studio, "prepare", name="tones.yaml", text=text, step=SOAK, turn=0).data["missing"]:
        prepared.append(count)
    assert prepared == [2, 1]
    assert _hear(studio, text, SOAK, 25, 60)[1] == []


def test_a_script_is_read_once_for_all_parts_of_a_step(shared_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long script was read again for every line that was spoken and for every part that was played."""
    read: list[bytes] = []

    def load(path: Path, data: bytes) -> Script:
        read.append(data)
        return load_script(path, data)

    monkeypatch.setattr(narrator_keeper, "load_script", load)
    text = SCRIPT.replace("Both feet", "Two feet")
    with open_cache(shared_cache) as cache:
        player = StepPlayer(narrator_keeper.NarratorKeeper(cache))
        while player.prepare(text, Path("tones.yaml"), SOAK, 0)["missing"]:
            pass
        for start_s in (0, 5, 10):
            assert "wav" in player.render(text, Path("tones.yaml"), SOAK, 0, start_s, 5)
        assert read == [text.encode()]
        player.render(text, Path("other.yaml"), SOAK, 0, 0, 5)
    assert len(read) == 2  # the names of files are relative to the script


@pytest.mark.parametrize("key", ["audio", "bed", "cue", "chime"])
def test_a_file_that_another_program_replaces_is_heard_at_once(studio: Served, folder: Path, key: str) -> None:
    """The step that was heard last was played again, although its script names a file that has changed."""
    sound = folder / f"{key}.wav"
    text = COMMENTED.replace("    bed: rain\n", "")
    if key == "audio":
        text = text.replace("{step: soak, ", f"{{step: soak, audio: {sound.name}, ")
    elif key == "bed":
        text = text.replace("stages:", f"bed: {sound.name}\nstages:")
    else:
        cue = "say: Now., audio" if key == "cue" else "chime"
        text = text.replace("for: 20s", f"for: 20s, cues: [{{at: half, {cue}: {sound.name}}}]")
    assert sound.name in text
    heard = []
    for seconds, frequency in ((2, 0.3), (2.5, 0.1)):
        sound.write_bytes(_wav(seconds, frequency))
        heard.append(_samples(_hear(studio, text, SOAK, 0, 20)[0].body))
    assert np.abs(heard[0] - heard[1]).max() > 0.01


def _samples(wav: bytes) -> Any:
    with wave.open(io.BytesIO(wav)) as file:
        assert file.getframerate() == 48_000
        data = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return data.reshape(-1, file.getnchannels()) / 32_768


def test_instructions_become_stages_and_steps(studio: Served) -> None:
    text = "Foot massage\n\nSoak your feet for 5 minutes.\nDry them well.\n"
    drafted = post(studio, "draft", text=text, title="Evening").data
    assert drafted["tree"]["stages"][0]["steps"][0]["say"] == "Soak your feet for 5 minutes."
    assert drafted["tree"]["title"] == "Foot massage"


def test_a_text_that_is_not_saved_is_played_by_the_player(studio: Served, folder: Path) -> None:
    routine = post(studio, "play", name="tones.yaml", text=COMMENTED.replace("Tones", "Not saved")).data["routine"]
    assert routine == "tones"
    assert studio.ask("api/routines").data[0]["title"] == "Not saved"
    _, state = studio.made("tones")
    assert state["kit"]["title"] == "Not saved"
    assert (folder / "tones.yaml").read_bytes() == COMMENTED.encode()


def test_saving_needs_the_version_that_was_edited(studio: Served, folder: Path) -> None:
    path = folder / "saved.yaml"
    first = post(studio, "save", name="saved.yaml", text=SCRIPT, base_sha256=None).data
    assert first == {"sha256": hashlib.sha256(SCRIPT.encode()).hexdigest()}
    path.write_text(SCRIPT + "# theirs\n", encoding="utf-8")
    for base in (first["sha256"], None):
        refused = post(studio, "save", name="saved.yaml", text=SCRIPT + "# mine\n", base_sha256=base)
        assert (refused.status, refused.data["theirs"]) == (409, SCRIPT + "# theirs\n")
        assert path.read_text("utf-8") == SCRIPT + "# theirs\n"
    for _ in range(2):  # the second time as if the first answer had been lost
        again = post(studio, "save", name="saved.yaml", text=SCRIPT + "# mine\n", base_sha256=refused.data["sha256"])
        assert again.status == 200
        assert path.read_text("utf-8") == SCRIPT + "# mine\n"
    path.unlink()


def test_what_is_written_during_a_save_is_not_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file was compared before the slow part of a save, and not again before it was replaced."""
    path = tmp_path / "x.yaml"
    path.write_text(SCRIPT, encoding="utf-8")
    sync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (path.write_text("theirs\n", encoding="utf-8"), sync(handle)))
    with pytest.raises(ChangedFileError) as changed:
        ScriptFolder(tmp_path).save("x.yaml", SCRIPT + "# mine\n", hashlib.sha256(SCRIPT.encode()).hexdigest())
    assert changed.value.theirs.text == path.read_text("utf-8") == "theirs\n"
    assert os.listdir(tmp_path) == ["x.yaml"]


def test_a_file_that_is_too_large_is_neither_opened_nor_replaced(tmp_path: Path) -> None:
    """Only its first MiB was read, and a save cut off the rest."""
    path = tmp_path / "x.yaml"
    path.write_text(SCRIPT + "# a note\n" * 120_000, encoding="utf-8")
    start = path.read_bytes()[: MAX_SCRIPT_BYTES + 1]
    folder, base = ScriptFolder(tmp_path), hashlib.sha256(start).hexdigest()
    for act in (lambda: folder.read("x.yaml"), lambda: folder.save("x.yaml", SCRIPT, base)):
        with pytest.raises(VoiceguideError) as refused:
            act()
        assert str(refused.value) == "x.yaml is larger than 1 MiB, the limit for a script. Split it."
    assert path.read_bytes().startswith(start)
    path.unlink()
    with pytest.raises(VoiceguideError, match="larger than 1 MiB"):
        folder.save("x.yaml", start.decode(), None)
    assert os.listdir(tmp_path) == []


def test_an_edit_that_takes_too_long_can_be_tried_again(tmp_path: Path) -> None:
    """The page took it for an edit that is not possible, and dropped what had been typed."""

    async def never(task: dict[str, Any]) -> Any:
        raise TooSlowError("It takes too long.")

    async def receive() -> dict[str, Any]:
        body = json.dumps({"name": "x.yaml", "text": SCRIPT, "operations": []}).encode()
        return {"type": "http.request", "body": body, "more_body": False}

    editor: Any = SimpleNamespace(run_async=never)
    studio = Studio(ScriptFolder(tmp_path), cast(Any, None), editor, editor)
    (edit,) = [route for route in studio_extension(studio).routes if getattr(route, "path", "").endswith("/edit")]
    request = Request({"type": "http", "method": "POST", "headers": []}, cast(Any, receive))
    with pytest.raises(HTTPException, match="It takes too long") as refused:
        asyncio.run(cast(Any, edit).endpoint(request))
    assert refused.value.status_code == 504


@pytest.mark.parametrize(("start", "encoding"), [("", "utf-8"), ("\ufeff", "utf-8"), ("\ufeff", "utf-16-le")])
def test_bytes_that_are_not_edited_stay(studio: Served, folder: Path, start: str, encoding: str) -> None:
    """Byte order marks, Windows line endings and UTF-16 are as they were."""
    data = (start + SCRIPT.replace("\n", "\r\n")).encode(encoding)
    (folder / "odd.yaml").write_bytes(data)
    assert "odd.yaml" in studio.ask("studio/api/files").data["files"]  # UTF-16 was not listed
    opened = studio.ask("studio/api/file?name=odd.yaml").data
    told = edited(studio, {"op": "set", "path": [*SOAK, "for"], "value": "30s"}, text=opened["text"])
    saved = post(studio, "save", name="odd.yaml", text=told["text"], base_sha256=opened["sha256"])
    assert saved.status == 200
    assert (folder / "odd.yaml").read_bytes() == data.replace("20s".encode(encoding), "30s".encode(encoding))
    (folder / "odd.yaml").unlink()


BAD_NAMES = [
    "../x.yaml",
    "below/../../x.yaml",
    "/tmp/x.yaml",
    "out/x.yaml",
    "out/theirs.yaml",
    "link.yaml",
    "notes.yaml",
    "folder.yaml",
    "notes.txt",
    ".hidden/no.yaml",
    "..",
    "",
    "a\\b.yaml",
    "C:x.yaml",
    "nul\0.yaml",
    "missing/x.yaml",
    "x.yaml/",
    "x" * 300 + ".yaml",
    "\u6f22" * 84 + ".yaml",
]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_no_name_leads_out_of_the_folder(studio: Served, folder: Path, name: str) -> None:
    """Neither reading nor writing, nor a recording next to such a script. Nothing anywhere has changed."""
    before = _everything(folder.parent)
    query = "".join(f"%{byte:02x}" for byte in name.encode())
    for answer in (
        studio.ask(f"studio/api/file?name={query}"),
        post(studio, "save", name=name, text="voiceguide: 1\n", base_sha256=None),
        post(studio, "edit", name=name, text=SCRIPT, operations=[]),
        studio.ask(
            f"studio/api/recording?name={query}&label=x", "POST", _wav(), content_type="application/octet-stream"
        ),
    ):
        assert answer.status == 400
        assert answer.data["error"]
    assert _everything(folder.parent) == before


@pytest.mark.parametrize("character", [chr(0xD800), chr(0xDC00)])
def test_half_a_character_in_a_name_is_refused(studio: Served, folder: Path, character: str) -> None:
    """JSON can contain such a name, but no file system can. It was an internal error."""
    before = _everything(folder.parent)
    for call in ("save", "play"):
        answer = post(studio, call, name=f"{character}.yaml", text=SCRIPT, base_sha256=None)
        assert answer.status == 400
        assert "is not a file name in this folder" in answer.data["error"]
    assert _everything(folder.parent) == before


def _everything(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and "cache" not in str(path)}


def _wav(seconds: float = 0.5, frequency: float = 0.3) -> bytes:
    tone = np.sin(np.arange(int(8000 * seconds)) * frequency) * 0.27
    return encode_wav(tone.astype(np.float32), 8000)


def test_a_recording_is_saved_next_to_its_script_and_replaces_nothing(studio: Served, folder: Path) -> None:
    names = []
    for script in ("below/more.yml", "below/more.yml"):
        path = f"studio/api/recording?name={script}&label=Long%20strokes%21"
        saved = studio.ask(path, "POST", _wav(), content_type="application/octet-stream")
        assert saved.data["length"] == pytest.approx(0.5, abs=0.01)
        names.append(saved.data["file"])
    assert names == ["long-strokes.wav", "long-strokes-2.wav"]
    assert (folder / "below" / names[1]).read_bytes() == _wav()
    refused = studio.ask(
        "studio/api/recording?name=tones.yaml&label=x", "POST", b"#!/bin/sh", content_type="application/octet-stream"
    )
    assert refused.data["error"] == (
        '"The recording" is not an audio file in a supported format. Convert it to MP3, WAV, FLAC, OGG or M4A.'
    )


def test_a_slow_upload_is_received_as_long_as_it_proceeds(
    tmp_path: Path, shared_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A recording had to arrive within ten seconds. The clock here runs with the bytes: 8 KiB take nine seconds."""
    monkeypatch.setenv("VOICEGUIDE_CACHE", str(shared_cache))
    monkeypatch.setattr(connection_limits, "CHECK_INTERVAL_S", 0.001)
    seconds_per_byte = 9 / connection_limits.PROGRESS_BYTES
    clock_s = [0.0]

    def now_s(own: LimitedProtocol) -> float:
        clock_s.append(own._received_bytes * seconds_per_byte)
        return clock_s[-1]

    monkeypatch.setattr(LimitedProtocol, "_now_s", now_s)
    address = Address("127.0.0.1", free_port(), "t" * 32)
    sockets = open_listening_sockets([address.host], address.port)
    (tmp_path / "tones.yaml").write_text(SCRIPT, encoding="utf-8")
    recording = _wav(5)
    with serve_studio(tmp_path, None, [address], sockets, False, "e" * 32):
        connection = http.client.HTTPConnection(address.host, address.port, timeout=HANG_S)
        with contextlib.closing(connection):
            path = f"/{Served(address.url).token}/studio/api/recording?name=tones.yaml&label=slow"
            connection.putrequest("POST", path)
            connection.putheader("content-type", "application/octet-stream")
            connection.putheader("content-length", str(len(recording)))
            connection.endheaders()
            for start in range(0, len(recording), connection_limits.PROGRESS_BYTES):
                part = recording[start : start + connection_limits.PROGRESS_BYTES]
                connection.send(part)
                sent_s = (start + len(part)) * seconds_per_byte
                wait_for(lambda sent_s=sent_s: clock_s[-1] >= sent_s, "the server has not looked at the clock")  # type: ignore[misc]
            answer = json.loads(connection.getresponse().read())
    assert answer["length"] == pytest.approx(5, abs=0.01)
    assert clock_s[-1] > 60


@pytest.mark.parametrize("has_links", [True, False])
def test_two_studios_never_give_two_recordings_the_same_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool
) -> None:
    """The name was looked for before the slow part of writing, so one recording replaced the other."""
    others, sync = [ScriptFolder(tmp_path)], os.fsync

    def write_theirs(handle: int) -> None:
        if others:
            others.pop().add_recording("x.yaml", "Soak", ".wav", b"theirs")
        sync(handle)

    def refuse(*arguments: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    if not has_links:  # as on FAT
        monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(os, "fsync", write_theirs)
    assert ScriptFolder(tmp_path).add_recording("x.yaml", "Soak", ".wav", b"mine") == "soak-2.wav"
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert written == {"soak.wav": b"theirs", "soak-2.wav": b"mine"}


def test_a_recording_is_written_where_a_linked_script_looks_for_it(tmp_path: Path) -> None:
    """It was written next to the file to which the link leads."""
    home, outside = tmp_path / "home", tmp_path / "outside"
    for folder in (home / "a", home / "b", outside):
        folder.mkdir(parents=True)
    (home / "b" / "real.yaml").write_text(SCRIPT, encoding="utf-8")
    (home / "a" / "alias.yaml").symlink_to("../b/real.yaml")
    (outside / "alias.yaml").symlink_to(home / "b" / "real.yaml")
    (home / "out").symlink_to(outside)
    studio = ScriptFolder(home)
    assert studio.add_recording("a/alias.yaml", "Soak", ".wav", b"mine") == "soak.wav"
    assert (home / "a" / "soak.wav").read_bytes() == b"mine"
    with pytest.raises(VoiceguideError, match=r'"out/alias.yaml" is in a folder outside this folder'):
        studio.add_recording("out/alias.yaml", "Soak", ".wav", b"mine")
    assert os.listdir(outside) == ["alias.yaml"]


def test_a_recording_that_is_being_checked_is_not_left_behind(
    tmp_path: Path, shared_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stayed in the folder for temporary files if the studio was stopped. A full one was an internal error."""
    temp, home = tmp_path / "temp", tmp_path / "home"
    temp.mkdir()
    home.mkdir()
    (home / "tones.yaml").write_text(SCRIPT, encoding="utf-8")
    monkeypatch.setenv("VOICEGUIDE_CACHE", str(shared_cache))
    monkeypatch.setattr(tempfile, "tempdir", str(temp))
    is_checking, is_over = threading.Event(), threading.Event()

    def wait(path: Path) -> Any:
        is_checking.set()
        is_over.wait(HANG_S)
        return np.zeros(8000)

    monkeypatch.setattr(studio_routes, "load_recording", wait)
    address = Address("127.0.0.1", free_port(), "t" * 32)
    sockets = open_listening_sockets([address.host], address.port)
    path, kind = "studio/api/recording?name=tones.yaml&label=x", "application/octet-stream"
    with ThreadPoolExecutor() as pool:
        with serve_studio(home, None, [address], sockets, False, "e" * 32):
            with monkeypatch.context() as patch:
                patch.setattr(Path, "write_bytes", _fill_the_disk)
                full = Served(address.url).ask(path, "POST", _wav(), content_type=kind)
            assert full.data["error"] == (
                "The recording could not be written: the disk is full. Free some space and try again."
            )
            pool.submit(lambda: Served(address.url).ask(path, "POST", _wav(), content_type=kind))
            assert is_checking.wait(HANG_S)
            assert [each.name for each in temp.rglob("*") if each.is_file()] == ["The recording"]
        assert [each for each in temp.rglob("*") if each.is_file()] == []
        is_over.set()


def _fill_the_disk(path: Path, data: bytes) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_page_that_was_opened_for_another_folder_can_do_nothing(studio: Served, folder: Path) -> None:
    """The address stays the same, so the studio of another folder wrote what such a page sent into that folder."""
    before = _everything(folder)
    for other, status in (("0" * 16, 412), (ScriptFolder(folder).id, 200)):
        body: dict[str, Any] = {"name": "tones.yaml", "text": COMMENTED, "base_sha256": None, "operations": []}
        answers = [
            studio.ask("studio/api/edit", "POST", body, x_folder=other),
            studio.ask("studio/api/save", "POST", body, x_folder=other),
            studio.ask("studio/api/file?name=tones.yaml", x_folder=other),
        ]
        assert {answer.status for answer in answers} == {status}
    refused = studio.ask(
        "studio/api/recording?name=tones.yaml&label=x",
        "POST",
        _wav(),
        content_type="application/octet-stream",
        x_folder="0" * 16,
    )
    assert refused.status == 412
    assert _everything(folder) == before


def test_a_page_from_elsewhere_can_do_nothing(studio: Served, folder: Path) -> None:
    before = _everything(folder)
    body = {"name": "x.yaml", "text": SCRIPT, "base_sha256": None}
    foreign = [
        studio.ask("studio/api/save", "POST", body, origin="http://evil.example"),
        studio.ask("studio/api/save", "POST", body, sec_fetch_site="cross-site"),
        studio.ask("studio/api/save", "POST", body, content_type="text/plain"),
        studio.ask("studio/api/recording?name=tones.yaml&label=x", "POST", _wav(), content_type="text/plain"),
        studio.ask("studio/api/recording?name=tones.yaml&label=x", "POST", _wav(), origin="http://evil.example"),
        studio.ask("studio/api/save", "POST", b" " * 100, content_length=str(1 << 40)),
    ]
    assert [answer.status for answer in foreign] == [403, 403, 415, 415, 403, 413]
    rebound = studio.ask("studio/api/files", host="evil.example")
    assert (rebound.status, rebound.body) == (404, b"")
    assert _everything(folder) == before


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"name": 1}', b'{"name": "x.yaml", "text": 5}', b"\xff"])
def test_requests_that_make_no_sense_are_refused_in_a_sentence(studio: Served, body: bytes) -> None:
    for path in ("edit", "fit", "save", "hear", "draft", "play"):
        answer = studio.ask(f"studio/api/{path}", "POST", body)
        assert answer.status == 400
        assert answer.data["error"].endswith(".")


def test_a_file_that_does_not_exist_begins_as_a_small_routine(tmp_path: Path, shared_cache: Path, run: Run) -> None:
    with served(tmp_path / "evening-feet.yaml", shared_cache, "--no-browser", name="edit") as running:
        assert running.ask("studio/api/files").data["open"] == "evening-feet.yaml"
        new = running.ask("studio/api/file?name=evening-feet.yaml&language=de-AT").data
        assert new["sha256"] is None
        assert "title: Evening feet" in new["text"]
        assert "language: de" in new["text"]
        copied = running.ask("studio/api/file?name=other.yaml&from=foot-massage").data["text"]
        assert copied.startswith("# The home foot massage")
        assert os.listdir(tmp_path) == []
        assert post(running, "save", name="evening-feet.yaml", text=new["text"], base_sha256=None).status == 200
    run("check", "evening-feet.yaml")


def test_the_browser_is_started_with_a_link_that_works_once(tmp_path: Path, shared_cache: Path) -> None:
    """The list of processes shows the link that a browser is started with, and anyone on the computer can read it."""
    browser = tmp_path / "browser"
    browser.write_text('#!/bin/sh\necho "$1" > "$0.link.part" && mv "$0.link.part" "$0.link"\n', encoding="utf-8")
    browser.chmod(0o700)
    link = tmp_path / "browser.link"
    with served(tmp_path, shared_cache, name="edit", environment={"BROWSER": f"{browser} %s"}) as running:
        wait_for(link.exists, "no browser was started")
        path = link.read_text("utf-8").strip().removeprefix(f"http://127.0.0.1:{running.port}")
        assert running.token not in path
        head = f"GET {path} HTTP/1.1\r\nConnection: close\r\nHost: "
        stranger, first, second = (
            exchange(running.port, f"{head}{host}\r\n\r\n".encode()).decode()
            for host in ("evil.example", *[f"127.0.0.1:{running.port}"] * 2)
        )
    assert stranger.startswith("HTTP/1.1 404 ")
    assert first.startswith("HTTP/1.1 303 ")
    assert f"location: /{running.token}/studio/\r\n" in first
    assert second.startswith("HTTP/1.1 404 ")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("none/x.yaml", "The folder none does not exist. Create it, or choose another."),
        ("x.txt", '"x.txt" is not a script. Choose a name that ends in .yaml.'),
        (
            "foot-massage",
            "foot-massage is a bundled routine. Copy it first: voiceguide new my.yaml --from foot-massage",
        ),
    ],
)
def test_what_cannot_be_edited_is_said_before_anything_is_served(run: Run, path: str, message: str) -> None:
    assert run("edit", path, "--no-browser", status=1).stderr.strip() == message


def test_a_link_to_a_script_inside_the_folder_is_followed(tmp_path: Path) -> None:
    """The link stays a link, and its target is what is written."""
    (tmp_path / "real.yaml").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "alias.yaml").symlink_to("real.yaml")
    folder = ScriptFolder(tmp_path)
    opened = folder.read("alias.yaml")
    assert opened is not None
    folder.save("alias.yaml", SCRIPT + "# new\n", opened.sha256)
    assert (tmp_path / "alias.yaml").is_symlink()
    assert (tmp_path / "real.yaml").read_text("utf-8") == SCRIPT + "# new\n"


def test_half_a_character_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(VoiceguideError, match="incomplete character"):
        ScriptFolder(tmp_path).save("x.yaml", "title: \ud800", None)
    assert os.listdir(tmp_path) == []
