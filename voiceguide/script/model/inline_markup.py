"""What may stand inside a text of a script: `[2s]` pauses and `{name}` placeholders; and the names made from texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from voiceguide.script.model.value_parsers import cached_parse_duration
from voiceguide.units import DurationError

__all__ = [
    "OPENING_STAGE_TITLE",
    "Pause",
    "derive_step_name",
    "fill_placeholders",
    "find_pause_errors",
    "find_placeholders",
    "normalize_name",
    "split_at_pauses",
    "strip_counters",
]

OPENING_STAGE_TITLE = "Before you begin"
"""What the opening stage, made of `safety` and `needs`, is called in every language's overrides."""


@dataclass(frozen=True)
class Pause:
    """An exact silence inside a line, written `[2s]`."""

    samples: int


_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_PAUSE = re.compile(r"\[(\s*[-.]?\s*\d[^\[\]]*)\]", re.ASCII)
"""A bracket that begins with a digit is meant as a pause; any other is text."""


_COUNTER = re.compile(r"\{\s*count\s*\}(?:\s+[^\W\d]+\s+\{\s*of\s*\})?|\{\s*of\s*\}")


def split_at_pauses(text: str) -> tuple[str | Pause, ...]:
    """A text as it will be heard: words and pauses in order, without empty pieces.

    Raises:
        ValueError: for a bracket that begins with a digit and is no duration, with a sentence for who wrote it.
    """
    return tuple(_iter_texts_and_pauses(text))


def _iter_texts_and_pauses(text: str) -> Iterator[str | Pause]:
    position = 0
    for match in _PAUSE.finditer(text):
        if words := text[position : match.start()].strip():
            yield words
        yield _parse_pause(match.group(1).strip())
        position = match.end()
    if words := text[position:].strip():
        yield words


def find_pause_errors(text: str) -> list[str]:
    """A sentence for each bracket in a text that begins with a digit and is no duration."""
    sentences = []
    for inner in dict.fromkeys(_PAUSE.findall(text)):
        try:
            _parse_pause(inner.strip())
        except ValueError as error:
            sentences.append(str(error))
    return sentences


def _parse_pause(inner: str) -> Pause:
    shown = inner if len(inner) <= 40 else f"{inner[:39]}…"
    try:
        samples = cached_parse_duration(inner)
    except DurationError as error:
        raise ValueError(f"[{shown}] is not a pause: {error}") from error
    if samples == 0:
        raise ValueError(f"[{shown}] is no time at all. Write a longer pause, or leave it out.")
    return Pause(samples)


def fill_placeholders(text: str, values: Mapping[str, str]) -> str:
    """The text with each `{name}` that has a value replaced by it, once; the others stay for a later hand."""
    return _PLACEHOLDER.sub(lambda match: values.get(match.group(1).strip(), match.group()), text)


def find_placeholders(text: str) -> set[str]:
    """The names in braces in a text, as written but for spaces around them."""
    return {name.strip() for name in _PLACEHOLDER.findall(text)}


def derive_step_name(text: str) -> str:
    """A step's name from its first four words, such as `lift your feet out`; empty where it has no words."""
    words = re.findall(r"\w+(?:[-'’]\w+)*", _PAUSE.sub(" ", _PLACEHOLDER.sub(" ", text)))
    return " ".join(words[:4]).lower()[:60].strip()


def strip_counters(text: str) -> str:
    """A text without `{count} of {of}`, so that a step has one name however often it comes; as it is, if nothing else
    is in it."""
    rest = _COUNTER.sub(" ", text)
    return rest if derive_step_name(rest) else text


def normalize_name(name: str) -> str:
    """A name as it is compared: case, punctuation and doubled spaces do not count."""
    return re.sub(r"[\W_]+", " ", name.casefold()).strip()
