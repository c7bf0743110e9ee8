"""`voiceguide serve` as a child process on a real port, with an HTTP client and raw socket access."""

from __future__ import annotations

import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.environment import child_environment
from tests.support.forked_servers import ForkedProcess, can_fork
from tests.support.timing import HANG_S, wait_for

__all__ = ["PROGRAM", "Answer", "Served", "exchange", "loop_path", "served"]

SCRIPT = """\
voiceguide: 1
title: Tones
description: Short, for tests.
voice: tone
chime: none
variants:
  short: {total: 30s}
stages:
  - stage: Soak
    tags: [water]
    steps:
      - {step: soak, say: Both feet into the warm water., for: 20s, max: 2m}
  - stage: Stroke
    bed: rain
    steps:
      - {step: strokes, say: Long strokes from the toes to the ankle., for: 25s, max: 2m}
"""


MAX_OPENINGS = 3
PROGRAM = """\
from voiceguide.cli.main import main
from voiceguide.web.services import prerender_openings
prerender_openings.MAX_OPENINGS = {openings}
main()
"""
"""`python -m voiceguide`, except that openings are made in advance only for a few scripts of the served folder, which
come first. Those of all bundled routines take half a minute of processor time."""


def loop_path(state: dict[str, Any]) -> str:
    """The path of the largest loop of a kit, a megabyte for a bed of one minute."""
    loop: dict[str, Any] = max(state["kit"]["loops"], key=lambda loop: loop["count"])
    return f"pieces/{loop['id']}"


@dataclass(frozen=True)
class Answer:
    """The response to one request."""

    status: int
    headers: Mapping[str, str]
    """Keys are lower case."""
    body: bytes

    @property
    def data(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Served:
    """A running server. `url` ends with the token and a slash. `shown` are the lines it has printed so far.

    `messages` are the lines it has printed to stderr so far. `stop` waits for the last one.
    """

    def __init__(self, url: str, process: Any = None, shown: list[str] | None = None) -> None:
        match = re.fullmatch(r"(http://([\d.]+):(\d+)/([\w-]+)/)(studio/)?", url)
        assert match, url
        self.url = match[1]
        self.host, self.port, self.token = match[2], int(match[3]), match[4]
        self.shown = [] if shown is None else shown
        self.messages: list[str] = []
        self._process = process
        self._reader = threading.Thread(target=self._collect_messages, daemon=True)
        if process:
            self._reader.start()

    def _collect_messages(self) -> None:
        assert self.process.stderr is not None
        self.messages.extend(self.process.stderr)

    @property
    def process(self) -> Any:
        """The server process, a Popen or a ForkedProcess. Only available if `served` started it."""
        assert self._process is not None
        return self._process

    def ask(self, path: str, method: str = "GET", body: Any = None, **headers: str) -> Answer:
        """Send a request for a path below the token. A `body` is sent as JSON unless it is bytes.

        Underscores in header names become hyphens.
        """
        all_headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            all_headers = {"content-type": "application/json", **all_headers}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=HANG_S)
        try:
            data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
            connection.request(method, f"/{self.token}/{path}", data, all_headers)
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def wish(self, address: str, routine: str, **overrides: Any) -> Answer:
        """POST a session request to `api/plan` or `api/kit`."""
        return self.ask(address, "POST", {"routine": routine, "overrides": overrides})

    def made(self, routine: str, **overrides: Any) -> tuple[str, dict[str, Any]]:
        """Make a kit and wait until it succeeds or fails. Return its ID and its final status."""
        session_id = self.wish("api/kit", routine, **overrides).data["id"]

        def final_status() -> dict[str, Any] | None:
            status: dict[str, Any] = self.ask(f"api/kits/{session_id}").data
            is_draft = status.get("state") == "ready" and status["kit"]["draft"]
            return None if status.get("state") == "making" or is_draft else status

        return session_id, wait_for(final_status, f"{session_id} is never ready", poll_s=0.05)

    def stop(self, number: int = signal.SIGINT) -> tuple[int, str]:
        """Send a signal and wait. Return the exit status and what was printed to stderr."""
        self.process.send_signal(number)
        self.process.wait(HANG_S)
        self._reader.join(HANG_S)
        return self.process.returncode, "".join(self.messages)


@contextmanager
def served(
    folder: Path | None,
    cache: Path,
    *options: str,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
    name: str = "serve",
) -> Iterator[Served]:
    """Serve a folder on a free port until the end of the `with` block. `name` is the command: `serve` or `edit`.

    The server is a fork of a process that has it loaded, and so are its workers, unless `environment` changes how
    Python starts.
    """
    openings = min(len(list((folder or cwd or Path()).glob("*.y*ml"))), MAX_OPENINGS)
    arguments = [name, *([str(folder)] if folder else []), *options]
    if "--port" not in options:
        arguments += ["--port", str(free_port())]
    where = cwd or (folder if folder and folder.is_dir() else None)
    variables = child_environment({"VOICEGUIDE_CACHE": str(cache), **(environment or {})})
    process: Any
    if can_fork(variables):
        order = {"command": arguments, "openings": openings, "environment": variables}
        process = ForkedProcess({**order, "folder": str(where or Path.cwd())})
    else:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM.format(openings=openings), *arguments],
            cwd=where,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    try:
        yield _started(process)
    finally:
        process.kill()
        process.wait()


def _started(process: Any) -> Served:
    """Wait until the server has printed its address. A thread collects the lines after that."""
    assert process.stdout is not None
    shown: list[str] = []
    timer = threading.Timer(HANG_S, process.kill)
    timer.start()
    for line in process.stdout:
        shown.append(line.rstrip("\n"))
        if match := re.search(r"http://\S+/", line):
            timer.cancel()
            threading.Thread(target=lambda: shown.extend(process.stdout or ()), daemon=True).start()
            return Served(match[0], process, shown)
    raise AssertionError(process.communicate()[1])


def free_port() -> int:
    """Return the number of an unused port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def exchange(port: int, sent: bytes, ends: bool = False) -> bytes:
    """Send raw bytes and return everything received until the server closes the connection.

    With `ends`, the sending side is shut down after `sent`. A response that is not ready by then is lost.
    """
    with socket.create_connection(("127.0.0.1", port), HANG_S) as connection:
        connection.sendall(sent)
        if ends:
            connection.shutdown(socket.SHUT_WR)
        received = b""
        while data := connection.recv(65536):
            received += data
        return received
