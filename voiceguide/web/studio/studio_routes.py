"""The routes of the studio. As with the phone page, requests for them need the token."""

from __future__ import annotations

import base64
import contextlib
import json
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio.to_thread
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from voiceguide.audio.file_type import identify_audio_file
from voiceguide.audio.recording import load_recording
from voiceguide.builtin_names import BED_NAMES, CHIME_NAMES
from voiceguide.languages import LANGUAGES
from voiceguide.pipeline.bundled_routines import list_bundled_routines
from voiceguide.script.editing import fresh
from voiceguide.system.atomic_file import convert_write_errors
from voiceguide.units import SAMPLE_RATE
from voiceguide.web.access_control import BodyRule, Entrance
from voiceguide.web.routes import STATIC_DIR, JSONResponse, read_body, static_file_response
from voiceguide.web.server import Extension
from voiceguide.web.services.plan_pool import PlanPool, TooSlowError
from voiceguide.web.services.routine_library import RoutineLibrary
from voiceguide.web.studio.script_folder import ChangedFileError, ScriptFolder

if TYPE_CHECKING:
    from starlette.requests import Request

__all__ = ["Studio", "studio_extension"]

STUDIO_DIR = STATIC_DIR / "studio"
MAX_TEXT_BYTES = 8 << 20
"""Enough for a script of 1 MiB with every other character escaped in JSON, and an operation with a long value."""
MAX_RECORDING_BYTES = 64 << 20
MAX_PART_S = 60.0
"""Maximum length of one part of a step. While one part plays, the page requests the next."""
RECORDING_TYPE = "application/octet-stream"
ENDINGS = {"mov": ".m4a", "matroska": ".webm", "asf": ".wma"}
"""File name extensions of recordings whose extension differs from ffmpeg's name for the format."""
HEADERS = {
    "permissions-policy": (
        "screen-wake-lock=(self), autoplay=(self), fullscreen=(self), microphone=(self), "
        "camera=(), geolocation=(), usb=(), payment=(), browsing-topics=()"
    )
}
Endpoint = Callable[["Request"], Awaitable[Response]]
_JSON_PATHS = ("edit", "fit", "save", "hear", "prepare", "draft", "play")


@dataclass(frozen=True)
class Studio:
    """Everything that the endpoints use. `opened` is the name of the script to open first, or None."""

    folder: ScriptFolder
    library: RoutineLibrary
    editor: PlanPool
    speaker: PlanPool
    """A separate process, so that the page stays responsive while a line is being spoken."""
    opened: str | None = None
    temp: Path | None = None
    """The folder for recordings that are being checked."""

    def warm_up(self, name: str, text: str) -> None:
        """Load the speech model for a script in the background."""
        self.speaker.start({"do": "warm up", "path": str(self.folder.path(name)), "text": text})


def studio_extension(studio: Studio, entrance: Entrance | None = None) -> Extension:
    """Return the routes of the studio, and the requests that access control must allow for them."""
    endpoints = _Endpoints(studio)
    reading = {"file": endpoints.file, "voices": endpoints.voices}
    writing = {
        "edit": endpoints.edit,
        "fit": endpoints.fit,
        "save": endpoints.save,
        "hear": endpoints.hear,
        "prepare": endpoints.prepare,
        "draft": endpoints.draft,
        "play": endpoints.play,
        "recording": endpoints.recording,
    }
    routes = [
        Route("/studio", endpoints.redirect),
        Route("/studio/", endpoints.static_file),
        Route("/studio/api/files", endpoints.files),
        *(Route(f"/studio/api/{name}", endpoints.in_folder(endpoint)) for name, endpoint in reading.items()),
        *(
            Route(f"/studio/api/{name}", endpoints.in_folder(endpoint), methods=["POST"])
            for name, endpoint in writing.items()
        ),
        Route("/studio/{file}", endpoints.static_file),
    ]
    rules = {f"/studio/api/{name}": BodyRule(max_bytes=MAX_TEXT_BYTES) for name in _JSON_PATHS}
    rules["/studio/api/recording"] = BodyRule(RECORDING_TYPE, MAX_RECORDING_BYTES)
    return Extension(routes, rules, HEADERS, entrance, makes_openings=False)


