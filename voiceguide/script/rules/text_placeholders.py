"""What may stand inside the texts of a script: placeholders, pauses, and no words lost behind a `#`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from voiceguide.script.model.inline_markup import find_pause_errors, find_placeholders
from voiceguide.script.parsing.nodes import Loc, MapNode, TextNode, quoted
from voiceguide.script.rules.traversal import Issue, Section

__all__ = ["BUILTIN_PLACEHOLDERS", "check_placeholders"]

BUILTIN_PLACEHOLDERS = (
    "count", "of", "remaining", "elapsed", "stage", "step", "next", "number", "steps", "total", "title",
)  # fmt: skip
"""The placeholders that every routine has; the names of an `each` come beside them."""

_TITLE_PLACEHOLDERS = ("count", "of", "title")
"""Those that are known before the clock is: titles and names may use them."""

_NO_BRACES = "Nothing is filled in here. Leave the braces out."


def check_placeholders(parts: Sequence[Section]) -> Iterator[Issue]:
    """Unknown placeholders, pauses badly written, text lost behind a `#`."""
    elsewhere = {part.each[0] for part in parts if part.each}
    for part in parts:
        for loc, text in _literal_texts(part):
            if "{" in text or "}" in text:
                yield Issue(loc, _NO_BRACES)
            yield from _check_trailing_comment(loc, text)
        for loc, text in _name_texts(part):
            yield from _check_text_placeholders(loc, text, [*part.each_names, *_TITLE_PLACEHOLDERS], elsewhere)
            yield from _check_trailing_comment(loc, text)
        for loc, text in _spoken_texts(part):
            yield from _check_text_placeholders(loc, text, _allowed_placeholders(part), elsewhere)
            yield from _check_pauses(loc, text)
            yield from _check_trailing_comment(loc, text)


def _literal_texts(part: Section) -> Iterator[tuple[Loc, TextNode]]:
    """Texts in which nothing is filled in."""
    if part.kind == "routine" and (title := part.text("title")) is not None:
        yield (*part.loc, "title"), title
    yield from part.text_items("tags")
    each = part.node.get("each")
    if isinstance(each, MapNode) and part.each:
        name = next(iter(each))
        yield from Section("each", (*part.loc, "each"), each).text_items(name)


def _name_texts(part: Section) -> Iterator[tuple[Loc, TextNode]]:
    """Titles, names and files: filled before the clock is known."""
    for kind, key in (("stage", "stage"), ("step", "step"), ("step", "audio"), ("cue", "audio"), ("switch", "audio")):
        if part.kind == kind and (text := part.text(key)) is not None:
            yield (*part.loc, key), text


def _spoken_texts(part: Section) -> Iterator[tuple[Loc, TextNode]]:
    if part.kind == "routine":
        yield from part.text_items("needs")
        yield from part.text_items("safety")
    else:
        yield from part.spoken_texts()


def _allowed_placeholders(part: Section) -> list[str]:
    names = [name for name in BUILTIN_PLACEHOLDERS if not (part.kind == "switch" and name == "step")]
    return [*dict.fromkeys(part.each_names), *names]


def _check_text_placeholders(loc: Loc, text: TextNode, allowed: list[str], elsewhere: set[str]) -> Iterator[Issue]:
    for name in sorted(find_placeholders(text) - set(allowed)):
        yield Issue(loc, _explain_unknown_placeholder(name, allowed, elsewhere))
    if re.search(r"[{}]", re.sub(r"\{[^{}]*\}", "", text)):
        message = (
            "A brace stands alone here. Braces hold a placeholder, as in {remaining}: write both, or leave it out."
        )
        yield Issue(loc, message)


def _explain_unknown_placeholder(name: str, allowed: list[str], elsewhere: set[str]) -> str:
    from rapidfuzz import fuzz, process

    there = ", ".join(f"{{{each}}}" for each in allowed)
    shown = f"{{{name}}}" if len(name) <= 40 else f"{{{name[:39]}…}}"
    if name in elsewhere:
        return f"{shown} is the name of an each that stands elsewhere. There are {there}."
    if name in BUILTIN_PLACEHOLDERS:
        return f"{shown} cannot be used here. There are {there}."
    match = process.extractOne(name.lower(), allowed, scorer=fuzz.ratio, score_cutoff=60)
    meant = f"Did you mean {{{match[0]}}}?" if match else f"There are {there}."
    return f"{shown} is not a placeholder. {meant}"


def _check_pauses(loc: Loc, text: TextNode) -> Iterator[Issue]:
    for sentence in find_pause_errors(text):
        yield Issue(loc, sentence)
    if match := re.search(r"\[\s*(?:pause|silence|wait)\b[^\[\]]*\]", text, re.IGNORECASE):
        yield Issue(
            loc, f"{quoted(match.group())} will be spoken as it stands. Write a pause as [2s].", is_warning=True
        )


def _check_trailing_comment(loc: Loc, text: TextNode) -> Iterator[Issue]:
    """Words behind a text that YAML takes for a comment."""
    if text.trailing_comment:
        advice = "Put the whole text in quotes if it belongs to it."
        message = f"{quoted(text.trailing_comment)} is a comment and will not be spoken. {advice}"
        yield Issue(loc, message, is_warning=True)
