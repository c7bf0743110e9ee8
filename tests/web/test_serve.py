"""`voiceguide serve`: what it lists, plans, makes and hands out. Real processes, a real port, real requests."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run
from tests.support.faulty_engines import environment_with, install
from tests.support.long_forms import few, long
from tests.support.served import SCRIPT, Served, free_port, loop_path, served
from tests.support.timing import HANG_S, wait_for
from voiceguide.builtin_names import BED_NAMES
from voiceguide.cli.engine_output import engine_prints_to_stderr
from voiceguide.cli.web_server import print_address
from voiceguide.errors import VoiceguideError
from voiceguide.pipeline.bundled_routines import list_bundled_routines
from voiceguide.system.disk_cache import open_cache
from voiceguide.web import network_address as address
from voiceguide.web.qr_code import render_qr_code
from voiceguide.web.routes import MEDIA_TYPES, STATIC_DIR
from voiceguide.web.services.kit_queue import KIT_WORKER, BusyError, KitQueue
from voiceguide.web.services.kit_store import KitStore, open_kit_store
from voiceguide.web.services.worker_process import WorkerProcess


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scripts of somebody's own, and what else lies in a folder."""
    home = tmp_path_factory.mktemp("scripts")
    (home / "tones.yaml").write_text(SCRIPT, encoding="utf-8")
    (home / "five-minutes.yml").write_text(SCRIPT.replace("Tones", "My own five"), encoding="utf-8")
    (home / "broken.yaml").write_text(SCRIPT.replace("for: 20s", "for: 20") + "x: 1\n", encoding="utf-8")
    (home / "compose.yaml").write_text("services: {web: {image: nginx}}\n", encoding="utf-8")
    (home / "secret.txt").write_text("voiceguide: 1\n", encoding="utf-8")
    outside = tmp_path_factory.mktemp("elsewhere") / "outside.yaml"
    outside.write_text(SCRIPT, encoding="utf-8")
    (home / "outside.yaml").symlink_to(outside)
    (home / "loop.yaml").symlink_to(home / "loop.yaml")
    os.mkfifo(home / "pipe.yaml")
    return home


@pytest.fixture(scope="module")
def server(folder: Path, shared_cache: Path) -> Iterator[Served]:
    with served(folder, shared_cache) as running:
        yield running


def test_the_list_has_ones_own_scripts_first_and_the_bundled_ones(server: Served) -> None:
    """Not a file that is no script, lies elsewhere, or is a pipe; and one's own before a bundled one of its name."""
    listed = server.ask("api/routines").data
    names = [routine["name"] for routine in listed]
    assert names == ["five-minutes", "tones", *(name for name in list_bundled_routines() if name != "five-minutes")]
    assert listed[0]["title"] == "My own five"
    assert listed[1] == {
        "name": "tones",
        "title": "Tones",
        "description": "Short, for tests.",
        "language": "en-US",
        "total": 45.0,
        "stages": 2,
    }


def test_a_broken_script_is_told_of_where_it_is_mended(folder: Path, shared_cache: Path) -> None:
    with served(folder, shared_cache) as running:
        wait_for(lambda: len(running.messages) == 2)  # in either order on a busy machine
        _, said = running.stop()
    *told, last = said.splitlines()
    assert last == "Interrupted. No partial files were left behind."
    assert sorted(told, reverse=True) == [
        "note: not listed: broken.yaml:12:64: stages[0].steps[0].for: "
        '"20" has no unit. Write 20s for seconds or 20m for minutes. (1 more problem in this script.)',
        "Press Ctrl-C to stop.",
    ]


def test_without_a_folder_the_scripts_here_and_in_scripts_are_offered(tmp_path: Path, shared_cache: Path) -> None:
    (tmp_path / "scripts").mkdir()
    (tmp_path / "here.yaml").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "scripts" / "below.yaml").write_text(SCRIPT, encoding="utf-8")
    with served(None, shared_cache, cwd=tmp_path) as running:
        names = [routine["name"] for routine in running.ask("api/routines").data]
    assert names == ["here", "below", *list_bundled_routines()]


