"""Every reader of words and bytes under random input: our own answer or our own error, soon, and in little memory.

`python -m tests.reliability.fuzz 1000000 100000` reads so many scripts, and of each of the other grammars so many;
a third number is the first seed. Seeds that found something are kept in FOUND and replayed with every run.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.script.test_script_fuzz import mutated
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

LONGEST_S = 0.1
MOST_MORE_BYTES = 100 << 20
FOUND: dict[str, tuple[int, ...]] = {"script": (), "duration": (), "at": (), "text": (), "frames": (6, 55)}
"""Seeds by grammar whose input once gave anything but our answer or our error."""

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


def pieces(dice: random.Random, words: list[str], most: int) -> str:
    """Some words, spaces and characters of any kind, together."""
    some = []
    for _ in range(dice.randint(0, most)):
        kind = dice.randrange(8)
        some.append(chr(dice.randrange(0x110000)) if kind == 0 else " " if kind == 1 else dice.choice(words))
    return "".join(some)


def whole_sentence(message: str) -> None:
    assert message[-1] in '.?"', message


def placed(error: ScriptError, lines: int) -> None:
    assert error.problems, "an error without a problem"
    assert all(1 <= problem.line <= lines and problem.column >= 1 for problem in error.problems), error


def one_script(seed: int) -> None:
    data = mutated(seed)
    try:
        load_script("fuzz.yaml", data)
    except ScriptError as error:
        placed(error, data.count(b"\n") + data.count(b"\r") + 2)


def one_duration(seed: int) -> None:
    text = pieces(random.Random(seed), _TIMES, 6)
    try:
        samples = parse_duration(text)
    except DurationError as error:
        whole_sentence(str(error))
        return
    assert 0 <= samples <= MAX_SESSION_SAMPLES
    assert parse_duration(format_duration(samples)) == samples


def one_at(seed: int) -> None:
    text = pieces(random.Random(seed), _TIMES, 6)
    try:
        parse_step_position(text)
    except ValueError as error:
        whole_sentence(str(error))


def one_text(seed: int) -> None:
    dice = random.Random(seed)
    text = pieces(dice, _WORDS, 12)
    find_pause_errors(text)
    find_placeholders(text)
    derive_step_name(text)
    split_at_pauses(text) if not find_pause_errors(text) else None
    said = normalize_text(text, dice.choice(_LANGUAGES), {"basin": "bay-sin"})
    assert "\n" not in said
    assert "\0" not in said
    has_speech(said)
    assert "".join("".join(split_into_chunks(said, 200)).split()) == "".join(said.split()), "words were lost"


def one_frames(seed: int) -> None:
    dice = random.Random(seed)
    data = bytearray(_SESSION)
    for _ in range(dice.randint(0, 4)):
        at = dice.randrange(len(data) + 1)
        kind = dice.randrange(3)
        if kind == 0:
            data[at : at + 1] = bytes([dice.randrange(256)])
        elif kind == 1:
            del data[at : at + dice.randint(1, 2000)]
        else:
            data[at:at] = dice.randbytes(dice.randint(1, 50))
    _FILE.write_bytes(data if dice.random() < 0.9 else data[: dice.randrange(12)])
    begin, faults = check_mp3_frames(
        _FILE, dice.choice([_TOTAL, 1, 10**9]), dice.choice([64, 128]), dice.choice([1, 2])
    )
    assert begin >= 0
    assert all(fault.endswith(".") for fault in faults)


def _session() -> tuple[bytes, int]:
    """The bytes that a session of some seconds has where only its frames are looked at."""
    from voiceguide.encode.mp3_frames import build_info_frame, frame_bytes, frames_for_samples

    total = 48_000 * 2
    tag = b"ID3\x03\x00\x00\x00\x00\x01\x00" + bytes(128)
    frame = b"\xff\xfb\x54\xc4" + bytes(frame_bytes(64) - 4)
    return tag + build_info_frame(total, 64, 1) + frame * frames_for_samples(total), total


_SESSION, _TOTAL = _session()
_FILE = Path(tempfile.gettempdir()) / f"voiceguide-fuzz-{random.SystemRandom().getrandbits(48):x}.mp3"
GRAMMARS: dict[str, Callable[[int], None]] = {
    "script": one_script,
    "duration": one_duration,
    "at": one_at,
    "text": one_text,
    "frames": one_frames,
}


def fuzz(grammar: str, seeds: range | tuple[int, ...]) -> float:
    """Read the inputs of these seeds; the longest that one took, in seconds of processor time.

    Raises:
        AssertionError: naming the seed, with whatever was wrong.
    """
    read, longest_s = GRAMMARS[grammar], 0.0
    try:
        for seed in seeds:
            began = time.process_time()
            try:
                read(seed)
            except Exception as error:
                raise AssertionError(f"{grammar}, seed {seed}: {type(error).__name__}: {error}") from error
            longest_s = max(longest_s, time.process_time() - began)
    finally:
        _FILE.unlink(missing_ok=True)
    return longest_s


def memory_bytes() -> int:
    """The most that this process has had at any time."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    """As many as asked for, told one grammar a line; what is found is told and does not end the run."""
    scripts, others, first = (int(number) for number in [*sys.argv[1:], "0"][:3])
    for grammar in GRAMMARS:
        fuzz(grammar, (1,))
        before, found, longest_s = memory_bytes(), [], 0.0
        count = scripts if grammar == "script" else others
        for seed in range(first, first + count):
            try:
                longest_s = max(longest_s, fuzz(grammar, (seed,)))
            except AssertionError as error:
                found.append(str(error))
        more = (memory_bytes() - before) >> 20
        print(f"{grammar}: {count} read, {len(found)} wrong, {longest_s * 1000:.0f} ms at the most, {more} MB more")
        for line in found[:20]:
            print("   ", ascii(line)[:400], flush=True)


if __name__ == "__main__":
    main()
