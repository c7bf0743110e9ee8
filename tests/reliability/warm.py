"""A process that has everything imported and forks a build for each order it reads, so that a thousand builds cost
minutes and not hours. An order and its answer are a line of JSON each.

The build is the real one: `voiceguide.cli.main.main` with its signals, its folders and its children. Only the half
second that Python takes to import it is saved.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Any

MARK = "VOICEGUIDE_TEST_RUN"
"""In the environment of a build and of all that it starts, by which they are found."""


def main() -> None:
    """Answer orders until there are no more."""
    import voiceguide.audio.mixer.mix
    import voiceguide.cli.commands.build
    import voiceguide.export.exporter
    import voiceguide.pipeline.override_options
    import voiceguide.pipeline.session_builder
    import voiceguide.script.loader
    import voiceguide.speech.engines.tone  # noqa: F401

    for number, line in enumerate(sys.stdin):
        print(json.dumps(run(json.loads(line), f"{os.getpid()}-{number}")), flush=True)


def run(order: dict[str, Any], mark: str) -> dict[str, Any]:
    """Fork a build, send it the wanted signal in its time, wait for its end, and look who is left."""
    began = time.monotonic()
    build = os.fork()
    if build == 0:
        _become(order, mark)
    asked = began
    if order.get("signal"):
        time.sleep(order["after_s"])
        asked = time.monotonic()
        with contextlib.suppress(ProcessLookupError):
            os.kill(build, order["signal"])
    _, status = os.waitpid(build, 0)
    ended = time.monotonic()
    left = _survivors(mark)
    return {
        "status": os.waitstatus_to_exitcode(status),
        "seconds": ended - began,
        "to_end_s": ended - asked,
        "left": left,
    }


def _become(order: dict[str, Any], mark: str) -> None:
    """The child: the command as a shell would start it."""
    status = 70
    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # until the command heeds signals, as while Python starts
        os.chdir(order["folder"])
        os.environ.update({**order.get("environment", {}), MARK: mark})
        for number, name in ((0, os.devnull), (1, "told.out"), (2, "told.err")):
            path = name if number == 0 else Path(order["told"]) / name
            os.dup2(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), number)
        sys.argv = ["voiceguide", *order["arguments"]]
        if order.get("largest_file"):
            resource.setrlimit(resource.RLIMIT_FSIZE, (order["largest_file"],) * 2)
        from voiceguide.cli.main import main as command

        try:
            command()
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _survivors(mark: str) -> list[str]:
    """What still runs of a build half a second after its end."""
    wanted = f"{MARK}={mark}".encode()
    left: list[str] = []
    for _ in range(25):
        left = [name for name in _children() if wanted in _environment(name).split(b"\0")]
        if not left:
            break
        time.sleep(0.02)
    return [Path("/proc", name, "cmdline").read_text().replace("\0", " ")[:200] for name in left if _alive(name)]


def _children() -> list[str]:
    return [name for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid() and _alive(name)]


def _alive(name: str) -> bool:
    with contextlib.suppress(OSError):
        return Path("/proc", name, "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def _environment(name: str) -> bytes:
    with contextlib.suppress(OSError):
        return Path("/proc", name, "environ").read_bytes()
    return b""


if __name__ == "__main__":
    main()
