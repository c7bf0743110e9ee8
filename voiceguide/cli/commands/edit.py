"""`voiceguide edit`"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from voiceguide.cli.options import json_option, quiet_option, verbose_option
from voiceguide.cli.output import print_note
from voiceguide.cli.web_server import STUDIO_PORT, check_packages, lan_option, port_option, run_server

__all__ = ["command"]


@click.command("edit")
@click.argument("path", required=False, metavar="[FILE|DIR]")
@lan_option("Let other devices on this network open the studio, and show a QR code.")
@port_option(STUDIO_PORT)
@click.option("--no-browser", is_flag=True, help="Only print the link.")
@json_option
@quiet_option
@verbose_option("Log each request.")
def command(
    path: str | None, lan: bool, port: int | None, no_browser: bool, as_json: bool, quiet: bool, verbose: bool
) -> None:
    """Open the studio, a browser page for writing and timing routines and for listening to each step.

    FILE is the script to edit. If it does not exist, the studio starts with a small routine. DIR is a folder with
    scripts. Without either, the scripts in the current folder are offered.

    The studio writes only YAML files and recordings in that folder, and only when you save. Only this computer can open
    it, unless you use --lan. Press Ctrl-C to stop.

    \b
    Example:
      voiceguide edit evening.yaml
    """
    check_packages()
    from voiceguide.web.network_address import new_token
    from voiceguide.web.studio.studio_server import serve_studio

    folder, opened = _resolve(path)
    entrance = new_token()
    run_server(
        lambda addresses, sockets: serve_studio(folder, opened, addresses, sockets, verbose, entrance),
        STUDIO_PORT,
        lan,
        port,
        page="studio/",
        as_json=as_json,
        quiet=quiet,
        started=lambda address: None if no_browser else _open_browser(replace(address, token=entrance).url, quiet),
    )


def _resolve(path: str | None) -> tuple[Path, str | None]:
    """Return the folder to open, and the name of the script to open in it."""
    from voiceguide.errors import VoiceguideError
    from voiceguide.pipeline.bundled_routines import list_bundled_routines
    from voiceguide.script.path_lookup import kind_at
    from voiceguide.web.studio.script_folder import ScriptFolder

    given = Path(path or ".")
    if kind_at(given) == "folder":
        return given, None
    if path in list_bundled_routines() and not kind_at(given):
        raise VoiceguideError(f"{path} is a bundled routine. Copy it first: voiceguide new my.yaml --from {path}")
    if kind_at(given.parent) != "folder":
        raise VoiceguideError(f"The folder {given.parent} does not exist. Create it, or choose another.")
    ScriptFolder(given.parent).path(given.name)
    return given.parent, given.name


def _open_browser(url: str, quiet: bool) -> None:
    import webbrowser

    if not webbrowser.open(url):
        print_note("no browser was found. Open the link yourself.", quiet)
