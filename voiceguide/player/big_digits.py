"""Large digits drawn with block characters, legible from across the room."""

from __future__ import annotations

__all__ = ["render_big_digits"]

_DIGIT_GLYPHS = {
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
}
GLYPH_ROWS = 5


def render_big_digits(text: str, columns: int, rows: int) -> list[str]:
    """Draw a time such as 4:30 as large as possible and return its lines. If large digits do not fit, return `text`."""
    block_columns, block_rows = _fit_block_size(text, columns, rows)
    if not block_rows:
        return [text]
    lines = []
    for glyph_row in range(GLYPH_ROWS):
        line = (" " * block_columns).join(
            "".join(("█" if dot == "#" else " ") * block_columns for dot in _DIGIT_GLYPHS[char][glyph_row])
            for char in text
        )
        lines += [line] * block_rows
    return lines


def _fit_block_size(text: str, columns: int, rows: int) -> tuple[int, int]:
    """Return the columns and rows of the largest roughly square block that fits, or (0, 0) if none does."""
    width_in_blocks = sum(len(_DIGIT_GLYPHS[char][0]) for char in text) + len(text) - 1
    best = (0, 0)
    for block_rows in range(1, rows // GLYPH_ROWS + 1):
        block_columns = min(2 * block_rows, columns // width_in_blocks)
        if block_columns >= block_rows:
            best = (block_columns, block_rows)
    return best