def test_a_plan_is_what_the_command_says_with_the_choices_beside_it(server: Served, folder: Path, run: Run) -> None:
    plan = server.wish("api/plan", "tones", sets=["soak=30s"], bed_level="-25").data
    choices = plan.pop("choices")
    path = str(folder / "tones.yaml")
    assert plan == json.loads(run("plan", path, "--set", "soak=30s", "--json").stdout)
    assert choices == {
        "stages": [
            {"title": "Soak", "skip": "Soak", "default": 20.0, "skipped": False},
            {"title": "Stroke", "skip": "Stroke", "default": 25.0, "skipped": False},
        ],
        "variants": ["short"],
        "beds": ["none", "rain", "waves", "stream", "wind", "brown", "bowl", "pads", "harp", "kalimba", "hang"],
        "detail": ["full", "brief", "chime"],
        "bed": "none",
        "bed_level": -25.0,
    }


@pytest.mark.parametrize("skip", ["Soak", "water"])
def test_a_skipped_stage_stays_among_the_choices(server: Served, skip: str) -> None:
    plan = server.wish("api/plan", "tones", skips=[skip]).data
    assert [stage["title"] for stage in plan["stages"]] == ["Stroke"]
    assert [stage["skipped"] for stage in plan["choices"]["stages"]] == [True, False]


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        ({"sets": ["soak=30"]}, '"30" has no unit. Write 30s for seconds or 30m for minutes.'),
        ({"sets": ["soap=30s"]}, 'No such step or stage. Did you mean "soak"?'),
        ({"skips": ["Soak", "Stroke"]}, "Every stage is skipped. Keep at least one."),
        ({"detail": "loud"}, "overrides.detail: use one of full, brief, chime."),
        ({"voice": "hibari/nobody"}, 'The voice "hibari/nobody" is not installed.'),
        ({"voice": "command/say"}, 'The voice "command/say" is not installed.'),
        ({"voice": "piper//tmp/x.onnx"}, 'The voice "piper//tmp/x.onnx" is not installed.'),
        ({"voice": "piper/../x.onnx"}, 'The voice "piper/../x.onnx" is not installed.'),
        ({"bed": "tones.yaml"}, f"No such bed. Available beds: {', '.join(BED_NAMES)}."),
    ],
)
def test_a_wish_that_cannot_be_followed_is_answered_in_one_sentence(
    server: Served, overrides: dict[str, Any], sentence: str
) -> None:
    for address_ in ("api/plan", "api/kit"):
        answer = server.wish(address_, "tones", **overrides)
        assert (answer.status, answer.data) == (400, {"error": sentence})


