"""The routes of the phone page. Paths do not include the token; see `voiceguide.web.access_control`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from voiceguide.errors import VoiceguideError
from voiceguide.web.qr_code import qr_code_svg
from voiceguide.web.services.kit_queue import BusyError, KitQueue
from voiceguide.web.services.kit_store import KitStore
from voiceguide.web.services.plan_pool import PlanPool
from voiceguide.web.services.routine_library import RoutineLibrary
from voiceguide.web.services.routine_list import RoutineList
from voiceguide.web.services.session_request import MAX_BODY_BYTES, SessionRequest, parse_session_request

if TYPE_CHECKING:
    from starlette.requests import Request

__all__ = ["JSONResponse", "Services", "create_app", "read_body", "static_file_response"]

STATIC_DIR = Path(__file__).parent / "static"
MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ico": "image/x-icon",
}
"""Media types of static files. Files with other extensions are not served."""
IMMUTABLE_CACHE_CONTROL = "private, max-age=31536000, immutable"
"""The caching rule for files that are named after a digest of their contents."""
MAX_CONCURRENT_LISTS = 2
FRAMES_TIMEOUT_S = 60.0
"""How long a request for frames waits for the frames to be encoded."""
FRAMES_POLL_S = 0.05


class JSONResponse(Response):
    """An object as JSON. Messages can contain file names, whose undecodable bytes become question marks."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return json.dumps(content, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")


@dataclass(frozen=True)
class Services:
    """The services that the endpoints use."""

    library: RoutineLibrary
    routines: RoutineList
    plans: PlanPool
    kits: KitQueue
    store: KitStore


def create_app(services: Services, extra_routes: Sequence[Route] = ()) -> Starlette:
    """Return the application. `extra_routes` take precedence over the routes of the phone page."""
    endpoints = _Endpoints(services)
    routes = [
        *extra_routes,
        Route("/", endpoints.static_file),
        Route("/api/routines", endpoints.list_routines),
        Route("/api/plan", endpoints.preview_plan, methods=["POST"]),
        Route("/api/kit", endpoints.start_kit, methods=["POST"]),
        Route("/api/kits/{name}", endpoints.kit),
        Route("/api/qr", endpoints.qr_code, methods=["POST"]),
        Route("/pieces/{name}", endpoints.frames),
        Route("/{file}", endpoints.static_file),
    ]
    handlers: Any = {
        VoiceguideError: _user_error_response,
        HTTPException: _http_error_response,
        Exception: _internal_error_response,
    }
    app = Starlette(routes=routes, exception_handlers=handlers)
    app.router.redirect_slashes = False
    return app


