"""`voices --get` and `--remove`, against a server that fails in every way that a server can."""

from __future__ import annotations

import contextlib
import hashlib
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.conftest import Run
from voiceguide.errors import SpeechError
from voiceguide.speech.engines import download
from voiceguide.speech.engines.kokoro import model_files
from voiceguide.speech.engines.kokoro.model_files import ModelFile, find_model_files, install_model_files
from voiceguide.speech.engines.piper import repository
from voiceguide.speech.engines.piper.repository import find_remote_voice, install_voice, read_license, remove_voice
from voiceguide.speech.engines.piper.voice_files import installed_piper_voices

NAME = "de_DE-anna-medium"
FOLDER = "de/de_DE/anna/medium"
MODEL = bytes(range(256)) * 1200
CONFIG = json.dumps({"language": {"code": "de_DE"}, "espeak": {"voice": "de"}}).encode()
CARD = b"# Model card for anna (medium)\n\n* Language: de_DE\n* License: CC0\n"
FILES = {f"{NAME}.onnx": MODEL, f"{NAME}.onnx.json": CONFIG, "MODEL_CARD": CARD}


def index(name: str = NAME) -> bytes:
    entry = {
        "key": name,
        "language": {"code": "de_DE", "name_english": "German", "country_english": "Germany"},
        "quality": "medium",
        "files": {
            f"{FOLDER}/{file}": {"size_bytes": len(data), "md5_digest": hashlib.md5(data).hexdigest()}
            for file, data in FILES.items()
        },
    }
    return json.dumps({name: entry}).encode()


@dataclass
class Server:
    """A repository. `faults` are used up one by one by requests for the model; afterwards, the server is honest."""

    url: str = ""
    faults: list[str] = field(default_factory=list)
    always: str = ""
    ranges: list[str] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    content: dict[str, bytes] = field(
        default_factory=lambda: {"/voices.json": index(), **{f"/{FOLDER}/{file}": data for file, data in FILES.items()}}
    )


def handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            body = server.content.get(self.path.removeprefix("/moved"))
            fault = ""
            if self.path.endswith(".onnx"):
                server.ranges.append(self.headers.get("Range", ""))
                fault = server.faults.pop(0) if server.faults else server.always
            if body is None or fault == "missing":
                self.send_error(404)
            elif fault == "busy":
                self.send_error(503)
            elif fault == "moved":
                self.redirect(f"/moved{self.path}")
            elif fault == "moved to a file":
                self.redirect("file:///etc/hostname")
            else:
                with contextlib.suppress(OSError):
                    self.send(body, fault)

        def redirect(self, location: str) -> None:
            self.send_response(302)
            self.send_header("Location", location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def send(self, body: bytes, fault: str) -> None:
            start = 0
            wanted = self.headers.get("Range", "")
            if wanted and fault != "no ranges":
                start = int(wanted.removeprefix("bytes=").rstrip("-"))
            if fault == "changed":
                body = body[::-1]
            if fault == "too long":
                body += bytes(100_000)
            if fault == "too short":
                body = body[:-1]
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
            self.send_header("Content-Length", str(len(body) - start))
            self.end_headers()
            if fault == "breaks off":
                self.wfile.write(body[start : start + 100_000])
                return
            if fault == "silent":
                self.wfile.write(body[start : start + 50_000])
                server.closing.wait()
                return
            self.wfile.write(body[start:])

    return Handler


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    state = Server()
    http = ThreadingHTTPServer(("127.0.0.1", 0), handler(state))
    threading.Thread(target=http.serve_forever, daemon=True).start()
    state.url = f"http://127.0.0.1:{http.server_port}"
    monkeypatch.setenv("VOICEGUIDE_VOICES_URL", f"{state.url}/")
    monkeypatch.setattr(download, "RETRY_WAIT_S", 0)
    monkeypatch.setattr(download, "SILENCE_TIMEOUT_S", 1)
    yield state
    state.closing.set()
    http.shutdown()
    http.server_close()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VOICEGUIDE_PIPER_VOICES", str(tmp_path / "voices"))
    return tmp_path / "voices"


def get() -> Path:
    return install_voice(find_remote_voice(NAME))


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


WHOLE = {f"{NAME}.onnx": MODEL, f"{NAME}.onnx.json": CONFIG}


def is_listed() -> bool:
    return NAME in [voice.name for voice in installed_piper_voices()]


def test_a_voice_is_installed_and_removed(server: Server, folder: Path) -> None:
    assert get() == folder / f"{NAME}.onnx"
    assert files(folder) == WHOLE
    assert is_listed()
    remove_voice(NAME)
    assert list(folder.iterdir()) == []
    with pytest.raises(SpeechError, match=f'No voice "{NAME}" was downloaded'):
        remove_voice(NAME)


@pytest.mark.parametrize(
    "faults",
    [["breaks off"], ["breaks off", "breaks off", "silent"], ["busy", "busy"], ["too short"], ["moved"], ["silent"]],
    ids=lambda faults: ", ".join(faults),
)
def test_a_fault_that_passes_is_overcome(faults: list[str], server: Server, folder: Path) -> None:
    server.faults = faults
    get()
    assert files(folder) == WHOLE


def test_a_download_continues_where_it_broke_off(server: Server, folder: Path) -> None:
    server.always = "breaks off"
    server.faults = ["breaks off"] + ["busy"] * 3
    with pytest.raises(SpeechError, match=r"answered 503 .* Run the command again to continue"):
        get()
    assert not is_listed()
    server.always = ""
    get()
    assert server.ranges[-1] == "bytes=100000-"
    assert files(folder) == WHOLE


def test_a_server_without_ranges_begins_again(server: Server, folder: Path) -> None:
    server.faults = ["breaks off", "no ranges"]
    get()
    assert files(folder) == WHOLE


@pytest.mark.parametrize(
    ("fault", "message", "kept"),
    [
        ("changed", "does not have the expected checksum. It was deleted. Try again later.", 0),
        ("too long", "is larger than the expected 307,200 bytes. Try again later.", 0),
        ("too short", "could not be downloaded: ", len(MODEL) - 1),
        ("breaks off", "", len(MODEL)),
        ("silent", "could not be downloaded: the server sent nothing for too long.", 200_000),
        ("missing", "could not be read: the server answered 404 Not Found. Try again later.", 0),
        ("busy", "could not be downloaded: the server answered 503 Service Unavailable.", 0),
        ("moved to a file", "Redirection to url 'file:///etc/hostname' is not allowed.", 0),
    ],
)
def test_a_fault_that_stays_leaves_no_voice(fault: str, message: str, kept: int, server: Server, folder: Path) -> None:
    server.always = fault
    if fault == "breaks off":  # four attempts of 100,000 bytes are enough
        get()
        assert files(folder) == WHOLE
        return
    with pytest.raises(SpeechError) as caught:
        get()
    assert message in str(caught.value)
    assert not is_listed()
    assert [path.name for path in folder.iterdir()] == [f".{NAME}.part"]
    part = folder / f".{NAME}.part" / f"{NAME}.onnx"
    assert (part.stat().st_size if part.exists() else 0) == kept
    remove_voice(NAME)
    assert list(folder.iterdir()) == []


def test_a_server_that_is_away_is_named(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    monkeypatch.setenv("VOICEGUIDE_VOICES_URL", url)
    with pytest.raises(SpeechError, match=f"{url}/voices.json could not be read: connection refused"):
        get()
    assert not folder.exists()


def test_one_variable_moves_every_download(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEGUIDE_VOICES_URL", " ")
    assert (repository.repository_url(), model_files.download_url()) == (
        repository.DEFAULT_URL,
        model_files.DEFAULT_URL,
    )
    monkeypatch.setenv("VOICEGUIDE_VOICES_URL", " http://here/voices/ ")
    for url in (repository.repository_url(), model_files.download_url(), download.base_url("http://there")):
        assert url == "http://here/voices"


def test_a_folder_can_be_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    mirror = tmp_path / "mirror" / FOLDER
    mirror.mkdir(parents=True)
    for name, data in FILES.items():
        (mirror / name).write_bytes(data)
    (tmp_path / "mirror" / "voices.json").write_bytes(index())
    monkeypatch.setenv("VOICEGUIDE_VOICES_URL", (tmp_path / "mirror").as_uri())
    get()
    assert files(folder) == WHOLE


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<html>", "is not a list of voices"),
        (b"[" * 100_000, "is not a list of voices"),
        (b"[]", "is not a list of voices"),
        (b'{"de_DE-anna-medium": {}}', "the entry of de_DE-anna-medium is not valid"),
        (index().replace(b'"size_bytes": 307200', b'"size_bytes": 99999999999'), "its size is not plausible"),
        (index("../../evil"), 'has no voice "de_DE-anna-medium"'),
        (bytes(17 << 20), "is larger than 17 MB"),
    ],
    ids=["html", "deep", "list", "empty entry", "huge", "path", "endless"],
)
def test_a_list_that_is_wrong_is_an_error(content: bytes, message: str, server: Server, folder: Path) -> None:
    server.content["/voices.json"] = content
    with pytest.raises(SpeechError, match=message.replace(".", r"\.")):
        get()
    assert not folder.exists()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("de_DE-ana-medium", f'Did you mean "{NAME}"?'),
        ("de", f"Its voices for that language: {NAME}."),
        ("xx", "such as de"),
    ],
)
def test_an_unknown_name_gets_advice(name: str, message: str, server: Server) -> None:
    with pytest.raises(SpeechError) as caught:
        find_remote_voice(name)
    assert message in str(caught.value)


