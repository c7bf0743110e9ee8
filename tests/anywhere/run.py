"""Run `make test` under many conditions and print a table: `make test-anywhere`, four hours on two cores.

`python -m tests.anywhere.run --room timeline nohup "LC_ALL=C"` runs the tests of one room under two conditions. Each
run gets a copy of the files that git knows and its own virtual environment. A condition that needs root, or a program
that is missing, is listed as left out.
"""

from __future__ import annotations

import argparse
import os
import pwd
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.anywhere.conditions import CONDITIONS, Condition
from tests.support.environment import child_environment

ROOT = Path(__file__).parents[2]
USER = "nobody"
SUMMARY = re.compile(r"^\d+ (?:passed|failed|error|skipped).* in [\d.]+s", re.MULTILINE)
BUSY = "while True: pass"


def main() -> None:
    """Run the chosen conditions, or all, and exit with status 1 if a test failed."""
    parser = argparse.ArgumentParser(description="Run the tests under many conditions.")
    parser.add_argument("names", nargs="*", metavar="CONDITION", help="only these conditions")
    parser.add_argument("--room", help="only the tests of one folder of tests/")
    parser.add_argument("--list", action="store_true", help="print the names of the conditions")
    given = parser.parse_args()
    known = {condition.name: condition for condition in CONDITIONS}
    if given.list or set(given.names) - set(known):
        print("\n".join(known))
        sys.exit(not given.list)
    print("| condition | result |\n|---|---|", flush=True)
    all_good = True
    for condition in [known[name] for name in given.names] or CONDITIONS:
        good, result = run(condition, given.room)
        all_good = all_good and good
        print(f"| {condition.name} | {result} |", flush=True)
    sys.exit(not all_good)


def run(condition: Condition, room: str | None) -> tuple[bool, str]:
    """Run the tests under one condition. Return whether no test failed, and the counts or why it was left out."""
    if condition.user and os.geteuid() != 0:
        return True, "left out: needs root, to run as another user"
    if condition.python and not starts(condition.python):
        return True, f"left out: needs {condition.python}"
    with ExitStack() as stack:
        base = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="voiceguide-anywhere-")))
        base.chmod(0o755)
        checkout, own = base / condition.folder, base / "empty"
        own.mkdir()
        copy_checkout(checkout, condition.git)
        if condition.user:
            subprocess.run(["chown", "-R", USER, base], check=True)
        if condition.busy:
            stack.enter_context(busy_cores())
        log = Path(
            tempfile.gettempdir(), f"voiceguide-anywhere-{re.sub('[^a-z0-9]+', '-', condition.name.lower())}.log"
        )
        second = base / "second"
        if condition.twice:
            copy_checkout(second, condition.git)
        started = [
            stack.enter_context(start(condition, room, folder, own, log.with_suffix(suffix)))
            for folder, suffix in [(checkout, ".log"), (second, ".second.log")]
            if folder.exists()
        ]
        statuses = [abs(process.wait()) for process in started]
        status = max(statuses)
        if statuses[0] == 0 and status:
            log = log.with_suffix(".second.log")
        found = SUMMARY.findall(log.read_text("utf-8", "replace"))
        return status == 0, (found[-1] if found else f"exited with status {status}") + (
            "" if status == 0 else f"; {log}"
        )


def starts(python: str) -> bool:
    """Return whether a Python can be run. What pyenv puts in PATH can be a name without a program."""
    return (
        shutil.which(python) is not None and subprocess.run([python, "--version"], capture_output=True).returncode == 0
    )


def start(condition: Condition, room: str | None, folder: Path, own: Path, log: Path) -> subprocess.Popen[bytes]:
    """Start the tests of a checkout, with their output in a file."""
    with log.open("wb") as output:
        return subprocess.Popen(
            command(condition, room),
            cwd=folder,
            env=environment(condition, own),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def command(condition: Condition, room: str | None) -> list[str]:
    """Return the command that runs the tests in the current folder."""
    tests = ["make", "test", *([f"ROOM={room}"] if room else [])]
    tests += [f"PYTHON={condition.python}"] if condition.python else []
    shell = ["sh", "-c", f'{condition.before or ":"}; exec "$@"', "sh", *condition.wrapper, *tests]
    if not condition.user:
        return shell
    user = pwd.getpwnam(USER)
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", *shell]


def environment(condition: Condition, own: Path) -> dict[str, str]:
    """Return the environment of a run."""
    changes = {name: value and value.format(folder=own) for name, value in condition.variables.items()}
    if condition.user:
        changes["HOME"] = str(own)
    if condition.random_order:
        changes["VOICEGUIDE_RANDOM_ORDER"] = str(random.randrange(10**6))
    return child_environment(changes)


def copy_checkout(target: Path, with_git: bool) -> None:
    """Copy the files that git knows or that are new, so that nothing that was built here is used."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    if with_git:
        common = subprocess.check_output(["git", "rev-parse", "--git-common-dir"], cwd=ROOT, text=True).strip()
        shutil.copytree(ROOT / common, target / ".git")  # in a worktree, .git is a file


@contextmanager
def busy_cores() -> Iterator[None]:
    """Keep every core busy with another program."""
    programs = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for program in programs:
            program.kill()
            program.wait()


if __name__ == "__main__":
    main()
