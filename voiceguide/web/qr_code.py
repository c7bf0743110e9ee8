"""Draw QR codes for a terminal and for a web page."""

from __future__ import annotations

import io

from voiceguide.errors import VoiceguideError

__all__ = ["draw_qr_code", "qr_code_svg", "render_qr_code"]

QUIET_ZONE_MODULES = 2
"""The white border. The standard requires four modules, but two suffice for phones, and the code fits in 24 lines."""
_BLACK, _WHITE = 16, 231
"""Colors that themes do not change, so that the code is black on white on both light and dark terminals."""


def draw_qr_code(text: str) -> list[str]:
    """Return the lines of a QR code drawn in half blocks, black on white, with two rows of modules per line."""
    import segno

    code = segno.make(text, error="l", micro=False, boost_error=True)
    modules = [[bool(module) for module in row] for row in code.matrix_iter(border=QUIET_ZONE_MODULES)]
    if len(modules) % 2:
        modules.append([False] * len(modules[0]))
    return [_draw_line(*rows) for rows in zip(modules[::2], modules[1::2], strict=True)]


def _draw_line(upper: list[bool], lower: list[bool]) -> str:
    """Draw two rows of modules as one line: the upper one in the foreground color, the lower one in the background."""
    line, colors = "", ""
    for top, bottom in zip(upper, lower, strict=True):
        wanted = f"\x1b[38;5;{_BLACK if top else _WHITE};48;5;{_BLACK if bottom else _WHITE}m"
        line += f"{'' if wanted == colors else wanted}▀"
        colors = wanted
    return f"{line}\x1b[0m"


def render_qr_code(url: str) -> str:
    """Return a QR code for a URL, drawn with half-block characters."""
    import segno

    drawn = io.StringIO()
    segno.make(url, error="m", micro=False).terminal(drawn, border=2, compact=True)
    return drawn.getvalue()


def qr_code_svg(text: str) -> str:
    """Return a QR code as an SVG image, black on white.

    Raises:
        VoiceguideError: The text is too long for a QR code.
    """
    import segno

    try:
        code = segno.make(text, error="l", micro=False)
    except segno.DataOverflowError as error:
        raise VoiceguideError("This is too long for a QR code. Copy the link instead.") from error
    drawn = io.BytesIO()
    code.save(drawn, kind="svg", xmldecl=False, border=4, light="#fff", scale=4)
    return drawn.getvalue().decode()
