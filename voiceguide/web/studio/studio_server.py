"""Serve the studio together with the phone page, whose player plays the whole session."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from voiceguide.script.editing import fresh
from voiceguide.web.access_control import Entrance
from voiceguide.web.network_address import Address
from voiceguide.web.server import serve_in_background
from voiceguide.web.services.plan_pool import PlanPool
from voiceguide.web.services.routine_library import RoutineLibrary
from voiceguide.web.studio.script_folder import ScriptFolder
from voiceguide.web.studio.studio_routes import Studio, studio_extension

__all__ = ["STUDIO_PORT", "serve_studio"]

STUDIO_PORT = 8766
"""The port to use if it is free. It is not the one for `serve`, because browsers store drafts by address and port."""
STUDIO_WORKER = "voiceguide.web.studio.studio_worker"


@contextmanager
def serve_studio(
    folder: Path,
    opened: str | None,
    addresses: Sequence[Address],
    sockets: list[socket.socket],
    verbose: bool,
    entrance: str,
) -> Iterator[threading.Thread]:
    """Serve the studio for a folder until the context exits.

    `opened` is the script to open first. `entrance` is the secret in a link that works only once.

    Yield the server thread, which ends early only if the server fails.
    """
    library = RoutineLibrary([folder])
    editor, speaker = PlanPool(1, STUDIO_WORKER), PlanPool(1, STUDIO_WORKER)
    studio = Studio(ScriptFolder(folder), library, editor, speaker, opened)
    editor.start({"do": "edit", "path": "new.yaml", "text": fresh("New", "en"), "operations": []})  # loads its modules
    try:
        with serve_in_background(
            library,
            addresses,
            sockets,
            verbose,
            lambda reason: None,
            studio_extension(studio, Entrance(entrance, "studio/")),
        ) as thread:
            yield thread
    finally:
        editor.close()
        speaker.close()
