"""Times in figures made of blocks, to be read from across the room."""

from __future__ import annotations

__all__ = ["fit_block_size", "render_big_digits"]

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


def fit_block_size(text: str, columns: int, rows: int) -> tuple[int, int]:
    """How many columns and rows each block can have, a block being about square; (0, 0) where not even one fits."""
    wide = _width_in_blocks(text)
    best = (0, 0)
    for tall in range(1, rows // GLYPH_ROWS + 1):
        broad = min(2 * tall, columns // wide)
        if broad >= 1 and broad >= tall:
            best = (broad, tall)
    return best


def render_big_digits(text: str, columns: int, rows: int) -> list[str]:
    """The lines that show a time, such as 4:30, as large as there is room for; else the text itself."""
    broad, tall = fit_block_size(text, columns, rows)
    if not tall:
        return [text]
    lines = []
    for row in range(GLYPH_ROWS):
        figures = (" " * broad).join(
            "".join(("█" if dot == "#" else " ") * broad for dot in _DIGIT_GLYPHS[figure][row]) for figure in text
        )
        lines += [figures] * tall
    return lines


def _width_in_blocks(text: str) -> int:
    """Blocks side by side, one free between two figures."""
    return sum(len(_DIGIT_GLYPHS[figure][0]) for figure in text) + len(text) - 1
