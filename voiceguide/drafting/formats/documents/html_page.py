"""Text from HTML pages."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from voiceguide.drafting.formats.documents.document import Document, TextBuilder
from voiceguide.drafting.text.sentences import has_words

__all__ = ["is_html", "read_html"]

MAX_DEPTH = 200
_BLOCKS = frozenset(
    {*("p", "div", "section", "article", "main", "body", "html", "header", "hgroup", "center", "blockquote", "pre")}
    | {*("figure", "figcaption", "address", "dl", "dd", "dt", "form", "fieldset", "details", "summary", "ul", "ol")}
    | {*("menu", "table", "thead", "tbody", "tfoot", "tr", "caption")}
)
_NOT_SPOKEN = {"nav", "footer", "aside", "button", "select", "noscript", "template"}
_CODE = {"script", "style", "svg", "math", "canvas"}
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_SIGNS = re.compile(r"<(?:p|div|li|h[1-6]|br|table|body|ul|ol|span|article)\b[^<>]*>", re.IGNORECASE)
_DOCTYPE = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.DOTALL
)


def is_html(text: str) -> bool:
    """Return whether a text is an HTML page or part of a page, rather than plain text with a few tags."""
    if re.search(r"<(?:\w+:)?speak\b", text[:20_000]):
        return False  # SSML has paragraphs, too
    return _DOCTYPE.match(text[:5000]) is not None or len(_SIGNS.findall(text[:50_000])) >= 4


def read_html(text: str) -> Document:
    """Return the text of a page. Navigation, footers and comments are not spoken."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader.finish()


@dataclass
class _List:
    is_ordered: bool
    count: int = 0


@dataclass
class _Row:
    cells: list[str] = field(default_factory=list)
    is_header: bool = True


class _Reader(HTMLParser):
    """Collects the text of each block and writes it when the block ends."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._builder = TextBuilder()
        self._text: list[str] = []
        self._lists: list[_List] = []
        self._row: _Row | None = None
        self._heading = 0
        self._in_item = False
        self._title = ""
        self._in_title = False
        self._has_heading = False
        self._hidden: list[str] = []
        """The open elements whose contents are not spoken, starting with the outermost one."""
        self._hidden_text: list[str] = []

    def finish(self) -> Document:
        while self._hidden:
            self._leave_hidden(self._hidden[0])
        self._end_row()
        self._flush()
        document = self._builder.build()
        if not has_words(self._title):
            return document
        title = " ".join(self._title.split())
        is_repeated = self._has_heading
        head = f"<!-- {title} -->\n\n" if is_repeated else f"# {title}\n\n"
        if is_repeated and title in document.text:
            return document
        document.changes["page title", "comments" if is_repeated else "title"] += 1
        return Document(head + document.text, document.changes)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if self._hidden:
            if tag not in _VOID and len(self._hidden) < MAX_DEPTH:
                self._hidden.append(tag)
            return
        if tag in _NOT_SPOKEN or tag in _CODE:
            self._flush()
            self._hidden.append(tag)
        elif tag == "title":
            self._in_title = True
        elif tag == "img":
            self._keep_image(dict(attributes))
        elif tag in ("td", "th"):
            self._start_cell(tag == "th")
        elif tag in ("tr", "table"):
            self._start_row(tag == "table")
        elif self._row is not None:
            self._separate_words(tag)
        elif tag == "br":
            self._text.append("\n")
        elif tag == "hr":
            self._flush()
            self._builder.end_block()
        elif re.fullmatch("h[1-6]", tag):
            self._flush()
            self._heading = int(tag[1])
        elif tag in ("ul", "ol", "menu"):
            self._flush()
            self._lists.append(_List(tag == "ol"))
        elif tag == "li":
            self._start_item()
        elif tag in _BLOCKS and not (self._in_item and not self._has_text()):
            self._flush()

    def handle_endtag(self, tag: str) -> None:
        if self._hidden:
            self._leave_hidden(tag)
        elif tag == "title":
            self._in_title = False
        elif tag in ("tr", "table"):
            self._end_row()
            if tag == "table":
                self._builder.end_block()
        elif self._row is not None:
            self._separate_words(tag)
        elif re.fullmatch("h[1-6]", tag) or tag == "li":
            self._flush()
            self._heading, self._in_item = 0, False
        elif tag in ("ul", "ol", "menu"):
            self._flush()
            self._lists = self._lists[:-1]
            if not self._lists:
                self._builder.end_block()
        elif tag in _BLOCKS:
            self._flush()

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self._title += data
        elif self._hidden:
            if not _CODE & set(self._hidden):
                self._hidden_text.append(data)
        else:
            self._text.append(re.sub(r"\s+", " ", data))

    def handle_comment(self, data: str) -> None:
        if not self._hidden and not data.lstrip().startswith("["):
            text, self._text = self._text, []
            self._builder.add_remark(data, "comments")
            self._text = text

    def _has_text(self) -> bool:
        return has_words("".join(self._text))

    def _leave_hidden(self, tag: str) -> None:
        if tag not in self._hidden:
            return
        while self._hidden and self._hidden.pop() != tag:
            pass
        if not self._hidden:
            text, self._hidden_text = " ".join("".join(self._hidden_text).split()), []
            if tag in _CODE:
                self._builder.changes["scripts and styles", "nothing"] += 1
            else:
                self._builder.add_remark(text, "navigation, footers and forms")

    def _keep_image(self, attributes: dict[str, str | None]) -> None:
        if has_words(alternative := attributes.get("alt") or ""):
            text, self._text = self._text, []
            self._builder.add_remark(f"image: {alternative}", "images")
            self._text = text

    def _start_item(self) -> None:
        self._flush()
        self._in_item = True
        if self._lists:
            self._lists[-1].count += 1

    def _start_row(self, is_table: bool) -> None:
        """Start a row or a table. Both end any open row, because end tags can be missing and tables can nest."""
        if self._row is not None:
            self._end_row()
        self._flush()
        self._row = None if is_table else _Row()

    def _start_cell(self, is_header: bool) -> None:
        if self._row is None:
            self._flush()
            self._row = _Row()
        self._end_cell(self._row)
        self._row.cells.append("")
        self._row.is_header = self._row.is_header and is_header

    def _end_cell(self, row: _Row) -> None:
        """Add the collected text to the last cell, or to a new cell if it is outside all cells."""
        text, self._text = " ".join("".join(self._text).split()), []
        if row.cells:
            row.cells[-1] = f"{row.cells[-1]} {text}".strip()
        elif text:
            row.cells.append(text)

    def _end_row(self) -> None:
        row, self._row = self._row, None
        if row is not None:
            self._end_cell(row)
            self._builder.add_row(row.cells, row.is_header)

    def _separate_words(self, tag: str) -> None:
        """Within a row, headings, lists and paragraphs only separate words."""
        if tag in _BLOCKS or tag in ("br", "hr", "li") or re.fullmatch("h[1-6]", tag):
            self._text.append(" ")

    def _flush(self) -> None:
        """Write the collected text as a heading, an item or a paragraph."""
        if self._row is not None:
            return
        text, self._text = "".join(self._text), []
        if not has_words(text):
            self._heading = 0 if self._heading and text.strip() else self._heading
            return
        if self._heading:
            self._builder.add_heading(text, self._heading)
            self._has_heading = True
        elif self._in_item:
            current = self._lists[-1] if self._lists else _List(False)
            depth = max(len(self._lists) - 1, 0)
            self._builder.add_item(text, depth, current.count if current.is_ordered else None)
        else:
            self._builder.add_paragraph(text)
        self._heading, self._in_item = 0, False
