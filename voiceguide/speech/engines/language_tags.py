"""The parts of BCP 47 language tags. An underscore counts as a hyphen."""

from __future__ import annotations

__all__ = ["primary_language", "split_language_tag"]


def split_language_tag(tag: str) -> list[str]:
    """Return the subtags in lower case: `en` and `us` for `en-US`."""
    return tag.lower().replace("_", "-").split("-")


def primary_language(tag: str) -> str:
    """Return the language without its region: `en` for `en-US`."""
    return split_language_tag(tag)[0]
