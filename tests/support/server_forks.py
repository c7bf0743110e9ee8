"""A process that loads the server and its workers once, and forks one for each order. See `forked_servers`.

An order is a connection. It brings the environment and the three standard files, and gets the process ID of the fork
and, when the fork has ended, its exit status. Other processes cannot get the ID before the connection is closed.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import json
import os
import selectors
import socket
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from tests.support.fork_server import MODULES, run_and_exit, use_place
from tests.support.forked_servers import MAX_ORDER_BYTES, forking_subprocess, take_orders_at
from voiceguide.speech.engines import registry
from voiceguide.web.services import prerender_openings, worker_process

SERVER_MODULES = (
    "segno",
    "starlette.routing",
    "uvicorn.lifespan.off",
    "uvicorn.loops.asyncio",
    "uvicorn.protocols.http.h11_impl",
    "voiceguide.cli.commands.edit",
    "voiceguide.cli.commands.serve",
    "voiceguide.web.kept_token",
    "voiceguide.web.qr_code",
    "voiceguide.web.server",
    "voiceguide.web.services.kit_worker",
    "voiceguide.web.services.plan_worker",
    "voiceguide.web.studio.studio_server",
    "voiceguide.web.studio.studio_worker",
)


def main(address: str) -> None:
    """Carry out orders until stdin is closed."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # a process with several threads must not fork
    for module in (*MODULES, *SERVER_MODULES):
        importlib.import_module(module)
    vars(worker_process)["subprocess"] = forking_subprocess()
    registry.list_voices = _listing_once(registry.list_voices)
    take_orders_at(address)
    gc.collect()
    gc.freeze()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(address)
    listener.listen(100)
    with selectors.DefaultSelector() as selector:
        selector.register(0, selectors.EVENT_READ)
        selector.register(listener, selectors.EVENT_READ, lambda: _take_order(listener, selector))
        print("ready", flush=True)
        while True:
            for key, _ in selector.select():
                if key.fd == 0:
                    return
                key.data()


def _listing_once(list_voices: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that lists the voices of all engines only once per process, which takes four processes.

    The studio lists them whenever its page is loaded.
    """
    list_all = functools.cache(list_voices)
    return lambda *engines: list_voices(*engines) if engines else list_all()


def _take_order(listener: socket.socket, selector: selectors.BaseSelector) -> None:
    connection, _ = listener.accept()
    data, files, _, _ = socket.recv_fds(connection, MAX_ORDER_BYTES, 3)
    pid = os.fork()
    if pid == 0:
        _run(json.loads(data), files)
    for number in files:
        os.close(number)
    connection.send(str(pid).encode())
    ended = os.pidfd_open(pid)
    selector.register(ended, selectors.EVENT_READ, lambda: _tell_status(pid, ended, connection, selector))


def _tell_status(pid: int, ended: int, connection: socket.socket, selector: selectors.BaseSelector) -> None:
    selector.unregister(ended)
    os.close(ended)
    state = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert state is not None
    status = state.si_status if state.si_code == os.CLD_EXITED else -state.si_status
    with contextlib.suppress(OSError):  # nobody waits for it
        connection.send(str(status).encode())
    selector.register(connection, selectors.EVENT_READ, lambda: _forget(pid, connection, selector))


def _forget(pid: int, connection: socket.socket, selector: selectors.BaseSelector) -> None:
    """The connection was closed."""
    selector.unregister(connection)
    connection.close()
    os.waitpid(pid, 0)


def _run(order: dict[str, Any], files: list[int]) -> NoReturn:
    """Be what was ordered, in the fork."""

    def run() -> None:
        for number, file in enumerate(files):
            os.dup2(file, number)
        os.closerange(3, 1 << 16)
        use_place(order["folder"], order["environment"])
        if "module" in order:
            os.setsid()
            importlib.import_module(order["module"]).main()
        else:
            prerender_openings.MAX_OPENINGS = order["openings"]
            sys.argv = ["voiceguide", *order["command"]]
            importlib.import_module("voiceguide.cli.main").main()

    run_and_exit(run)


if __name__ == "__main__":
    main(sys.argv[1])
