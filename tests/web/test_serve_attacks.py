"""`voiceguide serve` against whoever knocks: no token, a foreign name, path tricks, other people's pages, too much of
everything, clients that are slow and clients that break off."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import re
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.forked_servers import forking_subprocess
from tests.support.long_forms import long
from tests.support.served import SCRIPT, Served, exchange, free_port, loop_path, served
from tests.support.timing import HANG_S, wait_for
from voiceguide.builtin_names import BED_NAMES
from voiceguide.system.disk_cache import open_cache
from voiceguide.web import connection_limits
from voiceguide.web.network_address import Address, open_listening_sockets
from voiceguide.web.server import Extension, serve_in_background
from voiceguide.web.services import worker_process
from voiceguide.web.services.kit_store import KitStore
from voiceguide.web.services.routine_library import RoutineLibrary


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("scripts")
    (folder / "tones.yaml").write_text(SCRIPT, encoding="utf-8")
    (folder / "secret.txt").write_text("SECRET", encoding="utf-8")
    with served(folder, shared_cache) as running:
        yield running
        _, said = running.stop()
        assert "Traceback" not in said, said


def _request(server: Served, path: str, host: str | None = None, method: str = "GET", more: str = "") -> bytes:
    """An answer to a request whose every byte is ours."""
    named = f"127.0.0.1:{server.port}" if host is None else host
    head = f"{method} {path} HTTP/1.1\r\nHost: {named}\r\nConnection: close\r\n{more}\r\n"
    return exchange(server.port, head.encode())


def _status(answer: bytes) -> int:
    match = re.match(rb"HTTP/1\.1 (\d{3}) ", answer)
    return int(match[1]) if match else 0


def _untold(answer: bytes) -> bytes:
    """An answer without its date, to be compared."""
    return re.sub(rb"date: [^\r]*\r\n", b"", answer)


def test_without_the_token_nothing_is_told(server: Served) -> None:
    """Each the same empty answer, to the byte, whatever it is that was asked for."""
    token = server.token
    wrong = [
        "", "x", token[:-1], token + "x", token.swapcase(), token[::-1], f"%{ord(token[0]):02x}{token[1:]}",
        f"{token}%00", f" {token}", "é" * 16, "..", "%2e%2e", "." * 32,
    ]  # fmt: skip
    paths = ["/", "/index.html", "/api/routines", "/pieces/x", f"/{token}", "*", "/favicon.ico", "//"]
    paths += [f"/{guess}/{rest}" for guess in wrong for rest in ("", "api/routines", token + "/")]
    answers = {path: _untold(_request(server, path)) for path in paths}
    answers |= {method: _untold(_request(server, "/", method=method)) for method in ("POST", "PUT", "OPTIONS", "X")}
    unread = {path for path, answer in answers.items() if _status(answer) == 400}
    assert all(" " in path or "é" in path for path in unread)  # these are no requests at all
    (told,) = {answer for path, answer in answers.items() if path not in unread}
    assert told.startswith(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n")
    assert told.endswith(b"\r\n\r\n")


HOSTS = [
    "evil.example", "evil.example:{port}", "127.0.0.1.evil.example:{port}", "127.0.0.1:1", "127.0.0.1", "localhost",
    "0.0.0.0:{port}", "[::1]:{port}", "", "127.0.0.1:{port}@evil.example", "evil.example@127.0.0.1:{port}",
    "127.0.0.1:{port}, evil.example", "127.0.0.1:0{port}",
]  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
def test_a_foreign_name_is_not_answered_even_with_the_token(server: Served, host: str) -> None:
    """A page elsewhere can have its own name lead here (DNS rebinding), and would then be of our origin."""
    answer = _request(server, f"/{server.token}/api/routines", host.format(port=server.port))
    assert _untold(answer) == _untold(_request(server, "/")) or _status(answer) == 400
    assert b"foot-massage" not in answer


def test_our_own_names_are_answered(server: Served) -> None:
    for host in (f"127.0.0.1:{server.port}", f"localhost:{server.port}", f"LOCALHOST:{server.port}"):
        assert _status(_request(server, f"/{server.token}/api/routines", host)) == 200


def test_two_names_or_none_are_not_answered(server: Served) -> None:
    path, own = f"/{server.token}/api/routines", f"127.0.0.1:{server.port}"
    assert _status(_request(server, path, more="Host: evil.example\r\n")) in (400, 404)
    assert _status(_request(server, path, "evil.example", more=f"X-Forwarded-Host: {own}\r\n")) == 404
    assert _status(exchange(server.port, f"GET {path} HTTP/1.0\r\n\r\n".encode())) == 404
    assert _status(exchange(server.port, f"GET http://{own}{path} HTTP/1.0\r\nHost: evil\r\n\r\n".encode())) == 404


TRICKS = [
    "../secret.txt", "../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd", "..\\..\\secret.txt",
    "%5c..%5csecret.txt", "....//secret.txt", "pieces/../../secret.txt", "pieces/..%2f..%2fsecret.txt",
    "pieces/%2e%2e.mp3", "pieces/../x.mp3", "pieces/x%00.mp3", "index.html%00.png", "/etc/passwd", "//etc/passwd",
    "file:///etc/passwd", "server.py", "gate.py", "__init__.py", "__pycache__", "page", ".", "./", "secret.txt",
    "tones.yaml", "C:/Windows/win.ini", "index.html/", "index.html/x", "api/kits/..", "api/kits/%2e%2e",
    "pieces/" + "0" * 32 + ".json", "pieces/" + "0" * 32 + ".mp3", "pieces/" + "A" * 32 + ".mp3",
    "pieces/" + "０" * 32 + ".mp3", "a" * 400, "api//routines", "api/routines/", "API/ROUTINES", ".git/config",
]  # fmt: skip


@pytest.mark.parametrize("trick", TRICKS)
def test_no_path_leads_outside(server: Served, trick: str) -> None:
    answer = _request(server, f"/{server.token}/{trick}")
    assert _status(answer) in (404, 400)
    assert not re.search(rb"SECRET|root:|import|voiceguide: 1|\[core\]", answer)


def test_every_answer_is_locked_down(server: Served) -> None:
    _, state = server.made("tones")
    asked = {
        path: server.ask(path) for path in ("", "api/routines", f"pieces/{state['kit']['pieces'][0]['id']}", "nothing")
    }
    asked["plan"] = server.wish("api/plan", "tones")
    asked["wrong"] = server.ask("api/plan", "POST", b"{")
    asked["method"] = server.ask("api/routines", "DELETE", {})
    for path, answer in asked.items():
        policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
        assert policy["default-src"] == "'none'", path
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
        assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "screen-wake-lock=(self)" in answer.headers["permissions-policy"]
        assert not {"server", "x-powered-by", "access-control-allow-origin", "set-cookie"} & answer.headers.keys()


@pytest.mark.parametrize(
    ("headers", "status", "sentence"),
    [
        ({"Origin": "http://evil.example"}, 403, "Cross-origin request refused."),
        ({"Origin": "null"}, 403, "Cross-origin request refused."),
        ({"Origin": "https://127.0.0.1"}, 403, "Cross-origin request refused."),
        ({"Sec-Fetch-Site": "cross-site"}, 403, "Cross-origin request refused."),
        ({"Sec-Fetch-Site": "same-site"}, 403, "Cross-origin request refused."),
        ({"content-type": "text/plain"}, 415, "The request must be JSON."),
        ({"content-type": "application/x-www-form-urlencoded"}, 415, "The request must be JSON."),
    ],
)
def test_another_page_cannot_have_us_do_something(
    server: Served, headers: dict[str, str], status: int, sentence: str
) -> None:
    for path in ("api/plan", "api/kit"):
        answer = server.ask(path, "POST", {"routine": "tones"}, **headers)
        assert (answer.status, answer.data) == (status, {"error": sentence})


def test_our_own_page_can(server: Served) -> None:
    own = {"Origin": f"http://127.0.0.1:{server.port}", "Sec-Fetch-Site": "same-origin"}
    assert server.ask("api/plan", "POST", {"routine": "tones"}, **own).status == 200


def test_other_methods_do_nothing(server: Served) -> None:
    for path in ("", "api/routines", "api/plan", "api/kits/x", "pieces/x"):
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "POST"):
            if (path, method) != ("api/plan", "POST"):
                answer = server.ask(path, method, {})
                assert (answer.status, answer.data) == (405, {"error": "Method not allowed."})
    assert server.ask("api/plan").status == server.ask("api/kit").status == 405


BODIES = [
    (b"", "The request is not valid JSON."),
    (b"{", "The request is not valid JSON."),
    (b"\xff\xfe{}", "The request is not valid JSON."),
    (b"[" * 60_000, "The request is not valid JSON."),
    (b'{"a":' * 10_000, "The request is not valid JSON."),
    (b'{"routine":"tones","overrides":{"total":' + b"9" * 50_000 + b"}}", "The request is not valid JSON."),
    (b"[]", "The request must be an object."),
    (b"null", "The request must be an object."),
    (b"{}", "The request does not name a routine."),
    (b'{"routine":7}', "routine must be plain text of at most 500 characters."),
    (b'{"routine":"' + b"x" * 501 + b'"}', "routine must be plain text of at most 500 characters."),
    (b'{"routine":"../secret"}', "This routine no longer exists. Choose one from the list."),
    (b'{"routine":"/etc/passwd"}', "This routine no longer exists. Choose one from the list."),
    (b'{"routine":"-"}', "This routine no longer exists. Choose one from the list."),
    (b'{"routine":"tones","file":"x"}', "The request has an unknown key. Known keys: routine, overrides."),
    (b'{"routine":"tones","overrides":[1]}', "overrides must be an object."),
    (b'{"routine":"tones","overrides":{"sets":"soak=1m"}}', "overrides.sets must be a list of at most 500 strings."),
    (
        b'{"routine":"tones","overrides":{"total":NaN}}',
        "overrides.total must be plain text of at most 500 characters.",
    ),
    (
        b'{"routine":"tones","overrides":{"skips":[["a"]]}}',
        "overrides.skips must be plain text of at most 500 characters.",
    ),
    (
        b'{"routine":"tones","overrides":{"skips":["\\u001b[2J"]}}',
        "overrides.skips must be plain text of at most 500 characters.",
    ),
    (
        json.dumps({"routine": "tones", "overrides": {"sets": ["a=1s"] * 501}}).encode(),
        "overrides.sets must be a list of at most 500 strings.",
    ),
]


@pytest.mark.parametrize(("body", "sentence"), BODIES, ids=range(len(BODIES)))
def test_a_body_that_is_no_wish_is_refused(server: Served, body: bytes, sentence: str) -> None:
    answer = server.ask("api/plan", "POST", body)
    assert (answer.status, answer.data) == (400, {"error": sentence})


FILES = [
    "/etc/passwd", "../secret.txt", "secret.txt", "./rain", "rain.mp3", "C:\\x.wav", "http://evil.example/x.mp3",
    "\\\\evil\\share", "concat:a|b", "pipe:0", "Rain", "rain ",
]  # fmt: skip


@pytest.mark.parametrize("file", FILES)
def test_a_phone_names_no_file(server: Served, file: str) -> None:
    """The person at the keyboard may, with --bed; whoever holds the phone may not."""
    answer = server.wish("api/kit", "tones", bed=file)
    sentence = f"No such bed. Available beds: {', '.join(BED_NAMES)}."
    assert (answer.status, answer.data) == (400, {"error": sentence})


@pytest.mark.parametrize("voice", ["hibari/emma", "emma", "command/x", "command", "nobody", "tone/nobody", "../x"])
def test_a_phone_fetches_no_voice_and_runs_no_command(server: Served, voice: str) -> None:
    answer = server.wish("api/kit", "tones", voice=voice)
    assert answer.status == 400
    assert answer.data["error"].startswith((f'The voice "{voice}" is not installed.', f'Unknown voice "{voice}".'))


def test_what_is_too_large_is_not_read(server: Served) -> None:
    large = server.ask("api/plan", "POST", b" " * 65_537)
    assert (large.status, large.data) == (413, {"error": "The request is larger than 64 kB."})
    head = (
        f"POST /{server.token}/api/plan HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\ncontent-type: application/json\r\n"
    )
    for length in ("99999999999999999999999", "1" * 5000, "-5", "5, 6", "0x10"):
        answer = exchange(server.port, f"{head}connection: close\r\ncontent-length: {length}\r\n\r\n{{}}".encode())
        assert _status(answer) in (413, 400), length
    chunks = b"10000\r\n" + b" " * 0x10000 + b"\r\n" + b"10\r\n" + b" " * 16 + b"\r\n0\r\n\r\n"
    answer = exchange(server.port, f"{head}transfer-encoding: chunked\r\nconnection: close\r\n\r\n".encode() + chunks)
    assert _status(answer) == 413


def test_a_head_without_end_is_cut_off(server: Served) -> None:
    head = b"GET / HTTP/1.1\r\n" + b"".join(b"x-%d: %s\r\n" % (number, b"y" * 200) for number in range(20_000))
    with (
        closing(socket.create_connection(("127.0.0.1", server.port), HANG_S)) as connection,
        pytest.raises((BrokenPipeError, ConnectionResetError)),
    ):
        connection.sendall(head)
    assert server.ask("api/routines").status == 200


GARBAGE = [
    b"\0" * 1000, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", b"\r\n\r\n\r\n", b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
    b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST / HTTP/1.1\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n",
]  # fmt: skip


def test_garbage_is_not_answered_with_anything_of_ours(server: Served) -> None:
    generator = random.Random(1)
    lines = [*GARBAGE, *(generator.randbytes(generator.randrange(1, 3000)) for _ in range(50))]
    for sent in lines:
        answer = exchange(server.port, sent, ends=True)
        assert _status(answer) in (0, 400, 404)
    assert server.ask("api/routines").status == 200


def test_an_upgrade_leads_nowhere(server: Served) -> None:
    more = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n"
    assert _status(_request(server, "/", more=more)) == 404
    assert _status(_request(server, f"/{server.token}/", more=more)) in (200, 404)


def test_fragments_of_a_token_are_not_told_by_the_time(server: Served) -> None:
    """A token that begins rightly is refused as fast as one that does not: `compare_digest` is what is asked."""
    import inspect

    from voiceguide.web.access_control import AccessControl

    assert "secrets.compare_digest(token, self._token)" in inspect.getsource(AccessControl)


def test_the_log_holds_no_token(tmp_path: Path, shared_cache: Path) -> None:
    """`serve -v` showed the whole address of each request. Whoever reads the log could open the page."""
    with served(tmp_path, shared_cache, "-v") as running:
        token = running.token
        running.ask("api/routines")
        asked = [
            f"/{token}/{token}", f"/{token}/?t={token}", f"/{token}", f"/x/{token}/", f"/?t={token}",
            f"/%{ord(token[0]):02x}{token[1:]}/", f"/{token[:-1]}/", f"/{token.swapcase()}/",
        ]  # fmt: skip
        for path in asked:
            _request(running, path)
        _request(running, f"/{token}/", "evil.example")
        _request(running, f"/{token}/", method=re.sub("[^A-Za-z0-9]", "", token))
        _, said = running.stop()
    shown = [line for line in said.splitlines() if line.startswith("127.0.0.1 ")]
    assert shown == [
        "127.0.0.1 GET /api/routines 200",
        "127.0.0.1 GET /(secret) 404",
        "127.0.0.1 GET / 200",
        *["127.0.0.1 GET (without the secret) 404"] * 7,
        "127.0.0.1 Other / 415",
    ]
    assert token[:8] not in said
    assert token[-8:] not in said


def test_titles_from_strangers_are_text(tmp_path: Path, shared_cache: Path) -> None:
    title = "</script><img src=x onerror=alert(1)> & %s 'x'"
    (tmp_path / "x.yaml").write_text(SCRIPT.replace("title: Tones", f'title: "{title}"'), encoding="utf-8")
    (tmp_path / "y\x1b[2J.yaml").write_text("voiceguide: 1\n", encoding="utf-8")
    with served(tmp_path, shared_cache) as running:
        answer = running.ask("api/routines")
        wait_for(lambda: "not listed" in "".join(running.messages))  # printed by a thread, after the answer
        _, said = running.stop()
    assert answer.headers["content-type"] == "application/json"
    assert answer.data[0]["title"] == title
    assert "\x1b" not in said
    assert "not listed: y\\x1b[2J.yaml:" in said


@pytest.fixture(autouse=True)
def workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker processes of the servers in this process are forks."""
    monkeypatch.setattr(worker_process, "subprocess", forking_subprocess())


