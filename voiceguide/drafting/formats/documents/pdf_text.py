"""Clean up text from PDF files, in which words are divided at line ends and page numbers interrupt the text."""

from __future__ import annotations

import re
from collections import Counter

from voiceguide.drafting.formats.reading_result import Changes

__all__ = ["PAGE_MARK", "clean_pdf_text"]

PAGE_MARK = "<!--page-->"
"""The text that replaces the form feed between two pages."""
MIN_DIVIDED_WORDS = 2
_DIVIDED = re.compile(r"(?<![^\W\d_])(?P<first>[^\W\d_]{2,})-\n[ \t]*(?P<second>[a-zß-öø-ÿ]{2,})")
_PAGE_NUMBER = re.compile(
    r"[ \t]*(?:(?:page|seite|página|p\.)?[ \t]*\d{1,4}(?:[ \t]*(?:of|von|de|/)[ \t]*\d{1,4})?"
    r"|[-–][ \t]*\d{1,4}[ \t]*[-–])[ \t]*",
    re.IGNORECASE,
)


def clean_pdf_text(text: str, changes: Changes) -> str:
    """Rejoin words that are hyphenated across lines, and turn page numbers and running headers into comments.

    Other text is left as it is.
    """
    if PAGE_MARK in text:
        text = _mark_furniture(text, changes)
    return _join_words(text, changes)


def _mark_furniture(text: str, changes: Changes) -> str:
    """Turn page numbers, and titles that are repeated at the top or bottom of pages, into comments."""
    pages = [page.strip("\n").split("\n") for page in text.split(PAGE_MARK)]
    edges = Counter(line.strip() for page in pages for line in {*page[:1], *page[-1:]} if line.strip())
    result: list[str] = []
    for number, page in enumerate(pages):
        last = len(page) - 1
        for index, line in enumerate(page):
            is_repeated = number > 0 and index in (0, last) and edges[line.strip()] > 1
            if line.strip() and (is_repeated or (index in (0, last) and _PAGE_NUMBER.fullmatch(line))):
                changes["page numbers and running titles", "comments"] += 1
                result += ["", f"<!-- {line.strip()} -->", ""]
            else:
                result.append(line)
    return "\n".join(result)


def _join_words(text: str, changes: Changes) -> str:
    """Join words that are divided at the end of a line, except words that the text elsewhere spells with a hyphen."""
    if len(_DIVIDED.findall(text)) < MIN_DIVIDED_WORDS:
        return text
    lowered = text.lower()

    def join(match: re.Match[str]) -> str:
        if f"{match['first']}-{match['second']}".lower() in lowered:
            return f"{match['first']}-{match['second']}"
        changes["divided words", "joined"] += 1
        return f"{match['first']}{match['second']}"

    return _DIVIDED.sub(join, text)
