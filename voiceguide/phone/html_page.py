"""A kit as a single HTML file with the player. It works without a network or a server."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from voiceguide.phone.kit import Kit, make_kit
from voiceguide.phone.settings_from_overrides import page_settings
from voiceguide.pipeline.session_builder import SessionBuilder
from voiceguide.system.atomic_file import atomic_write

__all__ = [
    "JS_MODULES",
    "KIT_MODULES",
    "STATIC_DIR",
    "bundle_js",
    "html_page_chunks",
    "write_page_of_session",
]

STATIC_DIR = Path(__file__).parents[1] / "web" / "static"
"""Static files of the web page. The exported file uses the same player."""
KIT_MODULES = (
    "kit-timeline.js",
    "kit-fit-to-total.js",
    "kit-frames.js",
    "kit-gain-envelope.js",
    "kit-loop-jumps.js",
    "kit-frame-sources.js",
    "kit-assemble.js",
    "kit-plan-for-verify.js",
    "kit-save.js",
    "kit.js",
)
"""The modules that assemble sessions."""
JS_MODULES = (
    *KIT_MODULES,
    "strings-de.js",
    "strings-en.js",
    "strings-es.js",
    "strings-fr.js",
    "words.js",
    "times.js",
    "dom.js",
    "local-storage.js",
    "moment.js",
    "unlock.js",
    "wake-lock.js",
    "sound.js",
    "lock-screen.js",
    "player.js",
    "server.js",
    "rows.js",
    "saved-settings.js",
    "routine.js",
    "single-file.js",
)
"""Each module comes after the modules it imports."""


def write_page_of_session(builder: SessionBuilder, target: Path) -> None:
    """Write the page for a routine. When opened, the page shows the builder's lengths, total and skipped stages.

    Raises:
        ExportError: If the page cannot be written.
    """
    kit = make_kit(builder)
    settings = page_settings(kit.builder, builder.overrides)
    with atomic_write(target) as part, part.open("wb") as file:
        file.writelines(html_page_chunks(kit, settings or {}))


def html_page_chunks(kit: Kit, settings: dict[str, Any]) -> Iterator[bytes]:
    """Yield the page in parts: first its text, then the frames of each loop and piece."""
    style, script = (STATIC_DIR / "app.css").read_text("utf-8"), bundle_js(JS_MODULES)
    yield _HTML_HEAD.format(policy=_content_security_policy(style, script), style=style).encode()
    yield _screens().encode()
    yield f'<script type="application/json" id="kit">{_html_safe_json(kit.data)}</script>\n'.encode()
    yield f'<script type="application/json" id="settings">{_html_safe_json(settings)}</script>\n'.encode()
    for frame_id, frames in kit.encode():
        yield f'<script type="text/plain" id="frames-{frame_id}">'.encode()
        yield base64.b64encode(frames)
        yield b"</script>\n"
    yield f'<script type="module">{script}</script>\n</body>\n</html>\n'.encode()


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


def bundle_js(names: Sequence[str]) -> str:
    """Join modules into one script without imports or exports. Top-level names must be unique across modules."""
    modules = ((STATIC_DIR / name).read_text("utf-8") for name in names)
    return "\n".join(re.sub(r"(?m)^import .*\n|^export \{.*\n|^export ", "", text) for text in modules)


def _screens() -> str:
    page = (STATIC_DIR / "index.html").read_text("utf-8")
    return "<main>\n" + page.partition("<!-- single file -->\n")[2].partition("<!-- /single file -->")[0] + "</main>\n"


def _html_safe_json(data: dict[str, Any]) -> str:
    """Return JSON that is safe to embed in a script element in UTF-8, whatever text it contains.

    The name of a script can contain bytes that are not text, which Python represents as half characters.
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return re.sub("[<>&\ud800-\udfff]", lambda match: f"\\u{ord(match[0]):04x}", text)
