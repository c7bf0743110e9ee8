"""Two thousand random inputs for each reader of words and bytes, and those that once found something."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.reliability.builds import ROOT
from tests.reliability.fuzz import FOUND, GRAMMARS, LONGEST_S, MOST_MORE_BYTES, fuzz, memory_bytes

FIRST = 50_000_000
COUNT = 2_000


@pytest.mark.parametrize("grammar", GRAMMARS)
def test_random_input_gives_our_answer_or_our_error(grammar: str) -> None:
    fuzz(grammar, (1,))
    before = memory_bytes()
    assert fuzz(grammar, range(FIRST, FIRST + COUNT)) < LONGEST_S
    assert memory_bytes() - before < MOST_MORE_BYTES


@pytest.mark.parametrize("grammar", FOUND)
def test_what_once_found_something_does_so_no_more(grammar: str) -> None:
    assert fuzz(grammar, FOUND[grammar]) < LONGEST_S


def test_the_long_form_runs() -> None:
    command = [sys.executable, "-m", "tests.reliability.fuzz", "3", "2", "7"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert [line.split(", ")[:2] for line in done.stdout.splitlines()] == [
        [f"{grammar}: {3 if grammar == 'script' else 2} read", "0 wrong"] for grammar in GRAMMARS
    ]
