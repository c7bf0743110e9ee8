"""A process that imports voiceguide once and forks a command for each order. See `tests.support.forked_commands`.

An order and its answer are one line of JSON each. An order has the keys `arguments`, `environment`, `folder` and
`output`, and optionally `max_file_bytes`, `look_for_survivors`, and `signal` with `after_s`. With `terminal` instead of
`output`, the command runs on that terminal, and a line with its `pid` comes before the answer. So it does with
`streams`, the paths of standard input, output and error, `umask`, which is not changed if it is negative, and
`new_session`, which says whether the command leads a session of its own.

The build is the real one: `voiceguide.cli.main.main` with its signals, folders and child processes. It only saves the
half second that importing it takes.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import importlib
import importlib.util
import io
import json
import os
import resource
import signal
import sys
import tempfile
import termios
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import voiceguide
from voiceguide.cli.main import COMMANDS
from voiceguide.speech.text_normalization.normalize import normalize_text
from voiceguide.system.ffmpeg import ffmpeg_version

RUN_VARIABLE = "VOICEGUIDE_TEST_RUN"
"""Environment variable that identifies a build and all processes it starts."""
MODULES = (
    "PIL.BmpImagePlugin",
    "PIL.GifImagePlugin",
    "PIL.ImageDraw",
    "PIL.ImageFont",
    "PIL.JpegImagePlugin",
    "PIL.PngImagePlugin",
    "PIL.PpmImagePlugin",
    "click._textwrap",
    "difflib",
    "email.parser",
    "faulthandler",
    "font_manrope",
    "imageio_ffmpeg",
    *(["importlib.resources.readers"] if sys.version_info >= (3, 11) else []),
    "num2words",
    "numpy.fft",
    "numpy.ma",
    "numpy.random",
    "pkgutil",
    "platformdirs",
    "rich.cells",
    "soxr",
    "ssl",
    "urllib.request",
    "voiceguide.api",
    "voiceguide.audio.beds.loader",
    "voiceguide.audio.mixer.session_mix",
    "voiceguide.catalogue.run",
    "voiceguide.cli.commands.build",
    "voiceguide.cli.engine_output",
    "voiceguide.cli.main",
    "voiceguide.export.exporter",
    "voiceguide.export.sidecars",
    "voiceguide.export.single_step",
    "voiceguide.export.stage_files",
    "voiceguide.languages.en",
    "voiceguide.pipeline.bundled_routines",
    "voiceguide.pipeline.input_overwrite_check",
    "voiceguide.pipeline.override_options",
    "voiceguide.pipeline.session_builder",
    "voiceguide.script.loader",
    "voiceguide.speech.clip_processing",
    "voiceguide.speech.engines.command.engine",
    "voiceguide.speech.engines.hibari.engine",
    "voiceguide.speech.engines.kokoro.engine",
    "voiceguide.speech.engines.pico.engine",
    "voiceguide.speech.engines.piper.engine",
    "voiceguide.speech.engines.pyttsx3.engine",
    "voiceguide.speech.engines.tone",
    "voiceguide.speech.voice_languages",
    "voiceguide.verification.verifier",
    "wave",
    "xml.etree.ElementTree",
)
"""What the usual commands import while they run."""


def main() -> None:
    """Answer orders until stdin is closed."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # a process with several threads must not fork
    for module in (*MODULES, *(f"voiceguide.cli.commands.{name}" for name in COMMANDS)):
        importlib.import_module(module)
    normalize_text("Breathe in for 3 seconds.", "en")  # compiles regular expressions
    gc.freeze()  # so that no fork searches all of it for garbage when it ends
    ffmpeg_version()  # each command would start ffmpeg only to ask for it
    for number, line in enumerate(sys.stdin):
        print(json.dumps(run(json.loads(line), f"{os.getpid()}-{number}")), flush=True)