@contextmanager
def _served_here(folder: Path) -> Iterator[Served]:
    """The same server in this process, where its limits can be set, but without openings, which would be made from
    nothing in an empty cache."""
    port = free_port()
    address = Address("127.0.0.1", port, "t" * 32)
    sockets = open_listening_sockets([address.host], port)
    extension = Extension(makes_openings=False)
    with serve_in_background(RoutineLibrary([folder]), [address], sockets, False, lambda sentence: None, extension):
        yield Served(address.url)


def _send_slowly(port: int, head: bytes, rest: bytes, begun: list[int]) -> int:
    """Send `head`, then `rest` again and again; how many bytes until the other end had enough."""
    sent = len(head)
    with closing(socket.create_connection(("127.0.0.1", port))) as connection:
        connection.settimeout(0.02)
        connection.sendall(head)
        begun.append(port)
        while not _is_closed(connection):
            try:
                connection.settimeout(0.02)
                connection.sendall(rest)
                sent += len(rest)
                connection.recv(4096)
            except TimeoutError:
                continue
            except (BrokenPipeError, ConnectionResetError):
                break
    return sent


@long
def test_clients_that_take_their_time_are_cut_off_and_hold_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them are connected while others ask. Then the limit is lowered, and each is cut off midway."""
    monkeypatch.setattr(connection_limits, "REQUEST_TIMEOUT_S", HANG_S)
    monkeypatch.setattr(connection_limits, "CHECK_INTERVAL_S", 0.05)
    with _served_here(tmp_path) as running:
        start = f"POST /{running.token}/api/plan HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\n".encode()
        body = start + b"content-type: application/json\r\ncontent-length: 60000\r\n\r\n"
        slow = [(start, b"x"), (b"GET / HTTP/1.1\r\nx: ", b"y"), (b"", b""), (b"", b"G"), (body, b" ")]
        begun: list[int] = []
        with ThreadPoolExecutor(50) as pool:
            waits = [pool.submit(_send_slowly, running.port, *parts, begun) for parts in slow * 10]
            wait_for(lambda: len(begun) == 50)
            assert [running.ask("api/routines").status for _ in range(10)] == [200] * 10
            assert not any(wait.done() for wait in waits)
            monkeypatch.setattr(connection_limits, "REQUEST_TIMEOUT_S", 0.0)
            sent = [wait.result() for wait in waits]
    assert all(count < len(body) + 60_000 for count in sent)


def test_a_crowd_of_connections_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest are dropped for the newest; those that are left, when their time is over."""
    monkeypatch.setattr(connection_limits, "REQUEST_TIMEOUT_S", HANG_S)
    monkeypatch.setattr(connection_limits, "CHECK_INTERVAL_S", 0.05)
    with _served_here(tmp_path) as running:
        crowd = [socket.create_connection(("127.0.0.1", running.port)) for _ in range(150)]
        bound = connection_limits.MAX_STRANGERS
        wait_for(lambda: all(map(_is_closed, crowd[:-bound])), "the oldest are still connected")
        assert not any(map(_is_closed, crowd[-bound:]))
        monkeypatch.setattr(connection_limits, "REQUEST_TIMEOUT_S", 0.0)
        wait_for(lambda: all(map(_is_closed, crowd)), "the crowd is still connected")
        monkeypatch.setattr(connection_limits, "REQUEST_TIMEOUT_S", HANG_S)
        assert running.ask("api/routines").status == 200
        for connection in crowd:
            connection.close()


