"""Help, messages, documentation, docstrings and comments keep to plain English.

The words below are those by which a text gives away that it was translated word by word. Each has a plain substitute;
docs/contributing.md has the glossary.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click
import pytest

from voiceguide.cli.main import COMMANDS, cli

ROOT = Path(__file__).parents[2]
BANNED = {
    r"mend(s|ed|ing)?\b": "fix",
    r"heed(s|ed|ing)?\b": "follow, honor",
    r"who(so)?ever\b": "anyone, you",
    r"somebody\b|nobody\b": "you, someone, anyone, no one",
    r"anew\b": "again",
    r"beside\b": "next to, besides",
    r"for good\b": "permanently",
    r"at hand\b": "available",
    r"meanwhile\b": "in the background, at the same time",
    r"as far as\b": "if, to the extent that",
    r"so often\b": "at this interval",
    r"told of\b|tells of\b": "reported",
    r"goes on there\b|go on there\b": "continues, resumes",
    r"lets you hear\b": "plays",
    r"steered by\b": "controlled with",
    r"what is there\b|is not there\b|are there any more\b": "available, installed, missing",
    r"is no time at all\b": "is zero",
    r"in all(?=[.,:;)])": "total",
    r"at the (most|least)\b": "at most, at least",
    r"of one's own\b": "custom, your own",
    r"(?<![\w-])there is [a-z]+, [a-z]+, [a-z]+": "available: a, b, c",
    r"stands in\b(?! for)": "is in",
    r"ending bell's\b|by itself\b": "automatically, alone",
    r"counts on\b|count on\b": "increment",
    r"(colour|licence|centre|neighbour|(recogn|organ|normal)is(e|ing))": "the American spelling",
}
WORDS = re.compile("|".join(f"(?P<w{number}>\\b{pattern})" for number, pattern in enumerate(BANNED)), re.IGNORECASE)
ABOUT_WORDS = {"vocabulary.py", "test_english.py", "en.py", "section_roles.py", "repetitions.py", "durations.py"}
"""Files whose subject is what people write or what a voice says."""
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
CODE = [path for path in sorted((ROOT / "voiceguide").rglob("*.py")) if path.name not in ABOUT_WORDS]
STATIC = [
    path for path in (ROOT / "voiceguide" / "web" / "static").rglob("*.*") if path.suffix in (".js", ".html", ".css")
]


def found_in(text: str) -> list[str]:
    """Return each banned word of a text in its context, with what to write instead."""
    result = []
    for match in WORDS.finditer(text):
        (number,) = [int(name[1:]) for name, value in match.groupdict().items() if value is not None]
        context = " ".join(text[max(match.start() - 40, 0) : match.end() + 40].split())
        result.append(f"... {context} ... Instead of {match[0]!r}, write: {list(BANNED.values())[number]}")
    return result


def found_in_files(paths: Iterable[Path], texts: Callable[[Path], Iterable[str]]) -> list[str]:
    """Return the path and the banned words of each file that has some."""
    return [f"{path.relative_to(ROOT)}: {found}" for path in paths for text in texts(path) for found in found_in(text)]


def texts_of(path: Path) -> Iterator[str]:
    """Yield every comment of a module and every string in it that is a text, docstrings among them."""
    source = path.read_text("utf-8")
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.value


def test_the_guard_sees_what_it_is_there_for() -> None:
    assert found_in("Whoever edits it can mend it.") != []
    assert found_in("There is rain, waves, stream.") != []
    assert found_in("Fix the script, then build again.") == []


def test_documentation() -> None:
    assert found_in_files(PAGES, lambda path: [path.read_text("utf-8")]) == []


@pytest.mark.parametrize("name", COMMANDS)
def test_help(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert found_in(command.get_help(click.Context(command, info_name=name))) == []


def test_messages_docstrings_and_comments() -> None:
    assert found_in_files(CODE, texts_of) == []


def test_the_pages() -> None:
    assert found_in_files(STATIC, lambda path: [path.read_text("utf-8")]) == []


OTHER_PROGRAMS = re.compile(r"(hibari|pip install) --[\w-]+")


def test_no_message_outside_the_command_line_names_an_option() -> None:
    """The same errors reach users of the Python API and of the phone page, who have no options."""
    named = []
    for path in CODE:
        source = path.read_text("utf-8")
        if "cli" in path.parts or path.name in ("doctor.py", "make_icons.py") or "--" not in source:
            continue
        for node in ast.walk(ast.parse(source)):
            if not isinstance(node, ast.Raise) or node.exc is None:
                continue
            message = OTHER_PROGRAMS.sub("", ast.unparse(node.exc))
            if re.search(r"[\s'\"(]--[a-z]", message):
                named.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert named == []
