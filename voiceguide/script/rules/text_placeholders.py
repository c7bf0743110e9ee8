"""Rules about text: unknown placeholders, malformed pauses, and text that YAML reads as a comment."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from voiceguide.script.model.inline_markup import find_pause_errors, find_placeholders, has_unmatched_brace
from voiceguide.script.parsing.nodes import ListNode, Loc, MapNode, Node, TextNode, quoted
from voiceguide.script.rules.traversal import Issue, Section
from voiceguide.units import shorten

__all__ = ["BUILTIN_PLACEHOLDERS", "check_placeholders"]

BUILTIN_PLACEHOLDERS = (
    "count", "of", "remaining", "left", "elapsed", "stage", "step", "next", "number", "steps", "total", "title",
)  # fmt: skip
"""The placeholders available in every routine. The names defined by `each` are also placeholders."""

_TITLE_PLACEHOLDERS = ("count", "of", "title")
"""The placeholders allowed in titles and names. The values of these placeholders do not depend on the timing."""

_NO_BRACES = "Placeholders are not replaced here. Remove the braces."


def check_placeholders(sections: Sequence[Section]) -> Iterator[Issue]:
    """Find unknown placeholders, malformed pauses, and text lost after a `#`."""
    all_each_names = {section.each[0] for section in sections if section.each}
    for section in sections:
        for loc, text in _literal_texts(section):
            if "{" in text or "}" in text:
                yield Issue(loc, _NO_BRACES)
            yield from _check_trailing_comment(loc, text)
        for loc, text in _name_texts(section):
            yield from _check_text_placeholders(loc, text, [*section.each_names, *_TITLE_PLACEHOLDERS], all_each_names)
            yield from _check_trailing_comment(loc, text)
        for loc, text in _spoken_texts(section):
            yield from _check_text_placeholders(loc, text, _allowed_placeholders(section), all_each_names)
            yield from _check_pauses(loc, text)
            yield from _check_trailing_comment(loc, text)


def _literal_texts(section: Section) -> Iterator[tuple[Loc, TextNode]]:
    """Yield the texts in which placeholders are not allowed."""
    if section.kind == "routine" and (title := section.text("title")) is not None:
        yield (*section.loc, "title"), title
    for key in ("bed", "chime"):
        yield from _sounds((*section.loc, key), section.node.get(key))
    variants = section.node.get("variants") if section.kind == "routine" else None
    for name, variant in variants.items() if isinstance(variants, MapNode) else ():
        if isinstance(variant, MapNode):
            yield from _sounds(("variants", name, "bed"), variant.get("bed"))
    yield from section.texts_in_list("tags")
    each = section.node.get("each")
    if isinstance(each, MapNode) and section.each:
        name = next(iter(each))
        yield from Section("each", (*section.loc, "each"), each).texts_in_list(name)


def _sounds(loc: Loc, value: Node | None) -> Iterator[tuple[Loc, TextNode]]:
    """Yield the sounds of a bed or a chime: a name, a list of sounds, or a mapping with the key `sound`."""
    if isinstance(value, TextNode):
        yield loc, value
    elif isinstance(value, MapNode):
        yield from _sounds((*loc, "sound"), value.get("sound"))
    elif isinstance(value, ListNode):
        for index, item in enumerate(value):
            yield from _sounds((*loc, index), item)


def _name_texts(section: Section) -> Iterator[tuple[Loc, TextNode]]:
    """Yield titles, names and file names. Placeholders in these texts are replaced before the timing is known."""
    for kind, key in (("stage", "stage"), ("step", "step"), ("step", "audio"), ("cue", "audio"), ("switch", "audio")):
        if section.kind == kind and (text := section.text(key)) is not None:
            yield (*section.loc, key), text


def _spoken_texts(section: Section) -> Iterator[tuple[Loc, TextNode]]:
    if section.kind == "routine":
        yield from section.texts_in_list("needs")
        yield from section.texts_in_list("safety")
    else:
        yield from section.spoken_texts()


def _allowed_placeholders(section: Section) -> list[str]:
    names = [name for name in BUILTIN_PLACEHOLDERS if not (section.kind == "switch" and name == "step")]
    return [*dict.fromkeys(section.each_names), *names]


def _check_text_placeholders(loc: Loc, text: TextNode, allowed: list[str], all_each_names: set[str]) -> Iterator[Issue]:
    for name in sorted(find_placeholders(text) - set(allowed)):
        yield Issue(loc, _explain_unknown_placeholder(name, allowed, all_each_names))
    if has_unmatched_brace(text):
        message = "Unmatched brace. A placeholder needs two, as in {remaining}. Add the other one, or remove this one."
        yield Issue(loc, message)


def _explain_unknown_placeholder(name: str, allowed: list[str], all_each_names: set[str]) -> str:
    from rapidfuzz import fuzz, process

    available = f"Available here: {', '.join(f'{{{known}}}' for known in allowed)}."
    shown = f"{{{shorten(name)}}}"
    if name in all_each_names:
        return f"{shown} belongs to an each in another part of the script. {available}"
    if name in BUILTIN_PLACEHOLDERS:
        return f"{shown} cannot be used here. {available}"
    match = process.extractOne(name.lower(), allowed, scorer=fuzz.ratio, score_cutoff=60)
    advice = f"Did you mean {{{match[0]}}}?" if match else available
    return f"{shown} is not a placeholder. {advice}"


def _check_pauses(loc: Loc, text: TextNode) -> Iterator[Issue]:
    errors = find_pause_errors(text)
    for message in errors:
        yield Issue(loc, message)
    if not errors and (match := re.search(r"\[\s*(?:pause|silence|wait)\b[^\[\]]*\]", text, re.IGNORECASE)):
        message = f"{quoted(match.group())} will be spoken as text. Write a pause as [2s]."
        yield Issue(loc, message, is_warning=True)


def _check_trailing_comment(loc: Loc, text: TextNode) -> Iterator[Issue]:
    if text.trailing_comment:
        advice = "If it is part of the text, put the whole text in quotes."
        message = f"{quoted(text.trailing_comment)} is a comment and will not be spoken. {advice}"
        yield Issue(loc, message, is_warning=True)
