"""Arbitrary bytes as a script give a routine or a ScriptError with a position for every problem, quickly."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.support.long_forms import few
from voiceguide.errors import ScriptError
from voiceguide.script.loader import Script, load_script
from voiceguide.script.parsing.yaml_reader import parse_yaml

SEED = (Path(__file__).parents[1] / "data" / "good_scripts" / "design.yaml").read_bytes()
PUNCTUATION = list(b"[]{}:#&*!|>'\"%@`,?-\n\t \\~=<\x00\xff\xe9")
SNIPPETS = [
    b"1:30", b"010", b"yes", b"null", b"~", b".nan", b"2024-13-45", b"<<: *a", b"&a ", b"*a", b"!!int 3", b"--- ",
    b"...", b"? ", b"- ", b": ", b"{side}", b"{", b"}", b"[2s]", b"[2", b"each: ", b"every: 1s", b"repeat: 1000",
    b"\xef\xbb\xbf",
    b"\xff\xfe", "\u2028".encode(), "\x85".encode(), "é".encode("latin-1"), b"\r", b"\r\n", b"\"\\ud800\"", b"9" * 400,
    b"for: 9999999999999h", b"stages:", b"stage: ", b"steps: []", b"|2", b">-", b"[" * 30, b"{a: " * 12, b"%YAML 9.9\n",
]  # fmt: skip


def mutated(seed: int) -> bytes:
    """Return the example script with a few random edits. The same seed gives the same edits."""
    rng = random.Random(seed)
    data = bytearray(SEED)
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(data) + 1)
        kind = rng.randrange(6)
        if kind == 0:
            data[at : at + 1] = bytes([rng.choice(PUNCTUATION)])
        elif kind == 1:
            data[at:at] = rng.choice(SNIPPETS)
        elif kind == 2:
            del data[at : at + rng.randint(1, 60)]
        elif kind == 3:
            source = rng.randrange(len(data) + 1)
            data[at:at] = data[source : source + rng.randint(1, 300)]
        elif kind == 4:
            data[at:at] = bytes(rng.randrange(32, 127) for _ in range(rng.randint(1, 4)))
        else:
            lines = bytes(data).split(b"\n")
            rng.shuffle(lines) if rng.random() < 0.1 else lines.pop(rng.randrange(len(lines)))
            data = bytearray(b"\n".join(lines))
    return bytes(data)


def outcome(data: bytes) -> Script | ScriptError:
    try:
        return load_script("fuzz.yaml", data)
    except ScriptError as error:
        return error


def check(data: bytes) -> Script | ScriptError:
    result = outcome(data)
    if isinstance(result, ScriptError):
        lines = data.count(b"\n") + data.count(b"\r") + 1
        assert result.problems
        for problem in result.problems:
            assert 1 <= problem.line <= lines + 1, (problem, data)
            assert problem.column >= 1
            assert problem.message.endswith((".", "?", '"')), problem
            assert "Value error" not in problem.message
            assert "Input should" not in problem.message
    return result


@pytest.mark.parametrize("block", few(3, range(10)))
def test_mutated_scripts_load_or_give_a_script_error(block: int) -> None:
    results = [check(mutated(seed)) for seed in range(block * 150, block * 150 + 150)]
    assert any(isinstance(result, ScriptError) for result in results)
    assert any(isinstance(result, Script) for result in results), (
        "if no script loads, the mutations are too strong to test much"
    )


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=300))
def test_any_bytes_give_our_error(data: bytes) -> None:
    assert isinstance(check(data), ScriptError)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([bytes([byte]) for byte in PUNCTUATION] + SNIPPETS), max_size=40).map(b"".join))
def test_yaml_punctuation_loads_or_gives_a_script_error(data: bytes) -> None:
    check(data)


@settings(max_examples=300, deadline=None)
@given(st.integers(min_value=10**6, max_value=10**7))
def test_both_parsers_read_the_same(seed: int) -> None:
    """If both of PyYAML's parsers read a script, they give the same tree and the same problems."""
    data = mutated(seed)
    try:
        c_result, python_result = (parse_yaml(data, "f", parser) for parser in (yaml.CSafeLoader, yaml.SafeLoader))
    except ScriptError:
        return
    if c_result.root is not None and python_result.root is not None:
        assert c_result.root == python_result.root
        assert c_result.problems == python_result.problems
