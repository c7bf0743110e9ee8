"""The usual order of the keys in each part of a script."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from voiceguide.script.parsing.nodes import Loc

__all__ = ["KEY_ORDER", "kind_of", "rank", "sorted_keys"]

_REPEATED = ("each", "switch", "repeat", "tags")
KEY_ORDER: dict[str, tuple[str, ...]] = {
    "routine": (
        *("voiceguide", "title", "description", "author", "language", "voice", "voices", "room", "pace", "bed"),
        *("chime", "gap", "fit", "announce_quiet", "needs", "safety", "words", "phrases", "variants", "stages"),
    ),
    "group": (*_REPEATED, "stages"),
    "stage": ("stage", *_REPEATED, "bed", "chime", "voice", "pace", "steps"),
    "step": (
        *("step", *_REPEATED, "say", "audio", "breathe", "for", "pause", "gap", "min", "max", "fixed", "fit"),
        *("announce_quiet", "voice", "pace", "cues"),
    ),
    "cue": ("at", "every", "from", "until", "say", "audio", "chime", "breath", "voice", "pace"),
    "say": ("full", "brief"),
    "switch": ("say", "audio", "for", "pause"),
    "breathe": ("in", "hold", "out", "rest", "guide"),
    "bed": ("sound", "level", "duck"),
    "chime": ("sound", "level"),
    "breath": ("part", "for", "level"),
    "variant": ("total", "set", "skip", "detail", "voice", "room", "pace", "bed", "bed_level"),
}
"""The keys in the order in which a person would write them: first the name, then the words, the time and the rest."""

_LIST_ITEMS = {"stages": "stage", "steps": "step", "cues": "cue"}


def kind_of(path: Loc, keys: Collection[str]) -> str:
    """Return the kind of the map at a path, as in KEY_ORDER, or an empty string if the keys of the map are names."""
    if not path:
        return "routine"
    if isinstance(path[-1], int):
        kind = _LIST_ITEMS.get(str(path[-2]), "") if len(path) > 1 else ""
        return "group" if kind == "stage" and "stages" in keys and "stage" not in keys else kind
    if len(path) > 1 and path[-2] == "variants":
        return "variant"
    return path[-1] if path[-1] in ("say", "switch", "breathe", "breath", "bed", "chime") else ""


def rank(kind: str, key: str) -> int:
    """Return the rank of a key. Unknown keys precede the list of steps, stages or cues at the end of a part."""
    order = KEY_ORDER.get(kind, ())
    if key in order:
        return order.index(key) * 2
    return len(order) * 2 - 3 if order and order[-1] in _LIST_ITEMS else len(order) * 2


def sorted_keys(kind: str, keys: Sequence[str]) -> list[str]:
    """Return keys in their usual order. Keys that are names keep their existing order."""
    return sorted(keys, key=lambda key: rank(kind, key))
