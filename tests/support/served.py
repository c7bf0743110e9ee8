"""`voiceguide serve` as a real child process on a real port, and how to talk to it: politely, or over a socket."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Answer", "Served", "exchange", "served"]

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
      - {step: soak, say: Both feet into the warm water., for: 20s}
  - stage: Stroke
    bed: rain
    steps:
      - {step: strokes, say: Long strokes from the toes to the ankle., for: 25s}
"""


@dataclass(frozen=True)
class Answer:
    """What came back for one request."""

    status: int
    headers: Mapping[str, str]
    """By name in lower case."""
    body: bytes

    @property
    def data(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Served:
    """A server that runs. `url` ends in the token and a slash; `shown` are the lines that it has printed."""

    def __init__(self, url: str, process: subprocess.Popen[str] | None = None, shown: list[str] | None = None) -> None:
        match = re.fullmatch(r"http://([\d.]+):(\d+)/([\w-]+)/", url)
        assert match, url
        self.url = url
        self.host, self.port, self.token = match[1], int(match[2]), match[3]
        self.shown = [] if shown is None else shown
        self._process = process

    @property
    def process(self) -> subprocess.Popen[str]:
        """Where it runs in one of its own."""
        assert self._process is not None
        return self._process

    def ask(self, path: str, method: str = "GET", body: Any = None, **headers: str) -> Answer:
        """One request behind the token; a `body` is sent as JSON. Underscores in header names become hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            named = {"content-type": "application/json", **named}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            sent = body if isinstance(body, bytes | None) else json.dumps(body).encode()
            connection.request(method, f"/{self.token}/{path}", sent, named)
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def wish(self, address: str, routine: str, **overrides: Any) -> Answer:
        """POST a wish to `api/plan` or `api/build`."""
        return self.ask(address, "POST", {"routine": routine, "overrides": overrides})

    def made(self, routine: str, **overrides: Any) -> tuple[str, dict[str, Any]]:
        """Have a session made, and wait for how that ends: its name and its state."""
        name = self.wish("api/build", routine, **overrides).data["id"]
        deadline_s = time.monotonic() + 60
        while time.monotonic() < deadline_s:
            state = self.ask(f"api/sessions/{name}").data
            if state.get("state") != "making":
                return name, state
            time.sleep(0.05)
        raise AssertionError(f"{name} is not ready after a minute")

    def stop(self, number: int = signal.SIGINT) -> tuple[int, float, str]:
        """End it: its status, the seconds it took, and what it said on stderr."""
        began_s = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(20)
        took_s = time.monotonic() - began_s
        assert self.process.stderr is not None
        return self.process.returncode, took_s, self.process.stderr.read()


@contextmanager
def served(
    folder: Path | None,
    cache: Path,
    *options: str,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Served]:
    """Serve a folder on a port of its own, until the context ends."""
    command = [sys.executable, "-m", "voiceguide", "serve", *([str(folder)] if folder else []), *options]
    if "--port" not in options:
        command += ["--port", str(free_port())]
    process = subprocess.Popen(
        command,
        cwd=cwd or folder,
        env={**os.environ, "VOICEGUIDE_CACHE": str(cache), **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield _started(process)
    finally:
        process.kill()
        process.communicate()


def _started(process: subprocess.Popen[str]) -> Served:
    """The server once it has shown its address; its remaining lines are collected."""
    assert process.stdout is not None
    shown: list[str] = []
    patience = threading.Timer(60, process.kill)
    patience.start()
    for line in process.stdout:
        shown.append(line.rstrip("\n"))
        if match := re.search(r"http://\S+/", line):
            patience.cancel()
            threading.Thread(target=lambda: shown.extend(process.stdout or ()), daemon=True).start()
            return Served(match[0], process, shown)
    raise AssertionError(process.communicate()[1])


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def exchange(port: int, sent: bytes, ends: bool = False) -> bytes:
    """Send bytes as they are, and read until the other end closes. With `ends` nothing more can come from us, which is
    said; an answer that is still being thought about then is lost."""
    with socket.create_connection(("127.0.0.1", port), 15) as connection:
        connection.sendall(sent)
        if ends:
            connection.shutdown(socket.SHUT_WR)
        received = b""
        while part := connection.recv(65536):
            received += part
        return received
