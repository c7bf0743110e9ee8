"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from voiceguide.names import BED_LEVEL_DB, DETAIL_LEVELS

__all__ = ["allow_path_option", "complete_routine", "override_options", "quiet_option"]

_OVERRIDE_OPTIONS = [
    click.option(
        "--set", "sets", multiple=True, metavar="STEP=DURATION", help="Change a step's, STAGE/STEP's or stage's time."
    ),
    click.option("--total", metavar="DURATION", help="Stretch or shrink the quiet to make the session last this long."),
    click.option(
        "--skip", "skips", multiple=True, metavar="TAG|STAGE", help="Leave out a stage, or all that carries a tag."
    ),
    click.option("--variant", "variants", multiple=True, metavar="NAME", help="Apply a variant of the script."),
    click.option("--detail", type=click.Choice(DETAIL_LEVELS), help="How much is said, on the same clock."),
    click.option("--voice", metavar="VOICE", help="Who speaks: NAME or ENGINE/NAME."),
    click.option("--pace", metavar="NUMBER", help="How fast; 1.0 is the voice's own pace."),
    click.option("--bed", metavar="NAME|FILE|none", help="The background."),
    click.option(
        "--bed-level",
        metavar="DB",
        help=f"The background's level against the voice; {BED_LEVEL_DB:.0f} where left out.",
    ),
]

allow_path_option = click.option(
    "--allow-path", "allowed", multiple=True, metavar="PATH", help="Let the script use files there as well."
)


def override_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """All the overrides, for a command that takes a routine."""
    for option in reversed([*_OVERRIDE_OPTIONS, allow_path_option]):
        function = option(function)
    return function


quiet_option = click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")


def complete_routine(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """What the shell offers for a ROUTINE: bundled names, scripts, and folders on the way to them."""
    from voiceguide.pipeline.bundled_routines import list_bundled_routines

    folder, _, _ = incomplete.rpartition("/")
    before = f"{folder}/" if "/" in incomplete else ""
    there = sorted(Path(before or ".").iterdir()) if Path(before or ".").is_dir() else []
    folders = [f"{before}{path.name}/" for path in there if path.is_dir() and not path.name.startswith(".")]
    scripts = [f"{before}{path.name}" for path in there if path.suffix in (".yaml", ".yml") and path.is_file()]
    return [offer for offer in (*list_bundled_routines(), *scripts, *folders) if offer.startswith(incomplete)]
