"""Functions for both `serve` and `edit`: open the sockets, print the link, and wait for Ctrl-C."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from threading import Thread
from typing import TYPE_CHECKING, Any, TextIO

import click

from voiceguide.cli.output import print_json, print_note
from voiceguide.cli.tables import can_print, has_colors

if TYPE_CHECKING:
    from voiceguide.web.network_address import Address

__all__ = [
    "SERVE_PORT",
    "STUDIO_PORT",
    "check_packages",
    "lan_option",
    "port_option",
    "print_address",
    "run_server",
]

SERVE_PORT = 8765
"""The port that `serve` uses if it is free. Phones store the session history separately for each address, including its
port."""
STUDIO_PORT = 8766
"""The port that `edit` uses if it is free. It differs from that of `serve`, because browsers store drafts by address
and port."""

REQUIRED_PACKAGES = ("starlette", "uvicorn", "segno")
MISSING_PACKAGES_MESSAGE = (
    'The web pages need packages that are not installed. Install them with: pip install "voiceguide[serve]"'
)
PUBLIC_ADDRESS_NOTE = "this computer has a public address, so anyone with the full link can open the page."

Serve = Callable[["Sequence[Address]", "list[socket.socket]"], AbstractContextManager[Thread]]


def lan_option(help_text: str) -> Callable[..., Any]:
    """Return the option `--lan`."""
    return click.option("--lan", is_flag=True, help=help_text)


def port_option(default: int) -> Callable[..., Any]:
    """Return the option `--port`."""
    help_text = f"Port to listen on [default: {default} if free]."
    return click.option("--port", type=click.IntRange(1, 65535), metavar="N", help=help_text)


def check_packages() -> None:
    """Check that the packages of the `serve` extra are installed.

    Raises:
        VoiceguideError: A package is missing.
    """
    from importlib.util import find_spec

    from voiceguide.errors import VoiceguideError

    if any(find_spec(package) is None for package in REQUIRED_PACKAGES):
        raise VoiceguideError(MISSING_PACKAGES_MESSAGE)


def run_server(
    serve: Serve,
    default_port: int,
    lan: bool,
    port: int | None,
    *,
    new_address: bool = False,
    page: str = "",
    as_json: bool,
    quiet: bool,
    started: Callable[[Address], None] = lambda address: None,
) -> None:
    """Print the link, and serve until Ctrl-C.

    `page` is the path to append to the private address. `started` is called with the local address.
    """
    from voiceguide.web.kept_token import load_token
    from voiceguide.web.network_address import (
        LOOPBACK_HOST,
        Address,
        is_public_host,
        lan_host,
        open_listening_sockets,
    )

    hosts = [LOOPBACK_HOST, *([lan_host()] if lan else [])]
    sockets = open_listening_sockets(hosts, port, default_port)
    token = load_token(revoke=new_address)
    print_note(token.note, quiet)
    addresses = [Address(host, opened.getsockname()[1], token) for host, opened in zip(hosts, sockets, strict=True)]
    out = sys.stdout  # sys.stdout is replaced by stderr while an engine runs in another thread
    with serve(addresses, sockets) as thread:
        if is_public_host(hosts[-1]):
            print_note(PUBLIC_ADDRESS_NOTE, quiet)
        url = addresses[-1].url + page
        if as_json:
            print_json({"url": url}, out)
        elif quiet:
            click.echo(url, file=out)
        else:
            print_address(url, lan, out)
        started(addresses[0])
        while thread.is_alive():
            thread.join(0.5)  # short waits, because Ctrl-C does not interrupt a wait on Windows
    sys.exit(1)  # the thread has already printed the reason


def print_address(url: str, lan: bool, out: TextIO) -> None:
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
