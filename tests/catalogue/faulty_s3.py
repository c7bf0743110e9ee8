"""An S3 server that fails as a program wishes: it passes requests on to the real one, or does not."""

from __future__ import annotations

import http.client
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Literal
from urllib.parse import urlsplit

__all__ = ["Fault", "FaultyS3"]

Fault = Literal["500", "torn upload", "answer lost", "slow", "full", "gone"]
FULL = b"<Error><Code>InsufficientStorage</Code><Message>The disk is full</Message></Error>"


class FaultyS3:
    """A server on the loopback interface between a client and the S3 server at `target`."""

    def __init__(self, target: str) -> None:
        self.target = urlsplit(target).netloc
        self.failures = 0
        self._fault: Fault | None = None
        self._always = ""
        self._seen: set[str] = set()
        self._lock = threading.Lock()
        outer = self

        class Handler(_Handler):
            proxy = outer

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def fail_each_upload_once(self, fault: Fault) -> None:
        self._fault = fault

    def fail_always(self, fault: Fault, ending: str) -> None:
        """Fail whenever a file with this ending is uploaded."""
        self._fault, self._always = fault, ending

    def recover(self) -> None:
        self._fault = None

    def fault_for(self, method: str, path: str) -> Fault | None:
        with self._lock:
            file = path.partition("?")[0]
            due = file.endswith(self._always) if self._always else file not in self._seen
            if method != "PUT" or self._fault is None or not due:
                return None
            self._seen.add(file)
            self.failures += 1
            return self._fault

    def __enter__(self) -> FaultyS3:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    proxy: FaultyS3
    protocol_version = "HTTP/1.1"

    def _pass_on(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        fault = self.proxy.fault_for(self.command, self.path)
        if fault in ("torn upload", "gone"):
            self.rfile.read(length // 2)
            self._hang_up()
            return
        body = self.rfile.read(length)
        if fault in ("500", "full"):
            self._answer(500 if fault == "500" else 507, {"Content-Type": "application/xml"}, FULL)
            return
        if fault == "slow":
            time.sleep(0.3)
        connection = http.client.HTTPConnection(self.proxy.target)
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            connection.putheader(name, value)  # the host too, because it is signed
        connection.endheaders(body)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        if fault == "answer lost":
            self._hang_up()
            return
        self._answer(answer.status, dict(answer.getheaders()), data)

    def _answer(self, status: int, headers: dict[str, str], data: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                self.send_header(name, value)
        head = self.command == "HEAD"
        self.send_header("Content-Length", headers.get("Content-Length", "0") if head else str(len(data)))
        self.end_headers()
        if not head:
            self.wfile.write(data)

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.close()

    def log_message(self, format: str, *arguments: object) -> None:
        pass

    do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = _pass_on  # noqa: N815 - the names that http.server calls