def test_the_license_is_read_from_the_description(server: Server) -> None:
    assert read_license(find_remote_voice(NAME)) == "CC0"
    server.content[f"/{FOLDER}/MODEL_CARD"] = b"# A voice\n"
    assert read_license(find_remote_voice(NAME)) == ""


def test_a_file_name_with_a_path_is_never_deleted(folder: Path, tmp_path: Path) -> None:
    folder.mkdir()
    (tmp_path / "x.onnx").write_bytes(b"mine")
    with pytest.raises(SpeechError, match="was downloaded"):
        remove_voice("../x")
    assert (tmp_path / "x.onnx").read_bytes() == b"mine"


def test_the_command_shows_license_and_size_first(server: Server, folder: Path, run: Run) -> None:
    done = run("voices", "--get", NAME)
    assert done.stderr.splitlines()[:3] == [
        f"{NAME}: German (Germany), quality medium, 0.3 MB",
        "License: CC0",
        f"From {server.url}",
    ]
    assert done.stdout == f"{folder / NAME}.onnx\nUse it with: voice: piper/{NAME}\n"
    assert f"piper/{NAME}" in run("voices", "--installed", "--language", "de").stdout
    assert run("voices", "--remove", f"piper/{NAME}").stdout == f"{folder / NAME}.onnx was deleted.\n"
    assert files(folder) == {}


@pytest.fixture
def kokoro(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of kokoro. Its two files are as small as those of the voice above."""
    content = {model_files.VOICES_TABLE.name: CONFIG, model_files.MODEL.name: MODEL}
    small = [ModelFile(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in content.items()]
    monkeypatch.setattr(model_files, "FILES", small)
    monkeypatch.setenv("VOICEGUIDE_KOKORO_FOLDER", str(tmp_path / "kokoro"))
    server.content = {f"/{name}": data for name, data in content.items()}
    return tmp_path / "kokoro"


@pytest.mark.parametrize("faults", [[], ["breaks off", "silent", "busy"], ["moved"]], ids=["none", "several", "moved"])
def test_kokoro_is_installed_and_removed(faults: list[str], server: Server, kokoro: Path, run: Run) -> None:
    server.faults = faults
    done_bytes: list[int] = []
    assert install_model_files(done_bytes.append) == kokoro
    assert done_bytes == sorted(done_bytes)
    assert done_bytes[-1] == len(MODEL) + len(CONFIG)
    assert files(kokoro) == {path.removeprefix("/"): data for path, data in server.content.items()}
    assert find_model_files() is not None
    assert run("voices", "--remove", "kokoro/if_sara", status=1).stderr == (
        f"kokoro/if_sara cannot be deleted alone, because all voices of kokoro share two files in {kokoro}. "
        "To delete all of them: voiceguide voices --remove kokoro\n"
    )
    assert find_model_files() is not None, "removing one voice deleted all of them"
    assert run("voices", "--remove", "kokoro").stdout == f"The files of kokoro in {kokoro} were deleted.\n"
    assert list(kokoro.iterdir()) == []
    assert run("voices", "--remove", "kokoro", status=1).stderr == (
        f"kokoro was not downloaded to {kokoro}. The list of voices shows what is installed.\n"
    )


@pytest.mark.parametrize("fault", ["changed", "too long", "too short", "missing", "busy"])
def test_a_fault_that_stays_leaves_nothing_of_kokoro(fault: str, server: Server, kokoro: Path) -> None:
    server.always = fault
    with pytest.raises(SpeechError, match=server.url):
        install_model_files()
    assert find_model_files() is None
    assert [path.name for path in kokoro.iterdir()] == [".part"]
    server.always = ""
    install_model_files()
    assert find_model_files() is not None


def test_the_command_shows_the_license_of_kokoro_first(server: Server, kokoro: Path, run: Run) -> None:
    server.content = {}
    assert run("voices", "--get", "kokoro", status=1).stderr.splitlines() == [
        "kokoro: 26 voices (es-ES, fr-FR, it-IT, pt-BR, hi-IN, en-US, en-GB), 120.6 MB",
        "License: Apache-2.0 (weights and voices), MIT (conversion to ONNX)",
        f"From {server.url}",
        "",
        f"{server.url}/voices-v1.0.bin could not be read: the server answered 404 Not Found. Try again later.",
    ]
