"""The tests do not depend on who runs them, where, or how fast."""

from __future__ import annotations

import array
import ast
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

from tests.support.forked_commands import ForkServer
from tests.support.forked_processes import start_command
from tests.support.timing import wait_for

TESTS = Path(__file__).parent
CLOCKS = {
    "monotonic",
    "monotonic_ns",
    "perf_counter",
    "perf_counter_ns",
    "process_time",
    "process_time_ns",
    "thread_time",
}
ALLOWED = {
    "support/timing.py": "the limit of waiting, and ratios of two sizes in one run",
    "reliability/edits.py": "prints how long it took",
    "support/fork_server.py": "reports how long a build took",
    "reliability/honest.py": "prints how long it took",
    "reliability/soak.py": "prints how long it took",
}
SHORT_S = 60
"""A limit below this is one that a busy machine may reach."""
REPORT = """
import json, os, signal, tempfile
from pathlib import Path
from tests.support.environment import use_neutral_environment
use_neutral_environment(Path(tempfile.gettempdir()))
mask = os.umask(0)
names = ("HOME", "LC_ALL", "LC_TIME", "TZ", "PATH", "PYTHONUTF8", "VOICEGUIDE_FFMPEG", "VOICEGUIDE_KILLS")
print(json.dumps({**{name: os.environ.get(name) for name in names}, "umask": mask,
    "ignored": [s for s in ("SIGINT", "SIGHUP", "SIGTSTP") if signal.getsignal(getattr(signal, s)) == signal.SIG_IGN],
    "blocked": len(signal.pthread_sigmask(signal.SIG_BLOCK, ()))}))
"""


def test_no_test_compares_a_clock() -> None:
    """Wait for a condition with `tests.support.timing.wait_for`, or compare two sizes with `assert_linear`."""
    found = []
    for path in sorted(TESTS.rglob("*.py")):
        name = path.relative_to(TESTS).as_posix()
        if name in ALLOWED or name.startswith("benchmarks/"):
            continue
        found += [f"tests/{name}:{line}: {clock}" for line, clock in _clocks_in(path.read_text("utf-8"))]
    assert found == []


def _clocks_in(source: str) -> list[tuple[int, str]]:
    """Return the line and the name of each clock that a program reads or imports."""
    nodes = list(ast.walk(ast.parse(source)))
    read = [(node.lineno, node.attr) for node in nodes if isinstance(node, ast.Attribute)]
    imports = [node for node in nodes if isinstance(node, ast.ImportFrom) and node.module == "time"]
    read += [(node.lineno, alias.name) for node in imports for alias in node.names]
    return sorted((line, name) for line, name in read if name in CLOCKS or name == "*")


def test_a_clock_is_found_however_it_is_imported() -> None:
    source = "import time as t\nfrom time import monotonic as now, sleep\nt.perf_counter()\nfrom time import *\n"
    assert _clocks_in(source) == [(2, "monotonic"), (3, "perf_counter"), (4, "*")]


def test_only_a_hang_reaches_a_limit() -> None:
    """`timeout=20` fails on a busy machine: use `tests.support.timing.HANG_S`."""
    found = []
    for path in sorted(TESTS.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        limits = [
            keyword.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            for keyword in node.keywords
            if keyword.arg == "timeout"
        ]
        asserted = [
            node
            for statement in ast.walk(tree)
            if isinstance(statement, ast.Assert)
            for node in ast.walk(statement.test)
        ]
        limits += [
            node.args[0]
            for node in asserted
            if isinstance(node, ast.Call)
            and len(node.args) == 1
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("wait", "join")
        ]
        found += [
            f"tests/{path.relative_to(TESTS)}:{limit.lineno}"
            for limit in limits
            if isinstance(limit, ast.Constant) and isinstance(limit.value, (int, float)) and limit.value < SHORT_S
        ]
    assert found == []


def test_no_test_builds_the_environment_of_a_program_itself() -> None:
    """Use `child_environment` of tests/support/environment.py."""
    merged = "**os." + "environ"
    found = [
        str(path.relative_to(TESTS))
        for path in sorted(TESTS.rglob("*.py"))
        if path.parent.name != "benchmarks" and path.name != "environment.py" and merged in path.read_text("utf-8")
    ]
    assert found == []


@pytest.mark.skipif(os.name != "posix", reason="signals and permissions as POSIX has them")
def test_the_environment_of_the_caller_does_not_reach_the_tests(tmp_path: Path) -> None:
    """Tests failed under nohup, with umask 077, and with an unreadable folder in PATH."""
    hidden = tmp_path / "missing"
    variables = {
        "HOME": "/nonexistent",
        "LC_ALL": "de_DE.UTF-8",
        "LC_TIME": "de_DE.UTF-8",
        "TZ": "Pacific/Auckland",
        "PATH": f"{hidden}:/usr/bin:/bin",
        "PYTHONUTF8": "0",
        "VOICEGUIDE_FFMPEG": "/nonexistent",
        "VOICEGUIDE_KILLS": "3",
    }
    ignore = 'trap "" INT HUP TSTP; umask 077; exec "$@"'
    command = ["sh", "-c", ignore, "sh", sys.executable, "-c", REPORT]
    done = subprocess.run(command, env=variables, cwd=TESTS.parent, capture_output=True, text=True, check=True)
    report = json.loads(done.stdout)
    assert report.pop("HOME") != "/nonexistent"
    assert report == {
        "LC_ALL": "C.UTF-8",
        "LC_TIME": None,
        "TZ": "UTC",
        "PATH": "/usr/bin:/bin",
        "PYTHONUTF8": None,
        "VOICEGUIDE_FFMPEG": None,
        "VOICEGUIDE_KILLS": "3",
        "umask": 0o022,
        "ignored": [],
        "blocked": 0,
    }


def test_a_deprecation_in_our_code_is_an_error() -> None:
    """Python announces two versions ahead what it will remove."""
    with pytest.raises(DeprecationWarning, match="old"):
        warnings.warn_explicit("old", DeprecationWarning, "any.py", 1, module="voiceguide.cli.main")


@pytest.mark.skipif(sys.platform != "linux", reason="commands are forks only on Linux")
def test_a_command_may_end_before_its_start_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine, both answers of the fork server are there when the first one is read."""
    send = ForkServer._send

    def send_and_wait(server: ForkServer, order: dict[str, Any]) -> None:
        send(server, order)
        wait_for(lambda: _count_unread(server) > len('{"pid": 4194304}\n'))

    monkeypatch.setattr(ForkServer, "_send", send_and_wait)
    process = start_command("--version", **dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL))
    assert process.poll() == 0


def _count_unread(server: ForkServer) -> int:
    """Return how many bytes the server has sent that nobody has read."""
    import fcntl
    import termios

    count = array.array("i", [0])
    assert server._process.stdout is not None
    fcntl.ioctl(server._process.stdout, termios.FIONREAD, count)
    return count[0]