def test_a_kit_has_the_plan_of_the_command_and_all_its_frames(server: Served, folder: Path, run: Run) -> None:
    _, state = server.made("tones", bed="rain")
    kit = state["kit"]
    planned = json.loads(run("plan", str(folder / "tones.yaml"), "--exact", "--json").stdout)
    assert [stage["title"] for stage in kit["stages"]] == [stage["title"] for stage in planned["stages"]]
    assert sum(step["length"] for stage in kit["stages"] for step in stage["steps"]) == planned["total"] * 48_000
    for each in (*kit["loops"], *kit["pieces"]):
        record = len(server.ask(f"pieces/{each['id']}").body) - each["count"] * 3 * kit["bit_rate"]
        print_bytes = 5 * -(-each["length"] // 960) if each.get("kind") == "say" else 0  # five bands every 20 ms
        assert record == 3 * each["count"] + print_bytes
    assert [variant["name"] for variant in kit["variants"]] == ["short"]
    assert kit["variants"][0]["settings"]["total"] == 30_000


def test_one_wish_has_one_name_however_it_is_written(server: Served) -> None:
    def name(**overrides: Any) -> str:
        return str(server.wish("api/kit", "tones", **overrides).data["id"])

    assert name(sets=["soak=90s"]) == name(sets=["soak=1:30"]) == name(sets=["soak=1.5m"], skips=[], bed=None)
    assert name(sets=["soak=90s"], bed="none") == name(sets=["soak=90s"])  # none is what the script has
    assert len({name(), name(sets=["soak=91s"]), name(bed="rain"), name(detail="brief"), name(pace="0.9")}) == 5


@long
def test_a_changed_script_or_recording_makes_another_session(tmp_path: Path, shared_cache: Path, run: Run) -> None:
    run("say", "Hello there", "--voice", "tone", "-o", "hello.wav")
    script = tmp_path / "spoken.yaml"
    text = SCRIPT.replace("say: Both feet into the warm water.", "audio: hello.wav")
    script.write_text(text, encoding="utf-8")
    with served(tmp_path, shared_cache) as running:
        names = [running.made("spoken")[0]]
        run("say", "Hello to all of you", "--voice", "tone", "-o", "hello.wav")
        names.append(running.made("spoken")[0])
        script.write_text(text.replace("Tones", "Sounds"), encoding="utf-8")
        name, state = running.made("spoken")
        names.append(name)
    assert len(set(names)) == 3
    assert state["kit"]["title"] == "Sounds"


@pytest.mark.parametrize("lan", [False, True])
def test_the_address_is_told_on_stdout_while_an_engine_is_asked(lan: bool, capsys: pytest.CaptureFixture[str]) -> None:
    out = sys.stdout
    with engine_prints_to_stderr():
        print_address("http://127.0.0.1:8765/secret/", lan, out)
    assert "  http://127.0.0.1:8765/secret/\n" in capsys.readouterr().out


def test_what_was_made_is_there_after_a_restart(server: Served, folder: Path, shared_cache: Path) -> None:
    name, state = server.made("tones")
    loop = server.ask(loop_path(state)).body  # which waits until it is encoded
    with served(folder, shared_cache) as second:
        assert second.ask(f"api/kits/{name}").data["kit"] == state["kit"]
        assert second.ask(loop_path(state)).body == loop


@long
def test_frames_that_were_damaged_are_made_again(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "tones.yaml").write_text(SCRIPT, encoding="utf-8")
    with served(tmp_path / "scripts", tmp_path / "cache") as running:
        _, state = running.made("tones")
        path = loop_path(state)
        whole = running.ask(path).body
        file = next(file for file in tmp_path.rglob("*") if file.is_file() and file.read_bytes().endswith(whole))
        for content in (b"", file.read_bytes()[:-1000]):

            def is_damaged(content: bytes = content) -> bool:
                file.write_bytes(content)  # again, if the worker has just repaired it
                return running.ask(path).status == 404

            wait_for(is_damaged, "the damage is never noticed")
            assert running.made("tones")[1]["state"] == "ready"
            wait_for(lambda: running.ask(path).body == whole, "the loop is never made again")


def test_frames_are_kept_for_good_and_nothing_else_is(server: Served) -> None:
    name, state = server.made("tones")
    path = loop_path(state)
    headers = server.ask(path).headers
    assert headers["cache-control"] == "private, max-age=31536000, immutable"
    again = server.ask(path, If_None_Match=f'"older", W/{headers["etag"]}')
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", headers["etag"])
    for path in ("api/routines", f"api/kits/{name}", "nothing"):
        assert server.ask(path).headers["cache-control"] == "no-store"
    assert server.ask(f"pieces/{'0' * 32}").status == 404


@pytest.mark.parametrize("file", sorted(path.name for path in STATIC_DIR.iterdir() if path.is_file()))
def test_every_file_of_the_page_is_handed_out_with_its_kind(server: Served, file: str) -> None:
    answer = server.ask(file)
    assert (answer.status, answer.body) == (200, (STATIC_DIR / file).read_bytes())
    assert answer.headers["content-type"] == MEDIA_TYPES[Path(file).suffix]
    assert answer.headers["cache-control"] == "no-cache"
    assert server.ask(file, If_None_Match=answer.headers["etag"]).status == 304


def test_the_address_itself_is_the_page(server: Served) -> None:
    assert server.ask("").body == (STATIC_DIR / "index.html").read_bytes()


def test_fifty_at_once_each_get_the_right_bytes(server: Served) -> None:
    _, state = server.made("tones")
    path = loop_path(state)
    whole = server.ask(path).body
    with ThreadPoolExecutor(50) as pool:
        assert all(pool.map(lambda _: server.ask(path).body == whole, range(50)))


ENGINES = """
import os, signal, time
import numpy as np
from voiceguide.speech.engines.protocol import Speech, Voice
class _Plain:
    parallel = True
    def __init__(self): self.name = type(self).__name__.lower()
    def version(self): return "1"
    def voices(self): return [Voice(self.name, "only", "en")]
    def close(self): pass
class Segfault(_Plain):
    def synthesize(self, text, voice, pace, language): os.kill(os.getpid(), signal.SIGSEGV)
class Sleeps(_Plain):
    def synthesize(self, text, voice, pace, language): time.sleep(600)
class Refuses(_Plain):
    def synthesize(self, text, voice, pace, language):
        from voiceguide.errors import SpeechError
        raise SpeechError("The studio is closed on Sundays. Come back tomorrow.")
class Floods(_Plain):
    def synthesize(self, text, voice, pace, language):
        os.write(1, b'{"ready": true}\\n' * 100000)
        raise RuntimeError("flooded")
"""


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("engines")
    source = tmp_path_factory.mktemp("source") / "bad_voices.py"
    source.write_text(ENGINES, encoding="utf-8")
    names = ("Segfault", "Sleeps", "Refuses", "Floods")
    install(home, source, "bad-voices", {name.lower(): f"bad_voices:{name}" for name in names})
    return home


@long
def test_an_engine_that_fails_is_told_of_and_the_page_goes_on(
    engines: Path, tmp_path: Path, shared_cache: Path
) -> None:
    """It crashed the server's own process, or hung it, if it were not in one of its own."""
    for voice in ("refuses", "segfault", "floods", "sleeps"):
        (tmp_path / f"{voice}.yaml").write_text(SCRIPT.replace("tone", voice), encoding="utf-8")
    (tmp_path / "tones.yaml").write_text(SCRIPT, encoding="utf-8")
    with served(tmp_path, shared_cache, environment=environment_with(engines)) as running:
        hanging = running.wish("api/kit", "sleeps").data["id"]
        states = {voice: running.made(voice)[1] for voice in ("refuses", "segfault", "floods", "tones")}
        assert running.ask(f"api/kits/{hanging}").data["state"] == "making"
        _, said = running.stop()
    assert states["refuses"] == {
        "state": "failed",
        "error": 'refuses.yaml:12:9: stages[0].steps[0]: "Both feet into the warm water." could not be spoken. '
        "The studio is closed on Sundays. Come back tomorrow.",
    }
    assert states["segfault"] == {
        "state": "failed",
        "error": "Preparing this session failed unexpectedly. Details are shown on the computer that serves this page.",
    }
    assert "A session could not be prepared: SIGSEGV" in said
    assert states["floods"]["error"].endswith(
        "The engine floods failed to synthesize this text: RuntimeError: flooded. Choose another voice."
    )
    assert states["tones"]["state"] == "ready"


def _task(folder: Path, name: str, voice: str = "tone") -> dict[str, Any]:
    import base64

    data = base64.b64encode(SCRIPT.replace("tone", voice).encode()).decode()
    options: dict[str, Any] = {"sets": [], "skips": [], "variants": [], "bed": None, "voice": None}
    task = {"id": name * 32, "folder": str(folder), "path": "/nowhere/tones.yaml", "data": data}
    return {**task, "routine": "tones", "options": options}


def test_too_many_kits_are_refused(engines: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(engines))
    with open_cache(tmp_path) as cache:
        kits = KitQueue(KitStore(cache), max_concurrent=1, max_waiting=1)
        try:
            kits.submit(_task(tmp_path, "a", "sleeps"))
            wait_for(lambda: (making := kits.status("a" * 32)) and making.doing != "Waiting")
            kits.submit(_task(tmp_path, "b"))
            kits.submit(_task(tmp_path, "b"))  # the same again takes no place
            with pytest.raises(BusyError) as caught:
                kits.submit(_task(tmp_path, "c"))
            assert str(caught.value) == "Too many sessions are being prepared right now. Try again in a minute."
        finally:
            kits.close()


@long
def test_a_kit_that_takes_too_long_is_given_up(engines: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(engines))
    with open_cache(tmp_path) as cache:
        kits = KitQueue(store := KitStore(cache), max_concurrent=1, timeout_s=3)
        try:
            kits.submit(_task(tmp_path, "a", "sleeps"))
            given_up = wait_for(lambda: (making := kits.status("a" * 32)) and making.error)
            assert given_up == "This session was not ready within 3 seconds. Choose a shorter one."
            monkeypatch.setattr(kits, "_timeout_s", HANG_S)
            kits.submit(_task(tmp_path, "b"))
            wait_for(lambda: kits.status("b" * 32) is None, "the next one is never ready")
            assert store.kit("b" * 32) is not None
        finally:
            kits.close()


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
def test_a_process_that_does_not_heed_is_killed() -> None:
    """As one is whose main thread hangs inside a library; one that is stopped heeds as little."""
    process = WorkerProcess(KIT_WORKER)
    os.kill(process._process.pid, signal.SIGSTOP)
    process.close()
    assert not process.is_running


def test_a_cache_that_cannot_be_written_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("VOICEGUIDE_CACHE", str(tmp_path / "file"))
    with open_kit_store() as store:
        store.put_frames("a" * 32, b"sound")
        assert store.frames("a" * 32) == b"sound"
        assert store.folder != tmp_path / "file"
    assert not store.folder.exists()


def _children(process: subprocess.Popen[str]) -> list[int]:
    """The processes that a process has started, and theirs, Linux only."""
    found: list[int] = []
    for parent in [process.pid]:
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            found += [int(child) for child in task.read_text().split()]
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize(
    ("number", "status"),
    few(1, [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGKILL, -9)]),
)
def test_a_signal_ends_it_and_leaves_no_child(
    number: int, status: int, engines: Path, tmp_path: Path, shared_cache: Path
) -> None:
    """In the middle of a session, with a phone that listens; killed outright, too."""
    (tmp_path / "sleeps.yaml").write_text(SCRIPT.replace("tone", "sleeps"), encoding="utf-8")
    with served(tmp_path, shared_cache, environment=environment_with(engines)) as running:
        name = running.wish("api/kit", "sleeps").data["id"]
        wait_for(lambda: running.ask(f"api/kits/{name}").data.get("doing") == "Speaking")
        listening = socket.create_connection(("127.0.0.1", running.port))
        children = _children(running.process)
        returned, said = running.stop(number)
        listening.close()
        assert children
        assert returned == status
        wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children), "a child is still running")
        if number != signal.SIGKILL:
            assert said.endswith("Press Ctrl-C to stop.\nInterrupted. No partial files were left behind.\n")