class _Endpoints:
    """Request handlers."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    async def redirect(self, request: Request) -> Response:
        """Redirect to the address with a slash at the end, which relative links need."""
        return RedirectResponse("studio/")

    async def static_file(self, request: Request) -> Response:
        """Serve a static file of the studio."""
        return static_file_response(request, STUDIO_DIR, request.path_params.get("file", "index.html"))

    def in_folder(self, endpoint: Endpoint) -> Endpoint:
        """Return an endpoint that refuses the requests of pages that were opened while another folder was served.

        The address of the studio stays the same, so such a page would write its files into the wrong folder.
        """

        async def checked(request: Request) -> Response:
            folder_id = self._studio.folder.id
            if (request.headers.get("x-folder") or folder_id) != folder_id:
                raise HTTPException(412, "The studio now serves another folder. Start it for the old folder again.")
            return await endpoint(request)

        return checked

    async def files(self, request: Request) -> Response:
        """Return the scripts that can be opened, and the names that a script can use for beds, chimes and languages."""
        folder = self._studio.folder
        names = await anyio.to_thread.run_sync(folder.names)
        return JSONResponse(
            {
                "folder": {"title": folder.title, "id": folder.id},
                "files": names,
                "open": self._studio.opened,
                "bundled": list(list_bundled_routines()),
                "beds": list(BED_NAMES),
                "chimes": list(CHIME_NAMES),
                "languages": list(LANGUAGES),
            }
        )

    async def file(self, request: Request) -> Response:
        """Return a script or, if it does not exist, a copy of a bundled routine or a new script with a single step."""
        name = _text(request.query_params, "name")
        found = await anyio.to_thread.run_sync(self._studio.folder.read, name)
        text = found.text if found else _new_text(name, request.query_params)
        self._studio.warm_up(name, text)
        return JSONResponse({"name": name, "text": text, "sha256": found.sha256 if found else None})

    async def voices(self, request: Request) -> Response:
        """Return the voices that can be used."""
        return JSONResponse(await self._studio.speaker.run_async({"do": "voices", "path": "voices"}))

    async def edit(self, request: Request) -> Response:
        """Apply operations to the text of a script, and describe the result."""
        body = await _read_json(request)
        operations = body.get("operations")
        if not isinstance(operations, list):
            raise HTTPException(400, "The operations must be a list.")
        return JSONResponse(await self._edit(body, "edit", operations=operations))

    async def fit(self, request: Request) -> Response:
        """Change the lengths in a script so that the session has a given total."""
        body = await _read_json(request)
        return JSONResponse(await self._edit(body, "fit", total=_text(body, "total")))

    async def _edit(self, body: Mapping[str, Any], do: str, **more: Any) -> Any:
        path = self._studio.folder.path(_text(body, "name"))
        task = {"do": do, "path": str(path), "text": _text(body, "text"), **more}
        try:
            return await self._studio.editor.run_async(task)
        except TooSlowError as error:  # the page tries again, because the computer may have been busy
            raise HTTPException(504, str(error)) from error

    async def draft(self, request: Request) -> Response:
        """Draft a script from plain text or from a document in base64."""
        body = await _read_json(request)
        if "document" in body:
            data = _text(body, "document")
        else:
            data = base64.b64encode(_text(body, "text").encode("utf-8", "replace")).decode("ascii")
        task = {"do": "draft", "path": "draft", "data": data, "title": _text(body, "title")}
        return JSONResponse(await self._studio.editor.run_async(task))

    async def save(self, request: Request) -> Response:
        """Write a script. If another program has changed the file, return the current contents of the file instead."""
        body = await _read_json(request)
        base = body.get("base_sha256")
        arguments = _text(body, "name"), _text(body, "text"), base if isinstance(base, str) else None
        try:
            saved = await anyio.to_thread.run_sync(self._studio.folder.save, *arguments)
        except ChangedFileError as error:
            theirs = error.theirs
            return JSONResponse({"error": str(error), "theirs": theirs.text, "sha256": theirs.sha256}, 409)
        self._studio.library.drop_draft(_stem(arguments[0]))
        return JSONResponse({"sha256": saved.sha256})

    async def hear(self, request: Request) -> Response:
        """Return part of a step as a WAV file. A response header contains the length of the step.

        If lines are missing, return their number. One of them has been spoken, so the request can be repeated.
        """
        body = await _read_json(request)
        part = {"start": _number(body, "start"), "length": min(_number(body, "length"), MAX_PART_S)}
        heard = await self._studio.speaker.run_async({"do": "hear", **self._step_task(body), **part})
        if heard["missing"]:
            return JSONResponse({"missing": heard["missing"]}, 202)
        headers = {"x-length": repr(heard["length"]), "x-bed": "yes" if heard["bed"] else "no"}
        return Response(base64.b64decode(heard["wav"]), media_type="audio/wav", headers=headers)

    async def prepare(self, request: Request) -> Response:
        """Speak one line of a step in advance. Return how many lines were missing."""
        task = {"do": "prepare", **self._step_task(await _read_json(request))}
        return JSONResponse(await self._studio.speaker.run_async(task))

    def _step_task(self, body: Mapping[str, Any]) -> dict[str, Any]:
        step, turn = body.get("step"), body.get("turn", 0)
        if not isinstance(step, list) or not isinstance(turn, int):
            raise HTTPException(400, "The request does not name a step.")
        path = self._studio.folder.path(_text(body, "name"))
        return {"path": str(path), "text": _text(body, "text"), "step": step, "turn": turn}

    async def play(self, request: Request) -> Response:
        """Make an unsaved script available to the player, and return the name of its routine."""
        body = await _read_json(request)
        name = _text(body, "name")
        path, data = self._studio.folder.path(name), _text(body, "text").encode("utf-8", "replace")
        return JSONResponse({"routine": self._studio.library.put_draft(_stem(name), path, data)})

    async def recording(self, request: Request) -> Response:
        """Save a recording next to a script, and return the file name of the recording and its length in seconds."""
        name, label = _text(request.query_params, "name"), _text(request.query_params, "label")
        self._studio.folder.path(name)
        data = await read_body(request, MAX_RECORDING_BYTES)
        ending, length_s = await anyio.to_thread.run_sync(_check_recording, data, self._studio.temp)
        file = await anyio.to_thread.run_sync(self._studio.folder.add_recording, name, label, ending, data)
        return JSONResponse({"file": file, "length": length_s})


async def _read_json(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await read_body(request, MAX_TEXT_BYTES))
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, "The request is not valid JSON.") from error
    if not isinstance(body, dict):
        raise HTTPException(400, "The request must be an object.")
    return body


def _text(values: Mapping[str, Any], key: str) -> str:
    value = values.get(key)
    if not isinstance(value, str):
        raise HTTPException(400, f"The request has no {key}.")
    return value


def _number(values: Mapping[str, Any], key: str) -> float:
    value = values.get(key)
    if not isinstance(value, int | float) or not 0 <= value < 1e6:
        raise HTTPException(400, f"The request has no {key}.")
    return float(value)


def _new_text(name: str, query: Mapping[str, str]) -> str:
    """Return the text of a new script: a copy of a bundled routine, or a script with a single step."""
    bundled = list_bundled_routines().get(query.get("from", ""))
    return _copy_of(bundled) if bundled else fresh(_title_for(name), _language(query.get("language")))


def _copy_of(path: Path) -> str:
    """Return the text of a bundled routine without its comment for editors, which contains a path in this project."""
    lines = path.read_text("utf-8").splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("# yaml-language-server:"))


def _title_for(name: str) -> str:
    words = _stem(name).rpartition("/")[2].replace("-", " ").replace("_", " ").strip()
    return f"{words[:1].upper()}{words[1:]}" or "My routine"


def _stem(name: str) -> str:
    return name.rpartition(".")[0]


def _language(wanted: str | None) -> str:
    """Return the tag of the wanted language if it has built-in phrases, otherwise `en-US`."""
    code = (wanted or "").lower().partition("-")[0]
    return code if code in LANGUAGES and code != "en" else "en-US"


def _check_recording(data: bytes, temp: Path | None) -> tuple[str, float]:
    """Return the file name extension of a recording, and the length of the recording in seconds.

    Raises:
        AudioFileError: The data is not an audio file, or is longer than a line of a session is allowed to be.
        ExportError: The temporary folder is full.
    """
    with contextlib.ExitStack() as stack:
        with convert_write_errors(Path("The recording")):
            path = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=temp)), "The recording")
            path.write_bytes(data)
        kind = identify_audio_file(path).format
        return ENDINGS.get(kind, f".{kind}"), len(load_recording(path)) / SAMPLE_RATE
