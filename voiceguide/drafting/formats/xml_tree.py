"""Read XML from untrusted files. Nested entities, references to external files and excessive nesting are rejected."""

from __future__ import annotations

import html.entities
import re
from dataclasses import dataclass, field
from xml.parsers import expat

__all__ = ["Element", "XmlError", "parse_xml"]

MAX_DEPTH = 100
_MAX_ENTITY_CHARS = 200
_NAMED_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")
_BARE_AMPERSAND = re.compile(r"&(?!#\d+;|#[xX][0-9a-fA-F]+;|[A-Za-z][\w.-]*;)")
_ENCODING = re.compile(r"(<\?xml[^>]*?)\s+encoding\s*=\s*[\"'][^\"']*[\"']")


class XmlError(ValueError):
    """The text is not well-formed XML. The message names the position and the reason."""


@dataclass
class Element:
    """An XML element. Its name is in lower case and includes the namespace prefix, as in `w:p`."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    """The attributes by name. Names are in lower case and have no namespace prefix."""
    content: list[Element | str] = field(default_factory=list)
    """The text and child elements, in order. A comment is represented as an element named "!"."""

    @property
    def text(self) -> str:
        """All text inside the element, without comments."""
        return "".join(self.texts())

    def texts(self) -> list[str]:
        """Return every piece of text inside the element, without comments."""
        parts: list[str] = []
        pending: list[Element | str] = [self]
        while pending:
            part = pending.pop()
            if isinstance(part, str):
                parts.append(part)
            elif part.name != "!":
                pending += reversed(part.content)
        return parts

    def number(self, attribute: str, default: int) -> int:
        """Return an attribute as a number, or the default if it is missing, not a number or has more than 4 digits."""
        value = self.attributes.get(attribute, "")
        return int(value) if re.fullmatch(r"[0-9]{1,4}", value) else default

    def find_all(self, name: str, outside: str = "") -> list[Element]:
        """Return all descendants with the given name, in document order.

        The contents of descendants named `outside`, such as tables inside a table, are left out.
        """
        found: list[Element] = []
        pending: list[Element] = [self]
        while pending:
            element = pending.pop()
            if element.name == name:
                found.append(element)
            if element is self or element.name != outside:
                pending += reversed([part for part in element.content if isinstance(part, Element)])
        return found


def parse_xml(source: str | bytes) -> Element:
    """Return the root element. If `source` is a string, it may contain HTML entities and unescaped ampersands.

    Raises:
        XmlError: The source is not well-formed, is nested too deeply, or declares entities that contain other entities.
    """
    if isinstance(source, str):
        own = set(re.findall(r"<!ENTITY\s+([\w.-]+)\s", source))
        source = _NAMED_ENTITY.sub(lambda match: match[0] if match[1] in own else _expand(match), source)
        source = _ENCODING.sub(r"\1", _BARE_AMPERSAND.sub("&amp;", source)).encode("utf-8", "replace")
    builder = _Builder()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.CommentHandler = builder.comment
    parser.EntityDeclHandler = _check_entity
    try:
        parser.Parse(source, True)
    except expat.ExpatError as error:
        raise XmlError(f"line {error.lineno}, column {error.offset + 1}: {expat.ErrorString(error.code)}") from error
    return builder.root


def _expand(match: re.Match[str]) -> str:
    if match[1] in ("amp", "lt", "gt", "quot", "apos"):
        return match[0]
    return html.entities.html5.get(f"{match[1]};", f"&amp;{match[1]};")


def _check_entity(name: str, is_parameter: bool, value: str | None, *_: object) -> None:
    if value is None or is_parameter or len(value) > _MAX_ENTITY_CHARS or "&" in value:
        raise XmlError(f"the entity {name[:40]} refers to other text, which is not read")


class _Builder:
    """Builds the element tree from parser events."""

    def __init__(self) -> None:
        self.root = Element("")
        self._open: list[Element] = []
        self._prolog: list[Element] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        element = Element(name.lower(), {_local(key): value for key, value in attributes.items()})
        if self._open:
            self._open[-1].content.append(element)
        else:
            self.root = element
            element.content += self._prolog
        self._open.append(element)
        if len(self._open) > MAX_DEPTH:
            raise XmlError(f"more than {MAX_DEPTH} elements inside each other")

    def end(self, _name: str) -> None:
        self._open.pop()

    def data(self, text: str) -> None:
        if self._open:
            self._open[-1].content.append(text)

    def comment(self, text: str) -> None:
        """Keep a comment at its position. A comment outside the root element becomes part of the root element."""
        comment = Element("!", {}, [text])
        if self._open:
            self._open[-1].content.append(comment)
        elif self.root.name:
            self.root.content.append(comment)
        else:
            self._prolog.append(comment)


def _local(name: str) -> str:
    return name.rpartition(":")[2].lower()