def test_whoever_does_not_know_the_token_locks_nobody_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """130 slow connections were more than one computer may have, and the owner, on the same one, was refused."""
    monkeypatch.setattr(connection_limits, "REQUEST_TIMEOUT_S", HANG_S)
    with _served_here(tmp_path) as running:
        own = http.client.HTTPConnection("127.0.0.1", running.port)
        own.request("GET", f"/{running.token}/api/routines")
        assert own.getresponse().read()
        connected = own.sock
        strangers = []
        for number in range(connection_limits.MAX_CONNECTIONS + 30):
            strangers.append(socket.create_connection(("127.0.0.1", running.port)))
            strangers[-1].sendall(b"GET / HTTP/1.1\r\n" + b"\r\n" * (number % 2))  # half of them are answered
        wait_for(lambda: _is_closed(strangers[0]), "the oldest stranger is still connected")
        assert running.ask("").status == 200
        own.request("GET", f"/{running.token}/api/routines")
        assert own.getresponse().status == 200
        assert own.sock is connected  # not dropped, although it was the oldest of all
        own.close()
        for stranger in strangers:
            stranger.close()


def test_the_client_with_the_most_connections_loses_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a network, a crowd from one address does not drop what has just come from another."""
    if sys.platform != "linux":
        pytest.skip("other addresses of this computer")
    monkeypatch.setattr(connection_limits, "REQUEST_TIMEOUT_S", HANG_S)
    with _served_here(tmp_path) as running:
        where = ("127.0.0.1", running.port)
        quiet = socket.create_connection(where, source_address=("127.0.0.3", 0))
        crowd = [socket.create_connection(where) for _ in range(connection_limits.MAX_STRANGERS + 5)]
        wait_for(lambda: all(map(_is_closed, crowd[:6])), "the oldest are still connected")
        assert not _is_closed(quiet)
        for connection in (quiet, *crowd):
            connection.close()


def _is_closed(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True


def test_a_client_that_does_not_read_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It counted as one that does not send a request, and had ten seconds to read what had not yet been sent."""
    monkeypatch.setattr(connection_limits, "CHECK_INTERVAL_S", 0.05)
    monkeypatch.setattr(connection_limits, "REQUEST_TIMEOUT_S", HANG_S)
    monkeypatch.setenv("VOICEGUIDE_CACHE", str(tmp_path / "cache"))
    name, size = "0123" * 8, 6 << 20  # more than the system takes in
    with open_cache() as cache:
        KitStore(cache).put_frames(name, bytes(size))
    with _served_here(tmp_path) as running:
        path = f"pieces/{name}"
        monkeypatch.setattr(connection_limits, "READ_STALL_TIMEOUT_S", 0.0)
        lost = _lost_connections(monkeypatch)
        with closing(socket.socket()) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", running.port))
            head = f"GET /{running.token}/{path} HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\n\r\n"
            connection.sendall(head.encode())
            port = connection.getsockname()[1]
            wait_for(lambda: port in lost, "the server still waits")
            received = 0
            with contextlib.suppress(ConnectionResetError):
                while part := connection.recv(1 << 16):
                    received += len(part)
        assert 0 < received < size
        assert running.ask(path).status == 200


