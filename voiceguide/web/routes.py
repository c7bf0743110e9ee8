"""The routes of the phone page. Paths do not include the token; see `voiceguide.web.access_control`."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import anyio
import anyio.to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from voiceguide.errors import VoiceguideError
from voiceguide.export.html_player import standalone_html_chunks
from voiceguide.web.services.build_queue import BuildQueue, BusyError
from voiceguide.web.services.planner import Planner
from voiceguide.web.services.session_request import MAX_BODY_BYTES, SessionRequest, parse_session_request
from voiceguide.web.services.session_store import SessionStore

if TYPE_CHECKING:
    from starlette.requests import Request

__all__ = ["create_app"]

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
"""For files that are named after a digest of their contents."""
MAX_CONCURRENT_PLANS = 2
PLAN_TIMEOUT_S = 30.0
"""Time limit for computing a plan, including the time spent waiting for a free thread."""
_SINGLE_RANGE = re.compile(r"bytes=(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))", re.ASCII)


def create_app(planner: Planner, build_queue: BuildQueue, session_store: SessionStore) -> Starlette:
    """Return the application."""
    endpoints = _Endpoints(planner, build_queue, session_store)
    routes = [
        Route("/", endpoints.static_file),
        Route("/api/routines", endpoints.list_routines),
        Route("/api/plan", endpoints.preview_plan, methods=["POST"]),
        Route("/api/build", endpoints.start_build, methods=["POST"]),
        Route("/api/sessions/{name}", endpoints.session_status),
        Route("/sessions/{name}.mp3", endpoints.session_audio),
        Route("/sessions/{name}.html", endpoints.download_standalone),
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

    def __init__(self, planner: Planner, build_queue: BuildQueue, session_store: SessionStore) -> None:
        self._planner = planner
        self._build_queue = build_queue
        self._session_store = session_store
        self._plan_limiter: anyio.CapacityLimiter | None = None

    async def static_file(self, request: Request) -> Response:
        """Serve a static file."""
        name = request.path_params.get("file", "index.html")
        files = {path.name: path for path in STATIC_DIR.iterdir()} if STATIC_DIR.is_dir() else {}
        if name not in files or files[name].suffix not in MEDIA_TYPES:
            raise HTTPException(404)
        state = files[name].stat()
        etag = f'"{state.st_mtime_ns:x}-{state.st_size:x}"'
        return _file_response(request, files[name], MEDIA_TYPES[files[name].suffix], etag, "no-cache")

    async def list_routines(self, request: Request) -> Response:
        """List the routines."""
        listed, _ = await self._run_limited_in_thread(self._planner.list_routines)
        return JSONResponse(listed)

    async def preview_plan(self, request: Request) -> Response:
        """Return the timeline of the requested session."""
        session_request = await _read_session_request(request)
        return JSONResponse(
            await self._run_limited_in_thread(functools.partial(self._planner.preview, session_request))
        )

    async def start_build(self, request: Request) -> Response:
        """Start building the requested session."""
        session_request = await _read_session_request(request)

        def ask() -> str:
            order = self._planner.make_build_order(session_request, self._session_store.folder)
            self._build_queue.submit(order)
            return str(order["id"])

        return JSONResponse({"id": await self._run_limited_in_thread(ask)}, 202)

    async def session_status(self, request: Request) -> Response:
        """Return the progress of a session, or the finished session."""
        name = request.path_params["name"]
        status = self._build_queue.status(name)
        if status is not None and status.error:
            return JSONResponse({"state": "failed", "error": status.error})
        if status is not None:
            return JSONResponse({"state": "making", "doing": status.doing, "done": status.done, "of": status.of})
        stored = await anyio.to_thread.run_sync(self._session_store.get, name)
        if stored is None:
            raise HTTPException(404, "This session has expired. Create it again.")
        return JSONResponse({"state": "ready", "audio": f"sessions/{name}.mp3", "plan": stored.plan})

    async def session_audio(self, request: Request) -> Response:
        """Serve the audio of a session, or a byte range of it."""
        name = request.path_params["name"]
        stored = await anyio.to_thread.run_sync(self._session_store.get, name)
        if stored is None:
            raise HTTPException(404)
        return _file_response(request, stored.audio, "audio/mpeg", f'"{name}"', IMMUTABLE_CACHE_CONTROL)

    async def download_standalone(self, request: Request) -> Response:
        """Serve a session as a single HTML file. It is sent as a download, because a page opened here would share our
        origin."""
        name = request.path_params["name"]
        stored = await anyio.to_thread.run_sync(self._session_store.get, name)
        if stored is None:
            raise HTTPException(404)
        stem = re.sub(r"[^\w]+", "-", str(stored.plan["title"])[:60]).strip("-") or "session"
        disposition = f"attachment; filename*=UTF-8''{quote(stem.encode('utf-8', 'replace'))}.html"
        parts = standalone_html_chunks(stored.plan, stored.audio)
        return StreamingResponse(parts, media_type=MEDIA_TYPES[".html"], headers={"content-disposition": disposition})

    async def _run_limited_in_thread(self, work: Callable[[], Any]) -> Any:
        """Run slow work in a thread and return its result. Only a few run at the same time."""
        if self._plan_limiter is None:
            self._plan_limiter = anyio.CapacityLimiter(MAX_CONCURRENT_PLANS)
        try:
            with anyio.fail_after(PLAN_TIMEOUT_S):
                return await anyio.to_thread.run_sync(work, limiter=self._plan_limiter, abandon_on_cancel=True)
        except TimeoutError as error:
            raise BusyError("The server is busy. Try again in a minute.") from error


async def _read_session_request(request: Request) -> SessionRequest:
    """Read and parse the body of a request. Stop reading when it exceeds the size limit."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY_BYTES:
            raise HTTPException(413, f"The request is larger than {MAX_BODY_BYTES // 1024} kB.")
    return parse_session_request(bytes(body))


def _file_response(request: Request, path: Path, media_type: str, etag: str, cache_control: str) -> Response:
    """Serve a file, or a single range of it.

    Players request single ranges. For any other range, RFC 9110 allows a response with the whole file.
    """
    headers = {"etag": etag, "cache-control": cache_control}
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    if etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    match = _SINGLE_RANGE.fullmatch(request.headers.get("range", ""))
    reversed_range = match is not None and match[1] and match[2] and int(match[2]) < int(match[1])
    if match is None or reversed_range:
        request.scope["headers"] = [pair for pair in request.scope["headers"] if pair[0] != b"range"]
    return FileResponse(path, headers=headers, media_type=media_type)


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
