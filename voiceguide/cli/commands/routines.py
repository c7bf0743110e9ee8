"""`voiceguide routines`"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from voiceguide.cli.completion import complete_language
from voiceguide.cli.options import json_option, names_only_option, verbose_option
from voiceguide.cli.output import print_json
from voiceguide.cli.tables import Row, print_table

if TYPE_CHECKING:
    from voiceguide.api import Routine

__all__ = ["command"]


@click.command("routines")
@click.option(
    "--language",
    metavar="TAG",
    shell_complete=complete_language,
    help="List only routines in this language, such as de or en-US.",
)
@json_option
@names_only_option
@verbose_option("Also list the stages and variants of each routine.")
def command(language: str | None, as_json: bool, names_only: bool, verbose: bool) -> None:
    """List the bundled routines with their lengths and descriptions.

    \b
    Example:
      voiceguide routines --language de
    """
    import voiceguide
    from voiceguide.units import format_total

    routines = _select_language({name: voiceguide.load(name) for name in voiceguide.bundled()}, language)
    if names_only and not as_json:
        click.echo("\n".join(routines))
        return
    timelines = {name: routine.plan() for name, routine in routines.items()}
    if as_json:
        print_json(
            [
                {
                    "name": name,
                    "title": routine.title,
                    "language": routine.language,
                    "total": timelines[name].duration_s,
                    "description": routine.description,
                }
                for name, routine in routines.items()
            ]
        )
        return
    rows = []
    for name, routine in routines.items():
        rows.append(Row((name, format_total(timelines[name].total), f"{routine.title}. {routine.description}")))
        if verbose:
            stages = ", ".join(f'"{stage.title}"' for stage in timelines[name].stages)
            rows += [Row(("", "", f"Stages: {stages}")), Row(("", "", f"Variants: {', '.join(routine.variants)}"))]
    print_table(rows, right=(1,))


def _select_language(routines: dict[str, Routine], language: str | None) -> dict[str, Routine]:
    """Return the routines in a language. A tag without a region includes all regions.

    Raises:
        OverrideError: There are no routines in this language.
    """
    from voiceguide.errors import OverrideError

    wanted = (language or "").lower().replace("_", "-")
    found = {
        name: routine
        for name, routine in routines.items()
        if not wanted or f"{routine.language.lower()}-".startswith(f"{wanted}-")
    }
    if not found:
        known = ", ".join(sorted({routine.language for routine in routines.values()}))
        raise OverrideError("language", language or "", f"no bundled routine is in this language. Available: {known}.")
    return found
