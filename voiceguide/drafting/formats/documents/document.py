"""A document as plain text, and the class that builds this text for all kinds of documents."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from voiceguide.drafting.formats.reading_result import Changes
from voiceguide.drafting.text.sentences import has_words

__all__ = ["Document", "TextBuilder"]


@dataclass(frozen=True)
class Document:
    """The text of a document.

    Headings, lists and tables are written as in Markdown. Text that is not spoken is written as an HTML comment on its
    own line.
    """

    text: str
    changes: Changes = field(default_factory=Counter)


class TextBuilder:
    """Collects the text of a document line by line."""

    def __init__(self) -> None:
        self.changes: Changes = Counter()
        self._lines: list[str] = []
        self._table_remarks: list[str] | None = None
        """The remarks inside the open table. They follow the table, because they would otherwise split it."""

    def add_heading(self, text: str, level: int) -> None:
        if has_words(text):
            self._end_table()
            self._lines += ["", f"{'#' * min(max(level, 1), 6)} {_one_line(text)}", ""]

    def add_paragraph(self, text: str) -> None:
        """Add a paragraph. Line breaks in `text` are kept."""
        self._end_table()
        lines = [_one_line(line) for line in text.split("\n")]
        self._lines += ["", *lines, ""]

    def add_item(self, text: str, depth: int = 0, number: int | None = None) -> None:
        """Add a list item. `depth` is 0 for a top-level list."""
        if has_words(text):
            self._end_table()
            self._lines.append(f"{'   ' * depth}{'-' if number is None else f'{number}.'} {_one_line(text)}")

    def add_row(self, cells: list[str], is_header: bool = False) -> None:
        """Add a table row."""
        if any(map(has_words, cells)):
            self._table_remarks = self._table_remarks or []
            self._lines.append(f"| {' | '.join(_one_line(cell).replace('|', '/') for cell in cells)} |")
            if is_header:
                self._lines.append("|" + " --- |" * len(cells))

    def end_block(self) -> None:
        """End a list or a table."""
        self._lines.append("")
        self._end_table()

    def _end_table(self) -> None:
        remarks, self._table_remarks = self._table_remarks, None
        self._lines += remarks or []

    def add_remark(self, text: str, kind: str) -> None:
        """Add text that is not spoken."""
        if has_words(text):
            self.changes[kind, "comments"] += 1
            lines = self._lines if self._table_remarks is None else self._table_remarks
            lines += ["", f"<!-- {_one_line(text).replace('--', '– ')} -->", ""]

    def build(self) -> Document:
        self._end_table()
        lines: list[str] = []
        for line in self._lines:
            if line.strip() or (lines and lines[-1]):
                lines.append(line.rstrip())
        return Document("\n".join(lines).strip() + "\n", self.changes)


def _one_line(text: str) -> str:
    return " ".join(text.split())
