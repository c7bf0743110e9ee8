"""Random input for every parser: each gives a valid result or our own error, quickly and with little memory.

`python -m tests.reliability.fuzz 1000000 100000` parses a million scripts and 100,000 inputs for each other grammar. A
third number is the first seed. Seeds that once found a bug are in FOUND, and the tests replay them.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.script.test_script_fuzz import mutated
from tests.support.timing import CostWatch
from voiceguide.errors import ScriptError
from voiceguide.script.loader import load_script
from voiceguide.script.model.inline_markup import (
    derive_step_name,
    find_pause_errors,
    find_placeholders,
    split_at_pauses,
)
from voiceguide.script.model.value_parsers import parse_step_position
from voiceguide.speech.text_normalization import has_speech, normalize_text, split_into_chunks
from voiceguide.units import MAX_SESSION_SAMPLES, DurationError, format_duration, parse_duration
from voiceguide.verification.mp3_integrity import check_mp3_frames

MAX_MEMORY_GROWTH_BYTES = 100 << 20
FOUND: dict[str, tuple[int, ...]] = {"script": (), "duration": (), "at": (), "text": (), "frames": (6, 55)}
"""Seeds per grammar whose input once gave something other than a valid result or our own error."""

_TIMES = [
    "90", "s", "m", "h", "min", ":", ".", "1", "30", "05", "60", " ", "-", "+", "e9", "half", "end", "left", "%", "/",
    "1/3", "0", "9" * 9, "9" * 400, "٣", "½", "²", "\u2009", "\t", "\n", "\0", "nan", "inf", "0x1F", "1_000", "seconds",
]  # fmt: skip
_WORDS = [
    "[2s]", "[", "]", "[2", "{side}", "{", "}", "{count} of {of}", "37–40 °C", "1:30", "30 s", "½", "1.", "Dr.", "e.g.",
    "…", "?!", "\n\n", "\u2028", "\u200b", "\x01", "\x00", "\ud800", "é", "e\u0301" * 30, "你好", "🦶🏽", "שלום",
    "a" * 99, "9" * 50, "1/0", "1/2", "2-3", "£5", "<b>", "&amp;", "%s", "\\", "'", '"', "`", "$(id)", "...", "- ",
]  # fmt: skip
_LANGUAGES = ["en", "en-US", "de", "es", "fr", "ja", "ru", "ar", "xx"]


def random_text(rng: random.Random, words: list[str], max_parts: int) -> str:
    """Return a random sequence of words, spaces and arbitrary characters."""
    parts = []
    for _ in range(rng.randint(0, max_parts)):
        kind = rng.randrange(8)
        parts.append(chr(rng.randrange(0x110000)) if kind == 0 else " " if kind == 1 else rng.choice(words))
    return "".join(parts)


def check_sentence(message: str) -> None:
    assert message[-1] in '.?"', message


def check_positions(error: ScriptError, lines: int) -> None:
    assert error.problems, "an error without a problem"
    assert all(1 <= problem.line <= lines and problem.column >= 1 for problem in error.problems), error


def check_script(seed: int) -> None:
    data = mutated(seed)
    try:
        load_script("fuzz.yaml", data)
    except ScriptError as error:
        check_positions(error, data.count(b"\n") + data.count(b"\r") + 2)


def check_duration(seed: int) -> None:
    text = random_text(random.Random(seed), _TIMES, 6)
    try:
        samples = parse_duration(text)
    except DurationError as error:
        check_sentence(str(error))
        return
    assert 0 <= samples <= MAX_SESSION_SAMPLES
    assert parse_duration(format_duration(samples)) == samples


def check_at(seed: int) -> None:
    text = random_text(random.Random(seed), _TIMES, 6)
    try:
        parse_step_position(text)
    except ValueError as error:
        check_sentence(str(error))


def check_text(seed: int) -> None:
    rng = random.Random(seed)
    text = random_text(rng, _WORDS, 12)
    find_pause_errors(text)
    find_placeholders(text)
    derive_step_name(text)
    split_at_pauses(text) if not find_pause_errors(text) else None
    normalized = normalize_text(text, rng.choice(_LANGUAGES), {"basin": "bay-sin"})
    assert "\n" not in normalized
    assert "\0" not in normalized
    has_speech(normalized)
    chunks = split_into_chunks(normalized, 200)
    assert "".join("".join(chunks).split()) == "".join(normalized.split()), "text was lost"


def check_frames(seed: int) -> None:
    rng = random.Random(seed)
    data = bytearray(_SESSION)
    for _ in range(rng.randint(0, 4)):
        position = rng.randrange(len(data) + 1)
        kind = rng.randrange(3)
        if kind == 0:
            data[position : position + 1] = bytes([rng.randrange(256)])
        elif kind == 1:
            del data[position : position + rng.randint(1, 2000)]
        else:
            data[position:position] = rng.randbytes(rng.randint(1, 50))
    _FILE.write_bytes(data if rng.random() < 0.9 else data[: rng.randrange(12)])
    start, failures = check_mp3_frames(_FILE, rng.choice([_TOTAL, 1, 10**9]), rng.choice([64, 128]), rng.choice([1, 2]))
    assert start >= 0
    assert all(failure.endswith(".") for failure in failures)


def _make_session() -> tuple[bytes, int]:
    """Return an MP3 of two seconds with valid frame headers but no audio data, and its length in samples."""
    from voiceguide.encode.mp3_frame_format import build_info_frame, frame_bytes, frames_for_samples

    total = 48_000 * 2
    tag = b"ID3\x03\x00\x00\x00\x00\x01\x00" + bytes(128)
    frame = b"\xff\xfb\x54\xc4" + bytes(frame_bytes(64) - 4)
    return tag + build_info_frame(total, 64, 1) + frame * frames_for_samples(total), total


_SESSION, _TOTAL = _make_session()
_FILE = Path(tempfile.gettempdir()) / f"voiceguide-fuzz-{random.SystemRandom().getrandbits(48):x}.mp3"
GRAMMARS: dict[str, Callable[[int], None]] = {
    "script": check_script,
    "duration": check_duration,
    "at": check_at,
    "text": check_text,
    "frames": check_frames,
}


def fuzz(grammar: str, seeds: range | tuple[int, ...]) -> None:
    """Check the inputs of these seeds.

    Raises:
        AssertionError: with the seed and the failure, or if an input takes disproportionately long.
    """
    check, watch = GRAMMARS[grammar], CostWatch()
    try:
        for seed in seeds:
            try:
                watch.run(partial(check, seed), f"{grammar}, seed {seed}")
            except Exception as error:
                raise AssertionError(f"{grammar}, seed {seed}: {type(error).__name__}: {error}") from error
    finally:
        _FILE.unlink(missing_ok=True)


def peak_memory_bytes() -> int:
    """Return the peak memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    """Check as many inputs as requested. Print a line for each grammar, and the failures. Continue after a failure."""
    scripts, others, first = (int(number) for number in [*sys.argv[1:], "0"][:3])
    for grammar in GRAMMARS:
        fuzz(grammar, (1,))
        memory_before, failures = peak_memory_bytes(), []
        count = scripts if grammar == "script" else others
        for seed in range(first, first + count):
            try:
                fuzz(grammar, (seed,))
            except AssertionError as error:
                failures.append(str(error))
        growth_mb = (peak_memory_bytes() - memory_before) >> 20
        print(f"{grammar}: {count} checked, {len(failures)} failed, {growth_mb:+d} MB")
        for line in failures[:20]:
            print("   ", ascii(line)[:400], flush=True)


if __name__ == "__main__":
    main()
