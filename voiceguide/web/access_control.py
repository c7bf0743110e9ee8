"""Who is let in: a request must name one of our own addresses, know the token, and not come from another's page.

Whatever is refused before the token is known gets the same empty answer, so that nothing is told to whoever knocks.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders

from voiceguide.web.services.session_request import MAX_BODY_BYTES

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["SECURITY_HEADERS", "AccessControl"]

SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",  # the token stands in the address
    "permissions-policy": (
        "screen-wake-lock=(self), autoplay=(self), fullscreen=(self), "
        "camera=(), microphone=(), geolocation=(), usb=(), payment=(), browsing-topics=()"
    ),
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "x-robots-tag": "noindex",
}
"""On every answer."""
MAX_PATH_BYTES = 300


class AccessControl:
    """An ASGI application around the page's own, which then sees paths without the token, of plain letters only."""

    def __init__(self, app: ASGIApp, token: str, allowed_hosts: Iterable[str]) -> None:
        """`hosts` are the values of the Host header that mean us, lower-case and with the port."""
        self._app = app
        self._token = token.encode("ascii")
        self._allowed_hosts = {host.encode("ascii") for host in allowed_hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        path = self._authorized_path(scope)
        if path is None:
            await _send_response(send_with_headers, 404, b"")
        elif refusal := _check_write_request(scope):
            status, sentence = refusal
            await _send_response(send_with_headers, status, json.dumps({"error": sentence}).encode())
        else:
            inside = {**scope, "path": path, "raw_path": path.encode("ascii"), "root_path": ""}
            await self._app(inside, receive, send_with_headers)

    def _authorized_path(self, scope: Scope) -> str | None:
        """The path behind the token; None for whoever does not know it, or has come by another's name.

        A page elsewhere can have its own name answered with our address (DNS rebinding); its Host header tells.
        """
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1 or hosts[0].lower() not in self._allowed_hosts:
            return None
        _, _, behind = bytes(scope["raw_path"]).partition(b"/")
        token, slash, path = behind.partition(b"/")
        if not secrets.compare_digest(token, self._token) or not slash:
            return None
        # None of our addresses needs an escape or a backslash; without them no path can mean another folder.
        if len(path) > MAX_PATH_BYTES or not path.isascii() or any(bad in path for bad in (b"%", b"\\", b"..")):
            return None
        return f"/{path.decode('ascii')}"


def _check_write_request(scope: Scope) -> tuple[int, str] | None:
    """Status and sentence for a request that would change something and is not from our own page."""
    if scope["method"] in ("GET", "HEAD"):
        return None
    headers = dict(scope["headers"])
    origin = headers.get(b"origin")
    if origin is not None and origin.lower() != b"http://" + headers[b"host"].lower():
        return 403, "This request comes from another page."
    if headers.get(b"sec-fetch-site", b"same-origin") not in (b"same-origin", b"none"):
        return 403, "This request comes from another page."
    if headers.get(b"content-type", b"").split(b";")[0].strip().lower() != b"application/json":
        return 415, "Only JSON is understood here."
    length = headers.get(b"content-length", b"0")
    if not length.isdigit() or len(length) > 12 or int(length) > MAX_BODY_BYTES:
        return 413, f"The request is larger than {MAX_BODY_BYTES // 1024} kB."
    return None


async def _send_response(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-length", str(len(body)).encode()), (b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
