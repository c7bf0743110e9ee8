"""A program that runs `voiceguide` commands, each of which exits with status 99 as soon as it uses the network.

Its argument is a list of commands as JSON. Each runs in a fork of this process, which is watched from before the first
import of voiceguide. The program prints the status of each command on a line.
"""

from __future__ import annotations

import importlib
import json
import os
import sys

NETWORK_EVENTS = ("connect", "bind", "getaddrinfo", "gethostbyname", "sendto")
MODULES = ("voiceguide.api", "voiceguide.cli.commands.build", "voiceguide.export.exporter", "voiceguide.script.loader")
"""What most commands import. This saves most of the time they take."""


def exit_on_network_use(event: str, arguments: tuple[object, ...]) -> None:
    """Audit hook. Python calls it for every socket operation, in any module."""
    if event.removeprefix("socket.") in NETWORK_EVENTS or event == "urllib.Request":
        os.write(2, f"{event} {arguments[1:]}\n".encode())
        os._exit(99)


def run(arguments: list[str]) -> int:
    """Run a command in a fork, and return its exit status."""
    from voiceguide.cli.main import main

    child = os.fork()
    if child == 0:
        sys.argv = ["voiceguide", *arguments]
        main()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    sys.addaudithook(exit_on_network_use)
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # a process with several threads must not fork
    for module in MODULES:
        importlib.import_module(module)
    for command in json.loads(sys.argv[1]):
        print(f"{command[0]}: {run(command)}", file=sys.stderr)
