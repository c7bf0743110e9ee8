"""The twenty conditions of `make test-anywhere`."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["CONDITIONS", "Condition"]


@dataclass(frozen=True)
class Condition:
    """How one run of the tests differs from a run in a terminal of the person who wrote them."""

    name: str
    folder: str = "voiceguide"
    """The name of the folder that contains the checkout."""
    user: bool = False
    """Whether an ordinary user runs the tests. Possible only if root starts this program."""
    variables: dict[str, str | None] = field(default_factory=dict)
    """Environment variables; None removes one. {folder} stands for an empty folder of the run."""
    before: str = ""
    """Shell commands that are run in the same shell before the tests."""
    wrapper: tuple[str, ...] = ()
    """A program that starts the tests, such as nohup."""
    git: bool = True
    """Whether the checkout has its history. It has none if it comes from an sdist."""
    busy: bool = False
    """Whether other programs keep every core busy."""
    random_order: bool = False
    twice: bool = False
    """Whether a second copy of the checkout runs the same tests at the same time."""
    python: str = ""
    """Another Python, such as python3.13."""


SPACE = "my work/voice guide"
CONDITIONS = (
    Condition("as it is"),
    Condition("ordinary user, folder with a space", SPACE, user=True),
    Condition("ordinary user, umask 077", user=True, before="umask 077"),
    Condition("folder with umlauts", "Füße und Hände"),
    Condition("nohup", wrapper=("nohup",)),
    Condition("nohup, all cores busy", wrapper=("nohup",), busy=True),
    Condition("SIGINT and SIGTSTP ignored", before='trap "" INT TSTP'),
    Condition("no HOME, TERM or LANG", variables={"HOME": None, "TERM": None, "LANG": None, "LC_ALL": None}),
    Condition("HOME missing, all cores busy", variables={"HOME": "/nonexistent"}, busy=True),
    Condition("TMPDIR elsewhere", variables={"TMPDIR": "{folder}"}),
    Condition("LC_ALL=C", variables={"LC_ALL": "C"}),
    Condition("German locale, Auckland", variables={"LC_ALL": "de_DE.UTF-8", "TZ": "Pacific/Auckland"}),
    Condition("Turkish locale, all cores busy", variables={"LC_ALL": "tr_TR.UTF-8"}, busy=True),
    Condition(
        "ordinary user, an unreadable folder in PATH", user=True, before='mkdir -m 000 locked; PATH="$PWD/locked:$PATH"'
    ),
    Condition("no .git", git=False),
    Condition("two at once", twice=True),
    Condition("random order", random_order=True),
    Condition("random order, ordinary user with a space", SPACE, user=True, random_order=True),
    Condition("random order, all cores busy", random_order=True, busy=True),
    Condition("Python 3.13", python="python3.13"),
)
