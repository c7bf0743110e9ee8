"""Where the phone page is found: the addresses it is offered at, the secret part of them, and the code to scan."""

from __future__ import annotations

import errno
import io
import ipaddress
import secrets
import socket
from dataclasses import dataclass

from voiceguide.errors import VoiceguideError

__all__ = [
    "DEFAULT_PORT",
    "Address",
    "is_public_host",
    "lan_host",
    "new_token",
    "open_listening_sockets",
    "render_qr_code",
]

DEFAULT_PORT = 8765
"""Where it is found while nobody asks for another and this one is free; a phone remembers its place by the port too."""
LOOPBACK_HOST = "127.0.0.1"
TOKEN_BYTES = 24
"""Of randomness; 128 bits are beyond guessing, these are 192."""
_ROUTE_PROBE_ADDRESS = ("192.0.2.1", 9)
"""An address that RFC 5737 keeps for examples: a route to it is looked up, and nothing is ever sent there."""


@dataclass(frozen=True)
class Address:
    """One place where the page is offered."""

    host: str
    """IPv4, as in the address."""
    port: int
    token: str

    @property
    def url(self) -> str:
        """What a browser opens."""
        return f"http://{self.host}:{self.port}/{self.token}/"


def new_token() -> str:
    """A fresh secret of letters, digits, - and _, never the same twice."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def lan_host() -> str:
    """This machine's own IPv4 address in the network that its default route leads through. Sends nothing.

    Raises:
        VoiceguideError: where there is no network.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ROUTE_PROBE_ADDRESS)  # of a datagram socket: chooses the route, no packet leaves
            host = str(probe.getsockname()[0])
        except OSError as error:
            raise VoiceguideError(_NO_NETWORK_MESSAGE) from error
    found = ipaddress.ip_address(host)
    if found.is_loopback or found.is_unspecified:
        raise VoiceguideError(_NO_NETWORK_MESSAGE)
    return host


def is_public_host(host: str) -> bool:
    """Whether an address can be reached from outside its network, as a server's in a computer centre can."""
    return ipaddress.ip_address(host).is_global


_NO_NETWORK_MESSAGE = (
    "--lan: this machine is in no network now, so no phone can reach it. Join the phone's Wi-Fi, or leave out --lan."
)


def open_listening_sockets(hosts: list[str], port: int | None) -> list[socket.socket]:
    """A listening socket for each host, all on one port: the one asked for; where None, PORT, or any that is free.

    Raises:
        VoiceguideError: where the port asked for is taken or not allowed.
    """
    if port is not None:
        return _listen_on_port(hosts, port)
    try:
        return _listen_on_port(hosts, DEFAULT_PORT)
    except VoiceguideError:
        return _listen_on_port(hosts, 0)


def _listen_on_port(hosts: list[str], port: int) -> list[socket.socket]:
    sockets: list[socket.socket] = []
    for host in hosts:
        try:
            sockets.append(socket.create_server((host, port), backlog=256))
        except OSError as error:
            for opened in sockets:
                opened.close()
            raise VoiceguideError(_port_error_message(port, error)) from error
        port = sockets[0].getsockname()[1]
    return sockets


def _port_error_message(port: int, error: OSError) -> str:
    why = {
        errno.EADDRINUSE: "is taken by another program",
        errno.EACCES: "is kept for the system",
    }.get(error.errno or 0, f"cannot be used ({error.strerror or error})")
    return f"--port {port}: this port {why}. Choose another, such as --port {DEFAULT_PORT + 1}, or leave out --port."


def render_qr_code(url: str) -> str:
    """The address as a code for a phone's camera: lines of half blocks, dark on the light of the terminal's own ink."""
    import segno

    drawn = io.StringIO()
    segno.make(url, error="m", micro=False).terminal(drawn, border=2, compact=True)
    return drawn.getvalue()
