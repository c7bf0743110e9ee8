"""From a script's file to its routine, or to every problem in it at once."""

from __future__ import annotations

import stat
import sys
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from pydantic import ValidationError

from voiceguide.errors import Problem, ScriptError, VoiceguideError
from voiceguide.script.model.routine import Routine
from voiceguide.script.parsing.nodes import ListNode, MapNode, Node, SourceTree, parse_loc
from voiceguide.script.parsing.text_encoding import MAX_SCRIPT_BYTES
from voiceguide.script.parsing.yaml_reader import MAX_PROBLEMS, parse_yaml
from voiceguide.script.rules.run_rules import run_rules
from voiceguide.script.rules.traversal import Issue
from voiceguide.script.validation_messages import explain_validation_error

__all__ = ["Script", "load_script"]


@dataclass(frozen=True)
class Script:
    """A routine, and where everything in it is written."""

    routine: Routine
    file: str
    """The file as messages show it."""
    folder: Path
    """Where the recordings and beds that the script names are looked for."""
    source_tree: SourceTree = field(repr=False)
    """The tree of the script with the line and column of every key and value."""
    warnings: tuple[Problem, ...] = ()
    """What should perhaps be changed, in reading order."""

    def problem_at(self, path: str, message: str) -> Problem:
        """A message about a place such as `stages[1].steps[0].for`, or the nearest place around it that is written."""
        return self.source_tree.problem_at(parse_loc(path), message)


def load_script(path: str | Path, data: bytes | None = None) -> Script:
    """Read and validate a script. `-` is the standard input; `data` is the script's text where it is at hand already.

    Raises:
        ScriptError: with every problem of the script, in reading order.
        VoiceguideError: for a file that is not there or cannot be read.
    """
    standard_input = str(path) == "-"
    file = "<stdin>" if standard_input else str(path)
    if data is None:
        data = sys.stdin.buffer.read(MAX_SCRIPT_BYTES + 1) if standard_input else _read_script_file(Path(path))
    reading = parse_yaml(data, file)
    if reading.root is None:
        raise ScriptError(reading.problems)
    source = SourceTree(file, reading.root)
    if message := _explain_non_script(reading.root):
        raise ScriptError([*reading.problems, source.problem_at((), message)])
    wrong, advice = _check_rules(source)
    wrong += reading.problems
    routine = None
    try:
        routine = Routine.model_validate(reading.root) if len(wrong) < MAX_PROBLEMS else None
    except ValidationError as error:
        wrong += [
            _to_problem(source, finding) for finding in islice(explain_validation_error(error, source), MAX_PROBLEMS)
        ]
    if wrong or routine is None:
        raise ScriptError(_limit_problems(wrong, source))
    folder = Path.cwd() if standard_input else Path(path).parent
    return Script(routine, file, folder, source, tuple(sorted(set(advice))))


def _limit_problems(problems: list[Problem], source: SourceTree) -> list[Problem]:
    """The problems, in reading order; where they are too many, some of them, and a word about it."""
    ordered = sorted(set(problems))
    if len(ordered) < MAX_PROBLEMS:
        return ordered
    message = f"There are {MAX_PROBLEMS} problems or more; some of them follow. Mend these first."
    return [source.problem_at((), message), *ordered[: MAX_PROBLEMS - 1]]


def _check_rules(source: SourceTree) -> tuple[list[Problem], list[Problem]]:
    """What the script as a whole has wrong, and the advice about it, each up to the limit."""
    wrong: list[Problem] = []
    advice: list[Problem] = []
    for finding in run_rules(source.root):
        kept = advice if finding.is_warning else wrong
        if len(kept) < MAX_PROBLEMS:
            kept.append(_to_problem(source, finding))
        elif kept is wrong:
            break
    return wrong, advice


def _to_problem(source: SourceTree, issue: Issue) -> Problem:
    return source.problem_at(issue.loc, issue.message, issue.at_key)


def _explain_non_script(root: Node) -> str | None:
    if isinstance(root, ListNode):
        return "A script is a group of keys, and this is a list. Begin it with voiceguide: 1, title: and stages:."
    if not isinstance(root, MapNode):
        return "This is plain text, and a script is a group of keys. voiceguide new --text FILE makes a script of it."
    return None


def _read_script_file(path: Path) -> bytes:
    """The bytes of a script's file, one more than the limit at most. A pipe is never waited for."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise VoiceguideError(f"{path} is a folder. Name a script in it, such as {path / 'massage.yaml'}.")
        if not stat.S_ISREG(mode):
            raise VoiceguideError(f"{path} is not a file. Name a script, or write - to read one from a pipe.")
        with path.open("rb") as file:
            return file.read(MAX_SCRIPT_BYTES + 1)
    except FileNotFoundError as error:
        raise VoiceguideError(
            f"There is no file {path}. Check its name, or see the list of voiceguide routines."
        ) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise VoiceguideError(f"{path} cannot be read: {reason}. Check its name and its permissions.") from error
