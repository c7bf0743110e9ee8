"""Break lines of text between words."""

from __future__ import annotations

__all__ = ["wrap_words"]


def wrap_words(text: str, columns: int) -> list[str]:
    """Break text between words into lines of at most `columns`. A word is broken only if it is wider than a line."""
    from rich.cells import cell_len, chop_cells

    lines = [""]
    for word in text.split():
        *pieces, rest = chop_cells(word, max(columns, 2)) if cell_len(word) > columns else [word]
        for piece in [*pieces, rest]:
            if lines[-1] and cell_len(f"{lines[-1]} {piece}") > columns:
                lines.append(piece)
            else:
                lines[-1] = f"{lines[-1]} {piece}".strip()
    return lines
