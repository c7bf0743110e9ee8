"""The address of the phone page: its host, port and secret token."""

from __future__ import annotations

import errno
import ipaddress
import secrets
import socket
from dataclasses import dataclass

from voiceguide.errors import VoiceguideError

__all__ = [
    "Address",
    "is_public_host",
    "lan_host",
    "new_token",
    "open_listening_sockets",
]

LOOPBACK_HOST = "127.0.0.1"
TOKEN_BYTES = 24
"""192 bits. Even a token of 128 bits would be impossible to guess."""
_ROUTE_PROBE_ADDRESS = ("192.0.2.1", 9)
"""An address reserved for documentation by RFC 5737. The address is used to look up a route. Nothing is sent to it."""


@dataclass(frozen=True)
class Address:
    """An address of the phone page."""

    host: str
    """IPv4 address."""
    port: int
    token: str

    @property
    def url(self) -> str:
        """The URL to open in a browser."""
        return f"http://{self.host}:{self.port}/{self.token}/"


def new_token() -> str:
    """Return a new random token, which contains only letters, digits, - and _."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def lan_host() -> str:
    """Return this computer's IPv4 address on its default network. Nothing is sent.

    Raises:
        VoiceguideError: The computer is not connected to a network.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ROUTE_PROBE_ADDRESS)  # for UDP, this only selects a route and sends no packets
            host = str(probe.getsockname()[0])
        except OSError as error:
            raise VoiceguideError(_NO_NETWORK_MESSAGE) from error
    found = ipaddress.ip_address(host)
    if found.is_loopback or found.is_unspecified:
        raise VoiceguideError(_NO_NETWORK_MESSAGE)
    return host


def is_public_host(host: str) -> bool:
    """Return whether an address can be reached from the internet, as is usual for a server in a data center."""
    return ipaddress.ip_address(host).is_global


_NO_NETWORK_MESSAGE = (
    "This computer is not connected to a network, so phones cannot reach it. Connect it to the same Wi-Fi network as "
    "the phone, or serve the page locally."
)


def open_listening_sockets(hosts: list[str], port: int | None, default: int = 0) -> list[socket.socket]:
    """Return one listening socket per host, all on the same port. Without `port`, use `default` if it is free,
    otherwise any free port.

    Raises:
        VoiceguideError: `port` is in use or not allowed.
    """
    if port is not None:
        return _listen_on_port(hosts, port)
    try:
        return _listen_on_port(hosts, default)
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
    return f"Port {port} {reason}. Choose another port, or leave it out to use any free one."
