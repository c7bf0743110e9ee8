"""Random edits of scripts: the data is as edited, and every other line and comment is as before.

`python -m tests.reliability.script_edits 10000` makes ten thousand edits of the bundled scripts and of 200 odd ones.
A second number is the first seed.
"""

from __future__ import annotations

import copy
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.support.edit_windows import LINE_END, LOADER, at, comments_of, lines_of, unchanged_outside, windows
from tests.support.odd_scripts import odd_script
from voiceguide.errors import ScriptError
from voiceguide.script.editing import Copy, EditError, Insert, Move, Operation, Remove, Set, apply, tree
from voiceguide.script.parsing.yaml_reader import parse_yaml
from voiceguide.web.studio.script_folder import decode_script, encode_script

ODD_SCRIPTS = 200
EDITS_PER_SCRIPT = 5
BUNDLED = sorted((Path(__file__).parents[2] / "scripts").glob("*.yaml"))
_TEXTS = (
    "Breathe out slowly.", "Step 1: soak", "point #1", "yes", "No", "off", "1:30", "012", "1_000", "2024-05-01",
    "1e3", "0x1F", "@home", "`tick`", "%5", "!important", "& more", "*note*", "- dash", "-dash", "? what", ":colon",
    "colon:", "[2s] wait", "{side} foot", "a, b", "don't", 'say "ah"', "it's \"both\"", "back\\slash", " leading",
    "trailing ", "", " ", "null", "~", "---", "--- x", "...", "=", "<<", "y", "0o17", ".5", "5.", "+1", "-14", "0.9",
    "2m", "90s", "Füße 🦶 足", "#", "# x", "a  b", "w " * 80 + "w", "long " * 30 + "end: x", "one\ntwo", "one\n\ntwo\n",
    "\n", "a\n\n\nb", " one\ntwo", "one \ntwo", "one\n  two", "- a\n- b", "# a\nb", "a: b\nc: d", "tail\n\n", "'",
    '"', "''", "|", ">", ">-", "|x", "a #b", "a# b", "a:b", "http://x.y/z", "x" * 120, "]", "}", ",", "[", "{", "a]",
    "a}", "\u00a0nbsp\u00a0", "\u200b",
)  # fmt: skip
_KEYS = ("step", "say", "for", "pause", "min", "fixed", "tags", "bed", "brief", "full", "at", "odd key", "Füße")


def random_value(rng: random.Random, depth: int = 0) -> Any:
    kind = rng.random()
    if kind < 0.6 or depth > 2:
        return rng.choice(_TEXTS)
    if kind < 0.75:
        return {"say": rng.choice(_TEXTS), "for": rng.choice(("90s", "1:30"))}
    if kind < 0.85:
        return [random_value(rng, depth + 1) for _ in range(rng.randint(0, 3))]
    return {key: random_value(rng, depth + 1) for key in rng.sample(_KEYS, rng.randint(0, 3))}


def reworded(text: str, rng: random.Random) -> str:
    """Return the text with a word changed, added or removed."""
    words = re.split("( )", text)
    index = rng.randrange(len(words))
    words[index : index + rng.randint(0, 2)] = rng.choice((["slowly"], ["very", " ", "slowly", " "], []))
    return "".join(words)


