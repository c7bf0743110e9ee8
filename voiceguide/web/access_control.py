"""Access control: requests must use a known address and a valid token, and must not be cross-site requests.

Every request without the token gets the same empty response, which reveals nothing.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders

from voiceguide.web.services.session_request import MAX_BODY_BYTES

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["AUTHORIZED", "SECURITY_HEADERS", "AccessControl", "BodyRule", "Entrance"]

SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",  # the URL contains the token
    "permissions-policy": (
        "screen-wake-lock=(self), autoplay=(self), fullscreen=(self), "
        "camera=(), microphone=(), geolocation=(), usb=(), payment=(), browsing-topics=()"
    ),
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "x-robots-tag": "noindex",
}
"""Sent with every response."""
MAX_PATH_BYTES = 300
KNOWN_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE")
AUTHORIZED = "voiceguide.authorized"
"""The key that is set in the scope of a request that has the token."""
_log = logging.getLogger("voiceguide.serve.requests")


@dataclass(frozen=True)
class BodyRule:
    """The media type and maximum size of the body of a write request.

    A page from another site cannot send these media types without first asking this server for permission.
    """

    media_type: str = "application/json"
    max_bytes: int = MAX_BODY_BYTES


@dataclass
class Entrance:
    """A link that works only once and redirects to a page whose address contains the token.

    A link passed to a browser when it is started appears in the process list, which every user can read.
    """

    secret: str
    page: str
    is_used: bool = False


class AccessControl:
    """ASGI middleware that removes the token from paths and passes only plain ASCII paths to the application.

    It logs each request. If the token is missing or wrong, it logs only that a request was made, because the
    path can contain most of the token.
    """

    def __init__(
        self,
        app: ASGIApp,
        token: str,
        allowed_hosts: Iterable[str],
        body_rules: Mapping[str, BodyRule] = MappingProxyType({}),
        headers: Mapping[str, str] = MappingProxyType({}),
        entrance: Entrance | None = None,
    ) -> None:
        """Wrap an application.

        Args:
            app: The application.
            token: The first part of every path.
            allowed_hosts: The valid Host header values, in lower case and with the port.
            body_rules: The paths that accept something other than a small JSON object as the body.
            headers: Headers that replace those in SECURITY_HEADERS.
            entrance: A link that works only once.
        """
        self._app = app
        self._body_rules = body_rules
        self._headers = {**SECURITY_HEADERS, **headers}
        self._entrance = entrance
        self._token = token.encode("ascii")
        self._allowed_hosts = {host.encode("ascii") for host in allowed_hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._log_request(scope, path, message["status"])
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        path = self._authorized_path(scope)
        scope[AUTHORIZED] = path is not None
        if path is None and (page := self._enter(scope)) is not None:
            await _send_response(send_with_headers, 303, b"", page)
        elif path is None:
            await _send_response(send_with_headers, 404, b"")
        elif refusal := _check_write_request(scope, self._body_rules.get(path, BodyRule())):
            status, sentence = refusal
            await _send_response(send_with_headers, status, json.dumps({"error": sentence}).encode())
        else:
            inside = {**scope, "path": path, "raw_path": path.encode("ascii"), "root_path": ""}
            await self._app(inside, receive, send_with_headers)

    def _enter(self, scope: Scope) -> str | None:
        """Return the path of the page to which the entrance leads, if this request is the first to use the entrance."""
        entrance = self._entrance
        if entrance is None or entrance.is_used or not self._is_known_host(scope):
            return None
        if not secrets.compare_digest(bytes(scope["raw_path"]).strip(b"/"), entrance.secret.encode("ascii")):
            return None
        entrance.is_used = True
        return f"/{self._token.decode('ascii')}/{entrance.page}"

    def _is_known_host(self, scope: Scope) -> bool:
        """Check the Host header, to prevent DNS rebinding, in which another site's name is made to resolve to our
        address.
        """
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        return len(hosts) == 1 and hosts[0].lower() in self._allowed_hosts

    def _authorized_path(self, scope: Scope) -> str | None:
        """Return the path after the token, or None if the token or the Host header is invalid."""
        if not self._is_known_host(scope):
            return None
        _, _, after_slash = bytes(scope["raw_path"]).partition(b"/")
        token, slash, path = after_slash.partition(b"/")
        if not secrets.compare_digest(token, self._token) or not slash:
            return None
        # Our paths need no escapes or backslashes. Rejecting escapes and backslashes prevents path traversal.
        if len(path) > MAX_PATH_BYTES or not path.isascii() or any(bad in path for bad in (b"%", b"\\", b"..")):
            return None
        return f"/{path.decode('ascii')}"

    def _log_request(self, scope: Scope, path: str | None, status: int) -> None:
        client = (scope["client"] or ("unknown",))[0]
        method = scope["method"] if scope["method"] in KNOWN_METHODS else "Other"
        shown = "(without the secret)" if path is None else path.replace(self._token.decode(), "(secret)")
        _log.info("%s %s %s %d", client, method, shown, status)


def _check_write_request(scope: Scope, rule: BodyRule) -> tuple[int, str] | None:
    """Check that a write request is valid and comes from our own page. Return an error status and message, or None."""
    if scope["method"] in ("GET", "HEAD"):
        return None
    headers = dict(scope["headers"])
    origin = headers.get(b"origin")
    if origin is not None and origin.lower() != b"http://" + headers[b"host"].lower():
        return 403, "Cross-origin request refused."
    if headers.get(b"sec-fetch-site", b"same-origin") not in (b"same-origin", b"none"):
        return 403, "Cross-origin request refused."
    if headers.get(b"content-type", b"").split(b";")[0].strip().lower() != rule.media_type.encode():
        return 415, "The request must be JSON." if rule == BodyRule() else f"The request must be {rule.media_type}."
    length = headers.get(b"content-length", b"0")
    if not length.isdigit() or len(length) > 12 or int(length) > rule.max_bytes:
        return 413, f"The request is larger than {rule.max_bytes // 1024} kB."
    return None


async def _send_response(send: Send, status: int, body: bytes, location: str = "") -> None:
    headers = [
        *([(b"location", location.encode("ascii"))] if location else []),
        (b"content-length", str(len(body)).encode()),
        (b"content-type", b"application/json"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
