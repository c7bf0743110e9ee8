"""`voiceguide serve`"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TextIO

import click

from voiceguide.cli.options import json_option, quiet_option, verbose_option
from voiceguide.cli.output import print_json, print_note
from voiceguide.cli.tables import can_print, has_colors

__all__ = ["command"]

REQUIRED_PACKAGES = ("starlette", "uvicorn", "segno")
MISSING_PACKAGES_MESSAGE = (
    'The phone page needs packages that are not installed. Install them with: pip install "voiceguide[serve]"'
)
PUBLIC_ADDRESS_NOTE = "this computer has a public address, so anyone with the full link can open the page."


@click.command("serve")
@click.argument("folder", required=False, metavar="[DIR]")
@click.option("--lan", is_flag=True, help="Let phones on this network open the page, and show a QR code.")
@click.option("--port", type=click.IntRange(1, 65535), metavar="N", help="Port to listen on [default: 8765 if free].")
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
    _check_packages()
    from voiceguide.web.kept_token import load_token
    from voiceguide.web.network_address import (
        LOOPBACK_HOST,
        Address,
        is_public_host,
        lan_host,
        open_listening_sockets,
    )
    from voiceguide.web.server import serve_in_background
    from voiceguide.web.services.routine_library import RoutineLibrary

    library = RoutineLibrary(_script_folders(folder))
    hosts = [LOOPBACK_HOST, *([lan_host()] if lan else [])]
    sockets = open_listening_sockets(hosts, port)
    token = load_token(revoke=new_address)
    print_note(token.note, quiet)
    addresses = [Address(host, opened.getsockname()[1], token) for host, opened in zip(hosts, sockets, strict=True)]
    out = sys.stdout  # sys.stdout is replaced by stderr while an engine runs in another thread
    with serve_in_background(library, addresses, sockets, verbose, _report_left_out) as thread:
        if is_public_host(hosts[-1]):
            print_note(PUBLIC_ADDRESS_NOTE, quiet)
        if as_json:
            print_json({"url": addresses[-1].url}, out)
        elif quiet:
            click.echo(addresses[-1].url, file=out)
        else:
            _print_address(addresses[-1].url, lan, out)
        while thread.is_alive():
            thread.join(0.5)  # short waits, because Ctrl-C does not interrupt a wait on Windows
    sys.exit(1)  # the thread has already printed the reason


def _check_packages() -> None:
    from importlib.util import find_spec

    from voiceguide.errors import VoiceguideError

    if any(find_spec(package) is None for package in REQUIRED_PACKAGES):
        raise VoiceguideError(MISSING_PACKAGES_MESSAGE)


def _script_folders(folder: str | None) -> list[Path]:
    """Return the folders to search for the user's scripts."""
    from voiceguide.errors import VoiceguideError

    if folder is None:
        return [Path.cwd(), Path.cwd() / "scripts"]
    if not Path(folder).is_dir():
        raise VoiceguideError(f"{folder} is not a folder. Specify the folder with your scripts, or leave it out.")
    return [Path(folder)]


def _print_address(url: str, lan: bool, out: TextIO) -> None:
    """Print the link. With --lan, also print its QR code if the terminal can show one. The output fits in 24 lines."""
    if not lan:
        click.echo("Open this link on this computer (use --lan to reach it from your phone):\n", file=out)
    elif not can_print("▀"):
        click.echo("Open this link on a phone on the same network:\n", file=out)
    else:
        click.echo("Scan this code with a phone on the same network:\n", file=out)
        click.echo(_draw_qr_code(url, out.isatty() and has_colors()), file=out)
    click.echo(f"  {url}", file=out)
    click.echo("Press Ctrl-C to stop.", err=True)


def _draw_qr_code(url: str, with_colors: bool) -> str:
    from voiceguide.web.qr_code import draw_qr_code, render_qr_code

    return "\n".join(draw_qr_code(url)) if with_colors else render_qr_code(url)


def _report_left_out(reason: str) -> None:
    print_note(f"not listed: {reason}")