def test_only_this_machine_is_listened_to_unless_lan(server: Served) -> None:
    other = "127.0.0.2" if sys.platform == "linux" else None
    if other is not None:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((other, server.port), 2)
    assert server.host == "127.0.0.1"


def test_lan_shows_a_code_that_holds_the_address(folder: Path, shared_cache: Path) -> None:
    """Read back as a camera does: each half block of the terminal is two modules, light ones drawn."""
    try:
        host = address.lan_host()
    except VoiceguideError:
        pytest.skip("no network here")
    import segno

    with served(folder, shared_cache, "--lan", environment={"PYTHONIOENCODING": "utf-8"}) as running:
        assert running.host == host
        connection = socket.create_connection((host, running.port), HANG_S)
        request = f"GET /{running.token}/api/routines HTTP/1.0\r\nHost: {host}:{running.port}\r\n\r\n"
        connection.sendall(request.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
        connection.close()
        assert running.ask("api/routines").status == 200
        assert _modules(running.shown) == [list(map(bool, row)) for row in segno.make(running.url, error="m").matrix]


def _modules(shown: list[str]) -> list[list[bool]]:
    """The dark modules of a code drawn in half blocks, without the quiet zone of two around it."""
    lines = [line for line in shown if re.fullmatch(r"[ █▀▄]{20,}", line)]
    rows: list[list[bool]] = []
    for line in lines:
        rows.append([half in " ▄" for half in line])
        rows.append([half in " ▀" for half in line])
    size = len(lines[0])
    return [row[2 : size - 2] for row in rows[2 : size - 2]]


def test_the_token_is_beyond_guessing() -> None:
    tokens = {address.new_token() for _ in range(1000)}
    assert len(tokens) == 1000
    assert all(re.fullmatch(r"[\w-]{32}", token) for token in tokens)


def test_the_lan_address_needs_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    class _Unplugged(socket.socket):
        def connect(self, where: object) -> None:
            raise OSError(errno.ENETUNREACH, "Network is unreachable")

    monkeypatch.setattr(socket, "socket", _Unplugged)
    with pytest.raises(VoiceguideError) as caught:
        address.lan_host()
    assert str(caught.value) == (
        "This computer is not connected to a network, so phones cannot reach it. "
        "Connect it to the same Wi-Fi network as the phone, or serve the page locally."
    )


@pytest.mark.parametrize(
    ("host", "public"), [("127.0.0.1", False), ("192.168.1.7", False), ("10.0.0.1", False), ("8.8.8.8", True)]
)
def test_a_public_address_is_known_as_one(host: str, public: bool) -> None:
    assert address.is_public_host(host) is public


ADVICE = "Choose another port, or leave it out to use any free one."


def test_a_port_that_is_taken_is_told_of(server: Served, run: Run) -> None:
    """Another port was suggested, which was that of the studio, or even the same one."""
    for command in ("serve", "edit"):
        said = run(command, "--port", str(server.port), status=1).stderr
        assert said == f"Port {server.port} is in use by another program. {ADVICE}\n"


def test_without_port_any_free_one_will_do() -> None:
    first = address.open_listening_sockets(["127.0.0.1"], None)
    second = address.open_listening_sockets(["127.0.0.1"], None)
    ports = [opened.getsockname()[1] for opened in (*first, *second)]
    for opened in (*first, *second):
        opened.close()
    assert len(set(ports)) == 2


def test_a_folder_that_is_none_is_told_of(run: Run) -> None:
    said = run("serve", "nowhere", status=1).stderr
    assert said == "nowhere is not a folder. Specify the folder with your scripts, or leave it out.\n"


@pytest.mark.parametrize("package", ["starlette", "uvicorn", "segno"])
def test_missing_packages_are_named_by_the_command_that_brings_them(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from click.testing import CliRunner

    from voiceguide.cli.commands.serve import command

    monkeypatch.setitem(sys.modules, package, None)
    outcome = CliRunner().invoke(command, ["--port", str(free_port())])
    assert str(outcome.exception) == (
        'The web pages need packages that are not installed. Install them with: pip install "voiceguide[serve]"'
    )


def test_help_does_not_load_the_server() -> None:
    code = (
        "import sys; from voiceguide.cli.commands.serve import command; "
        "print([m for m in sys.modules if 'uvicorn' in m])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_code_is_drawn_without_codes_for_the_terminal() -> None:
    drawn = render_qr_code("http://127.0.0.1:8765/" + "x" * 32 + "/")
    assert set(drawn) <= set(" █▀▄\n")
    assert io.StringIO(drawn).readline().strip("█\n") == ""
