"""A thousand random inputs for each parser, and those that once found a bug."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.reliability.builds import ROOT
from tests.reliability.fuzz import FOUND, GRAMMARS, MAX_MEMORY_GROWTH_BYTES, fuzz, peak_memory_bytes

FIRST_SEED = 50_000_000
COUNT = 1_000


@pytest.mark.parametrize("grammar", GRAMMARS)
def test_random_input_gives_a_result_or_our_own_error(grammar: str) -> None:
    fuzz(grammar, (1,))
    memory_before = peak_memory_bytes()
    fuzz(grammar, range(FIRST_SEED, FIRST_SEED + COUNT))
    assert peak_memory_bytes() - memory_before < MAX_MEMORY_GROWTH_BYTES


@pytest.mark.parametrize("grammar", FOUND)
def test_bugs_found_earlier_stay_fixed(grammar: str) -> None:
    fuzz(grammar, FOUND[grammar])


def test_the_command_line_runs() -> None:
    command = [sys.executable, "-m", "tests.reliability.fuzz", "3", "2", "7"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert [line.split(", ")[:2] for line in result.stdout.splitlines()] == [
        [f"{grammar}: {3 if grammar == 'script' else 2} checked", "0 failed"] for grammar in GRAMMARS
    ]
