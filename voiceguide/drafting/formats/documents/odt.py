"""Text from OpenDocument files, as LibreOffice writes them."""

from __future__ import annotations

import re

from voiceguide.drafting.formats.documents.document import Document, TextBuilder
from voiceguide.drafting.formats.xml_tree import Element

__all__ = ["read_odt"]

_MAX_SPACES = 100
_DESCRIPTIONS = ("svg:title", "svg:desc")
_REMARKS = {
    "text:note": "notes",
    "office:annotation": "annotations",
    **dict.fromkeys(_DESCRIPTIONS, "images"),
}
"""The elements that are not spoken, and the kind of comment that each of them becomes."""
_SKIPPED = {"!", "office:annotation-end", "office:binary-data"}


def read_odt(root: Element) -> Document:
    """Return the text of `content.xml` or of a flat ODT file. Notes, annotations and deleted text are not spoken."""
    reader = _Reader(root)
    for body in root.find_all("office:text")[:1]:
        reader.read_blocks(body)
    return reader.builder.build()


class _Reader:
    def __init__(self, root: Element) -> None:
        self.builder = TextBuilder()
        self._ordered = {
            style.attributes.get("name", "")
            for style in root.find_all("text:list-style")
            if any(
                isinstance(part, Element) and part.name == "text:list-level-style-number" for part in style.content[:3]
            )
        }

    def read_blocks(self, parent: Element) -> None:
        for part in parent.content:
            if not isinstance(part, Element):
                continue
            if part.name == "text:h":
                self.builder.add_heading(self._take_text(part), part.number("outline-level", 1))
            elif part.name == "text:p" and part.attributes.get("style-name", "").lower() == "title":
                self.builder.add_heading(self._take_text(part), 1)
            elif part.name == "text:p":
                self.builder.add_paragraph(self._take_text(part))
            elif part.name == "text:list":
                self._read_list(part, 0, part.attributes.get("style-name", ""))
                self.builder.end_block()
            elif part.name == "table:table":
                self._read_table(part)
            elif part.name == "text:tracked-changes":
                self.builder.add_remark(" ".join(part.texts()), "deleted text")
            elif part.name in _DESCRIPTIONS:
                self.builder.add_remark(f"image: {part.text}", "images")
            elif part.name.startswith(("text:", "draw:", "office:")) and part.name not in _SKIPPED:
                self.read_blocks(part)

    def _take_text(self, element: Element) -> str:
        """Add the notes and annotations in an element as remarks, and return the rest of its text."""
        remarks: list[Element] = []
        text = _text_of(element, remarks)
        for remark in remarks:
            is_image = remark.name in _DESCRIPTIONS
            self.builder.add_remark(
                f"image: {remark.text}" if is_image else " ".join(remark.texts()), _REMARKS[remark.name]
            )
        return text

    def _read_list(self, element: Element, depth: int, style: str) -> None:
        count = 0
        for item in element.content:
            if not isinstance(item, Element) or item.name not in ("text:list-item", "text:list-header"):
                continue
            count += 1
            number = count if style in self._ordered else None
            for part in item.content:
                if isinstance(part, Element) and part.name == "text:list":
                    self._read_list(part, depth + 1, part.attributes.get("style-name", "") or style)
                elif isinstance(part, Element) and part.name in ("text:p", "text:h"):
                    self.builder.add_item(self._take_text(part), depth, number)

    def _read_table(self, table: Element) -> None:
        headers = {
            id(row) for part in table.find_all("table:table-header-rows") for row in part.find_all("table:table-row")
        }
        for index, row in enumerate(table.find_all("table:table-row", outside="table:table")):
            cells = [
                self._take_text(cell)
                for cell in row.content
                if isinstance(cell, Element) and cell.name == "table:table-cell"
            ]
            has_no_numbers = index == 0 and not any(re.search(r"\d", cell) for cell in cells)
            self.builder.add_row(cells, id(row) in headers or has_no_numbers)
        self.builder.end_block()


def _text_of(element: Element, remarks: list[Element]) -> str:
    """Return the text of an element, and add the notes and annotations in the element to `remarks`."""
    parts: list[str] = []
    pending: list[Element | str] = [*reversed(element.content)]
    while pending:
        part = pending.pop()
        if isinstance(part, str):
            parts.append(re.sub(r"\s+", " ", part))
        elif part.name == "text:s":
            parts.append(" " * min(part.number("c", 1), _MAX_SPACES))
        elif part.name in ("text:tab", "text:line-break"):
            parts.append("\n" if part.name == "text:line-break" else " ")
        elif part.name in _REMARKS:
            remarks.append(part)
        elif part.name not in _SKIPPED:
            if part.name in ("text:p", "text:h", "text:list-item", "table:table-cell") and parts:
                parts.append("\n")
            pending += reversed(part.content)
    return "".join(parts).strip()
