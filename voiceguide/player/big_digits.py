"""Times in figures made of blocks, to be read from across the room."""

from __future__ import annotations

__all__ = ["large", "size"]

_FIGURES = {
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
ROWS = 5


def size(text: str, columns: int, rows: int) -> tuple[int, int]:
    """How many columns and rows each block can have, a block being about square; (0, 0) where not even one fits."""
    wide = _width(text)
    best = (0, 0)
    for tall in range(1, rows // ROWS + 1):
        broad = min(2 * tall, columns // wide)
        if broad >= 1 and broad >= tall:
            best = (broad, tall)
    return best


def large(text: str, columns: int, rows: int) -> list[str]:
    """The lines that show a time, such as 4:30, as large as there is room for; else the text itself."""
    broad, tall = size(text, columns, rows)
    if not tall:
        return [text]
    lines = []
    for row in range(ROWS):
        figures = (" " * broad).join(
            "".join(("█" if dot == "#" else " ") * broad for dot in _FIGURES[figure][row]) for figure in text
        )
        lines += [figures] * tall
    return lines


def _width(text: str) -> int:
    """Blocks side by side, one free between two figures."""
    return sum(len(_FIGURES[figure][0]) for figure in text) + len(text) - 1
