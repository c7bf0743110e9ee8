"""A session as a single HTML file with audio, text and a player. It works without a network or a server."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from voiceguide.encode.formats import FORMATS
from voiceguide.system.atomic_file import atomic_write

__all__ = ["standalone_html_chunks", "write_standalone_html"]

STATIC_DIR = Path(__file__).parents[1] / "web" / "static"
"""Static files of the web page. The exported file uses the same player."""
JS_MODULES = ("timeline.js", "bars.js", "memory.js", "wake-lock.js", "player.js", "standalone.js")
"""Each module follows the modules it imports."""
_CHUNK_BYTES = 3 << 18
"""The size of a chunk. It is a multiple of three, so that the Base64 encodings of the chunks can be concatenated."""


def write_standalone_html(plan: dict[str, Any], audio: Path, target: Path) -> None:
    """Write the page for a session.

    `plan` is the timeline as returned by `Timeline.to_dict`, and `audio` is the finished file.

    Raises:
        ExportError: If the page cannot be written.
    """
    with atomic_write(target) as part, part.open("wb") as file:
        file.writelines(standalone_html_chunks(plan, audio))


def standalone_html_chunks(plan: dict[str, Any], audio: Path) -> Iterator[bytes]:
    """Yield the page in chunks of about a megabyte, so that a long session needs little memory."""
    style, script = (STATIC_DIR / "app.css").read_text("utf-8"), _bundle_js()
    yield _HTML_HEAD.format(policy=_content_security_policy(style, script), style=style).encode()
    yield _player_markup().encode()
    session = {
        "id": _audio_digest(audio),
        "type": FORMATS[audio.suffix.lower().lstrip(".")].media_type,
        "plan": _public_plan_fields(plan),
    }
    yield f'<script type="application/json" id="plan">{_html_safe_json(session)}</script>\n'.encode()
    yield b'<script type="text/plain" id="audio">'
    with audio.open("rb") as file:
        while data := file.read(_CHUNK_BYTES):
            yield base64.b64encode(data)
    yield f'</script>\n<script type="module">{script}</script>\n</body>\n</html>\n'.encode()


_HTML_HEAD = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="dark">
<title>voiceguide</title>
<style>{style}</style>
</head>
<body>
"""


def _content_security_policy(style: str, script: str) -> str:
    """Return a policy that allows only the embedded script and style, and no network access."""
    return (
        f"default-src 'none'; script-src '{_csp_hash(script)}'; style-src '{_csp_hash(style)}'; "
        "media-src blob:; img-src data:; base-uri 'none'; form-action 'none'"
    )


def _csp_hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def _bundle_js() -> str:
    """Return all modules as one script, without imports and exports. Top-level names must be unique across modules."""
    modules = ((STATIC_DIR / name).read_text("utf-8") for name in JS_MODULES)
    return "\n".join(re.sub(r"(?m)^import .*\n|^export ", "", text) for text in modules)


def _player_markup() -> str:
    page = (STATIC_DIR / "index.html").read_text("utf-8")
    return "<main>\n" + page.partition("<!-- player -->\n")[2].partition("<!-- /player -->")[0] + "</main>\n"


def _public_plan_fields(plan: dict[str, Any]) -> dict[str, Any]:
    """Return only the fields that the player needs. Other fields may contain local file paths."""
    return {key: plan[key] for key in ("title", "language", "total", "stages")}


def _html_safe_json(data: dict[str, Any]) -> str:
    """Return JSON that is safe to embed in a script element, whatever text it contains."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _audio_digest(audio: Path) -> str:
    """Return the identifier under which the browser stores the resume point."""
    checksum = hashlib.sha256()
    with audio.open("rb") as file:
        while data := file.read(1 << 20):
            checksum.update(data)
    return checksum.hexdigest()[:32]
