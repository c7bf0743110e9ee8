"""The rules for a podcast feed, from the specifications of RSS 2.0, of Apple Podcasts and of the podcast namespace.

The validator of the W3C (github.com/w3c/feedvalidator) is not in a registry.
Run by hand on such a feed, it finds no error, but does not know the podcast namespace.
"""

from __future__ import annotations

import re
import uuid
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Iterator
from email.utils import parsedate_tz
from urllib.parse import urlsplit

__all__ = ["feed_problems"]

ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
PODCAST = "{https://podcastindex.org/namespace/1.0}"
ATOM = "{http://www.w3.org/2005/Atom}"
CATEGORIES = ("Arts", "Business", "Education", "Health & Fitness", "Leisure", "Religion & Spirituality", "Sports")
Rule = Callable[[ET.Element], bool]


def _is_address(text: str | None) -> bool:
    parts = urlsplit(text or "")
    return parts.scheme in ("http", "https") and bool(parts.netloc) and bool(re.fullmatch(r"[!-~]+", text or ""))


def _is_date(element: ET.Element) -> bool:
    text = element.text or ""
    time = r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d (GMT|[+-]\d{4})"
    return bool(re.fullmatch(time, text)) and parsedate_tz(text) is not None


def _is_text(element: ET.Element) -> bool:
    return bool((element.text or "").strip()) and len(element) == 0


def _is_guid(element: ET.Element) -> bool:
    return bool(element.text) and uuid.UUID(element.text or "").version == 5


def _matches(pattern: str) -> Rule:
    return lambda element: bool(re.fullmatch(pattern, element.text or ""))


def _has(**attributes: str) -> Rule:
    """The attributes must match these patterns, and there must be no others; `URL` stands for an address."""

    def check(element: ET.Element) -> bool:
        fits = all(
            _is_address(element.get(name)) if pattern == "URL" else re.fullmatch(pattern, element.get(name, ""))
            for name, pattern in attributes.items()
        )
        return fits and set(element.attrib) <= set(attributes)

    return check


CHANNEL: dict[str, tuple[bool, Rule]] = {
    # name: (whether it is required, the rule); none may occur twice
    "title": (True, _is_text),
    "link": (True, lambda element: _is_address(element.text)),
    "description": (True, _is_text),
    "language": (True, _matches(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")),
    "lastBuildDate": (False, _is_date),
    "generator": (False, _is_text),
    f"{ATOM}link": (True, _has(href="URL", rel="self", type=r"application/rss\+xml")),
    f"{ITUNES}author": (True, _is_text),
    f"{ITUNES}type": (False, _matches("episodic|serial")),
    f"{ITUNES}explicit": (True, _matches("true|false")),
    f"{ITUNES}category": (True, lambda element: element.get("text") in CATEGORIES),
    f"{ITUNES}image": (True, _has(href="URL")),
    f"{ITUNES}owner": (False, lambda element: {child.tag for child in element} == {f"{ITUNES}name", f"{ITUNES}email"}),
    f"{PODCAST}guid": (False, _is_guid),
    f"{PODCAST}medium": (False, _matches("podcast")),
}
ITEM: dict[str, tuple[bool, Rule]] = {
    "title": (True, _is_text),
    "description": (False, _is_text),
    "enclosure": (True, _has(url="URL", length=r"[1-9]\d*", type=r"audio/(mpeg|mp4|ogg|flac|wav|x-wav)")),
    "guid": (True, lambda element: _is_guid(element) and element.get("isPermaLink") == "false"),
    "pubDate": (True, _is_date),
    f"{ITUNES}duration": (True, _matches(r"[1-9]\d*")),
    f"{ITUNES}explicit": (False, _matches("true|false")),
    f"{ITUNES}episodeType": (False, _matches("full|trailer|bonus")),
    f"{PODCAST}chapters": (False, _has(url="URL", type=r"application/json\+chapters")),
    f"{PODCAST}transcript": (False, _has(url="URL", type="text/vtt", language=r"[A-Za-z-]+")),
}


def feed_problems(feed: bytes) -> list[str]:
    """Return what is wrong with a feed."""
    root = ET.fromstring(feed)
    channels = list(root)
    if root.tag != "rss" or root.get("version") != "2.0" or [each.tag for each in channels] != ["channel"]:
        return ["rss: it is not RSS 2.0 with one channel"]
    items = channels[0].findall("item")
    problems = list(_check(channels[0], CHANNEL, "channel"))
    problems += [problem for item in items for problem in _check(item, ITEM, "item")]
    guids = Counter(item.findtext("guid") for item in items)
    problems += [f"guid: {guid} occurs twice" for guid, count in guids.items() if count > 1]
    return problems + ([] if items else ["channel: it has no item"])


def _check(parent: ET.Element, rules: dict[str, tuple[bool, Rule]], name: str) -> Iterator[str]:
    counts = Counter(child.tag for child in parent if child.tag != "item")
    yield from (f"{name}: {tag} occurs {count} times" for tag, count in counts.items() if count > 1)
    yield from (f"{name}: {tag} is unknown" for tag in counts if tag not in rules)
    yield from (f"{name}: {tag} is missing" for tag, (required, _) in rules.items() if required and tag not in counts)
    for child in parent:
        if child.tag in rules and counts[child.tag] == 1 and not rules[child.tag][1](child):
            yield f"{name}: {child.tag} is not valid: {ET.tostring(child, encoding='unicode').strip()}"
