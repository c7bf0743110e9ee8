"""A program that runs `voiceguide` and exits with status 99 as soon as it uses the network."""

from __future__ import annotations

import os
import sys

NETWORK_EVENTS = ("connect", "bind", "getaddrinfo", "gethostbyname", "sendto")


def exit_on_network_use(event: str, arguments: tuple[object, ...]) -> None:
    """Audit hook. Python calls it for every socket operation, in any module."""
    if event.removeprefix("socket.") in NETWORK_EVENTS or event == "urllib.Request":
        os.write(2, f"{event} {arguments[1:]}\n".encode())
        os._exit(99)


if __name__ == "__main__":
    sys.addaudithook(exit_on_network_use)
    from voiceguide.cli.main import main

    main()
