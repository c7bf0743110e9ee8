"""Run as a program in place of `voiceguide`: every socket that leads outside ends the process with status 99."""

from __future__ import annotations

import os
import sys

OUTSIDE = ("connect", "bind", "getaddrinfo", "gethostbyname", "sendto")


def forbid(event: str, arguments: tuple[object, ...]) -> None:
    """An audit hook: Python tells it of every socket, whoever makes it."""
    if event.removeprefix("socket.") in OUTSIDE or event == "urllib.Request":
        os.write(2, f"{event} {arguments[1:]}\n".encode())
        os._exit(99)


if __name__ == "__main__":
    sys.addaudithook(forbid)
    from voiceguide.cli.main import main

    main()
