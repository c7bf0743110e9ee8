"""`voiceguide serve`"""

from __future__ import annotations

from pathlib import Path

import click

from voiceguide.cli.options import json_option, quiet_option, verbose_option
from voiceguide.cli.output import print_note
from voiceguide.cli.web_server import SERVE_PORT, check_packages, lan_option, port_option, run_server

__all__ = ["command"]


@click.command("serve")
@click.argument("folder", required=False, metavar="[DIR]")
@lan_option("Let phones on this network open the page, and show a QR code.")
@port_option(SERVE_PORT)
@click.option("--new-address", is_flag=True, help="Change the secret in the link. The old link no longer works.")
@json_option
@quiet_option
@verbose_option("Log each request.")
def command(
    folder: str | None, lan: bool, port: int | None, new_address: bool, as_json: bool, quiet: bool, verbose: bool
) -> None:
    """Serve a web page for your phone: pick a routine, adjust its durations, and play it hands-free.

    DIR is a folder with your own scripts. Without it, the page offers the scripts in the current folder and in its
    scripts folder. The bundled routines are always offered.

    Only this computer can open the page, unless you use --lan. The link contains a secret, which stays the same, so
    you can keep the link. Requests without it are rejected. Press Ctrl-C to stop.

    \b
    Example:
      voiceguide serve --lan
    """
    check_packages()
    from voiceguide.web.server import serve_in_background
    from voiceguide.web.services.routine_library import RoutineLibrary

    library = RoutineLibrary(_script_folders(folder))
    run_server(
        lambda addresses, sockets: serve_in_background(library, addresses, sockets, verbose, _report_left_out),
        SERVE_PORT,
        lan,
        port,
        new_address=new_address,
        as_json=as_json,
        quiet=quiet,
    )


def _script_folders(folder: str | None) -> list[Path]:
    """Return the folders to search for the user's scripts."""
    from voiceguide.errors import VoiceguideError
    from voiceguide.script.path_lookup import kind_at

    if folder is None:
        return [Path.cwd(), Path.cwd() / "scripts"]
    if kind_at(folder) != "folder":
        raise VoiceguideError(f"{folder} is not a folder. Specify the folder with your scripts, or leave it out.")
    return [Path(folder)]


def _report_left_out(reason: str) -> None:
    print_note(f"not listed: {reason}")
