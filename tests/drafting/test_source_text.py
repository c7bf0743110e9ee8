"""Documents from elsewhere can be damaged or hostile. Each gets one sentence, and none takes long or much memory."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress

import pytest

from voiceguide.drafting import draft_script
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
PIECES += ["1-", "[00:00]", '{"chapters": ', "minute ", "**", "</speak>", "<speak ", "00:00 --> ", "&amp;", " ", "#"]


@pytest.mark.parametrize("piece", PIECES)
def test_a_line_without_end_takes_no_longer_than_other_text(piece: str) -> None:
    """Patterns that backtrack take minutes for lines like these. The timeout of the tests stops them."""
    with suppress(VoiceguideError):
        draft_script((piece * 50_000)[:100_000].encode(), "in")
