"""Large digits and letters drawn with block characters, legible from across the room."""

from __future__ import annotations

__all__ = ["GLYPH_ROWS", "render_big_text"]

_GLYPHS = {
    "0": ("###", "# #", "# #", "# #", "###"),
    "1": ("  #", "  #", "  #", "  #", "  #"),
    "2": ("###", "  #", "###", "#  ", "###"),
    "3": ("###", "  #", "###", "  #", "###"),
    "4": ("# #", "# #", "###", "  #", "  #"),
    "5": ("###", "#  ", "###", "  #", "###"),
    "6": ("###", "#  ", "###", "# #", "###"),
    "7": ("###", "  #", "  #", "  #", "  #"),
    "8": ("###", "# #", "###", "# #", "###"),
    "9": ("###", "# #", "###", "  #", "###"),
    ":": (" ", "#", " ", "#", " "),
    "A": ("###", "# #", "###", "# #", "# #"),
    "D": ("## ", "# #", "# #", "# #", "## "),
    "E": ("###", "#  ", "###", "#  ", "###"),
    "P": ("###", "# #", "###", "#  ", "#  "),
    "S": ("###", "#  ", "###", "  #", "###"),
    "U": ("# #", "# #", "# #", "# #", "###"),
}
GLYPH_ROWS = 5
"""The height of a character in blocks, and therefore its minimum height in rows."""


def render_big_text(text: str, columns: int, rows: int, block: str = "█") -> list[str]:
    """Draw a time such as 4:30, or PAUSED, as large as possible and return its lines.

    If large characters do not fit, return `text`.
    """
    block_columns, block_rows = _fit_block_size(text, columns, rows)
    if not block_rows:
        return [text]
    lines = []
    for glyph_row in range(GLYPH_ROWS):
        line = (" " * block_columns).join(
            "".join((block if dot == "#" else " ") * block_columns for dot in _GLYPHS[char][glyph_row]) for char in text
        )
        lines += [line] * block_rows
    return lines


def _fit_block_size(text: str, columns: int, rows: int) -> tuple[int, int]:
    """Return the columns and rows of the largest roughly square block that fits, or (0, 0) if no block fits."""
    width_in_blocks = sum(len(_GLYPHS[char][0]) for char in text) + len(text) - 1
    best = (0, 0)
    for block_rows in range(1, rows // GLYPH_ROWS + 1):
        block_columns = min(2 * block_rows, columns // width_in_blocks)
        if block_columns >= block_rows:
            best = (block_columns, block_rows)
    return best
