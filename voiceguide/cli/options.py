"""Options that several commands share, and what they mean together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from voiceguide.script.load import Script
    from voiceguide.timeline.overrides import Overrides

__all__ = ["override_options", "overrides_from", "quiet_option"]

_OPTIONS = [
    click.option(
        "--set", "sets", multiple=True, metavar="STEP=DURATION", help="Change a step's, STAGE/STEP's or stage's time."
    ),
    click.option("--total", metavar="DURATION", help="Stretch or shrink the quiet to make the session last this long."),
    click.option(
        "--skip", "skips", multiple=True, metavar="TAG|STAGE", help="Leave out a stage, or all that carries a tag."
    ),
    click.option("--variant", "variants", multiple=True, metavar="NAME", help="Apply a variant of the script."),
    click.option(
        "--detail", type=click.Choice(["full", "brief", "chime"]), help="How much is said, on the same clock."
    ),
    click.option("--voice", metavar="VOICE", help="Who speaks: NAME or ENGINE/NAME."),
    click.option("--pace", metavar="NUMBER", help="How fast; 1.0 is the voice's own pace."),
    click.option("--bed", metavar="NAME|FILE|none", help="The background."),
    click.option("--bed-level", metavar="DB", help="The background's level against the voice; -20 where left out."),
]


def override_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """All the overrides, for a command that takes a routine."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


quiet_option = click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")


def overrides_from(script: Script, options: dict[str, Any]) -> Overrides:
    """The overrides that the options mean for this script, its variants worked in.

    Raises:
        OverrideError: for one that cannot be read or that names nothing in the script.
    """
    from voiceguide.timeline.overrides import Overrides, parse_set, with_variants

    given = Overrides(
        set=parse_set(options["sets"]),
        total=_duration("--total", options["total"]),
        skip=tuple(options["skips"]),
        detail=options["detail"],
        voice=options["voice"],
        pace=_number("--pace", options["pace"], 0.5, 2.0, "the pace, 1.0 being the voice's own"),
        bed=options["bed"],
        bed_file=_bed_file(options["bed"]),
        bed_level=_number("--bed-level", options["bed_level"], -60, 0, "a level in decibels"),
    )
    return with_variants(given, options["variants"], script.routine)


def _bed_file(bed: str | None) -> Path | None:
    """The file that --bed names, found from here and not from the script."""
    from voiceguide.errors import OverrideError
    from voiceguide.script.fields import BEDS

    if bed is None or bed in BEDS:
        return None
    if not Path(bed).is_file():
        raise OverrideError(f"--bed {bed}: there is no such bed and no such file. There is {', '.join(BEDS)}.")
    return Path(bed).resolve()


def _duration(name: str, text: str | None) -> int | None:
    from voiceguide.errors import OverrideError
    from voiceguide.units import DurationError, parse_duration

    try:
        return None if text is None else parse_duration(text)
    except DurationError as error:
        raise OverrideError(f"{name}: {error}") from error


def _number(name: str, text: str | None, low: float, high: float, meaning: str) -> float | None:
    from voiceguide.errors import OverrideError
    from voiceguide.script.fields import parse_number

    try:
        return None if text is None else parse_number(text, low, high, meaning)
    except ValueError as error:
        raise OverrideError(f"{name}: {error}") from error
