"""`voiceguide check`"""

from __future__ import annotations

import click

from voiceguide.cli.options import allow_path_option, complete_routine
from voiceguide.cli.output import make_printable, print_json, print_note

__all__ = ["command"]


@click.command("check")
@click.argument("routines", nargs=-1, required=True, shell_complete=complete_routine)
@click.option("--strict", is_flag=True, help="Advice counts as a problem.")
@allow_path_option
@click.option("--json", "as_json", is_flag=True, help="For a program to read.")
def command(routines: tuple[str, ...], strict: bool, allowed: tuple[str, ...], as_json: bool) -> None:
    """Point out every problem in each ROUTINE, and give advice."""
    from voiceguide.errors import ScriptError, VoiceguideError

    problems: list[str] = []
    advice: list[str] = []
    notes: dict[str, None] = {}
    for routine in routines:
        try:
            found, note = _collect_warnings(routine, allowed)
            advice += found
            notes |= {note: None} if note else {}
        except ScriptError as error:
            problems += [str(problem) for problem in error.problems]
        except VoiceguideError as error:
            problems.append(str(error) if routine in str(error) else f"{routine}: {error}")
    if as_json:
        print_json({"problems": problems, "advice": advice})
    else:
        for line in problems:
            click.echo(make_printable(line), err=True)
        for line in advice:
            click.echo(make_printable(f"advice: {line}"), err=True)
        for note in notes:
            print_note(note)
        if not problems and not advice:
            click.echo("Nothing to mend.")
    if problems or (strict and advice):
        raise SystemExit(1)


def _collect_warnings(routine: str, allowed: tuple[str, ...]) -> tuple[list[str], str | None]:
    """The advice for a routine, and who speaks it where that is not the default voice."""
    from voiceguide.pipeline.override_options import (
        collect_warnings,
        fallback_voice_note,
        open_builder,
        parse_overrides,
    )

    with open_builder(routine, lambda script: parse_overrides(script, {"allowed": allowed})) as session:
        timeline = session.estimated_timeline()
        return collect_warnings(session, timeline), fallback_voice_note(timeline)
