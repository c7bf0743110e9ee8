"""The phone page's server as it runs: everything put together, in a thread of its own, so that Ctrl-C stays ours."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import uvicorn

from voiceguide.system.disk_cache import Store, cache_folder
from voiceguide.web.access_control import Gate
from voiceguide.web.connection_limits import PatientProtocol
from voiceguide.web.network_address import LOCAL, Address
from voiceguide.web.routes import page_app
from voiceguide.web.services.build_queue import Builds
from voiceguide.web.services.planner import Choices
from voiceguide.web.services.routine_library import Library
from voiceguide.web.services.session_store import Shelf, shelf_folder

__all__ = ["serving"]

IDLE_S = 20
"""Seconds between two requests over one connection."""
LONGEST_HEAD_BYTES = 16 * 1024
LOOKING_S = 1.0
"""Seconds that the scripts are looked through before the address is shown; the rest is told after it."""
ENDING_S = 0.3
"""Seconds that answers under way are waited for at the end; a phone asks for the rest again, if ever."""


@contextmanager
def serving(
    library: Library,
    addresses: Sequence[Address],
    sockets: list[socket.socket],
    verbose: bool,
    tell: Callable[[str], None],
) -> Iterator[threading.Thread]:
    """Serve at these addresses, of which `sockets` listen, for as long as the context lasts. Gives the thread that
    serves, which ends only when something is broken. `tell` hears a sentence for each script that is left out."""
    store, shelf = Store(cache_folder()), Shelf(shelf_folder())
    builds = Builds(shelf)
    choices = Choices(library, store)
    app = Gate(page_app(choices, builds, shelf), addresses[0].token, _hosts(addresses))
    server = uvicorn.Server(_config(app, verbose))
    thread = threading.Thread(target=server.run, args=(sockets,), name="voiceguide serve", daemon=True)
    try:
        thread.start()
        builds.get_ready()
        looking = threading.Thread(target=_look_through, args=(choices, tell), daemon=True)
        looking.start()
        looking.join(LOOKING_S)
        yield thread
    finally:
        server.should_exit = server.force_exit = True
        builds.close()
        thread.join(ENDING_S)
        shelf.close()
        store.close()


def _look_through(choices: Choices, tell: Callable[[str], None]) -> None:
    for sentence in choices.routines()[1]:
        tell(sentence)


def _hosts(addresses: Sequence[Address]) -> list[str]:
    """What the Host header of a request may be."""
    hosts = {address.host for address in addresses}
    names = hosts | {"localhost"} if LOCAL in hosts else hosts
    port = addresses[0].port
    return [f"{name}:{port}" for name in names] + (sorted(names) if port == 80 else [])


def _config(app: Gate, verbose: bool) -> uvicorn.Config:
    """uvicorn with all that is not needed switched off: what is not there cannot be attacked."""
    logging.basicConfig(level=logging.INFO if verbose else logging.ERROR, format="%(message)s")
    return uvicorn.Config(
        app,
        http=PatientProtocol,
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,
        log_level="info" if verbose else "error",
        access_log=verbose,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=IDLE_S,
        timeout_graceful_shutdown=1,
        h11_max_incomplete_event_size=LONGEST_HEAD_BYTES,
    )
