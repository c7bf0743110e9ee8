"""What may stand inside the texts of a script: placeholders, pauses, and no words lost behind a `#`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from voiceguide.script.model.inline_markup import pause_faults, placeholders
from voiceguide.script.parsing.nodes import Loc, MapNode, TextNode, quoted
from voiceguide.script.rules.traversal import Finding, Part

__all__ = ["PLACEHOLDERS", "spoken"]

PLACEHOLDERS = (
    "count", "of", "remaining", "elapsed", "stage", "step", "next", "number", "steps", "total", "title",
)  # fmt: skip
"""The placeholders that every routine has; the names of an `each` come beside them."""

_SETTLED = ("count", "of", "title")
"""Those that are known before the clock is: titles and names may use them."""

_NO_BRACES = "Nothing is filled in here. Leave the braces out."


def spoken(parts: Sequence[Part]) -> Iterator[Finding]:
    """Unknown placeholders, pauses badly written, text lost behind a `#`."""
    elsewhere = {part.each[0] for part in parts if part.each}
    for part in parts:
        for loc, text in _plain(part):
            if "{" in text or "}" in text:
                yield Finding(loc, _NO_BRACES)
            yield from _lost(loc, text)
        for loc, text in _names(part):
            yield from _placeholders(loc, text, [*part.each_names, *_SETTLED], elsewhere)
            yield from _lost(loc, text)
        for loc, text in _sayings(part):
            yield from _placeholders(loc, text, _known(part), elsewhere)
            yield from _pauses(loc, text)
            yield from _lost(loc, text)


def _plain(part: Part) -> Iterator[tuple[Loc, TextNode]]:
    """Texts in which nothing is filled in."""
    if part.kind == "routine" and (title := part.text("title")) is not None:
        yield (*part.loc, "title"), title
    yield from part.items("tags")
    each = part.node.get("each")
    if isinstance(each, MapNode) and part.each:
        name = next(iter(each))
        yield from Part("each", (*part.loc, "each"), each).items(name)


def _names(part: Part) -> Iterator[tuple[Loc, TextNode]]:
    """Titles, names and files: filled before the clock is known."""
    for kind, key in (("stage", "stage"), ("step", "step"), ("step", "audio"), ("cue", "audio"), ("switch", "audio")):
        if part.kind == kind and (text := part.text(key)) is not None:
            yield (*part.loc, key), text


def _sayings(part: Part) -> Iterator[tuple[Loc, TextNode]]:
    if part.kind == "routine":
        yield from part.items("needs")
        yield from part.items("safety")
    else:
        yield from part.says()


def _known(part: Part) -> list[str]:
    names = [name for name in PLACEHOLDERS if not (part.kind == "switch" and name == "step")]
    return [*dict.fromkeys(part.each_names), *names]


def _placeholders(loc: Loc, text: TextNode, known: list[str], elsewhere: set[str]) -> Iterator[Finding]:
    for name in sorted(placeholders(text) - set(known)):
        yield Finding(loc, _unknown(name, known, elsewhere))
    if re.search(r"[{}]", re.sub(r"\{[^{}]*\}", "", text)):
        message = (
            "A brace stands alone here. Braces hold a placeholder, as in {remaining}: write both, or leave it out."
        )
        yield Finding(loc, message)


def _unknown(name: str, known: list[str], elsewhere: set[str]) -> str:
    from rapidfuzz import fuzz, process

    there = ", ".join(f"{{{each}}}" for each in known)
    shown = f"{{{name}}}" if len(name) <= 40 else f"{{{name[:39]}…}}"
    if name in elsewhere:
        return f"{shown} is the name of an each that stands elsewhere. There are {there}."
    if name in PLACEHOLDERS:
        return f"{shown} cannot be used here. There are {there}."
    match = process.extractOne(name.lower(), known, scorer=fuzz.ratio, score_cutoff=60)
    meant = f"Did you mean {{{match[0]}}}?" if match else f"There are {there}."
    return f"{shown} is not a placeholder. {meant}"


def _pauses(loc: Loc, text: TextNode) -> Iterator[Finding]:
    for sentence in pause_faults(text):
        yield Finding(loc, sentence)
    if match := re.search(r"\[\s*(?:pause|silence|wait)\b[^\[\]]*\]", text, re.IGNORECASE):
        yield Finding(loc, f"{quoted(match.group())} will be spoken as it stands. Write a pause as [2s].", advice=True)


def _lost(loc: Loc, text: TextNode) -> Iterator[Finding]:
    """Words behind a text that YAML takes for a comment."""
    if text.lost:
        advice = "Put the whole text in quotes if it belongs to it."
        message = f"{quoted(text.lost)} is a comment and will not be spoken. {advice}"
        yield Finding(loc, message, advice=True)