def _lost_connections(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The client ports of the connections that the server has closed, from now on."""
    lost: list[int] = []
    original = connection_limits.LimitedProtocol.connection_lost

    def connection_lost(self: connection_limits.LimitedProtocol, exc: Exception | None) -> None:
        original(self, exc)
        lost.append(self.client[1] if self.client else 0)

    monkeypatch.setattr(connection_limits.LimitedProtocol, "connection_lost", connection_lost)
    return lost


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_clients_that_break_off_leave_nothing_open(server: Served) -> None:
    _, state = server.made("tones")
    files = Path(f"/proc/{server.process.pid}/fd")
    server.ask(loop_path(state))
    before = len(list(files.iterdir()))
    head = f"GET /{server.token}/{loop_path(state)} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode()
    for number in range(60):
        connection = socket.create_connection(("127.0.0.1", server.port), HANG_S)
        connection.sendall(head)
        if number % 2:
            connection.recv(100)
        if number % 3 == 0:  # a reset instead of a farewell
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()
    wait_for(lambda: len(list(files.iterdir())) <= before + 2, "connections are still open")
    assert server.ask(loop_path(state)).status == 200


def test_a_script_from_a_stranger_reads_no_file_of_ours(tmp_path: Path, shared_cache: Path) -> None:
    """Scripts in the folder are read as any stranger's: what they name lies beside them, links followed."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "mine.wav").write_bytes(b"RIFF")
    (tmp_path / "scripts" / "link.wav").symlink_to(tmp_path / "mine.wav")
    named = {"a": "../mine.wav", "b": str(tmp_path / "mine.wav"), "c": "link.wav", "d": "/dev/zero"}
    for name, file in named.items():
        script = SCRIPT.replace("say: Both feet into the warm water.", f"audio: {file}")
        (tmp_path / "scripts" / f"{name}.yaml").write_text(script, encoding="utf-8")
    with served(tmp_path / "scripts", shared_cache) as running:
        answers: dict[str, Any] = {name: running.wish("api/kit", name) for name in named}
    for name, file in named.items():
        assert answers[name].status == 400
        assert answers[name].data["error"] == (
            f'{name}.yaml:12:29: stages[0].steps[0].audio: "{file}" is outside the script folder. '
            "Copy it into that folder, or allow access to its path."
        )


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_file_name_of_undecodable_bytes_is_listed_planned_and_prepared(tmp_path: Path, shared_cache: Path) -> None:
    """One such file in the folder, and the list answered 500: the page was empty."""
    folder = os.fsencode(tmp_path)
    for name, text in ((b"odd\xff", SCRIPT), (b"tab\t", SCRIPT), (b"broken\xfe", "voiceguide: 1\n")):
        Path(os.fsdecode(folder + b"/" + name + b".yaml")).write_text(text, encoding="utf-8")
    with served(tmp_path, shared_cache) as running:
        names = [routine["name"] for routine in running.ask("api/routines").data]
        assert names[:2] == ["odd\ufffd", "tab\ufffd"]
        for name in names[:2]:
            assert running.wish("api/plan", name).data["title"] == "Tones"
            _, state = running.made(name)
            assert state["state"] == "ready"
        broken = running.wish("api/plan", "broken\ufffd")
        assert broken.status == 400
        assert broken.data["error"].startswith("broken?.yaml:1:1: ")
        wrong = running.wish("api/plan", "odd\ufffd", sets=["soak=30"])
        assert wrong.data["error"] == '"30" has no unit. Write 30s for seconds or 30m for minutes.'
        wait_for(lambda: "not listed: broken" in "".join(running.messages))
        _, said = running.stop()
    assert "Traceback" not in said