def run(order: dict[str, Any], run_id: str) -> dict[str, Any]:
    """Fork a build, send it the requested signal, wait for it, and look for processes that are still running."""
    started_s = time.monotonic()
    terminal = os.open(order["terminal"], os.O_RDWR | os.O_NOCTTY) if "terminal" in order else None
    build = os.fork()
    if build == 0:
        _run_build(order, run_id, terminal)
    if terminal is not None:
        os.close(terminal)
        print(json.dumps({"pid": build}), flush=True)
    signaled_s = started_s
    if order.get("signal"):
        time.sleep(order["after_s"])
        signaled_s = time.monotonic()
        with contextlib.suppress(ProcessLookupError):
            os.kill(build, order["signal"])
    _, status = os.waitpid(build, 0)
    ended_s = time.monotonic()
    return {
        "status": os.waitstatus_to_exitcode(status),
        "seconds": ended_s - started_s,
        "stop_s": ended_s - signaled_s,
        "survivors": _survivors(run_id) if order.get("look_for_survivors") else [],
    }


def _run_build(order: dict[str, Any], run_id: str, terminal: int | None) -> None:
    """Run the command in the forked child as a shell would."""

    def run() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # until the command installs its own handlers
        use_place(order["folder"], {**order["environment"], RUN_VARIABLE: run_id})
        if terminal is not None:
            _use_terminal(terminal)
        elif "streams" in order:
            _use_streams(order["streams"], order["new_session"], order["umask"])
        else:
            for number, name in ((0, os.devnull), (1, "stdout"), (2, "stderr")):
                path = name if number == 0 else Path(order["output"]) / name
                os.dup2(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), number)
        main_module = sys.modules["__main__"]
        main_module.__package__ = "voiceguide"  # which click shows in the usage
        main_module.__spec__ = importlib.util.find_spec("voiceguide.__main__")  # which multiprocessing imports
        sys.argv = [str(Path(voiceguide.__file__).with_name("__main__.py")), *order["arguments"]]
        if order.get("max_file_bytes"):
            resource.setrlimit(resource.RLIMIT_FSIZE, (order["max_file_bytes"],) * 2)
        importlib.import_module("voiceguide.cli.main").main()

    run_and_exit(run)


def use_place(folder: str, environment: Mapping[str, str]) -> None:
    """Give this process, a fork, the working directory and the environment of a new one."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None  # look at TMPDIR again
    time.tzset()


def run_and_exit(run: Callable[[], object]) -> NoReturn:
    """End this process, a fork, as Python ends after its main module."""
    status = 70
    try:
        run()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _use_terminal(terminal: int) -> None:
    """Make this process the leader of a terminal, as a login does."""
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    for number in (0, 1, 2):
        os.dup2(terminal, number)
    os.close(terminal)
    for stream in (sys.stdout, sys.stderr):
        assert isinstance(stream, io.TextIOWrapper)
        stream.reconfigure(line_buffering=True)


def _use_streams(paths: Sequence[str], new_session: bool, umask: int) -> None:
    """Use these files or pipes as standard input, output and error, and then tell that the command starts."""
    if new_session:
        os.setsid()
    if umask >= 0:
        os.umask(umask)
    opened = [os.open(path, os.O_WRONLY if number else os.O_RDONLY) for number, path in enumerate(paths)]
    print(json.dumps({"pid": os.getpid()}), flush=True)
    for number, file in enumerate(opened):
        os.dup2(file, number)
        os.close(file)
    # The old one is in the middle of reading the orders.
    sys.stdin = open(0, encoding=sys.stdin.encoding, errors=sys.stdin.errors, closefd=False)  # noqa: SIM115


def _survivors(run_id: str) -> list[str]:
    """Return the command lines of processes that still run half a second after the end of their build."""
    variable = f"{RUN_VARIABLE}={run_id}".encode()
    pids: list[str] = []
    for _ in range(25):
        pids = [pid for pid in _other_processes() if variable in _environment(pid).split(b"\0")]
        if not pids:
            break
        time.sleep(0.02)
    return [Path("/proc", pid, "cmdline").read_text().replace("\0", " ")[:200] for pid in pids if _is_running(pid)]


def _other_processes() -> list[str]:
    return [name for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid() and _is_running(name)]


def _is_running(pid: str) -> bool:
    with contextlib.suppress(OSError):
        return Path("/proc", pid, "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def _environment(pid: str) -> bytes:
    with contextlib.suppress(OSError):
        return Path("/proc", pid, "environ").read_bytes()
    return b""


if __name__ == "__main__":
    main()
