"""The server for the phone page. The server runs in a separate thread, so that the command itself can handle Ctrl-C."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import uvicorn
from starlette.routing import Route

from voiceguide.errors import VoiceguideError
from voiceguide.web.access_control import AccessControl, BodyRule, Entrance
from voiceguide.web.connection_limits import LimitedProtocol
from voiceguide.web.network_address import LOOPBACK_HOST, Address
from voiceguide.web.routes import Services, create_app
from voiceguide.web.services.kit_queue import KitQueue
from voiceguide.web.services.kit_store import open_kit_store
from voiceguide.web.services.plan_pool import PlanPool
from voiceguide.web.services.prerender_openings import OpeningMaker
from voiceguide.web.services.routine_library import RoutineLibrary
from voiceguide.web.services.routine_list import RoutineList

__all__ = ["Extension", "serve_in_background"]

KEEP_ALIVE_TIMEOUT_S = 20
"""How long an idle connection stays open."""
MAX_HEADER_BYTES = 16 * 1024
LIBRARY_SCAN_TIMEOUT_S = 1.0
"""How long to scan for scripts before the address is printed. Problems found later are printed after the address."""
SHUTDOWN_TIMEOUT_S = 0.3
"""How long to wait for responses in progress at shutdown."""


@dataclass(frozen=True)
class Extension:
    """Pages served in addition to the phone page, and the requests that access control allows for them."""

    routes: Sequence[Route] = ()
    body_rules: Mapping[str, BodyRule] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    entrance: Entrance | None = None
    makes_openings: bool = True
    """Whether the openings of all routines are rendered in advance."""


@contextmanager
def serve_in_background(
    library: RoutineLibrary,
    addresses: Sequence[Address],
    sockets: list[socket.socket],
    verbose: bool,
    report_skipped: Callable[[str], None],
    extension: Extension = Extension(),
) -> Iterator[threading.Thread]:
    """Serve the phone page on `sockets` at the given addresses until the context exits.

    Yield the server thread, which ends early only if the server fails. `report_skipped` is called with a message for
    each script that cannot be offered.
    """
    plans, opened = PlanPool(), ExitStack()
    store = opened.enter_context(open_kit_store())
    kits, routines = KitQueue(store), RoutineList(library, plans)
    openings = OpeningMaker(library, plans, kits, store)
    routes = create_app(Services(library, routines, plans, kits, store), extension.routes)
    hosts = _allowed_host_headers(addresses)
    app = AccessControl(routes, addresses[0].token, hosts, extension.body_rules, extension.headers, extension.entrance)
    server = uvicorn.Server(_uvicorn_config(app, verbose))
    thread = threading.Thread(target=server.run, args=(sockets,), name="voiceguide serve", daemon=True)
    try:
        thread.start()
        if extension.makes_openings:
            openings.start()
        else:
            kits.prestart_process()
        scan = threading.Thread(target=_scan_routines, args=(routines, report_skipped), daemon=True)
        scan.start()
        scan.join(LIBRARY_SCAN_TIMEOUT_S)
        yield thread
    finally:
        plans.close()
        server.should_exit = server.force_exit = True
        openings.close()
        kits.close()
        thread.join(SHUTDOWN_TIMEOUT_S)
        opened.close()


def _scan_routines(routines: RoutineList, report_skipped: Callable[[str], None]) -> None:
    with contextlib.suppress(VoiceguideError):  # busy, or shutting down
        for sentence in routines.read()[1]:
            report_skipped(sentence)


def _allowed_host_headers(addresses: Sequence[Address]) -> list[str]:
    """Return the valid Host header values."""
    hosts = {address.host for address in addresses}
    names = hosts | {"localhost"} if LOOPBACK_HOST in hosts else hosts
    port = addresses[0].port
    return [f"{name}:{port}" for name in names] + (sorted(names) if port == 80 else [])


def _uvicorn_config(app: AccessControl, verbose: bool) -> uvicorn.Config:
    """Return uvicorn's configuration. Unneeded features are disabled to reduce the attack surface."""
    logging.basicConfig(level=logging.INFO if verbose else logging.ERROR, format="%(message)s")
    return uvicorn.Config(
        app,
        http=LimitedProtocol,
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,
        log_level="info" if verbose else "error",
        access_log=False,  # AccessControl logs requests without the token
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_TIMEOUT_S,
        timeout_graceful_shutdown=1,
        h11_max_incomplete_event_size=MAX_HEADER_BYTES,
    )
