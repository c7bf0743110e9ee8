"""Serve the studio together with the phone page, whose player plays the whole session."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from voiceguide.errors import VoiceguideError
from voiceguide.script.editing import fresh
from voiceguide.system.temp_dirs import make_temp_dir
from voiceguide.web.access_control import Entrance
from voiceguide.web.network_address import Address
from voiceguide.web.server import serve_in_background
from voiceguide.web.services.plan_pool import PlanPool
from voiceguide.web.services.routine_library import RoutineLibrary
from voiceguide.web.studio.script_folder import ScriptFolder
from voiceguide.web.studio.studio_routes import Studio, studio_extension

__all__ = ["serve_studio"]

SPEAKING_TIMEOUT_S = 300.0
"""Time limit for speaking one line. The engine's own limit is usually shorter and produces a better message."""
TOO_SLOW_MESSAGE = "Speaking this takes longer than {seconds:g} seconds. Shorten the text, or choose another voice."
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
    with ExitStack() as stack:
        temp = Path(stack.enter_context(make_temp_dir()))
        editor, speaker = PlanPool(1, STUDIO_WORKER), PlanPool(1, STUDIO_WORKER, SPEAKING_TIMEOUT_S, TOO_SLOW_MESSAGE)
        stack.callback(speaker.close)
        stack.callback(editor.close)
        studio = Studio(ScriptFolder(folder), library, editor, speaker, opened, temp)
        # The first edit loads the modules.
        editor.start({"do": "edit", "path": "new.yaml", "text": fresh("New", "en"), "operations": []})
        with suppress(VoiceguideError):  # the page reports it
            if opened is not None and (found := studio.folder.read(opened)) is not None:
                studio.warm_up(opened, found.text)  # while the browser starts
        extension = studio_extension(studio, Entrance(entrance, "studio/"))
        yield stack.enter_context(
            serve_in_background(library, addresses, sockets, verbose, lambda reason: None, extension)
        )
