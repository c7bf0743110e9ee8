"""Download a file of known size and checksum. Interrupted downloads are resumed. `file://` URLs also work."""

from __future__ import annotations

import hashlib
import http.client
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from voiceguide.errors import SpeechError

__all__ = ["base_url", "download_file", "read_url"]

URL_ENV_VAR = "VOICEGUIDE_VOICES_URL"
"""The address to download voices from, instead of the public one."""
SILENCE_TIMEOUT_S = 30.0
"""How long to wait while a server sends nothing."""
ATTEMPTS = 4
RETRY_WAIT_S = 1.0
"""The delay before the second attempt. This delay doubles before each further attempt."""
BLOCK_BYTES = 1 << 16
MD5_DIGITS = 32


class _BrokenError(Exception):
    """The connection failed in a way that a retry can fix. The message is a phrase, not a sentence."""


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but never from https to a connection that others can read or modify."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        old, new = urlsplit(req.full_url).scheme, urlsplit(newurl).scheme
        if new not in ("http", "https") or (old, new) == ("https", "http"):
            raise SpeechError(f"{req.full_url} redirects to {newurl}, which is not safe. Use another repository.")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def base_url(default: str) -> str:
    """Return the address below which to find files, without a trailing slash. VOICEGUIDE_VOICES_URL overrides it."""
    return (os.environ.get(URL_ENV_VAR, "").strip() or default).rstrip("/")


def download_file(
    url: str,
    target: Path,
    size_bytes: int,
    checksum: str,
    on_progress: Callable[[int], None] = lambda done_bytes: None,
) -> None:
    """Download `url` to `target`, or resume a partial download. `on_progress` gets the number of bytes so far.

    `checksum` is an MD5 or SHA-256 digest in hexadecimal; its length shows which.

    If the connection breaks, the partial file stays at `target`, and the next call resumes the download. A file with
    the wrong size or checksum is deleted.

    Raises:
        SpeechError: if the file cannot be downloaded, or has the wrong size or checksum.
        OSError: if it cannot be written.
    """
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(RETRY_WAIT_S * 2 ** (attempt - 1))
        try:
            _continue_download(url, target, size_bytes, on_progress)
            break
        except _BrokenError as error:
            failure = error
    else:
        raise SpeechError(
            f"{url} could not be downloaded: {failure}. The partial file was saved. Run the command again to continue."
        ) from failure
    if _digest(target, "md5" if len(checksum) == MD5_DIGITS else "sha256") != checksum.lower():
        target.unlink()
        raise SpeechError(f"{url} does not have the expected checksum. It was deleted. Try again later.")


def read_url(url: str, max_bytes: int) -> bytes:
    """Return the contents of `url`.

    Raises:
        SpeechError: if it cannot be read, or is larger than `max_bytes`.
    """
    try:
        with _open(url, 0) as response:
            data: bytes = response.read(max_bytes + 1)
    except (_BrokenError, http.client.HTTPException, OSError) as error:
        raise SpeechError(
            f"{url} could not be read: {_describe(error)}. Check the connection and try again."
        ) from error
    if len(data) > max_bytes:
        raise SpeechError(
            f"{url} is larger than {max_bytes / 1e6:.0f} MB, so it cannot be the expected file. Try again later."
        )
    return data


def _continue_download(url: str, target: Path, size_bytes: int, on_progress: Callable[[int], None]) -> None:
    done = target.stat().st_size if target.exists() else 0
    if done > size_bytes:
        target.unlink()
        done = 0
    if done == size_bytes:
        return
    with _open(url, done) as response:
        done = _resume_position(response, done)
        with target.open("r+b" if done else "wb") as file:
            file.seek(done)
            file.truncate()
            while block := _read_block(response, size_bytes + 1 - done):
                file.write(block)
                done += len(block)
                on_progress(min(done, size_bytes))
            file.flush()
            os.fsync(file.fileno())
    if done > size_bytes:
        target.unlink()
        raise SpeechError(f"{url} is larger than the expected {size_bytes:,} bytes. Try again later.")
    if done < size_bytes:
        raise _BrokenError(f"only {done:,} of {size_bytes:,} bytes arrived")


def _read_block(response: Any, max_bytes: int) -> bytes:
    """Return the data received so far.

    `read` would wait for a whole block, and lose the start of the block if the rest never arrived.
    """
    try:
        block: bytes = response.read1(min(BLOCK_BYTES, max_bytes)) if max_bytes > 0 else b""
        return block
    except (http.client.HTTPException, OSError) as error:
        raise _BrokenError(_describe(error)) from error


def _open(url: str, start: int) -> Any:
    """Open a URL, starting at byte `start` if the server supports this."""
    scheme = urlsplit(url).scheme
    if scheme not in ("http", "https", "file"):
        raise SpeechError(f"{url} cannot be read. The address must begin with https://, http:// or file://.")
    headers = {"User-Agent": "voiceguide"} | ({"Range": f"bytes={start}-"} if start and scheme != "file" else {})
    try:
        opener = urllib.request.build_opener(_SafeRedirects)
        request = urllib.request.Request(url, headers=headers)  # noqa: S310 - the scheme was checked
        return opener.open(request, timeout=SILENCE_TIMEOUT_S)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code >= 500 or error.code in (408, 416, 429):
            raise _BrokenError(f"the server answered {error.code} {error.reason}") from error
        raise SpeechError(
            f"{url} could not be read: the server answered {error.code} {error.reason}. Try again later."
        ) from error
    except (http.client.HTTPException, OSError, ValueError) as error:
        raise _BrokenError(_describe(error)) from error


def _resume_position(response: Any, start: int) -> int:
    """Return the position of the first byte of the response: `start`, or 0 if the server starts over."""
    content_range = str(response.headers.get("Content-Range", ""))
    return start if getattr(response, "status", None) == 206 and content_range.startswith(f"bytes {start}-") else 0


def _describe(error: BaseException) -> str:
    if isinstance(error, urllib.error.URLError) and isinstance(error.reason, BaseException):
        error = error.reason
    if isinstance(error, TimeoutError):
        return "the server sent nothing for too long"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror[0].lower() + error.strerror[1:]
    return " ".join(str(error).split()) or type(error).__name__


def _digest(path: Path, algorithm: str) -> str:
    checksum = hashlib.new(algorithm, usedforsecurity=False)  # piper's list of voices has only MD5 checksums
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            checksum.update(block)
    return checksum.hexdigest()