class _Endpoints:
    """Request handlers, which call the services and return their results as responses."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._list_limiter: anyio.CapacityLimiter | None = None

    async def static_file(self, request: Request) -> Response:
        """Serve a static file."""
        return static_file_response(request, STATIC_DIR, request.path_params.get("file", "index.html"))

    async def list_routines(self, request: Request) -> Response:
        """List the routines."""
        if self._list_limiter is None:
            self._list_limiter = anyio.CapacityLimiter(MAX_CONCURRENT_LISTS)
        listed, _ = await anyio.to_thread.run_sync(self._services.routines.read, limiter=self._list_limiter)
        return JSONResponse(listed)

    async def preview_plan(self, request: Request) -> Response:
        """Return the timeline of the requested session."""
        return JSONResponse(await self._plan(await _read_session_request(request), "preview"))

    async def start_kit(self, request: Request) -> Response:
        """Start making the kit of the requested session."""
        task = await self._plan(await _read_session_request(request), "kit task")
        task["folder"] = str(self._services.store.folder)
        await anyio.to_thread.run_sync(self._services.kits.submit, task)
        return JSONResponse({"id": task["id"]}, 202)

    async def _plan(self, wanted: SessionRequest, do: str) -> Any:
        script = await anyio.to_thread.run_sync(self._services.library.task, wanted.routine)
        return await self._services.plans.run_async({"do": do, **script, "options": dict(wanted.options)})

    async def kit(self, request: Request) -> Response:
        """Return a kit as soon as it is available, and the progress until then.

        A kit with the ID `known` is not sent again while another one is being made.
        """
        name = request.path_params["name"]
        status = self._services.kits.status(name)
        if status is not None and status.error:
            return JSONResponse({"state": "failed", "error": status.error})
        if status is not None:
            progress = {"doing": status.doing, "done": status.done, "of": status.of}
            if status.kit is None or status.kit["id"] == request.query_params.get("known"):
                return JSONResponse({"state": "making", **progress})
            return JSONResponse({"state": "ready", "kit": status.kit, **progress})
        stored = await anyio.to_thread.run_sync(self._services.store.kit, name)
        if stored is None:
            raise HTTPException(404, "This session has expired. Open the routine again.")
        return JSONResponse({"state": "ready", "kit": stored})

    async def qr_code(self, request: Request) -> Response:
        """Return a QR code as SVG for a text, such as the link to a version."""
        try:
            text = json.loads(await read_body(request))["text"]
        except (ValueError, KeyError, TypeError, RecursionError):
            text = None
        if not isinstance(text, str):
            raise HTTPException(400, "The request has no text.")
        return JSONResponse({"svg": qr_code_svg(text)})

    async def frames(self, request: Request) -> Response:
        """Serve the frames of a loop or piece. If the frames are about to be encoded, wait for them."""
        name = request.path_params["name"]
        limit_s = anyio.current_time() + FRAMES_TIMEOUT_S
        while True:
            is_expected = self._services.kits.is_expected(name)
            found = await anyio.to_thread.run_sync(self._services.store.frames, name)
            if found is not None:
                headers = {"etag": f'"{name}"', "cache-control": IMMUTABLE_CACHE_CONTROL}
                if _is_known(request, headers["etag"]):
                    return Response(status_code=304, headers=headers)
                return Response(found, media_type="application/octet-stream", headers=headers)
            if not is_expected or anyio.current_time() > limit_s:
                raise HTTPException(404)
            await anyio.sleep(FRAMES_POLL_S)


def static_file_response(request: Request, folder: Path, name: str) -> Response:
    """Serve a file that is directly in a folder.

    Raises:
        HTTPException: There is no such file, or files of its kind are not served.
    """
    files = {path.name: path for path in folder.iterdir()} if folder.is_dir() else {}
    if name not in files or files[name].suffix not in MEDIA_TYPES:
        raise HTTPException(404)
    state = files[name].stat()
    etag = f'"{state.st_mtime_ns:x}-{state.st_size:x}"'
    return _file_response(request, files[name], MEDIA_TYPES[files[name].suffix], etag, "no-cache")


async def _read_session_request(request: Request) -> SessionRequest:
    return parse_session_request(await read_body(request))


async def read_body(request: Request, max_bytes: int = MAX_BODY_BYTES) -> bytes:
    """Read the body of a request. Stop reading when it exceeds the size limit."""
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > max_bytes:
                raise HTTPException(413, f"The request is larger than {max_bytes // 1024} kB.")
    except ClientDisconnect as error:  # no one reads the answer, but a traceback would be printed
        raise HTTPException(400, "The request is incomplete.") from error
    return bytes(body)


def _file_response(request: Request, path: Path, media_type: str, etag: str, cache_control: str) -> Response:
    """Serve a file, unless the client has it already.

    RFC 9110 allows a server to send the whole file when a client requests a range.
    """
    headers = {"etag": etag, "cache-control": cache_control}
    if _is_known(request, etag):
        return Response(status_code=304, headers=headers)
    request.scope["headers"] = [pair for pair in request.scope["headers"] if pair[0] != b"range"]
    return FileResponse(path, headers=headers, media_type=media_type)


def _is_known(request: Request, etag: str) -> bool:
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    return etag in known or "*" in known


async def _user_error_response(request: Request, error: Exception) -> Response:
    """Return the message of an error that the user can fix."""
    if isinstance(error, BusyError):
        return JSONResponse({"error": str(error)}, 503, {"retry-after": "30"})
    return JSONResponse({"error": str(error)}, 400)


async def _http_error_response(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    plain = {"Not Found": "Not found.", "Method Not Allowed": "Method not allowed."}
    sentence = plain.get(error.detail, error.detail)
    return JSONResponse({"error": sentence}, error.status_code, dict(error.headers or {}))


async def _internal_error_response(request: Request, error: Exception) -> Response:
    """Return a generic message for a bug. The traceback is printed in the terminal."""
    return JSONResponse({"error": "Internal error. Details are shown on the computer that serves this page."}, 500)