def walk(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    yield path, value
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from walk(child, (*path, key))


Place = tuple[tuple[Any, ...], Any]
"""A path and the value there."""


def random_operation(data: Any, rng: random.Random) -> Operation | None:
    """Return an operation that is possible, or None."""
    return rng.choice(_KINDS)(data, list(walk(data)), rng)


def _choose(places: list[Place], kind: type, rng: random.Random) -> Place | None:
    found = [(path, value) for path, value in places if isinstance(value, kind) and (path or kind is dict)]
    return rng.choice(found) if found else None


def _new_text(data: Any, places: list[Place], rng: random.Random) -> Operation | None:
    if (place := _choose(places, str, rng)) is None:
        return None
    return Set(place[0], rng.choice(_TEXTS) if rng.random() < 0.5 else reworded(place[1], rng))


def _new_value(data: Any, places: list[Place], rng: random.Random) -> Operation | None:
    return Set(rng.choice(places[1:])[0], random_value(rng)) if len(places) > 1 else None


def _new_key(data: Any, places: list[Place], rng: random.Random) -> Operation | None:
    path, value = _choose(places, dict, rng) or ((), {})
    return Set((*path, rng.choice([key for key in _KEYS if key not in value] or ["new"])), random_value(rng))


def _insert(data: Any, places: list[Place], rng: random.Random) -> Operation | None:
    place = _choose(places, list, rng)
    return Insert((*place[0], rng.randint(0, len(place[1]))), random_value(rng)) if place else None


def _remove(data: Any, places: list[Place], rng: random.Random) -> Operation | None:
    return Remove(rng.choice(places[1:])[0]) if len(places) > 1 else None


def _move(data: Any, places: list[Place], rng: random.Random) -> Operation | None:
    items = [path for path, _ in places if path and isinstance(path[-1], int)]
    if not items:
        return None
    path = rng.choice(items)
    rest = copy.deepcopy(data)
    del at(rest, path[:-1])[path[-1]]
    to = _target(rest, path, rng)
    return Move(path, to) if to else None


def _copy(data: Any, places: list[Place], rng: random.Random) -> Operation | None:
    items = [path for path, _ in places if path and isinstance(path[-1], int)]
    path = rng.choice(items) if items else ()
    to = _target(data, path, rng) if path else None
    return Copy(path, to) if to else None


def _target(data: Any, path: tuple[Any, ...], rng: random.Random) -> tuple[Any, ...] | None:
    """Return a place in a list, often in the list of the item itself."""
    lists = [(other, value) for other, value in walk(data) if isinstance(value, list)]
    own = [(other, value) for other, value in lists if other == path[:-1]]
    if not lists:
        return None
    target, value = rng.choice(own if own and rng.random() < 0.4 else lists)
    return (*target, rng.randint(0, len(value)))


def _rename(data: Any, places: list[Place], rng: random.Random) -> Operation | None:
    path, value = _choose(places, dict, rng) or ((), {})
    missing = [key for key in _KEYS if key not in value]
    if not value or not missing:
        return None
    return Move((*path, rng.choice(list(value))), (*path, rng.choice(missing)))


_KINDS = (_new_text, _new_text, _new_text, _new_value, _new_key, _insert, _remove, _move, _move, _copy, _rename)


def patched(data: Any, operation: Any) -> Any:
    """Return the data after an operation, as JSON Patch would have it."""
    data = copy.deepcopy(data)
    parent, key = at(data, operation.path[:-1]), operation.path[-1]
    if isinstance(operation, Set):
        parent[key] = operation.value
    elif isinstance(operation, Insert):
        parent.insert(key, operation.value)
    elif isinstance(operation, Remove):
        del parent[key]
    elif isinstance(operation, Copy):
        at(data, operation.to[:-1]).insert(operation.to[-1], copy.deepcopy(parent[key]))
    else:
        value = parent.pop(key)
        target = at(data, operation.to[:-1])
        if isinstance(target, list):
            target.insert(operation.to[-1], value)
        else:
            target[operation.to[-1]] = value
    return data


@cache
def script(number: int) -> str:
    """Return a bundled script, or an odd one."""
    if number < len(BUNDLED):
        return BUNDLED[number].read_bytes().decode()
    return odd_script(number - len(BUNDLED))


def is_special(text: str) -> bool:
    """Return whether a script has what the checker refuses, so that some edits of it may be refused too."""
    try:
        problems = parse_yaml(text.encode("utf-8", "surrogatepass"), "").problems
    except ScriptError:
        return True
    return bool(problems) or bool(re.search(r"(?m)^[-\s]*\? ", text))


def check_edits(seed: int, count: int = EDITS_PER_SCRIPT) -> list[str]:
    """Edit a random script several times. Return a result for each edit: nothing, `refused`, or what is wrong."""
    rng = random.Random(seed)
    number = rng.randrange(len(BUNDLED) + ODD_SCRIPTS) if rng.random() < 0.7 else rng.randrange(len(BUNDLED))
    text = script(number)
    results: list[str] = []
    for _ in range(count):
        text, result = check_edit(text, rng)
        results.append(f"seed {seed}, script {number}, edit {len(results) + 1}: {result}" if " " in result else result)
    return results


def check_edit(text: str, rng: random.Random) -> tuple[str, str]:
    """Make one random edit. Return the text after it, and what is wrong with it, `refused` or nothing."""
    data: Any = tree(text)
    special = is_special(text)
    if not special and text.strip() and yaml.load(text, Loader=LOADER) != data:
        return text, "PyYAML reads something else"
    operation = random_operation(data, rng)
    if operation is None:
        return text, ""
    try:
        result = apply(text, operation)
    except EditError as error:
        return text, "refused" if special else f"{operation}: {error}"
    except Exception as error:
        return text, f"{operation}: {type(error).__name__}: {error}"
    wrong = check_data(result, patched(data, operation), special)
    if not wrong and not special:
        wrong = check_layout(text, result, operation, data)
    return result, f"{operation}: {wrong}" if wrong else ""


def check_data(result: str, expected: Any, special: bool) -> str:
    """Return a sentence if the text does not have the expected data."""
    if tree(decode_script(encode_script(result), "")) != expected:  # as it is saved and read
        return f"the tree is {tree(result)}"
    actual: Any = expected if special else yaml.load(result, Loader=LOADER)
    if (actual or {}) != expected:
        return f"PyYAML reads {actual}"
    problems = () if special or not expected else parse_yaml(result.encode(), "").problems
    return f"the checker says {problems[0]}" if problems else ""


def check_layout(text: str, result: str, operation: Operation, data: Any) -> str:
    """Return a sentence if an edit changed lines, comments or line ends that are not its own."""
    old, new = lines_of(text), lines_of(result)
    ranges = windows(text, operation, data)
    if not unchanged_outside(old, new, ranges):
        return f"lines outside {ranges} changed"
    comments = comments_of(text)
    before, after = Counter(filter(None, comments)), Counter(filter(None, comments_of(result)))
    mine = Counter(comment for start, end in ranges for comment in comments[start:end])
    lost, added = before - after, after - before
    texts = isinstance(operation, Set) and isinstance(operation.value, str)
    keeps = isinstance(operation, Insert | Move | Copy) or (
        isinstance(operation, Set) and (texts and not isinstance(_value(data, operation.path), list | dict))
    )
    if lost and (keeps or not lost <= mine):
        return f"lost the comments {dict(lost)}"
    if added and not isinstance(operation, Copy):
        return f"added the comments {dict(added)}"
    ends = set(LINE_END.findall(text))
    if len(ends) == 1 and not set(LINE_END.findall(result)) <= ends:
        return "other line ends"
    if text.startswith("\ufeff") != result.startswith("\ufeff"):
        return "the byte order mark changed"
    literal = isinstance(operation, Set | Insert) and re.search(r"\\n['\"]", repr(operation.value))
    if expected_end(text) != expected_end(result) and text.strip() and not (literal and expected_end(result)):
        return "the line end at the end of the file changed"
    return ""


def _value(data: Any, path: tuple[Any, ...]) -> Any:
    try:
        return at(data, path)
    except (KeyError, IndexError):
        return None


def expected_end(text: str) -> bool:
    return text.endswith(("\n", "\r"))


def main() -> None:
    """Make as many edits as requested. Exit with status 1 if one is wrong."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    seeds = range(first, first + -(-count // EDITS_PER_SCRIPT))
    results = [result for seed in seeds for result in check_edits(seed)]
    failures = [result for result in results if result not in ("", "refused")]
    refused = results.count("refused")
    print(f"{len(results)} edits, {refused} refused in scripts with anchors and the like, {len(failures)} wrong")
    for failure in failures[:20]:
        print(ascii(failure)[:600])
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
