"""`voiceguide serve`"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TextIO

import click

from voiceguide.cli.output import printable

__all__ = ["command"]

NEEDED = ("starlette", "uvicorn", "segno")
MISSING = 'The phone page needs packages that are not installed. Install them with: pip install "voiceguide[serve]"'

PUBLIC = (
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
    from voiceguide.web.network_address import LOCAL, Address, is_public, lan_host, listen, new_token
    from voiceguide.web.server import serving
    from voiceguide.web.services.routine_library import Library

    library = Library(_folders(folder))
    hosts = [LOCAL, *([lan_host()] if lan else [])]
    sockets = listen(hosts, port)
    token = new_token()
    addresses = [Address(host, opened.getsockname()[1], token) for host, opened in zip(hosts, sockets, strict=True)]
    out = sys.stdout  # while an engine is asked for its voices in another thread, sys.stdout is not where people look
    with serving(library, addresses, sockets, verbose, _leave_out) as thread:
        if is_public(hosts[-1]):
            click.echo(PUBLIC, err=True)
        _show(addresses[-1].url, lan, out)
        while thread.is_alive():
            thread.join(0.5)  # in pieces, since on Windows Ctrl-C is not heard inside
    sys.exit(1)  # the thread has said why


def _check_installed() -> None:
    from importlib.util import find_spec

    from voiceguide.errors import VoiceguideError

    if any(find_spec(package) is None for package in NEEDED):
        raise VoiceguideError(MISSING)


def _folders(folder: str | None) -> list[Path]:
    """Where scripts of one's own are looked for."""
    from voiceguide.errors import VoiceguideError

    if folder is None:
        return [Path.cwd(), Path.cwd() / "scripts"]
    if not Path(folder).is_dir():
        raise VoiceguideError(f"{folder} is not a folder. Name the one that your scripts are in, or none.")
    return [Path(folder)]


def _show(url: str, lan: bool, out: TextIO) -> None:
    """The address, as text and for --lan as a code to scan."""
    if lan:
        from voiceguide.web.network_address import qr_code

        click.echo("Scan this with the camera of a phone that is in the same network:\n", file=out)
        click.echo(qr_code(url), file=out)
    else:
        click.echo("Open this in a browser on this machine (--lan offers it to your phone):\n", file=out)
    click.echo(f"  {url}\n", file=out)
    click.echo("Ctrl-C ends it.", err=True)


def _leave_out(sentence: str) -> None:
    click.echo(printable(f"note: left out of the list: {sentence}"), err=True)
