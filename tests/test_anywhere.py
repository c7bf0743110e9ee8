"""The tests do not depend on who runs them, where, or how fast."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
CLOCKS = {"time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "process_time", "thread_time"}
MAY_COMPARE = {"support/timing.py"}
"""`benchmarks/` may compare clocks as well."""
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


def clock_comparisons(source: str) -> Iterator[int]:
    """Yield the lines that compare the reading of a clock, or a variable that was computed from one."""
    tree = ast.parse(source)
    computed: set[str] = set()

    def depends_on_clock(node: ast.AST) -> bool:
        return any(
            (
                isinstance(part, ast.Call)
                and isinstance(part.func, ast.Attribute)
                and part.func.attr in CLOCKS
                and isinstance(part.func.value, ast.Name)
                and part.func.value.id == "time"
            )
            or (isinstance(part, ast.Name) and part.id in computed)
            for part in ast.walk(node)
        )

    for _ in range(3):  # a variable can be computed from another
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and depends_on_clock(node.value):
                computed |= {
                    name.id for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name)
                }
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and depends_on_clock(node):
            yield node.lineno


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("import time\nstart = time.monotonic()\nwork()\nassert time.monotonic() - start < 1", [4]),
        ("import time\nstart = time.monotonic()\ntook = time.monotonic() - start\nassert took < 5", [4]),
        ("import time\nos.utime(file, (time.time() - 60,) * 2)\nassert file.exists() == True", []),
    ],
)
def test_a_comparison_with_a_clock_is_found(source: str, lines: list[int]) -> None:
    assert list(clock_comparisons(source)) == lines


def test_no_test_compares_a_clock() -> None:
    """A slow machine must not fail a test. tests/support/timing.py has `wait_for`, `assert_linear` and `CostWatch`."""
    found = [
        f"{path.relative_to(TESTS)}:{line}"
        for path in sorted(TESTS.rglob("*.py"))
        if path.parent.name != "benchmarks" and path.relative_to(TESTS).as_posix() not in MAY_COMPARE
        for line in clock_comparisons(path.read_text("utf-8"))
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
