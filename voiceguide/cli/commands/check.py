"""`voiceguide check`"""

from __future__ import annotations

import click

from voiceguide.cli.completion import complete_routine
from voiceguide.cli.options import allow_path_option, json_option, quiet_option, strict_option, verbose_option
from voiceguide.cli.output import (
    error_text,
    escape_control_characters,
    print_json,
    print_message,
    print_note,
    print_warnings,
)

__all__ = ["command"]


@click.command("check")
@click.argument("routines", nargs=-1, required=True, metavar="ROUTINE...", shell_complete=complete_routine)
@strict_option
@allow_path_option
@json_option
@quiet_option
@verbose_option("Also name each routine without problems.")
def command(
    routines: tuple[str, ...], strict: bool, allow_paths: tuple[str, ...], as_json: bool, quiet: bool, verbose: bool
) -> None:
    """Check each ROUTINE for errors and warnings.

    \b
    Example:
      voiceguide check evening.yaml --strict
    """
    from voiceguide.errors import ScriptError, VoiceguideError

    errors: list[str] = []
    warnings: list[str] = []
    notes: dict[str, None] = {}
    clean: list[str] = []
    for routine in routines:
        try:
            found, note = _warnings_and_note(routine, allow_paths)
            warnings += found
            clean += [] if found else [routine]
            notes |= {note: None} if note else {}
        except ScriptError as error:
            errors += [str(problem) for problem in error.problems]
        except VoiceguideError as error:
            errors.append(error_text(error) if routine in str(error) else f"{routine}: {error_text(error)}")
    if as_json:
        print_json({"problems": errors, "warnings": warnings})
    else:
        for line in errors:
            print_message(line)
        print_warnings(warnings, quiet)
        for note in notes:
            print_note(note, quiet)
        for routine in clean if verbose else ():
            click.echo(escape_control_characters(f"{routine}: no problems"))
        if not errors and not warnings and not quiet:
            click.echo("No problems found.")
    if errors or (strict and warnings):
        raise SystemExit(1)


def _warnings_and_note(routine: str, allow_paths: tuple[str, ...]) -> tuple[list[str], str | None]:
    """Return the warnings for a routine, and a note if its engine is not the default one."""
    import voiceguide
    from voiceguide.pipeline.override_options import fallback_voice_note

    timeline = voiceguide.load(routine).plan(allow_paths=allow_paths)
    return [str(warning) for warning in timeline.warnings], fallback_voice_note(timeline)
