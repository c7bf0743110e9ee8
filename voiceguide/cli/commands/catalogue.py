"""`voiceguide catalogue`"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from voiceguide.cli.options import quiet_option, verbose_option
from voiceguide.cli.output import error_text, escape_control_characters, print_message, print_note, print_warnings

if TYPE_CHECKING:
    from voiceguide.catalogue.cluster import Activity
    from voiceguide.catalogue.config.loader import CatalogueFile
    from voiceguide.catalogue.job import JobResult
    from voiceguide.catalogue.manifest import SessionRecord
    from voiceguide.catalogue.planner import PlannedSession
    from voiceguide.catalogue.run import CatalogueRun, PendingSession
    from voiceguide.errors import VoiceguideError

__all__ = ["command"]

MAX_LINES_SINCE_FAILURE = 10
"""After more lines than this, the failures are listed again at the end."""
SCHEDULER_ADDRESS = r"((tls|tcp|wss?|ucxx?)://)?(\[[0-9a-fA-F:.%]+\]|[^\s/:]+):\d+"


@click.command("catalogue")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--check", "check_only", is_flag=True, help="Only check the catalogue and every script in it.")
@click.option("-n", "--dry-run", is_flag=True, help="Only list what would be built and removed.")
@click.option(
    "--only",
    multiple=True,
    metavar="PATTERN",
    help="Only sessions with matching names, such as 'evening*'. Repeatable.",
)
@click.option("--verify", is_flag=True, help="Read every file in the output, and build damaged ones again.")
@click.option("--prune", is_flag=True, help="Delete the files of sessions that are no longer in the catalogue.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask before files are deleted.")
@click.option("--replace", "replace_foreign", is_flag=True, help="Also replace files that the catalogue did not make.")
@click.option(
    "--keep-going/--fail-fast",
    default=True,
    help="Build the others if a session fails, or stop at the first failure [default: keep going].",
)
@click.option("--workers", type=click.IntRange(1, 256), metavar="N", help="Worker processes [default: one per core].")
@click.option("--scheduler", metavar="ADDRESS", help="Use a Dask cluster, such as tls://10.0.0.5:8786.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@quiet_option
@verbose_option("Also list the sessions that are unchanged, and the warnings of each script.")
def command(file: Path, check_only: bool, dry_run: bool, **options: Any) -> None:
    """Build all sessions that a catalogue FILE names and that are missing or have changed.

    \b
    Example:
      voiceguide catalogue catalogue.yaml --dry-run
      voiceguide catalogue catalogue.yaml
    """
    from voiceguide.catalogue.waiting import waits_reported
    from voiceguide.errors import VoiceguideError

    if options["yes"] and not options["prune"]:
        raise click.UsageError("--yes answers the question of --prune. Add --prune, or leave --yes out.")
    if options["workers"] and options["scheduler"]:
        raise click.UsageError("--workers starts processes on this computer. With --scheduler, leave it out.")
    if any(not pattern.strip() for pattern in options["only"]):
        raise click.UsageError("--only is empty.")
    if options["scheduler"] is not None and not re.fullmatch(SCHEDULER_ADDRESS, options["scheduler"]):
        raise click.UsageError(
            f'--scheduler: "{options["scheduler"]}" is not the address of a scheduler. Write an address such as '
            "tls://10.0.0.5:8786."
        )
    try:
        with waits_reported(partial(_print_wait, as_json=options["as_json"], quiet=options["quiet"])):
            _run(file, check_only, dry_run, options)
    except VoiceguideError as error:
        if options["as_json"]:
            _print_error_lines(error, check_only)
        raise


def _print_wait(address: str, as_json: bool, quiet: bool) -> None:
    if as_json:
        _print_line({"event": "waiting", "address": address})
    elif not quiet:
        click.echo(escape_control_characters(f"Waiting for {address} ..."), err=True)


def _print_error_lines(error: VoiceguideError, check_only: bool) -> None:
    """Print an error that concerns the whole catalogue for programs. With --check, nothing else is printed."""
    from voiceguide.errors import ScriptError

    messages = [str(problem) for problem in error.problems] if isinstance(error, ScriptError) else [error_text(error)]
    if check_only:
        _print_line({"event": "checked", "sessions": 0, "problems": messages, "warnings": []})
        raise SystemExit(1) from error
    for message in messages:
        _print_line({"event": "failed", "message": message})


def _run(file: Path, check_only: bool, dry_run: bool, options: dict[str, Any]) -> None:
    from voiceguide.catalogue.cluster import check_installed
    from voiceguide.catalogue.config.loader import load_catalogue

    catalogue = load_catalogue(file)
    if check_only:
        _check(catalogue, options)
        return
    check_installed()
    from voiceguide.catalogue.run import prepare_run

    run = prepare_run(
        catalogue,
        only=options["only"],
        verify=options["verify"],
        replace_foreign=options["replace_foreign"],
    )
    output = _Output(run, options)
    if options["prune"]:
        output.print_others()
    if dry_run:
        output.print_plan()
        if run.foreign or run.foreign_feed:
            raise SystemExit(1)
        return
    prune = bool(options["prune"] and run.stale and _may_prune(run, options["yes"]))
    failed = _build(run, output, options)
    if prune:
        output.print_pruned(run.prune())
    output.print_summary(failed, pruned=prune)
    if failed or run.foreign or run.foreign_feed:
        raise SystemExit(1)


def _check(catalogue: CatalogueFile, options: dict[str, Any]) -> None:
    """Print every problem in the catalogue and its scripts, and the warnings of every session."""
    import voiceguide
    from voiceguide.catalogue.planner import plan_sessions
    from voiceguide.errors import VoiceguideError
    from voiceguide.system.disk_cache import open_cache

    with open_cache() as cache:
        sessions = plan_sessions(catalogue, cache, "")
    problems: dict[str, None] = {}
    warnings: dict[str, None] = {}
    allowed = [catalogue.folder / path for path in catalogue.catalogue.allow_paths]
    seen = dict.fromkeys((session.script, session.variant, session.voice) for session in sessions)
    for script, variant, voice in seen:
        try:
            chosen: dict[str, Any] = {"variants": [variant]} if variant else {}
            chosen |= {"voice": voice} if voice else {}
            timeline = voiceguide.load(script).plan(allow_paths=allowed, **chosen)
            warnings |= {str(warning): None for warning in timeline.warnings}
        except VoiceguideError as error:
            message = str(error)
            problems[message if script in message else f"{script}: {message}"] = None
    if options["as_json"]:
        _print_line({"event": "checked", "sessions": len(sessions), "problems": [*problems], "warnings": [*warnings]})
    else:
        for problem in problems:
            print_message(problem)
        print_warnings(warnings, options["quiet"])
        if not problems and not options["quiet"]:
            scripts = len({script for script, *_ in seen})
            click.echo(f"{_counted(len(sessions), 'session')} from {_counted(scripts, 'script')}: no problems.")
    if problems:
        raise SystemExit(1)


def _may_prune(run: CatalogueRun, yes: bool) -> bool:
    """Ask whether the files of removed sessions may be deleted."""
    if yes:
        return True
    from voiceguide.cli.prompts import ask_yes_no

    if not sys.stdin.isatty():
        raise click.UsageError("--prune asks before it deletes files, but there is no terminal. Add --yes.")
    for record in run.stale:
        print_message(record.name)
    these = "this session" if len(run.stale) == 1 else f"these {len(run.stale)} sessions"
    return ask_yes_no(f"Delete {these} from {run.store.address}?", default=False)


def _build(run: CatalogueRun, output: _Output, options: dict[str, Any]) -> dict[str, str]:
    """Build what is pending. Return why each failed session failed, by name."""
    from voiceguide.catalogue.cluster import run_on_cluster

    failed: dict[str, str] = {}

    def on_result(session: PlannedSession, result: JobResult) -> None:
        if result.status == "failed":
            failed[session.name] = result.message
        output.print_result(session, result)

    output.print_start()
    scheduler, workers = options["scheduler"], options["workers"]
    with output.progress() as on_activity:
        run.build(
            partial(
                run_on_cluster,
                scheduler=scheduler,
                workers=workers,
                on_activity=on_activity,
                on_idle=output.print_idle,
            ),
            share=scheduler is not None,
            keep_going=options["keep_going"],
            on_result=on_result,
            on_kept=output.print_kept,
        )
    return failed


class _Output:
    """Prints what happens: for people on a terminal, or as JSON, one object per line."""

    def __init__(self, run: CatalogueRun, options: dict[str, Any]) -> None:
        self._run = run
        self._json: bool = options["as_json"]
        self._quiet: bool = options["quiet"]
        self._verbose: bool = options["verbose"]
        self._workers: int | None = options["workers"]
        self._counts = {"built": 0, "unchanged": len(run.unchanged), "failed": 0}
        self._display: _Display | None = None
        self._failures: dict[str, str] = {}
        self._lines_since_failure = 0
        self._tried = 0

    def print_plan(self) -> None:
        """Print what a run would do."""
        from voiceguide.catalogue.cluster import available_cores

        run = self._run
        for pending in run.pending:
            self._line({"event": "pending", "name": pending.session.name, "reason": pending.reason}, pending.reason)
        blocked = [pending.session.name for pending in run.foreign] + list(run.foreign_feed)
        for name in blocked:
            self._line({"event": "foreign", "name": name}, "not made by this catalogue")
        for record in run.unchanged if self._verbose else ():
            self._line({"event": "unchanged", "name": record.name}, "unchanged")
        for record in run.stale:
            self._line({"event": "stale", "name": record.name}, "no longer in the catalogue")
        estimate_s = run.estimated_s(self._workers or available_cores())
        if self._json:
            summary = {"pending": len(run.pending), "unchanged": len(run.unchanged), "stale": len(run.stale)}
            summary["foreign"] = len(blocked)
            _print_line({"event": "planned", **summary, "estimated_seconds": estimate_s and round(estimate_s, 1)})
        elif not self._quiet:
            takes = f", about {_spoken(estimate_s)} on this computer" if estimate_s and run.pending else ""
            click.echo(f"{len(run.pending)} to build{takes}. {len(run.unchanged)} unchanged.")
        if blocked and not self._json:
            others = [each.previous for each in run.foreign if each.previous]
            count, them = ("1 file is", "it") if len(blocked) == 1 else (f"{len(blocked)} files are", "them")
            advice = _explain_other(others[0]) if others else f"Move {them} away, or add --replace."
            print_message(f"{count} not made by this catalogue. {advice}")

    def print_start(self) -> None:
        run = self._run
        if self._json:
            _print_line({"event": "started", "pending": len(run.pending), "unchanged": len(run.unchanged)})
        for record in run.unchanged if self._verbose else ():
            self._line({"event": "unchanged", "name": record.name}, "unchanged")
        for pending in run.foreign:
            self._failure(pending.session.name, _explain_foreign(pending))
        for name in run.foreign_feed:
            self._failure(name, _explain_foreign(None))

    @contextmanager
    def progress(self) -> Iterator[Any]:
        """Show a bar, what is running, and the number of failures, on a terminal."""
        if self._json:
            yield self._print_activity
            return
        if self._quiet or not sys.stderr.isatty() or not self._run.pending:
            yield lambda activity: None
            return
        from rich.console import Console

        display = _Display(len(self._run.pending), Console(stderr=True))
        with display.shown():
            self._display = display
            yield display.show_activity
        self._display = None

    def _print_activity(self, activity: Activity) -> None:
        _print_line({"event": "running", **asdict(activity)})

    def print_idle(self) -> None:
        """Say that there is no worker."""
        if self._json:
            _print_line({"event": "waiting"})
        elif not self._quiet:
            self._echo("All workers are gone. The run goes on as soon as one is back.", err=True)

    def print_result(self, session: PlannedSession, result: JobResult) -> None:
        self._counts[result.status] += 1
        self._tried += 1
        if self._display:
            self._display.show_result(session.name, result.status == "failed")
        if result.status == "failed":
            self._failure(session.name, result.message)
            return
        record = result.record
        assert record is not None
        facts = {"files": [file.name for file in record.files], "length": record.length_s, "warnings": record.warnings}
        seconds = {"seconds_taken": record.seconds_taken}
        if self._json:
            _print_line({"event": result.status, "name": record.name, **facts, **seconds})
        elif not self._quiet and (result.status == "built" or self._verbose):
            taken = f"in {record.seconds_taken:.1f} s" if result.status == "built" else "sounds the same as before"
            self._echo(f"{record.name}  {record.files[0].bytes / 1e6:.1f} MB  {taken}")
        if self._verbose and not self._json:
            print_warnings(record.warnings)

    def print_others(self) -> None:
        """Say which sessions are not deleted, because another catalogue of the same file name made them."""
        others = self._run.others
        if others and not self._json:
            origins = ", ".join(dict.fromkeys(record.catalogue or "its place is not known" for record in others))
            verb = "was" if len(others) == 1 else "were"
            print_note(
                f"{_counted(len(others), 'session')} in the output {verb} made by another catalogue of the same file "
                f"name ({origins}) and will be kept. Give each catalogue a file name of its own.",
                self._quiet,
            )
        elif self._json:
            for record in others:
                _print_line({"event": "kept", "name": record.name, "catalogue": record.catalogue})

    def print_pruned(self, kept: list[str]) -> None:
        """Print which sessions were deleted, and which of their files were kept."""
        for record in self._run.stale:
            if record.name not in kept:
                self._line({"event": "pruned", "name": record.name}, "deleted")
        for name in kept:
            self.print_kept(name)

    def print_kept(self, name: str) -> None:
        """Say that a file was not deleted."""
        if self._json:
            _print_line({"event": "kept", "name": name})
        else:
            self._echo(f"{name} was kept, because someone has replaced it since it was made.", err=True)

    def print_summary(self, failed: dict[str, str], pruned: bool) -> None:
        """Print what was done, and the failures once more if they are far above."""
        run = self._run
        failures = len(failed) + len(run.foreign)
        not_tried = len(run.pending) - self._tried
        if self._json:
            counts = {**self._counts, "failed": failures, "not_tried": not_tried, "stale": len(run.stale)}
            _print_line({"event": "finished", **counts, "manifest": run.manifest_name})
            return
        if self._lines_since_failure > MAX_LINES_SINCE_FAILURE:
            print_message("These failed:")
            for name, message in self._failures.items():
                print_message(f"{name}: {message}")
        if not self._quiet:
            built, unchanged = self._counts["built"], self._counts["unchanged"]
            rest = f", {not_tried} not tried" if not_tried else ""
            rest += "".join(f", {name} not written" for name in run.foreign_feed)
            click.echo(f"{built} built, {unchanged} unchanged, {failures} failed{rest}: {run.store.address}")
            if run.stale and not failed and not pruned:
                verb, what = ("belongs", "it") if len(run.stale) == 1 else ("belong", "them")
                sessions = f"{_counted(len(run.stale), 'session')} in the output"
                print_note(f"{sessions} no longer {verb} to the catalogue. --prune deletes {what}.")

    def _failure(self, name: str, message: str) -> None:
        if self._json:
            _print_line({"event": "failed", "name": name, "message": message})
        else:
            self._failures[name] = message
            self._echo(f"{name}: {message}", err=True)

    def _line(self, data: dict[str, Any], text: str) -> None:
        if self._json:
            _print_line(data)
        elif not self._quiet:
            click.echo(escape_control_characters(f"{data['name']}  {text}"))

    def _echo(self, text: str, err: bool = False) -> None:
        """Print a line, above the bar if there is one."""
        self._lines_since_failure += bool(self._failures)
        if self._display and (err or sys.stdout.isatty()):
            self._display.print(escape_control_characters(text))
        else:
            click.echo(escape_control_characters(text), err=err)


class _Display:
    """A progress bar, and below it a line for each worker."""

    def __init__(self, total: int, console: Any) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}", markup=False), BarColumn(), TextColumn("{task.fields[count]}"))
        self._progress = Progress(
            *columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console, transient=True, expand=False
        )
        self._total = total
        self._done = self._failed = 0
        self._running: dict[str, str] = {}
        """The session and the phase of each worker, by its address."""
        self._bar = self._progress.add_task("Building sessions", total=total, count=f"0 of {total}")
        self._lines: dict[str, Any] = {}

    @contextmanager
    def shown(self) -> Iterator[None]:
        from voiceguide.player.keyboard import suspendable

        with self._progress, suspendable(self._progress.stop, self._progress.start):
            yield

    def show_activity(self, activity: Activity) -> None:
        text = f"  {activity.name}: {activity.phase}"
        if activity.name not in self._lines:
            self._lines[activity.name] = self._progress.add_task(text, total=None, count="")
        self._progress.update(self._lines[activity.name], description=text)

    def show_result(self, name: str, failed: bool) -> None:
        self._done += 1
        self._failed += failed
        failures = f", {self._failed} failed" if self._failed else ""
        self._progress.update(self._bar, completed=self._done, count=f"{self._done} of {self._total}{failures}")
        line = self._lines.pop(name, None)
        if line is not None:
            self._progress.remove_task(line)

    def print(self, text: str) -> None:
        self._progress.console.print(text, markup=False, highlight=False, soft_wrap=True)


def _print_line(data: dict[str, Any]) -> None:
    """Print one JSON object on one line, at once, so that programs can follow."""
    click.echo(json.dumps(data))
    sys.stdout.flush()


def _explain_foreign(pending: PendingSession | None) -> str:
    """Return why a session is not built or, with None, why a file of the feed is not written."""
    if pending is None or pending.previous is None:
        return "A file of this name is in the output, but this catalogue did not make it. Move it, or add --replace."
    return _explain_other(pending.previous)


def _explain_other(record: SessionRecord) -> str:
    return (
        f"Another catalogue of the same file name made {record.name} ({record.catalogue or 'its place is not known'}). "
        "Rename one of them; or if this is that one, in another place, add --replace."
    )


def _counted(number: int, name: str) -> str:
    return f"{number} {name}{'' if number == 1 else 's'}"


def _spoken(seconds: float) -> str:
    if seconds < 100:
        return f"{max(round(seconds), 1)} s"
    return f"{round(seconds / 60)} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
