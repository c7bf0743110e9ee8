"""Load a script: read its file, validate it, and return the routine or report every problem at once."""

from __future__ import annotations

import stat
import sys
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from pydantic import ValidationError

from voiceguide.errors import Problem, ScriptError, VoiceguideError
from voiceguide.script.model.routine import Routine
from voiceguide.script.parsing.nodes import ListNode, MapNode, Node, SourceTree, parse_loc
from voiceguide.script.parsing.text_encoding import MAX_SCRIPT_BYTES
from voiceguide.script.parsing.yaml_reader import MAX_PROBLEMS, parse_yaml
from voiceguide.script.rules.reading_advice import find_ambiguous_texts
from voiceguide.script.rules.rule_runner import run_rules
from voiceguide.script.rules.traversal import Issue, iter_sections
from voiceguide.script.validation_messages import explain_validation_error

__all__ = ["Script", "load_script", "read_script_file"]


@dataclass(frozen=True)
class Script:
    """A valid routine and the source positions of its nodes."""

    routine: Routine
    folder: Path
    """File names in the script are relative to this folder."""
    source_tree: SourceTree = field(repr=False)
    """The script nodes with their lines and columns."""
    warnings: tuple[Problem, ...] = ()
    """Sorted by position. See also `reading_warnings`."""

    @property
    def file(self) -> str:
        """The script's file name, as shown in messages."""
        return self.source_tree.file

    def problem_at(self, path: str, message: str) -> Problem:
        """Return a problem at a path such as `stages[1].steps[0].for`.

        If the path does not exist in the script, the problem is reported at the closest ancestor.
        """
        return self.source_tree.problem_at(parse_loc(path), message)

    def reading_warnings(self, words: Collection[str]) -> list[Problem]:
        """Return the warnings about ambiguous text, except for `words`, whose pronunciation is known.

        If the script's `words` key contains a map, these warnings are already in `warnings`. If the key names a file,
        the warnings depend on that file.
        """
        issues = find_ambiguous_texts(list(iter_sections(self.source_tree.root)), words)
        return [_to_problem(self.source_tree, issue) for issue in islice(issues, MAX_PROBLEMS)]


def load_script(path: str | Path, data: bytes | None = None) -> Script:
    """Read and validate a script.

    The path `-` stands for standard input. If `data` is given, it is used instead of reading the file.

    Raises:
        ScriptError: The script is not valid. The error lists every problem, sorted by position.
        VoiceguideError: The file does not exist or cannot be read.
    """
    standard_input = str(path) == "-"
    file = "<stdin>" if standard_input else str(path)
    if data is None:
        data = sys.stdin.buffer.read(MAX_SCRIPT_BYTES + 1) if standard_input else read_script_file(Path(path))
    parsed = parse_yaml(data, file)
    if parsed.root is None:
        raise ScriptError(parsed.problems)
    source = SourceTree(file, parsed.root)
    if message := _explain_non_script(parsed.root):
        raise ScriptError([*parsed.problems, source.problem_at((), message)])
    problems, warnings = _find_rule_problems(source)
    problems += parsed.problems
    routine = None
    try:
        routine = Routine.model_validate(parsed.root) if len(problems) < MAX_PROBLEMS else None
    except ValidationError as error:
        issues = islice(explain_validation_error(error, source), MAX_PROBLEMS)
        problems += [_to_problem(source, issue) for issue in issues]
    if problems or routine is None:
        raise ScriptError(_limit_problems(problems, source))
    folder = Path.cwd() if standard_input else Path(path).parent
    return Script(routine, folder, source, tuple(sorted(set(warnings))))


def _limit_problems(problems: list[Problem], source: SourceTree) -> list[Problem]:
    """Return the problems, sorted by position. If there are too many, truncate the list and add a problem saying so."""
    ordered = sorted(set(problems))
    if len(ordered) < MAX_PROBLEMS:
        return ordered
    message = f"The script has {MAX_PROBLEMS} or more problems. Fix the ones listed below first."
    return [source.problem_at((), message), *ordered[: MAX_PROBLEMS - 1]]


def _find_rule_problems(source: SourceTree) -> tuple[list[Problem], list[Problem]]:
    """Return the problems and warnings that the rules find, up to `MAX_PROBLEMS` of each."""
    problems: list[Problem] = []
    warnings: list[Problem] = []
    for issue in run_rules(source.root):
        found = warnings if issue.is_warning else problems
        if len(found) < MAX_PROBLEMS:
            found.append(_to_problem(source, issue))
        elif found is problems:
            break
    return problems, warnings


def _to_problem(source: SourceTree, issue: Issue) -> Problem:
    problem = source.problem_at(issue.loc, issue.message, issue.at_key)
    return replace(problem, severity="warning") if issue.is_warning else problem


def _explain_non_script(root: Node) -> str | None:
    if isinstance(root, ListNode):
        return "This is a list, but a script is a group of keys. Start with voiceguide: 1, title: and stages:."
    if not isinstance(root, MapNode):
        return "This is plain text, not a script. Create a script from it first."
    return None


def read_script_file(path: Path) -> bytes:
    """Return the contents of a script file, up to one byte over the size limit. Reject pipes and devices.

    Raises:
        VoiceguideError: The file does not exist, is not a regular file, or cannot be read.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise VoiceguideError(f"{path} is a folder. Specify a script in it, such as {path / 'massage.yaml'}.")
        if not stat.S_ISREG(mode):
            raise VoiceguideError(f"{path} is not a regular file. Specify a script file, or - for standard input.")
        with path.open("rb") as file:
            return file.read(MAX_SCRIPT_BYTES + 1)
    except FileNotFoundError as error:
        raise VoiceguideError(f"{path} does not exist. Check its name, or use a bundled routine.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise VoiceguideError(f"{path} cannot be read: {reason}. Check its name and permissions.") from error
