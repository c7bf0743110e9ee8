"""No test depends on how fast the machine is: only the files below read a clock."""

from __future__ import annotations

import ast
from pathlib import Path

TESTS = Path(__file__).parents[1]
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
    "reliability/fork_server.py": "reports how long a build took",
    "reliability/honest.py": "prints how long it took",
    "reliability/soak.py": "prints how long it took",
}


def test_no_test_compares_a_clock() -> None:
    """Wait for a condition with `tests.support.timing.wait_for`, or compare two sizes with `assert_linear`."""
    found = []
    for path in sorted(TESTS.rglob("*.py")):
        name = path.relative_to(TESTS).as_posix()
        if name in ALLOWED or name.startswith("benchmarks/"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in CLOCKS:
                found.append(f"tests/{name}:{node.lineno}: {node.attr}")
    assert found == []
