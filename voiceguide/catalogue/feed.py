"""A podcast feed: RSS 2.0 with the namespaces of Apple Podcasts and of the Podcast Index.

RSS 2.0: cyber.harvard.edu/rss/rss.html. Apple: help.apple.com/itc/podcasts_connect. Chapters and transcripts:
github.com/Podcastindex-org/podcast-namespace. The feed has no time of its own, so it changes only with the sessions.
"""

from __future__ import annotations

import re
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import quote

from voiceguide import __version__
from voiceguide.catalogue.config.loader import CatalogueFile
from voiceguide.catalogue.config.model import Feed
from voiceguide.catalogue.manifest import FileRecord, SessionRecord
from voiceguide.encode.formats import FORMATS
from voiceguide.errors import ScriptError

__all__ = ["FEED_NAME", "cover_name", "feed_sessions", "find_cover", "render_feed"]

FEED_NAME = "feed.xml"
NAMESPACES = {
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "podcast": "https://podcastindex.org/namespace/1.0",
    "atom": "http://www.w3.org/2005/Atom",
}
PODCAST_NAMESPACE = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
"""The namespace of `podcast:guid`, from its specification."""
COVER_PIXELS = (1400, 3000)
"""The smallest and largest side of a picture that Apple accepts."""
_NOT_XML = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
"""Characters that XML 1.0 cannot contain."""


def feed_sessions(feed: Feed, sessions: Iterable[SessionRecord]) -> list[SessionRecord]:
    """Return the sessions of a feed, newest first: one format of each, in the feed's language."""
    chosen: dict[tuple[str, str, str], SessionRecord] = {}
    for session in sessions:
        if feed.language and not f"{session.language}-".lower().startswith(f"{feed.language}-".lower()):
            continue
        wanted = feed.format
        if wanted and (session.format != wanted.format or wanted.bitrate not in (None, session.bit_rate)):
            continue
        chosen.setdefault((session.script, session.variant, session.voice), session)
    return sorted(chosen.values(), key=lambda session: session.published, reverse=True)


def render_feed(feed: Feed, sessions: Iterable[SessionRecord], cover: str = "") -> bytes:
    """Return the feed. `cover` is the name of the picture in the output."""
    for prefix, address in NAMESPACES.items():
        ET.register_namespace(prefix, address)
    chosen = feed_sessions(feed, sessions)
    rss = ET.Element("rss", {"version": "2.0"})
    channel = ET.SubElement(rss, "channel")
    _fill_channel(channel, feed, chosen, cover)
    for session in chosen:
        _fill_item(ET.SubElement(channel, "item"), feed, session)
    ET.indent(rss)
    text: bytes = ET.tostring(rss, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def find_cover(file: CatalogueFile) -> Path | None:
    """Return the picture of the feed, if there is one.

    Raises:
        ScriptError: The picture cannot be used.
    """
    feed = file.catalogue.feed
    if feed is None or feed.cover is None:
        return None
    path = file.folder / feed.cover
    if "://" in feed.cover:
        message: str | None = f"{feed.cover} is a web address. Save the picture as a file, and write its name."
    else:
        message = _explain_bad_cover(path)
    if message:
        raise ScriptError([file.problem_at(("feed", "cover"), message)])
    return path


def _explain_bad_cover(path: Path) -> str | None:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path, formats=("JPEG", "PNG")) as picture:
            width, height = picture.size
    except FileNotFoundError:
        return f"{path} does not exist. Check its name."
    except (UnidentifiedImageError, OSError):
        return f"{path} is not a JPEG or PNG picture."
    if width != height or not COVER_PIXELS[0] <= width <= COVER_PIXELS[1]:
        return f"The picture has {width} x {height} pixels. Make it square, with 1,400 to 3,000 pixels on each side."
    return None


def cover_name(file: CatalogueFile, cover: Path) -> str:
    """Return the name of the picture in the output."""
    return f"{file.path.stem}-cover{cover.suffix.lower()}"


def _fill_channel(channel: ET.Element, feed: Feed, sessions: list[SessionRecord], cover: str) -> None:
    own = feed.address + FEED_NAME
    _add(channel, "title", feed.title)
    _add(channel, "link", feed.link or feed.address)
    _add(channel, "description", feed.description)
    _add(channel, "language", feed.language or (sessions[0].language if sessions else "en"))
    if sessions:
        _add(channel, "lastBuildDate", _rfc_2822(max(session.changed for session in sessions)))
    _add(channel, "generator", f"voiceguide {__version__}")
    _add(channel, "atom:link", href=own, rel="self", type="application/rss+xml")
    _add(channel, "itunes:author", feed.author)
    _add(channel, "itunes:type", "episodic")
    _add(channel, "itunes:explicit", "false")
    _add(channel, "itunes:category", text=feed.category)
    if cover:
        _add(channel, "itunes:image", href=_address(feed, cover))
    if feed.email:
        owner = _add(channel, "itunes:owner")
        _add(owner, "itunes:name", feed.author)
        _add(owner, "itunes:email", feed.email)
    _add(channel, "podcast:guid", str(uuid.uuid5(PODCAST_NAMESPACE, own.partition("://")[2].rstrip("/"))))
    _add(channel, "podcast:medium", "podcast")


def _fill_item(item: ET.Element, feed: Feed, session: SessionRecord) -> None:
    audio = session.files[0]
    title = f"{session.title} ({session.variant})" if session.variant else session.title
    _add(item, "title", title)
    _add(item, "description", session.description or session.title)
    media_type = FORMATS[session.format].media_type
    _add(item, "enclosure", url=_address(feed, audio.name), length=str(audio.bytes), type=media_type)
    # the name identifies a session, so that a new version of it is not a new episode
    _add(item, "guid", str(uuid.uuid5(uuid.NAMESPACE_URL, feed.address + audio.name)), isPermaLink="false")
    _add(item, "pubDate", _rfc_2822(session.published))
    _add(item, "itunes:duration", str(round(session.length_s)))
    _add(item, "itunes:explicit", "false")
    _add(item, "itunes:episodeType", "full")
    if chapters := _sidecar(session, ".chapters.json"):
        _add(item, "podcast:chapters", url=_address(feed, chapters.name), type="application/json+chapters")
    if captions := _sidecar(session, ".vtt"):
        _add(item, "podcast:transcript", url=_address(feed, captions.name), type="text/vtt", language=session.language)


def _sidecar(session: SessionRecord, ending: str) -> FileRecord | None:
    return next((file for file in session.files if file.name.endswith(ending)), None)


def _add(parent: ET.Element, name: str, content: str = "", **attributes: str) -> ET.Element:
    prefix, _, local = name.rpartition(":")
    tag = f"{{{NAMESPACES[prefix]}}}{local}" if prefix else local
    element = ET.SubElement(parent, tag, {key: _NOT_XML.sub("", value) for key, value in attributes.items()})
    element.text = _NOT_XML.sub("", content) or None
    return element


def _address(feed: Feed, name: str) -> str:
    return feed.address + quote(name)


def _rfc_2822(time: str) -> str:
    return format_datetime(datetime.fromisoformat(time))
