"""Read the text in a file. Documents are converted to plain text."""

from __future__ import annotations

import re

from voiceguide.drafting.formats.documents.document import Document
from voiceguide.drafting.formats.documents.docx import read_docx
from voiceguide.drafting.formats.documents.html_page import is_html, read_html
from voiceguide.drafting.formats.documents.odt import read_odt
from voiceguide.drafting.formats.documents.pdf_text import PAGE_MARK, clean_pdf_text
from voiceguide.drafting.formats.documents.zip_archive import open_archive
from voiceguide.drafting.formats.xml_tree import XmlError, parse_xml
from voiceguide.drafting.text.plain_text import decode_plain_text
from voiceguide.errors import VoiceguideError
from voiceguide.script.parsing.text_encoding import MAX_SCRIPT_BYTES

__all__ = ["DOCUMENT_NAMES", "MAX_DOCUMENT_BYTES", "read_document"]

DOCUMENT_NAMES = ("html", "docx", "odt")
"""The names for `--as`. The format of the text in a document is recognized in the same way as that of plain text."""
MAX_DOCUMENT_BYTES = 64 * 1024 * 1024
"""The maximum size of a document. Pictures make documents large."""
_FRONT_MATTER = re.compile(r"---[ \t]*\n((?:[\w-]+:.*\n|[ \t]+.*\n|- .*\n|\n)+)(?:---|\.\.\.)[ \t]*\n")
_UNREADABLE = (
    (b"%PDF", "a PDF file. Save its text in a text file, for example with pdftotext"),
    (b"\xd0\xcf\x11\xe0", "an old Word document. Save it as .docx"),
    (b"{\\rtf", "an RTF document. Save it as .docx or .odt"),
)


def read_document(data: bytes, file: str, name: str = "") -> tuple[Document, str]:
    """Return the text in a file, and the kind of document (an empty string for plain text).

    Args:
        data: the contents of the file.
        file: the file name to show in messages.
        name: the kind of document, or an empty string to detect it.

    Raises:
        VoiceguideError: The file contains no text that can be read, or is too large.
    """
    if len(data) > MAX_DOCUMENT_BYTES:
        raise VoiceguideError(f"{file} is larger than the limit of 64 MiB. Use a shorter document.")
    for start, description in _UNREADABLE:
        if data.startswith(start):
            raise VoiceguideError(f"{file} is {description}.")
    try:
        document, found = _read(data, file, name)
    except XmlError as error:
        raise VoiceguideError(f"{file} is damaged: {error}. Save it again, or save it as plain text.") from error
    if len(document.text) > MAX_SCRIPT_BYTES:
        raise VoiceguideError(f"{file} has more than 1 MiB of text. Use a shorter document.")
    return document, found


def _read(data: bytes, file: str, name: str) -> tuple[Document, str]:
    if data.startswith(b"PK\x03\x04"):
        return _read_archive(data, file)
    if name in ("docx", "odt"):
        raise VoiceguideError(f"{file} is not a .{name} document. Check its format.")
    text = decode_plain_text(data, file).replace("\f", f"\n{PAGE_MARK}\n")
    if "<office:document " in text[:2000]:
        return read_odt(parse_xml(text)), "odt"
    if name == "html" or (not name and is_html(text)):
        return read_html(text), "html"
    document = Document(_convert_front_matter(text))
    text = document.text
    return Document(clean_pdf_text(text, document.changes), document.changes), ""


def _convert_front_matter(text: str) -> str:
    """Turn the YAML block at the top of a Markdown file into a title and comments."""
    match = _FRONT_MATTER.match(text)
    if match is None:
        return text
    lines = [line.replace("--", "–") for line in match[1].split("\n") if line.strip()]
    title = next((line.partition(":")[2].strip(" \"'") for line in lines if line.lower().startswith("title:")), "")
    rest = text[match.end() :]
    has_heading = re.search(r"^#{1,2}\s", rest, re.MULTILINE) is not None
    head = [f"# {title}"] if title and not has_heading else []
    return "\n\n".join([*(f"<!-- {line} -->" for line in lines), *head, rest])


def _read_archive(data: bytes, file: str) -> tuple[Document, str]:
    with open_archive(data, file) as archive:
        if "word/document.xml" in archive.names:
            return read_docx(archive), "docx"
        if "content.xml" in archive.names:
            return read_odt(parse_xml(archive.read("content.xml"))), "odt"
    raise VoiceguideError(f"{file} is not a text document. Save it as .docx, .odt, .html or plain text.")
