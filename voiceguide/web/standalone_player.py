"""A session as one page: sound, words and player in a single HTML file that needs no network and no server."""

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

STATIC_DIR = Path(__file__).parent / "static"
JS_MODULES = ("timeline.js", "bars.js", "memory.js", "wake-lock.js", "player.js", "standalone.js")
"""In the order in which they need each other."""
_CHUNK_BYTES = 3 << 18
"""A multiple of three: the base64 of the pieces is then that of the whole."""


def write_standalone_html(plan: dict[str, Any], audio: Path, target: Path) -> None:
    """Write the page of a session: its plan, as `build --json` has it, and its file.

    Raises:
        EncodeError: where it cannot be written.
    """
    with atomic_write(target) as part, part.open("wb") as file:
        file.writelines(standalone_html_chunks(plan, audio))


def standalone_html_chunks(plan: dict[str, Any], audio: Path) -> Iterator[bytes]:
    """The bytes of the page in pieces of about a megabyte, however long the session is."""
    style, script = (STATIC_DIR / "app.css").read_text("utf-8"), _bundle_js()
    yield _HTML_HEAD.format(policy=_content_security_policy(style, script), style=style).encode()
    yield _player_markup().encode()
    facts = {
        "id": _audio_digest(audio),
        "type": FORMATS[audio.suffix.lower().lstrip(".")].media_type,
        "plan": _public_plan_fields(plan),
    }
    yield f'<script type="application/json" id="plan">{_html_safe_json(facts)}</script>\n'.encode()
    yield b'<script type="text/plain" id="audio">'
    with audio.open("rb") as file:
        while piece := file.read(_CHUNK_BYTES):
            yield base64.b64encode(piece)
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
    """Nothing runs but what is here, and nothing is asked of any network."""
    return (
        f"default-src 'none'; script-src '{_csp_hash(script)}'; style-src '{_csp_hash(style)}'; "
        "media-src blob:; img-src data:; base-uri 'none'; form-action 'none'"
    )


def _csp_hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def _bundle_js() -> str:
    """The modules as one: without their imports, and each name theirs alone."""
    texts = ((STATIC_DIR / name).read_text("utf-8") for name in JS_MODULES)
    return "\n".join(re.sub(r"(?m)^import .*\n|^export ", "", text) for text in texts)


def _player_markup() -> str:
    page = (STATIC_DIR / "index.html").read_text("utf-8")
    return "<main>\n" + page.partition("<!-- player -->\n")[2].partition("<!-- /player -->")[0] + "</main>\n"


def _public_plan_fields(plan: dict[str, Any]) -> dict[str, Any]:
    """What the player needs; paths of the machine that built it are none of it."""
    return {key: plan[key] for key in ("title", "language", "total", "stages")}


def _html_safe_json(data: dict[str, Any]) -> str:
    """JSON in which no tag can begin or end, whatever the titles are."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _audio_digest(audio: Path) -> str:
    """The session's name: by it the browser knows how far it was heard."""
    total = hashlib.sha256()
    with audio.open("rb") as file:
        while piece := file.read(1 << 20):
            total.update(piece)
    return total.hexdigest()[:32]
