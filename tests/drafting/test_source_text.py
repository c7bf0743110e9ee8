"""Documents from elsewhere can be damaged or hostile. Each gets one sentence, and none takes long or much memory."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress

import pytest

from tests.support.long_forms import few
from tests.support.timing import assert_linear
from voiceguide.drafting import draft_script
from voiceguide.drafting.source_text import read_document
from voiceguide.errors import VoiceguideError

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
LAUGHS = '<!DOCTYPE speak [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;">]>'


def archive(**members: str | bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in members.items():
            file.writestr(name.replace("__", "/") + ".xml", text)
    return data.getvalue()


def message_of(data: bytes, as_format: str = "") -> str:
    with pytest.raises(VoiceguideError) as caught:
        draft_script(data, "in", as_format=as_format)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_entities_that_grow_are_rejected() -> None:
    assert "the entity b refers to other text" in message_of(f"{LAUGHS}<speak>&c;</speak>".encode())


def test_external_entities_are_rejected() -> None:
    text = '<!DOCTYPE speak [<!ENTITY x SYSTEM "file:///etc/passwd">]><speak>&x;</speak>'
    assert "the entity x refers to other text" in message_of(text.encode())


@pytest.mark.parametrize("depth", [150, 200_000])
def test_endless_nesting_is_rejected(depth: int) -> None:
    text = "<speak>" + "<p>" * depth
    assert "more than 100 elements inside each other" in message_of(text.encode())


def test_a_zip_bomb_is_rejected() -> None:
    document = f"<w:document {W}><w:body>".encode() + b" " * (64 << 20)
    assert (
        message_of(archive(word__document=document)) == "in contains more than 32 MiB of text. Use a shorter document."
    )


def test_a_damaged_archive_is_rejected() -> None:
    data = archive(word__document=f"<w:document {W}/>" + " " * 5000)
    assert message_of(data[: len(data) // 2]) == ("in is a damaged document. Save it again, or save it as plain text.")
    flipped = bytearray(data)
    flipped[60] ^= 0xFF
    assert message_of(bytes(flipped)).startswith("in is damaged: ")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"%PDF-1.7 ...", "in is a PDF file. Save its text in a text file, for example with pdftotext."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "in is an old Word document. Save it as .docx."),
        (b"{\\rtf1 Sit.}", "in is an RTF document. Save it as .docx or .odt."),
        (archive(mimetype="x"), "in is not a text document. Save it as .docx, .odt, .html or plain text."),
        (
            archive(word__document="<a><b></a>"),
            "in is damaged: line 1, column 9: mismatched tag. Save it again, or save",
        ),
        (
            b"<speak>Sit.<p></speak>",
            "This is not valid SSML: line 1, column 17: mismatched tag. Correct it.",
        ),
    ],
    ids=["pdf", "doc", "rtf", "zip", "xml", "ssml"],
)
def test_what_cannot_be_read(data: bytes, message: str) -> None:
    assert message_of(data).startswith(message)


def test_a_kind_that_it_is_not() -> None:
    assert message_of(b"Sit.", "docx").startswith("in is not a .docx document.")


def test_a_document_without_text() -> None:
    assert message_of(archive(content="<office:text/>")) == (
        "in contains no instructions. Write what to do, one step per line."
    )


PIECES = ["<", "<p ", "<!--", "[", "{{pause", "00:", "- ", "...", "a|", "| ", "(pause ", "5 ", "x", "x;", "—", "A: "]
PIECES += [
    "1-",
    "[00:00]",
    '{"chapters": ',
    "minute ",
    "**",
    "</speak>",
    "<speak ",
    "00:00 --> ",
    "&amp;",
    " ",
    "#",
    "a|b\n",
    "<!-- a -->\n",
    "<?a?>",
]


@pytest.mark.parametrize("piece", few(8, PIECES))
def test_a_line_without_end_takes_no_longer_than_other_text(piece: str) -> None:
    """Patterns that backtrack take minutes for lines like these."""

    def draft(size: int) -> None:
        with suppress(VoiceguideError):
            draft_script((piece * size)[:size].encode(), "in")

    assert_linear(draft, 1000)


PARAGRAPH = "<w:p><w:r><w:t>{}</w:t></w:r></w:p>"


def html_table(*rows: str) -> str:
    return f"<!doctype html><html><body><table>{''.join(rows)}</table></body></html>"


@pytest.mark.parametrize(
    ("page", "text"),
    [
        (html_table("<tr><td>Sit<td>1 min", "<tr><td>Stand<td>2 min"), "| Sit | 1 min |\n| Stand | 2 min |"),
        (html_table("<tr><td><p>Sit</p><p>still</p>and<br>wait</td></tr>"), "| Sit still and wait |"),
        (html_table("<tr><td><h2>Sit</h2></td></tr>") + "<p>Breathe.</p>", "| Sit |\n\nBreathe."),
        (html_table("<tr><td><ul><li>Sit</ul></td></tr>") + "<p>Breathe.</p>", "| Sit |\n\nBreathe."),
        (
            html_table("<tr><td>Sit<table><tr><td>down</td></tr></table>still</td><td>1 min</td></tr>"),
            "| Sit |\n| down |\n\nstill\n\n| 1 min |",
        ),
        (html_table("<tr>Sit<td>still</td></tr>"), "| Sit | still |"),
        (html_table("<tr><td>Sit<nav>Menu</nav></td><td>still</td></tr>"), "<!-- Menu -->\n\n| Sit | still |"),
        (html_table("<tr><th>Step<th>Time", "<tr><td>Sit<!-- a note --><td>1 min"), "1 min |\n\n<!-- a note -->"),
        ("<!doctype html><ol><li></li></ol><p>Breathe.</p><h2></h2><p>Rest.</p>", "Breathe.\n\nRest."),
        ("<!doctype html><p>Breathe.</p><nav>Menu", "Breathe.\n\n<!-- Menu -->"),
    ],
    ids=["rows", "blocks", "heading", "item", "nested", "stray", "hidden", "comment", "empty", "unclosed"],
)
def test_html_tables_keep_cells_and_words_apart(page: str, text: str) -> None:
    assert text in read_document(page.encode(), "in")[0].text


@pytest.mark.parametrize(
    ("body", "spoken", "comment"),
    [
        (
            '<w:p><w:pPr><w:numPr><w:ilvl w:val="²"/><w:numId w:val="1"/></w:numPr></w:pPr>'
            "<w:r><w:t>Sit.</w:t></w:r></w:p>",
            "- Sit.",
            "",
        ),
        (f"<w:p><w:moveFrom><w:r><w:t>Old</w:t></w:r></w:moveFrom></w:p>{PARAGRAPH.format('Sit.')}", "Sit.", ""),
        (
            f"<w:tbl><w:tr><w:tc>{PARAGRAPH.format('Sit.')}<w:tbl><w:tr><w:tc>{PARAGRAPH.format('Inner')}</w:tc></w:tr>"
            "</w:tbl></w:tc></w:tr></w:tbl>",
            "| Sit. Inner |\n| --- |",
            "",
        ),
        (
            f"<w:tbl><w:tr><w:tc>{PARAGRAPH.format('Sit.')}<w:p><w:del><w:r><w:delText>Gone</w:delText></w:r></w:del>"
            "</w:p></w:tc></w:tr></w:tbl>",
            "| Sit. |\n| --- |",
            "Gone",
        ),
    ],
    ids=["list level", "moved", "nested table", "deleted in a cell"],
)
def test_docx(body: str, spoken: str, comment: str) -> None:
    document, _ = read_document(archive(word__document=f"<w:document {W}><w:body>{body}</w:body></w:document>"), "in")
    assert document.text == (f"<!-- {comment} -->\n\n" if comment else "") + f"{spoken}\n"


NS = " ".join(f'xmlns:{name}="urn:{name}"' for name in ("office", "text", "table", "draw", "svg"))


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (
            "<text:p>Sit.</text:p><draw:frame><draw:image><office:binary-data>iVBORw0K</office:binary-data></draw:image>"
            "<svg:title>A chair</svg:title><svg:desc>Seen from the side</svg:desc></draw:frame>",
            "Sit.\n\n<!-- image: A chair -->\n\n<!-- image: Seen from the side -->\n",
        ),
        (
            "<text:p>Sit.<draw:frame><draw:image><office:binary-data>iVBORw0K</office:binary-data></draw:image>"
            "<svg:desc>A chair</svg:desc></draw:frame></text:p>",
            "<!-- image: A chair -->\n\nSit.\n",
        ),
        (
            "<table:table><table:table-row><table:table-cell><text:p>Sit<text:note>On a chair</text:note>.</text:p>"
            "<table:table><table:table-row><table:table-cell><text:p>Inner</text:p></table:table-cell>"
            "</table:table-row></table:table></table:table-cell></table:table-row></table:table>",
            "<!-- On a chair -->\n\n| Sit. Inner |\n| --- |\n",
        ),
        (
            f'<text:h text:outline-level="{"9" * 5000}">Sit</text:h><text:p>A<text:s text:c="²"/>b</text:p>',
            "# Sit\n\nA b\n",
        ),
    ],
    ids=["picture", "picture in a paragraph", "note in a cell", "numbers"],
)
def test_odt(body: str, text: str) -> None:
    content = f"<office:document-content {NS}><office:text>{body}</office:text></office:document-content>"
    assert read_document(archive(content=content), "in")[0].text == text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_pages_end_in_any_encoding(encoding: str) -> None:
    text = "Sit for a minute.\n\n1\fStand för a minute.\n\n2\fLie down for a minute.\n"
    document, _ = read_document(text.encode(encoding), "in")
    assert "<!-- 1 -->" in document.text
    assert "Stand för a minute." in document.text
