"""`voiceguide routines`"""

from __future__ import annotations

import click

from voiceguide.cli.options import json_option
from voiceguide.cli.output import escape_control_characters, print_json

__all__ = ["command"]


@click.command("routines")
@json_option
def command(as_json: bool) -> None:
    """List the bundled routines with their lengths and descriptions."""
    import voiceguide
    from voiceguide.units import format_clock

    routines = {name: voiceguide.load(name) for name in voiceguide.bundled()}
    timelines = {name: routine.plan() for name, routine in routines.items()}
    if as_json:
        print_json(
            [
                {
                    "name": name,
                    "title": routine.title,
                    "total": timelines[name].duration_s,
                    "description": routine.description,
                }
                for name, routine in routines.items()
            ]
        )
        return
    for name, routine in routines.items():
        clock = format_clock(timelines[name].total)
        click.echo(escape_control_characters(f"{name:<24} {clock:>8}  {routine.title}. {routine.description}"))
