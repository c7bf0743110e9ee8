"""Text from Word documents (Office Open XML)."""

from __future__ import annotations

import re

from voiceguide.drafting.formats.documents.document import Document, TextBuilder
from voiceguide.drafting.formats.documents.zip_archive import Archive
from voiceguide.drafting.formats.xml_tree import Element, parse_xml

__all__ = ["read_docx"]

_SKIPPED = {"mc:fallback", "w:instrtext", "w:rpr", "w:ppr", "w:sectpr", "w:deltext", "w:movefrom"}
"""Elements whose text is not spoken. Moved text also appears in its new place."""


def read_docx(archive: Archive) -> Document:
    """Return the text of a document. Its notes, reviewers' comments, headers and footers are not spoken.

    Raises:
        XmlError: A part of the document is not well-formed.
        VoiceguideError: The document is too large or damaged.
    """
    reader = _Reader(archive)
    reader.read_body(parse_xml(archive.read("word/document.xml")))
    for member in sorted(archive.names):
        if match := re.fullmatch(r"word/(comments|footnotes|endnotes|header|footer)\d*\.xml", member):
            reader.read_notes(parse_xml(archive.read(member)), match[1])
    return reader.builder.build()


class _Reader:
    def __init__(self, archive: Archive) -> None:
        self.builder = TextBuilder()
        self._formats = _numbering_formats(archive)
        self._levels = _heading_levels(archive)
        self._counts: dict[tuple[str, int], int] = {}

    def read_body(self, root: Element) -> None:
        for body in root.find_all("w:body")[:1]:
            self._read_blocks(body)

    def read_notes(self, root: Element, kind: str) -> None:
        for note in root.content:
            if isinstance(note, Element):
                self.builder.add_remark(_text_of(note), kind if kind.endswith("s") else f"{kind}s")

    def _read_blocks(self, parent: Element) -> None:
        for part in parent.content:
            if not isinstance(part, Element):
                continue
            if part.name == "w:p":
                self._read_paragraph(part)
            elif part.name == "w:tbl":
                self._read_table(part)
            elif part.name in ("w:sdt", "w:sdtcontent", "w:ins", "w:moveto", "w:customxml", "w:smarttag"):
                self._read_blocks(part)

    def _read_paragraph(self, paragraph: Element) -> None:
        self._count_deleted(paragraph)
        text = _text_of(paragraph)
        properties = next(
            (part for part in paragraph.content if isinstance(part, Element) and part.name == "w:ppr"), None
        )
        style = _value(properties, "w:pstyle")
        level = self._levels.get(style, 0) or _level_in_name(style)
        number_id, depth = _value(properties, "w:numid"), _level(properties)
        if level:
            self.builder.add_heading(text, level)
        elif (number_id and number_id != "0") or re.match(r"list(?:bullet|number|paragraph)", style, re.IGNORECASE):
            is_bullet = self._formats.get((number_id, depth), "bullet") in ("bullet", "none")
            key = (number_id, depth)
            self._counts[key] = self._counts.get(key, 0) + 1
            self.builder.add_item(text, min(depth, 8), None if is_bullet else self._counts[key])
        else:
            self.builder.add_paragraph(text)

    def _read_table(self, table: Element) -> None:
        for index, row in enumerate(table.find_all("w:tr", outside="w:tbl")):
            for paragraph in row.find_all("w:p"):
                self._count_deleted(paragraph)
            cells = [_text_of(cell) for cell in row.content if isinstance(cell, Element) and cell.name == "w:tc"]
            is_header = index == 0 and (
                bool(row.find_all("w:tblheader")) or not any(re.search(r"\d", cell) for cell in cells)
            )
            self.builder.add_row(cells, is_header)
        self.builder.end_block()

    def _count_deleted(self, paragraph: Element) -> None:
        deleted = "".join(part.text for part in paragraph.find_all("w:deltext"))
        self.builder.add_remark(deleted, "deleted text")


def _text_of(element: Element) -> str:
    """Return the text of an element. Each paragraph in the element begins a new line."""
    parts: list[str] = []
    pending: list[Element | str] = [element]
    while pending:
        part = pending.pop()
        if isinstance(part, str):
            parts.append(part)
        elif part.name == "w:t":
            parts.append(part.text)
        elif part.name in ("w:tab", "w:ptab"):
            parts.append(" ")
        elif part.name in ("w:br", "w:cr"):
            parts.append("\n")
        elif part.name in ("w:nobreakhyphen", "w:softhyphen"):
            parts.append("-" if part.name == "w:nobreakhyphen" else "")
        elif part.name not in _SKIPPED:
            if part.name == "w:p":
                parts.append("\n")
            pending += reversed([inner for inner in part.content if isinstance(inner, Element)])
    return "".join(parts).strip()


def _value(properties: Element | None, name: str) -> str:
    """Return the value of a property, or an empty string."""
    found = properties.find_all(name) if properties else []
    return found[0].attributes.get("val", "") if found else ""


def _level(properties: Element | None) -> int:
    """Return the nesting depth of a list item, starting at 0."""
    found = properties.find_all("w:ilvl") if properties else []
    return found[0].number("val", 0) if found else 0


def _level_in_name(style: str) -> int:
    match = re.fullmatch(r"(?:heading|title|überschrift|berschrift|titre|ttulo|título)\s?(\d)?", style, re.IGNORECASE)
    return int(match[1] or 1) if match else 0


def _heading_levels(archive: Archive) -> dict[str, int]:
    """Return the level of each heading style, by style ID.

    The style names are the same in every language, but the IDs are not.
    """
    data = archive.read("word/styles.xml")
    levels: dict[str, int] = {}
    for style in parse_xml(data).find_all("w:style") if data else []:
        name = _value(style, "w:name").lower()
        match = re.fullmatch(r"heading (\d)|title", name)
        if match:
            levels[style.attributes.get("styleid", "")] = int(match[1] or 1)
    return levels


def _numbering_formats(archive: Archive) -> dict[tuple[str, int], str]:
    """Return the number format of each list and level."""
    data = archive.read("word/numbering.xml")
    if not data:
        return {}
    root = parse_xml(data)
    abstract: dict[str, dict[int, str]] = {}
    for definition in root.find_all("w:abstractnum"):
        levels = {level.number("ilvl", 0): _value(level, "w:numfmt") for level in definition.find_all("w:lvl")}
        abstract[definition.attributes.get("abstractnumid", "")] = levels
    return {
        (number.attributes.get("numid", ""), level): name
        for number in root.find_all("w:num")
        for level, name in abstract.get(_value(number, "w:abstractnumid"), {}).items()
    }
