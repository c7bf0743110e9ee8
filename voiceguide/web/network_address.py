"""The address of the phone page: host, port, the secret token, and the QR code."""

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
"""The default port, if it is free. A phone keeps the history of its sessions by address, port included."""
LOOPBACK_HOST = "127.0.0.1"
TOKEN_BYTES = 24
"""192 bits. 128 bits cannot be guessed."""
_ROUTE_PROBE_ADDRESS = ("192.0.2.1", 9)
"""An address that RFC 5737 reserves for examples. A route to it is looked up. Nothing is ever sent there."""


@dataclass(frozen=True)
class Address:
    """One address of the page."""

    host: str
    """IPv4."""
    port: int
    token: str

    @property
    def url(self) -> str:
        """The link for a browser."""
        return f"http://{self.host}:{self.port}/{self.token}/"


def new_token() -> str:
    """Return a new random token of letters, digits, - and _."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def lan_host() -> str:
    """Return the IPv4 address of this computer in the network of its default route. Nothing is sent.

    Raises:
        VoiceguideError: There is no network.
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
    """Return whether an address is reachable from outside its network, as that of a server in a data centre is."""
    return ipaddress.ip_address(host).is_global


_NO_NETWORK_MESSAGE = (
    "This computer is not in a network, so no phone can reach it. Join the phone's Wi-Fi, or serve the page locally."
)


def open_listening_sockets(hosts: list[str], port: int | None) -> list[socket.socket]:
    """Return a listening socket for each host, all on one port. Default: DEFAULT_PORT, or any free port.

    Raises:
        VoiceguideError: `port` is in use or not allowed.
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
    reason = {
        errno.EADDRINUSE: "is in use by another program",
        errno.EACCES: "is reserved for the operating system",
    }.get(error.errno or 0, f"cannot be used ({error.strerror or error})")
    return f"Port {port} {reason}. Choose another port, such as {DEFAULT_PORT + 1}."


def render_qr_code(url: str) -> str:
    """Return the QR code of an address, as lines of half blocks."""
    import segno

    drawn = io.StringIO()
    segno.make(url, error="m", micro=False).terminal(drawn, border=2, compact=True)
    return drawn.getvalue()
