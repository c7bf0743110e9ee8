"""`voiceguide serve`"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TextIO

import click

from voiceguide.cli.output import make_printable

__all__ = ["command"]

REQUIRED_PACKAGES = ("starlette", "uvicorn", "segno")
MISSING_PACKAGES_MESSAGE = (
    'The phone page needs packages that are not installed. Install them with: pip install "voiceguide[serve]"'
)

PUBLIC_ADDRESS_NOTE = (
    "note: this machine's address is a public one, so whoever knows the whole address reaches the page from anywhere."
)


@click.command("serve")
@click.argument("folder", required=False, metavar="[DIR]")
@click.option("--lan", is_flag=True, help="Offer it to the phones in this network too, and show a code to scan.")
@click.option("--port", type=click.IntRange(1, 65535), metavar="N", help="Where it listens; 8765 where that is free.")
@click.option("-v", "--verbose", is_flag=True, help="Show each request.")
def command(folder: str | None, lan: bool, port: int | None, verbose: bool) -> None:
    """Offer a page for the phone: choose a routine, change its times, play it hands-free.

    DIR is a folder with scripts of your own. Without it, those in the current folder and in its folder scripts are
    offered. The bundled routines are there as well.

    The page is for this machine alone, unless --lan is given. Its address holds a secret that is new each time, and
    without it nothing is told. Ctrl-C ends it.
    """
    _check_installed()
    from voiceguide.web.network_address import (
        LOOPBACK_HOST,
        Address,
        is_public_host,
        lan_host,
        new_token,
        open_listening_sockets,
    )
    from voiceguide.web.server import serve_in_background
    from voiceguide.web.services.routine_library import RoutineLibrary

    library = RoutineLibrary(_find_script_folders(folder))
    hosts = [LOOPBACK_HOST, *([lan_host()] if lan else [])]
    sockets = open_listening_sockets(hosts, port)
    token = new_token()
    addresses = [Address(host, opened.getsockname()[1], token) for host, opened in zip(hosts, sockets, strict=True)]
    out = sys.stdout  # while an engine is asked for its voices in another thread, sys.stdout is not where people look
    with serve_in_background(library, addresses, sockets, verbose, _print_skipped_script) as thread:
        if is_public_host(hosts[-1]):
            click.echo(PUBLIC_ADDRESS_NOTE, err=True)
        _print_address(addresses[-1].url, lan, out)
        while thread.is_alive():
            thread.join(0.5)  # in pieces, since on Windows Ctrl-C is not heard inside
    sys.exit(1)  # the thread has said why


def _check_installed() -> None:
    from importlib.util import find_spec

    from voiceguide.errors import VoiceguideError

    if any(find_spec(package) is None for package in REQUIRED_PACKAGES):
        raise VoiceguideError(MISSING_PACKAGES_MESSAGE)


def _find_script_folders(folder: str | None) -> list[Path]:
    """Where scripts of one's own are looked for."""
    from voiceguide.errors import VoiceguideError

    if folder is None:
        return [Path.cwd(), Path.cwd() / "scripts"]
    if not Path(folder).is_dir():
        raise VoiceguideError(f"{folder} is not a folder. Name the one that your scripts are in, or none.")
    return [Path(folder)]


def _print_address(url: str, lan: bool, out: TextIO) -> None:
    """The address, as text and for --lan as a code to scan."""
    if lan:
        from voiceguide.web.network_address import render_qr_code

        click.echo("Scan this with the camera of a phone that is in the same network:\n", file=out)
        click.echo(render_qr_code(url), file=out)
    else:
        click.echo("Open this in a browser on this machine (--lan offers it to your phone):\n", file=out)
    click.echo(f"  {url}\n", file=out)
    click.echo("Ctrl-C ends it.", err=True)


def _print_skipped_script(sentence: str) -> None:
    click.echo(make_printable(f"note: left out of the list: {sentence}"), err=True)
