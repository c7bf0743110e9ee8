"""Options shared by several commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click

from voiceguide.builtin_names import BED_LEVEL_DB, DETAIL_LEVELS, ROOM_NAMES
from voiceguide.cli.completion import (
    complete_bed,
    complete_skip,
    complete_step_length,
    complete_variant,
    complete_voice,
)
from voiceguide.errors import OverrideError

__all__ = [
    "allow_path_option",
    "given_overrides",
    "json_option",
    "names_only_option",
    "override_options",
    "pace_option",
    "quiet_option",
    "room_option",
    "strict_option",
    "verbose_option",
    "voice_option",
]


def _split_lengths(
    context: click.Context, parameter: click.Parameter, entries: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    """Split each STEP=DURATION at its last equals sign."""
    for entry in entries:
        if "=" not in entry:
            raise OverrideError("set", entry, 'specify a step and a duration, such as --set "soak=3m".')
    return tuple((target, duration) for target, _, duration in (entry.rpartition("=") for entry in entries))


voice_option = click.option(
    "--voice", metavar="VOICE", shell_complete=complete_voice, help="The voice: NAME or ENGINE/NAME."
)
room_option = click.option("--room", type=click.Choice(ROOM_NAMES), help="The room in which the voice speaks.")
pace_option = click.option("--pace", metavar="NUMBER", help="Speaking rate; 1.0 is the voice's normal speed.")
allow_path_option = click.option(
    "--allow-path",
    "allow_paths",
    multiple=True,
    metavar="PATH",
    help="Also allow the script to use this file or folder.",
)
_OVERRIDES = [
    click.option(
        "--set",
        "set",
        multiple=True,
        metavar="STEP=DURATION",
        callback=_split_lengths,
        shell_complete=complete_step_length,
        help="Change the length of a stage or of a step, given as STEP or STAGE/STEP.",
    ),
    click.option(
        "--total", metavar="DURATION", help="Adjust the silences so that the session lasts exactly this long."
    ),
    click.option(
        "--skip",
        multiple=True,
        metavar="TAG|STAGE",
        shell_complete=complete_skip,
        help="Leave out a stage, or everything that has this tag.",
    ),
    click.option(
        "--variant",
        "variants",
        multiple=True,
        metavar="NAME",
        shell_complete=complete_variant,
        help="Apply a variant of the script.",
    ),
    click.option(
        "--variant-file",
        "variant_file",
        metavar="FILE",
        help="Apply a variant from a file, such as one copied from the phone page.",
    ),
    click.option("--detail", type=click.Choice(DETAIL_LEVELS), help="How much is spoken. The timing stays the same."),
    voice_option,
    room_option,
    pace_option,
    click.option(
        "--bed",
        metavar="NAME|FILE|none",
        shell_complete=complete_bed,
        help="The background sound, or several: rain+pads.",
    ),
    click.option(
        "--bed-level",
        "bed_level_db",
        metavar="DB",
        help=f"The level of the bed relative to the voice [default: {BED_LEVEL_DB:.0f}].",
    ),
    allow_path_option,
]
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
quiet_option = click.option("-q", "--quiet", is_flag=True, help="Print only the result and errors.")
names_only_option = click.option("-q", "--quiet", "names_only", is_flag=True, help="Print only the names.")
strict_option = click.option("--strict", is_flag=True, help="Treat warnings as errors.")


def verbose_option(help_text: str) -> Callable[..., Any]:
    """Return the option -v. `help_text` describes the additional output."""
    return click.option("-v", "--verbose", is_flag=True, help=help_text)


def override_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add all override options to a command that takes a routine.

    The parameters have the same names as in the Python API.
    """
    for option in reversed(_OVERRIDES):
        function = option(function)
    return function


def given_overrides(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return only the override options that were given."""
    from voiceguide.pipeline.override_options import OPTIONS

    return {name: options[name] for name in OPTIONS if options.get(name) not in (None, ())}
