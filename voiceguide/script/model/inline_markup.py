"""What may stand inside a text of a script: `[2s]` pauses and `{name}` placeholders; and the names made from texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from voiceguide.script.model.value_parsers import duration
from voiceguide.units import DurationError

__all__ = [
    "OPENING",
    "Pause",
    "fill",
    "normal",
    "parse_parts",
    "pause_faults",
    "placeholders",
    "step_name",
    "uncounted",
]

OPENING = "Before you begin"
"""What the opening stage, made of `safety` and `needs`, is called in every language's overrides."""


@dataclass(frozen=True)
class Pause:
    """An exact silence inside a line, written `[2s]`."""

    samples: int


_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_PAUSE = re.compile(r"\[(\s*[-.]?\s*\d[^\[\]]*)\]", re.ASCII)
"""A bracket that begins with a digit is meant as a pause; any other is text."""


_COUNT = re.compile(r"\{\s*count\s*\}(?:\s+[^\W\d]+\s+\{\s*of\s*\})?|\{\s*of\s*\}")


def parse_parts(text: str) -> tuple[str | Pause, ...]:
    """A text as it will be heard: words and pauses in order, without empty pieces.

    Raises:
        ValueError: for a bracket that begins with a digit and is no duration, with a sentence for who wrote it.
    """
    return tuple(_parts(text))


def _parts(text: str) -> Iterator[str | Pause]:
    position = 0
    for match in _PAUSE.finditer(text):
        if words := text[position : match.start()].strip():
            yield words
        yield _pause(match.group(1).strip())
        position = match.end()
    if words := text[position:].strip():
        yield words


def pause_faults(text: str) -> list[str]:
    """A sentence for each bracket in a text that begins with a digit and is no duration."""
    sentences = []
    for inner in dict.fromkeys(_PAUSE.findall(text)):
        try:
            _pause(inner.strip())
        except ValueError as error:
            sentences.append(str(error))
    return sentences


def _pause(inner: str) -> Pause:
    shown = inner if len(inner) <= 40 else f"{inner[:39]}…"
    try:
        samples = duration(inner)
    except DurationError as error:
        raise ValueError(f"[{shown}] is not a pause: {error}") from error
    if samples == 0:
        raise ValueError(f"[{shown}] is no time at all. Write a longer pause, or leave it out.")
    return Pause(samples)


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with each `{name}` that has a value replaced by it, once; the others stay for a later hand."""
    return _PLACEHOLDER.sub(lambda match: values.get(match.group(1).strip(), match.group()), text)


def placeholders(text: str) -> set[str]:
    """The names in braces in a text, as written but for spaces around them."""
    return {name.strip() for name in _PLACEHOLDER.findall(text)}


def step_name(text: str) -> str:
    """A step's name from its first four words, such as `lift your feet out`; empty where it has no words."""
    words = re.findall(r"\w+(?:[-'’]\w+)*", _PAUSE.sub(" ", _PLACEHOLDER.sub(" ", text)))
    return " ".join(words[:4]).lower()[:60].strip()


def uncounted(text: str) -> str:
    """A text without `{count} of {of}`, so that a step has one name however often it comes; as it is, if nothing else
    is in it."""
    rest = _COUNT.sub(" ", text)
    return rest if step_name(rest) else text


def normal(name: str) -> str:
    """A name as it is compared: case, punctuation and doubled spaces do not count."""
    return re.sub(r"[\W_]+", " ", name.casefold()).strip()
