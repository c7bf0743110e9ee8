"""The phone page's server: which address answers what. Everything lies behind the token;
see `voiceguide.web.access_control`."""

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
from voiceguide.web.services.build_queue import Builds, BusyError
from voiceguide.web.services.planner import Choices
from voiceguide.web.services.session_request import MAX_BODY_BYTES, Wish, read_wish
from voiceguide.web.services.session_store import Shelf
from voiceguide.web.standalone_player import standalone_parts

if TYPE_CHECKING:
    from starlette.requests import Request

__all__ = ["page_app"]

PAGE = Path(__file__).parent / "static"
KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ico": "image/x-icon",
}
"""The kinds of file that a page is made of; any other is not handed out."""
FOR_GOOD = "private, max-age=31536000, immutable"
"""For what has the name of its content."""
PLANS_AT_ONCE = 2
PLAN_S = 30.0
"""Seconds that a plan may wait and take."""
_RANGE = re.compile(r"bytes=(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))", re.ASCII)


def page_app(choices: Choices, builds: Builds, shelf: Shelf) -> Starlette:
    """The application; its paths begin behind the token."""
    desk = _Desk(choices, builds, shelf)
    routes = [
        Route("/", desk.page),
        Route("/api/routines", desk.routines),
        Route("/api/plan", desk.plan, methods=["POST"]),
        Route("/api/build", desk.build, methods=["POST"]),
        Route("/api/sessions/{name}", desk.session),
        Route("/sessions/{name}.mp3", desk.audio),
        Route("/sessions/{name}.html", desk.standalone),
        Route("/{file}", desk.page),
    ]
    handlers: Any = {VoiceguideError: _told, HTTPException: _refused, Exception: _broken}
    app = Starlette(routes=routes, exception_handlers=handlers)
    app.router.redirect_slashes = False
    return app


class _Desk:
    """Takes requests, asks those who know, and wraps what they say."""

    def __init__(self, choices: Choices, builds: Builds, shelf: Shelf) -> None:
        self._choices = choices
        self._builds = builds
        self._shelf = shelf
        self._turns: anyio.CapacityLimiter | None = None

    async def page(self, request: Request) -> Response:
        """A file of the page."""
        name = request.path_params.get("file", "index.html")
        files = {path.name: path for path in PAGE.iterdir()} if PAGE.is_dir() else {}
        if name not in files or files[name].suffix not in KINDS:
            raise HTTPException(404)
        state = files[name].stat()
        etag = f'"{state.st_mtime_ns:x}-{state.st_size:x}"'
        return _file(request, files[name], KINDS[files[name].suffix], etag, "no-cache")

    async def routines(self, request: Request) -> Response:
        """The list of what there is."""
        listed, _ = await self._in_thread(self._choices.routines)
        return JSONResponse(listed)

    async def plan(self, request: Request) -> Response:
        """The timeline of a wish."""
        wish = await _wish(request)
        return JSONResponse(await self._in_thread(functools.partial(self._choices.plan, wish)))

    async def build(self, request: Request) -> Response:
        """Have the session of a wish made."""
        wish = await _wish(request)

        def ask() -> str:
            order = self._choices.order(wish, self._shelf.folder)
            self._builds.ask(order)
            return str(order["id"])

        return JSONResponse({"id": await self._in_thread(ask)}, 202)

    async def session(self, request: Request) -> Response:
        """How far a session is."""
        name = request.path_params["name"]
        making = self._builds.state(name)
        if making is not None and making.error:
            return JSONResponse({"state": "failed", "error": making.error})
        if making is not None:
            return JSONResponse({"state": "making", "doing": making.doing, "done": making.done, "of": making.of})
        kept = await anyio.to_thread.run_sync(self._shelf.get, name)
        if kept is None:
            raise HTTPException(404, "This session is not there any more. Ask for it again.")
        return JSONResponse({"state": "ready", "audio": f"sessions/{name}.mp3", "plan": kept.plan})

    async def audio(self, request: Request) -> Response:
        """The sound of a session, or a part of it."""
        name = request.path_params["name"]
        kept = await anyio.to_thread.run_sync(self._shelf.get, name)
        if kept is None:
            raise HTTPException(404)
        return _file(request, kept.audio, "audio/mpeg", f'"{name}"', FOR_GOOD)

    async def standalone(self, request: Request) -> Response:
        """A session as one page to be kept. Only as a download: opened here, it would be of our origin."""
        name = request.path_params["name"]
        kept = await anyio.to_thread.run_sync(self._shelf.get, name)
        if kept is None:
            raise HTTPException(404)
        stem = re.sub(r"[^\w]+", "-", str(kept.plan["title"])[:60]).strip("-") or "session"
        disposition = f"attachment; filename*=UTF-8''{quote(stem.encode('utf-8', 'replace'))}.html"
        parts = standalone_parts(kept.plan, kept.audio)
        return StreamingResponse(parts, media_type=KINDS[".html"], headers={"content-disposition": disposition})

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        """The outcome of work that takes its time, a few at once."""
        if self._turns is None:
            self._turns = anyio.CapacityLimiter(PLANS_AT_ONCE)
        try:
            with anyio.fail_after(PLAN_S):
                return await anyio.to_thread.run_sync(work, limiter=self._turns, abandon_on_cancel=True)
        except TimeoutError as error:
            raise BusyError("This takes too long at the moment. Try again in a minute.") from error


async def _wish(request: Request) -> Wish:
    """The wish in a request's body, which is read no further than it may be long."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY_BYTES:
            raise HTTPException(413, f"The request is larger than {MAX_BODY_BYTES // 1024} kB.")
    return read_wish(bytes(body))


def _file(request: Request, path: Path, kind: str, etag: str, caching: str) -> Response:
    """A file as a whole or in part. Only one plain range is heeded, as players ask for it; RFC 9110 allows to answer
    any other with the whole."""
    headers = {"etag": etag, "cache-control": caching}
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    if etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    match = _RANGE.fullmatch(request.headers.get("range", ""))
    backwards = match is not None and match[1] and match[2] and int(match[2]) < int(match[1])
    if match is None or backwards:
        request.scope["headers"] = [pair for pair in request.scope["headers"] if pair[0] != b"range"]
    return FileResponse(path, headers=headers, media_type=kind)


async def _told(request: Request, error: Exception) -> Response:
    """What the person can mend, as a sentence."""
    if isinstance(error, BusyError):
        return JSONResponse({"error": str(error)}, 503, {"retry-after": "30"})
    return JSONResponse({"error": str(error)}, 400)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    plain = {"Not Found": "There is nothing here.", "Method Not Allowed": "This address is not asked like that."}
    sentence = plain.get(error.detail, error.detail)
    return JSONResponse({"error": sentence}, error.status_code, dict(error.headers or {}))


async def _broken(request: Request, error: Exception) -> Response:
    """A bug: its traceback goes to the terminal."""
    return JSONResponse({"error": "Something went wrong. More about it stands where the page is served."}, 500)
